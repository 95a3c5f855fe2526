"""Rows REF: the gradient as a whole against the float64 reference.

The allowance is the propagated bound of the implementation and that of the reference, for it rounds as well. It widens with depth,
so the blind fraction of these rows matters: they show what agreement of whole gradients can prove, the local rows judge. Where a kink
lies within rounding of a pre-activation, every value between the one-sided derivatives is right.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from gradref_reference.error_model import contract_for

from ..verdict import Verdict
from .subject import Interval, Subject

__all__ = ["rows"]


def rows(subject: Subject) -> list[Verdict]:
    """One row for dW[l] and db[l] of each layer."""
    theirs, ours = subject.bound, subject.truth.bounds[contract_for("numpy", "float64")]
    found = []
    for l in range(1, subject.case.network.L + 1):
        for name in ("dW", "db"):
            expected = getattr(subject.truth.reference, name)[l]
            bound, kink = (getattr(theirs, part)[l] + getattr(ours, part)[l] for part in (name, f"kink_{name}"))
            found.append(subject.known_row("REF", (name, l), expected, bound, partial(_around, expected, kink)))
    return found


def _around(centre: np.ndarray, reach: np.ndarray) -> Interval:
    return centre - reach, centre + reach
