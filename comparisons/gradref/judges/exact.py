"""Rows EXACT: a run of an exact probe equals the integers bit for bit, or the first equation that differs is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from gradref_reference import Case, Trace
from gradref_reference.exact_probes import ExactTruth, truths
from gradref_reference.formats import format_of, ulp

from ..verdict import EQUATIONS, FAIL, PASS, SKIP, UNDECIDED, Verdict
from .structure import label
from .subject import Subject

__all__ = ["rows"]


@dataclass(frozen=True)
class _Difference:
    """The first tensor, in the order of cause, that is not the truth."""

    equation: str
    layer: int
    tensor: str
    differing: int
    entries: int
    index: tuple[int, ...]
    actual: float
    expected: float


def _tensors(trace: Trace, truth: ExactTruth, dtype: str) -> Iterator[tuple[str, int, str, np.ndarray, np.ndarray]]:
    """(equation, l, tensor, actual, exact) in the order of cause."""
    exact, L = truth.trace, truth.trace.L
    for l in range(1, L + 1):
        yield "LIN", l, f"z[{l}]", trace.z[l], exact.z[l]
        yield "ACT", l, f"a[{l}]", trace.a[l], exact.a[l]
    if dtype in truth.cost_formats:
        yield "COST", L, "C", np.asarray(trace.cost), np.asarray(exact.cost)
    for l in range(L, 0, -1):
        yield "BP1" if l == L else "BP2", l, f"δ[{l}]", trace.delta[l], exact.delta[l]
    for l in range(L, 0, -1):
        yield "BP3", l, f"layer{l}.b", trace.db[l], exact.db[l]
        yield "BP4", l, f"layer{l}.W", trace.dW[l], exact.dW[l]


def _differences(trace: Trace, truth: ExactTruth, dtype: str) -> list[_Difference]:
    found = []
    for equation, l, name, actual, exact in _tensors(trace, truth, dtype):
        actual = np.asarray(actual, dtype=np.float64)
        if actual.shape != exact.shape:
            found.append(_Difference(equation, l, name, exact.size, exact.size, (), np.nan, np.nan))
            continue
        wrong = ~(actual == exact)  # so that NaN differs; the sign of zero does not count
        if wrong.any():
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            found.append(_Difference(equation, l, name, int(wrong.sum()), wrong.size, at, float(actual[at]), float(exact[at])))
    return found


@lru_cache(maxsize=512)
def _truths(case: Case) -> list[ExactTruth]:
    return truths(case)


def _nearest(case: Case, trace: Trace) -> tuple[ExactTruth, list[_Difference]] | None:
    """The truth, among the conventions for σ'(0), that the trace differs from least."""
    found = _truths(case)
    if not found:
        return None
    pairs = [(t, _differences(trace, t, case.dtype)) for t in found]
    return min(pairs, key=lambda pair: (len(pair[1]), sum(d.differing for d in pair[1])))


def _convention(case: Case, truth: ExactTruth) -> str:
    """'' when every σ'(0) is the left derivative, as is usual; otherwise a sentence."""
    parts = []
    for name, slope in truth.convention.items():
        sigma = next(s for s in case.network.sigma.values() if s.name == name)
        ((_, left, right),) = sigma.kinks
        if slope != Fraction(left):
            side = "the right derivative" if slope == Fraction(right) else "the mean of the one-sided derivatives"
            parts.append(f"{name} takes σ'(0) = {float(slope):g}, {side}")
    return "; ".join(parts)


def _finding(d: _Difference) -> str:
    where = f" at {d.index}: {d.actual:.17g} instead of {d.expected:.17g}" if d.index or d.entries == 1 else ""
    return f"{d.tensor} must equal the exact integers bit for bit; {d.differing} of {d.entries} entries differ, first{where}."


def rows(subject: Subject) -> list[Verdict]:
    """One row on every dW and db of an exact probe, and one on the way there; none when the case is no exact probe.

    The first row carries the root: the first tensor in the order of cause that differs, with its equation. Where
    pre-activations are exactly 0, either one-sided derivative and their mean are conventions: the rows are then "undecided"
    and say which, unless it is the left one (relu 0, leaky_relu its slope). Rule "bits", or "kink" for a convention.
    """
    case, trace = subject.case, subject.trace
    if not subject.exact:
        return []
    malformed = next((key for key, rule in subject.broken.items() if rule == "structure"), None)
    if malformed is not None:
        told = f"the run was not compared bit for bit, because {label(malformed)} is missing or malformed. See its row."
        return [Verdict(subject.run, "EXACT", 0, "", SKIP, finding=told)]
    nearest = _nearest(case, trace)
    if nearest is None:
        return []
    truth, differences = nearest
    if case.dtype not in truth.formats:
        reason = f"the exact numbers must fit {case.dtype} to be compared bit for bit, and some need more digits."
        return [Verdict(subject.run, "EXACT", 0, "", SKIP, finding=reason)]
    wrong = {(d.equation, d.layer): d for d in differences}
    convention = _convention(case, truth)
    fine = UNDECIDED if convention else PASS
    note = f"exact, with a convention at the kink: {convention}." if convention else ""
    kinks = sum(int((truth.trace.z[l] == 0).sum()) for l, s in case.network.sigma.items() if s.kinks)

    def row(layer: int, parameter: str, d: _Difference | None, entries: int) -> Verdict:
        at = (subject.run, "EXACT", layer, parameter)
        if d is None:
            return Verdict(
                *at, fine, entries, undecided=kinks if convention else 0, max_abs=0.0, max_ulp=0.0,
                rule="kink" if convention else "bits", finding=note, seconds=trace.seconds,
            )  # fmt: skip
        error, root = abs(d.actual - d.expected), differences[0]
        units = error / float(ulp(np.asarray(d.expected), format_of(case.dtype))) if np.isfinite(error) else np.inf
        return Verdict(
            *at, FAIL, entries, d.differing, worst_index=str(d.index), actual=d.actual, expected=d.expected, allowance=0.0,
            max_abs=error, max_ulp=units, rule="bits", finding=_finding(root), seconds=trace.seconds,
            hint=f"The first equation that differs is {root.equation} {root.layer}: {EQUATIONS[root.equation]}.",
        )  # fmt: skip

    before = [d for d in differences if d.equation not in ("BP3", "BP4")]
    found = [row(before[0].layer if before else 0, before[0].tensor if before else "", before[0] if before else None, 0)]
    for l in sorted(truth.trace.dW):
        found.append(row(l, f"layer{l}.W", wrong.get(("BP4", l)), truth.trace.dW[l].size))
        found.append(row(l, f"layer{l}.b", wrong.get(("BP3", l)), truth.trace.db[l].size))
    return found
