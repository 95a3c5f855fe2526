"""Gradients that are known beforehand: golden numbers, and the exact enclosure that judges the reference itself.

The allowance is the propagated bound of the implementation; what is known may add its own uncertainty.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from gradref.certificate.certify import inputs_of
from gradref.certificate.reference import whole_gradient_row
from gradref.suite.golden import Golden
from gradref.verdict import Verdict
from gradref_reference import Case, Enclosure, Trace, backprop, enclose
from gradref_reference.arrays import Batch, Parameters
from gradref_reference.error_model import Contract, propagated_bound
from gradref_reference.error_model.rounding import Estimate

__all__ = ["enclosure_of", "enclosure_verdicts", "golden_verdicts", "inputs_are_golden"]

BITS = 113
"""Precision of the enclosure: its radius is far below the rounding of float64."""

LARGEST = 10_000_000
"""Multiplications of a forward pass above which no enclosure is computed on the way: it would take longer than everything else."""

Known = dict[tuple[str, int], tuple[np.ndarray, np.ndarray]]  # ("dW" or "db", l) -> (expected, its own uncertainty)


def golden_verdicts(case: Case, trace: Trace, golden: Golden, contract: Contract) -> list[Verdict]:
    """Rows GOLD: dW and db against exact numbers known from the specification."""
    moved = _effect_of_rounded_biases(golden)
    return _against("GOLD", case, trace, {key: (value, moved[key]) for key, value in golden.arrays().items()}, contract)


def enclosure_of(case: Case) -> Enclosure | None:
    """The exact gradient of a case for the numbers its implementation really gets; None for a network above `LARGEST`."""
    if len(case.batch) * case.network.parameter_count > LARGEST:
        return None
    W, b, x, y = case.rounded()
    return enclose(case.network, Parameters(W, b), Batch(x, y), bits=BITS)


def enclosure_verdicts(case: Case, trace: Trace, exact: Enclosure, contract: Contract) -> list[Verdict]:
    """Rows ENC: dW and db against the exact gradient in ball arithmetic; no floating-point number takes part in that."""
    known = {("dW", l): (e.midpoint, e.radius + np.abs(e.tail)) for l, e in exact.dW.items()}
    known |= {("db", l): (e.midpoint, e.radius + np.abs(e.tail)) for l, e in exact.db.items()}
    return _against("ENC", case, trace, known, contract)


def inputs_are_golden(case: Case) -> bool:
    """True where rounding to the case's dtype left every input as it was: only then are the golden numbers the truth."""
    if case.dtype == "float64":
        return True
    W, b, x, y = case.rounded()
    given, p = case.batch, case.parameters
    same = all(np.array_equal(W[l], p.W[l]) and np.array_equal(b[l], p.b[l]) for l in W)
    return same and np.array_equal(x, given.x) and np.array_equal(y, given.y)


def _against(equation: str, case: Case, trace: Trace, known: Known, contract: Contract) -> list[Verdict]:
    inputs = inputs_of(case)
    bound = propagated_bound(inputs.network, inputs.W, inputs.b, inputs.x, inputs.y, contract)
    rows = []
    for (name, l), (expected, uncertainty) in sorted(known.items(), key=lambda item: (item[0][1], item[0][0] == "db")):
        start, allowed = perf_counter(), getattr(bound, name)[l] + uncertainty
        estimate = Estimate(expected, allowed, allowed)
        rows.append(whole_gradient_row(equation, (name, l), estimate, inputs, trace, case, contract, start))
    return rows


def _effect_of_rounded_biases(golden: Golden) -> dict[tuple[str, int], np.ndarray]:
    """First-order change of each gradient when a bias that is no whole number moves by what rounding it may have done.

    GS has biases ln(r) - W a, which no binary format holds, so its gradients are exact for slightly different biases.
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
                moved[name, k] += np.abs(getattr(other, name)[k] - getattr(base, name)[k]) / step * rounded
    return moved
