"""Subject: one run as the five judges see it, and the row that each tensor of it gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from gradref_reference import Case, Trace
from gradref_reference.error_model import Contract, PropagatedBound, contract_for
from gradref_reference.error_model.rounding import Estimate

from ..verdict import FAIL, SKIP, UNDECIDED, RunId, Verdict
from . import messages
from .claims import Claim, Inputs
from .hints import hint
from .known import Golden
from .measure import Measurement, measure
from .structure import Key, label, problem
from .truth import Truth

__all__ = ["Interval", "Subject", "entries_of"]

Interval = tuple[np.ndarray, np.ndarray]  # low, high

_BROKEN = {"structure": "missing or malformed", "finite": "NaN or infinite"}
"""The rules by which a tensor fails that leave nothing to compare, in words."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A run that is to be judged.

    Attributes
    ----------
    case, trace, contract : what was asked, what was computed, how the implementation rounds.
    truth : what it is held against.
    golden : exact numbers known beforehand.
    exact : whether its tensors must equal whole numbers bit for bit.
    broken : tensor -> the rule by which its own equation failed and left nothing to compare; elsewhere it is a skip.
    """

    case: Case
    trace: Trace
    contract: Contract
    truth: Truth
    golden: Golden | None = None
    exact: bool = False
    broken: Mapping[Key, str] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, trace: Trace, contract: Contract | None = None, exact: bool = False) -> Subject:
        """A trace by itself: named after the framework, mode and dtype it says, with the contract of the table if none is given."""
        contract = contract or contract_for(trace.framework, trace.dtype, trace.mode)
        case = replace(case, dtype=trace.dtype, framework=trace.framework, mode=trace.mode)
        return cls(case, trace, contract, Truth(case), exact=exact)

    @property
    def run(self) -> RunId:
        """Whose rows these are."""
        return RunId.of(self.case)

    @property
    def inputs(self) -> Inputs:
        """The numbers it was given."""
        return self.truth.bounds.inputs

    @property
    def bound(self) -> PropagatedBound:
        """What rounding can do to this run."""
        return self.truth.bounds[self.contract]

    def skip(self, equation: str, l: int, key: Key) -> Verdict | None:
        """The row in the place of a comparison with a tensor that is broken; None when it is not."""
        if key not in self.broken:
            return None
        why = f"{label(key)} was not judged, because it is {_BROKEN[self.broken[key]]}. See the row of its own equation."
        return Verdict(self.run, equation, l, label(key), SKIP, finding=why)

    def claim_row(self, claim: Claim, m: Measurement | None, seconds: float) -> Verdict:
        """The verdict on one claim; words are made only where something must be said."""
        at = (self.run, claim.equation, claim.layer, claim.parameter)
        if claim.problem is not None:
            told = messages.structure(claim.parameter, claim.problem)
            return Verdict(*at, FAIL, rule="structure", finding=told)
        if m is None:
            return Verdict(*at, SKIP, finding=messages.missing(claim.parameter, label(claim.missing or claim.key)))
        finding = told = ""
        law = messages.formula(claim.equation, claim.layer, self.case.network)
        if m.verdict == FAIL:
            finding, told = messages.mismatch(claim.parameter, law, m), hint(claim, self.inputs, self.trace)
        elif m.rule == "overflow":
            finding = messages.overflow(claim.parameter, law, self.trace.dtype, m)
        elif m.verdict == UNDECIDED:
            finding = messages.kink(claim.parameter, m)
        return Verdict(*at, **m.columns(), finding=finding, hint=told, seconds=seconds)

    def known_row(
        self,
        equation: str,
        key: Key,
        expected: np.ndarray,
        bound: np.ndarray,
        interval: Callable[[], Interval] | None = None,
        wide: np.ndarray | None = None,
    ) -> Verdict:
        """The verdict on one tensor whose numbers are known.

        Parameters
        ----------
        key : (tensor, layer); ("cost", L) is the cost, as an array of shape (1,).
        expected, bound : what it should be and how far rounding can move it, same shape.
        interval : what it may be under any choice of σ' at a kink; asked for when `bound` alone does not excuse some entry. The
            entry is undecided then.
        wide : entries that are not known better than `interval` says, undecided wherever they lie.
        """
        (name, l), start = key, perf_counter()
        if (skip := self.skip(equation, l, key)) is not None:
            return skip
        wrong = None if name == "cost" else problem(self.trace, name, l, expected.shape)
        if wrong is not None:
            return self.claim_row(Claim(equation, l, key, problem=wrong), None, perf_counter() - start)
        actual = entries_of(self.trace, key)
        estimate = _estimate(actual, expected, bound, interval, wide)
        with np.errstate(all="ignore"):
            m = measure(actual, estimate.rows, self.contract.form, statistics=False)
        found = self.claim_row(Claim(equation, l, key, actual, estimate.rows), m, perf_counter() - start)
        if m.rule == "kink":
            count = f"{m.undecided} of {m.entries} entries of {label(key)}"
            found = replace(found, finding=f"{count} {_at_a_kink(actual, estimate)}")
        return replace(found, rms_sigma=float("nan"), max_sigma=float("nan"))  # its errors are correlated: no statistics


def entries_of(trace: Trace, key: Key) -> np.ndarray:
    """A tensor of a trace; the cost as an array of shape (1,)."""
    name, l = key
    return np.array([trace.cost], np.float64) if name == "cost" else getattr(trace, name)[l]


def _estimate(
    actual: np.ndarray,
    expected: np.ndarray,
    bound: np.ndarray,
    interval: Callable[[], Interval] | None,
    wide: np.ndarray | None,
) -> Estimate:
    """`expected` ± bound, with the interval of those entries that are wide or that only a kink can excuse."""
    with np.errstate(all="ignore"):
        undecided = np.abs(actual - expected) > bound
        if wide is not None:
            undecided |= wide
        if interval is None or not undecided.any():
            return Estimate(expected, bound, bound)
        low, high = interval()
        return Estimate(expected, bound, bound, 0.0, undecided & (low < high), low, high)


def _at_a_kink(actual: np.ndarray, estimate: Estimate) -> str:
    """What it means to be undecided, with the first such entry and its interval."""
    kink, low, high = (np.asarray(part) for part in (estimate.kink, estimate.low, estimate.high))
    at = tuple(int(i) for i in np.argwhere(kink)[0])
    return (
        "depend on a pre-activation at a kink, or nearer to it than rounding, where every value between the one-sided derivatives is "
        f"right: at {list(at)} it is {actual[at]:.9g}, in [{low[at]:.9g}, {high[at]:.9g}]. A convention, not an error."
    )
