"""The gradient as a whole: dW and db of an implementation against those of the float64 reference (rows REF).

The allowance is the propagated bound of the implementation plus that of the reference, which rounds as well. It widens with depth,
so the blind fraction of these rows matters: they show what agreement of whole gradients can prove, the local rows judge.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

import numpy as np

from gradref_reference import Batch, Case, Parameters, Trace, backprop
from gradref_reference.error_model import Contract, contract_for
from gradref_reference.error_model.propagation import propagated_bound
from gradref_reference.error_model.rounding import Estimate

from ..verdict import Verdict
from .certify import inputs_of, row
from .estimates import Claim, Inputs
from .judge import judge
from .structure import problem, required_shapes

__all__ = ["reference_trace", "reference_verdicts", "whole_gradient_row"]


def reference_trace(case: Case) -> Trace:
    """The float64 reference on the numbers that an implementation of `case` is given: rounded to its dtype, then exact."""
    W, b, x, y = case.rounded()
    return backprop(case.network, Parameters(W, b), Batch(x, y), "float64")


def reference_verdicts(
    case: Case, trace: Trace, reference: Trace | None = None, contract: Contract | None = None
) -> list[Verdict]:
    """One row REF for dW[l] and db[l] of each layer.

    Parameters
    ----------
    case, trace : what was asked and what was computed.
    reference : `reference_trace(case)`, computed here when none is given.
    contract : how the implementation rounds; the table's entry when none is given.
    """
    case = replace(case, dtype=trace.dtype)
    reference = reference or reference_trace(case)
    contract = contract or contract_for(trace.framework, trace.dtype, trace.mode)
    inputs = inputs_of(case)
    given = (inputs.network, inputs.W, inputs.b, inputs.x, inputs.y)
    start = perf_counter()
    theirs = propagated_bound(*given, contract)
    ours = propagated_bound(*given, contract_for("numpy", "float64"))
    shapes = required_shapes(case.network, len(case.batch))
    rows = []
    for l in range(1, case.network.L + 1):
        for name in ("dW", "db"):
            wrong = problem(trace, name, l, shapes[name, l])
            if wrong is not None:
                claim = Claim("REF", l, f"{name}[{l}]", problem=wrong)
                rows.append(row(claim, None, inputs, trace, case.name, case.device, 0.0))
                continue
            actual, expected = getattr(trace, name)[l], getattr(reference, name)[l]
            bound = getattr(theirs, name)[l] + getattr(ours, name)[l]
            kink = getattr(theirs, f"kink_{name}")[l] + getattr(ours, f"kink_{name}")[l]
            with np.errstate(all="ignore"):
                ambiguous = (kink > 0) & (np.abs(actual - expected) > bound)
            estimate = Estimate(expected, bound, bound, 0.0, *_interval(expected, kink, ambiguous))
            rows.append(whole_gradient_row("REF", (name, l), estimate, inputs, trace, case, contract, start))
            start = perf_counter()
    return rows


def whole_gradient_row(
    equation: str,
    key: tuple[str, int],
    estimate: Estimate,
    inputs: Inputs,
    trace: Trace,
    case: Case,
    contract: Contract,
    start: float,
) -> Verdict:
    """dW[l] or db[l] of a trace against an estimate of the whole gradient. Its errors are correlated, so no statistics are asked."""
    name, l = key
    actual = getattr(trace, name)[l]
    judgement = judge(actual, estimate.rows, contract.form, statistics=False)
    claim = Claim(equation, l, f"{name}[{l}]", actual, estimate.rows)
    verdict = row(claim, judgement, inputs, trace, case.name, case.device, perf_counter() - start)
    return replace(verdict, rms_sigma=float("nan"), max_sigma=float("nan"))


def _interval(expected: np.ndarray, kink: np.ndarray, ambiguous: np.ndarray):
    """Mask, low and high of the entries that only a kink can excuse; three times None when there are none."""
    if not ambiguous.any():
        return None, None, None
    return ambiguous, expected - kink, expected + kink
