"""Numbers that are known beforehand: golden numbers, and the exact enclosure that judges the reference itself.

The allowance is the propagated bound of the implementation; what is known may add its own uncertainty.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from gradref.certificate.reference import Interval, Subject, entries_of
from gradref.suite.golden import Golden
from gradref.verdict import Verdict
from gradref_reference import Case, Enclosure, backprop, enclose, forward
from gradref_reference.arrays import Batch, Parameters
from gradref_reference.enclosure import Spread
from gradref_reference.error_model import equations
from gradref_reference.error_model.functions import derivative_error
from gradref_reference.error_model.rounding import gamma
from gradref_reference.exact_probes import exact_truth

__all__ = ["cost_bound", "enclosure_of", "enclosure_verdicts", "golden_verdicts", "inputs_are_golden"]

BITS = 113
"""Precision of the enclosure: its radius is far below the rounding of float64."""

LARGEST = 10_000_000
"""Multiplications of a forward pass above which no enclosure is computed on the way: it would take longer than everything else."""


def golden_verdicts(subject: Subject, golden: Golden) -> list[Verdict]:
    """Rows GOLD: z, a, δ, dW, db and the cost against exact numbers known from the specification.

    Nothing is allowed for in a format that is proven to hold every number on the way. No golden network has a kink.
    """
    truth, moved, rows = exact_truth(subject.case), _effect_of_rounded_biases(golden), []
    for (name, l), expected in golden.arrays().items():
        if truth is not None and subject.case.dtype in (truth.cost_formats if name == "cost" else truth.formats):
            bound = np.zeros_like(expected)
        else:
            rounding = cost_bound(subject) if name == "cost" else getattr(subject.bound, name)[l]
            bound = rounding + moved[name, l]
        rows.append(subject.row("GOLD", (name, l), expected, bound))
    return rows


def enclosure_of(case: Case, spread: Spread | None = None) -> Enclosure | None:
    """The exact gradient of a case for the numbers its implementation really gets; None for a network above `LARGEST`."""
    if len(case.batch) * case.network.parameter_count > LARGEST:
        return None
    W, b, x, y = case.rounded()
    return enclose(case.network, Parameters(W, b), Batch(x, y), bits=BITS, spread=spread)


def enclosure_verdicts(subject: Subject, exact: Enclosure) -> list[Verdict]:
    """Rows ENC: dW and db against the exact gradient in ball arithmetic; no floating-point number takes part in that.

    Where an exact pre-activation is at a kink, the exact gradient is an interval: entries it leaves wider than rounding are
    undecided in it, and fail outside. Where only that of an implementation may be across the kink, for it rounds, so are the
    entries that cannot be right otherwise.
    """
    L, bound, rows = subject.case.network.L, subject.bound, []

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
            rows.append(subject.row("ENC", (name, l), known.midpoint, allowed, asked, wide))
    return rows


def _spread(subject: Subject) -> Spread:
    """How far the forward pass of a run may be from the exact one."""
    inputs, network = subject.bounds.inputs, subject.case.network
    with np.errstate(all="ignore"):
        a, z = forward(network, inputs.W, inputs.b, inputs.x)
        slope = {
            l: derivative_error(sigma, z[l], a[l], subject.contract)[1] for l, sigma in network.sigma.items() if sigma.elementwise
        }
    return Spread(subject.bound.z, subject.bound.a, slope)


def inputs_are_golden(case: Case) -> bool:
    """True where rounding to the case's dtype left every input as it was: only then are the golden numbers the truth."""
    if case.dtype == "float64":
        return True
    W, b, x, y = case.rounded()
    given, p = case.batch, case.parameters
    same = all(np.array_equal(W[l], p.W[l]) and np.array_equal(b[l], p.b[l]) for l in W)
    return same and np.array_equal(x, given.x) and np.array_equal(y, given.y)


def cost_bound(subject: Subject) -> np.ndarray:
    """How far rounding can move the cost, shape (1,): by what it does to z[L] and a[L], and in forming C from them.

    A squared error moves by (2|r| + e) e; ln Σ exp(z) by no more than its largest z, ln(1 + exp(z)) by no more than z.
    """
    inputs, contract = subject.bounds.inputs, subject.contract
    network, L, y = inputs.network, inputs.network.L, inputs.y
    with np.errstate(all="ignore"):
        a, z = forward(network, inputs.W, inputs.b, inputs.x)
        if not network.fused:
            e = subject.bound.a[L]
            moved = 0.5 * (2 * np.abs(a[L] - y) + e) * e
        elif network.sigma[L].kind == "softmax":
            e = subject.bound.z[L]
            moved = np.abs(y) * (e + e.max(axis=1, keepdims=True))
        else:
            moved = (1 + np.abs(y)) * subject.bound.z[L]
        local = equations.cost(network, z[L], a[L], y, inputs.W, contract).bound
        factor = network.cost_function.factor(*y.shape)
        return local + factor * moved.sum() * (1 + gamma(y.size + 20, contract.u))  # the local bound too is of moved numbers


def _effect_of_rounded_biases(golden: Golden) -> dict[tuple[str, int], np.ndarray]:
    """First-order change of each tensor when a bias that is no whole number moves by what rounding it may have done.

    GS has biases ln(r) - W a, which no binary format holds, so its numbers are exact for slightly different biases.
    """
    p, step = golden.parameters, 2.0**-26
    base = backprop(golden.network, p, golden.batch)
    known = golden.arrays()
    moved = {key: np.abs(value) * 2.0**-53 for key, value in known.items()}  # the fraction itself was rounded to float64
    for l, bias in p.b.items():
        for j in np.flatnonzero(bias != np.rint(bias)):
            shifted = {k: v.copy() for k, v in p.b.items()}
            shifted[l][j] += step
            other = backprop(golden.network, Parameters(p.W, shifted), golden.batch)
            rounded = 1.5 * np.spacing(abs(bias[j]))  # of the logarithm, of the product and of their difference
            for name, k in known:
                moved[name, k] += np.abs(entries_of(other, name, k) - entries_of(base, name, k)) / step * rounded
    return moved
