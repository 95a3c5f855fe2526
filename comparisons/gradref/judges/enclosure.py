"""Rows ENC: dW and db against the exact gradient in ball arithmetic; no floating-point number takes part in that.

The allowance is the propagated bound of the implementation; what is known may add its own uncertainty.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from gradref_reference import Enclosure, forward
from gradref_reference.enclosure import Spread
from gradref_reference.error_model.functions import derivative_error

from ..verdict import Verdict
from .subject import Interval, Subject
from .truth import enclosure_of

__all__ = ["rows"]


def rows(subject: Subject) -> list[Verdict]:
    """One row for dW[l] and db[l] of each layer; none for a network that is too large.

    Where an exact pre-activation is at a kink, the exact gradient is an interval: entries it leaves wider than rounding are
    undecided in it, and fail outside. Where only that of an implementation may be across the kink, for it rounds, so are the
    entries that cannot be right otherwise.
    """
    exact = subject.truth.exact
    if exact is None:
        return []
    L, bound, found = subject.case.network.L, subject.bound, []

    @cache
    def hull() -> Enclosure:
        return enclosure_of(subject.case, _spread(subject)) or exact

    def interval(name: str, l: int) -> Interval:
        known = getattr(hull(), name)[l]
        return known.midpoint - known.radius, known.midpoint + known.radius

    for l in range(1, L + 1):
        kinked = any((bound.kinks[k] | exact.undecided[k]).any() for k in range(l, L + 1))
        for name in ("dW", "db"):
            known, rounding = getattr(exact, name)[l], getattr(bound, name)[l]
            wide = (known.radius > rounding) & kinked  # else the radius is a matter of bits
            allowed = rounding + np.abs(known.tail) + np.where(wide, 0.0, known.radius)
            asked = partial(interval, name, l) if kinked else None
            found.append(subject.known_row("ENC", (name, l), known.midpoint, allowed, asked, wide))
    return found


def _spread(subject: Subject) -> Spread:
    """How far the forward pass of a run may be from the exact one."""
    inputs, network = subject.inputs, subject.case.network
    with np.errstate(all="ignore"):
        a, z = forward(network, inputs.W, inputs.b, inputs.x)
        slope = {
            l: derivative_error(sigma, z[l], a[l], subject.contract)[1] for l, sigma in network.sigma.items() if sigma.elementwise
        }
    return Spread(subject.bound.z, subject.bound.a, slope)
