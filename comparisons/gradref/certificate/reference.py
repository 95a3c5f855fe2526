"""The gradient as a whole: what an implementation computed against numbers known without it (rows REF; ENC and GOLD use the same).

The allowance is the propagated bound of the implementation, and that of the float64 reference in rows REF, for it rounds as well. It
widens with depth, so the blind fraction of these rows matters: they show what agreement of whole gradients can prove, the local
rows judge. Where a kink lies within rounding of a pre-activation, every value between the one-sided derivatives is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter

import numpy as np

from gradref_reference import Batch, Case, Parameters, Trace, backprop
from gradref_reference.error_model import Contract, PropagatedBound, contract_for, propagated_bound
from gradref_reference.error_model.rounding import Estimate

from ..verdict import Verdict
from .certify import inputs_of, row
from .estimates import Claim, Inputs
from .judge import judge
from .structure import problem

__all__ = ["Bounds", "Subject", "entries_of", "reference_rows", "reference_trace", "reference_verdicts"]


Interval = tuple[np.ndarray, np.ndarray]  # low, high


class Bounds(dict[Contract, PropagatedBound]):
    """contract -> the propagated bound for some inputs, formed when it is first asked for and shared by all who ask again."""

    def __init__(self, inputs: Inputs):
        super().__init__()
        self.inputs = inputs

    @classmethod
    def of(cls, case: Case) -> Bounds:
        """Those for the numbers of a case as its implementation is given them."""
        return cls(inputs_of(case))

    def __missing__(self, contract: Contract) -> PropagatedBound:
        i = self.inputs
        self[contract] = bound = propagated_bound(i.network, i.W, i.b, i.x, i.y, contract)
        return bound


@dataclass(frozen=True, eq=False)
class Subject:
    """A run whose tensors are held against known numbers.

    Attributes
    ----------
    case, trace, contract : what was asked, what was computed, how the implementation rounds.
    bounds : those for the case's inputs.
    broken : parameter ("dW[1]", "cost") -> why there is nothing to compare in it; its rows are skips with this reason.
    """

    case: Case
    trace: Trace
    contract: Contract
    bounds: Bounds
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def bound(self) -> PropagatedBound:
        """What rounding can do to this run."""
        return self.bounds[self.contract]

    def row(
        self,
        equation: str,
        key: tuple[str, int],
        expected: np.ndarray,
        bound: np.ndarray,
        interval: Callable[[], Interval] | None = None,
        wide: np.ndarray | None = None,
    ) -> Verdict:
        """The verdict on one tensor of the trace.

        Parameters
        ----------
        key : (tensor, layer); ("cost", L) is the cost, as an array of shape (1,).
        expected, bound : what it should be and how far rounding can move it, same shape.
        interval : what it may be under any choice of σ' at a kink; asked for when `bound` alone does not excuse some entry. The
            entry is undecided then.
        wide : entries that are not known better than `interval` says, undecided wherever they lie.
        """
        name, l = key
        label = "cost" if name == "cost" else f"{name}[{l}]"
        place = f"{self.case.label}, layer {l}, {equation}"
        inputs, start = self.bounds.inputs, perf_counter()

        def verdict(claim: Claim, judgement=None) -> Verdict:
            return row(claim, judgement, inputs, self.trace, self.case.name, self.case.device, perf_counter() - start)

        if label in self.broken:
            why = f"{place}: {label} was not judged, because it is {self.broken[label]}. See the row of its own equation."
            return replace(verdict(Claim(equation, l, label, missing=label)), message=why)
        wrong = None if name == "cost" else problem(self.trace, name, l, expected.shape)
        if wrong is not None:
            return verdict(Claim(equation, l, label, problem=wrong))
        actual = entries_of(self.trace, name, l)
        estimate = _estimate(actual, expected, bound, interval, wide)
        with np.errstate(all="ignore"):
            judgement = judge(actual, estimate.rows, self.contract.form, statistics=False)
        found = verdict(Claim(equation, l, label, actual, estimate.rows), judgement)
        if judgement.rule == "kink":
            count = f"{judgement.undecided} of {judgement.entries} entries of {label}"
            found = replace(found, message=f"{place}: {count} {_at_a_kink(actual, estimate)}")
        return replace(found, rms_sigma=float("nan"), max_sigma=float("nan"))  # its errors are correlated: no statistics


def entries_of(trace: Trace, name: str, l: int) -> np.ndarray:
    """A tensor of a trace by its name and layer; the cost as an array of shape (1,)."""
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


def _around(centre: np.ndarray, reach: np.ndarray) -> Interval:
    return centre - reach, centre + reach


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
    contract = contract or contract_for(trace.framework, trace.dtype, trace.mode)
    return reference_rows(Subject(case, trace, contract, Bounds.of(case)), reference or reference_trace(case))


def reference_rows(subject: Subject, reference: Trace) -> list[Verdict]:
    """The same for a subject: dW and db against those of the reference, whose own propagated bound is allowed for as well."""
    theirs, ours = subject.bound, subject.bounds[contract_for("numpy", "float64")]
    rows = []
    for l in range(1, subject.case.network.L + 1):
        for name in ("dW", "db"):
            expected = getattr(reference, name)[l]
            bound, kink = (getattr(theirs, part)[l] + getattr(ours, part)[l] for part in (name, f"kink_{name}"))
            rows.append(subject.row("REF", (name, l), expected, bound, partial(_around, expected, kink)))
    return rows
