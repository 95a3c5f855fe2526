"""Rows GOLD: z, a, δ, dW, db and the cost against exact numbers known from the specification."""

from __future__ import annotations

import numpy as np

from gradref_reference import Case, Parameters, backprop, forward
from gradref_reference.error_model import equations
from gradref_reference.error_model.rounding import gamma
from gradref_reference.exact_probes import exact_truth

from ..verdict import Verdict
from .known import Golden
from .structure import Key
from .subject import Subject, entries_of

__all__ = ["cost_bound", "rows"]


def rows(subject: Subject) -> list[Verdict]:
    """One row for each tensor that is known; none where rounding to the case's dtype moved an input.

    The allowance is the propagated bound of the implementation. Nothing is allowed for in a format that is proven to hold every number
    on the way. No golden network has a kink.
    """
    golden = subject.golden
    if golden is None or not _inputs_are_golden(subject.case):
        return []
    truth, moved, found = exact_truth(subject.case), _effect_of_rounded_biases(golden), []
    for key, expected in golden.arrays().items():
        name, l = key
        if truth is not None and subject.case.dtype in (truth.cost_formats if name == "cost" else truth.formats):
            bound = np.zeros_like(expected)
        else:
            rounding = cost_bound(subject) if name == "cost" else getattr(subject.bound, name)[l]
            bound = rounding + moved[key]
        found.append(subject.known_row("GOLD", key, expected, bound))
    return found


def _inputs_are_golden(case: Case) -> bool:
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
    inputs, contract = subject.inputs, subject.contract
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


def _effect_of_rounded_biases(golden: Golden) -> dict[Key, np.ndarray]:
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
                moved[name, k] += np.abs(entries_of(other, (name, k)) - entries_of(base, (name, k))) / step * rounded
    return moved
