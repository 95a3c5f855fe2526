"""Judge a run of an exact probe: every tensor equals the integers bit for bit, or the first equation that differs is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from gradref.verdict import EQUATIONS, FAIL, PASS, SKIP, UNDECIDED, Verdict
from gradref_reference import Case, Trace
from gradref_reference.exact_probes import ExactTruth, truths
from gradref_reference.formats import format_of, ulp

__all__ = ["judge_exact"]


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


def _message(case: Case, d: _Difference) -> str:
    where = f" at {d.index}: {d.actual:.17g} instead of {d.expected:.17g}" if d.index or d.entries == 1 else ""
    return (
        f"{case.label}: {d.tensor} must equal the exact integers bit for bit; {d.differing} of {d.entries} entries differ, "
        f"first{where}. The first equation that differs is {d.equation} {d.layer}: {EQUATIONS[d.equation]}."
    )


def judge_exact(case: Case, trace: Trace) -> list[Verdict]:
    """One verdict on every dW and db of an exact probe, and one on the way there; [] when the case is no exact probe.

    The first row carries the root: the first tensor in the order of cause that differs, with its equation. Where
    pre-activations are exactly 0, either one-sided derivative and their mean are conventions: the rows are then "undecided"
    and say which, unless it is the left one (relu 0, leaky_relu its slope). Rule "bits", or "kink" for a convention.
    """
    nearest = _nearest(case, trace)
    if nearest is None:
        return []
    truth, differences = nearest
    identity = (case.name, case.framework, case.mode, case.dtype, case.device, "EXACT")
    if case.dtype not in truth.formats:
        reason = f"{case.label}: the exact numbers must fit {case.dtype} to be compared bit for bit, and some need more digits."
        return [Verdict(*identity, 0, "", SKIP, message=reason)]
    wrong = {(d.equation, d.layer): d for d in differences}
    convention = _convention(case, truth)
    fine = UNDECIDED if convention else PASS
    note = f"{case.label}: exact, with a convention at the kink: {convention}." if convention else ""
    kinks = sum(int((truth.trace.z[l] == 0).sum()) for l, s in case.network.sigma.items() if s.kinks)

    def row(layer: int, parameter: str, d: _Difference | None, entries: int) -> Verdict:
        if d is None:
            return Verdict(
                *identity, layer, parameter, fine, entries, undecided=kinks if convention else 0, max_abs=0.0, max_ulp=0.0,
                rule="kink" if convention else "bits", message=note, seconds=trace.seconds,
            )  # fmt: skip
        error = abs(d.actual - d.expected)
        units = error / float(ulp(np.asarray(d.expected), format_of(case.dtype))) if np.isfinite(error) else np.inf
        return Verdict(
            *identity, layer, parameter, FAIL, entries, d.differing, worst_index=str(d.index), actual=d.actual,
            expected=d.expected, allowance=0.0, max_abs=error, max_ulp=units, rule="bits", message=_message(case, root or d),
            seconds=trace.seconds,
        )  # fmt: skip

    root = differences[0] if differences else None
    before = [d for d in differences if d.equation not in ("BP3", "BP4")]
    rows = [row(before[0].layer if before else 0, before[0].tensor if before else "", before[0] if before else None, 0)]
    for l in sorted(truth.trace.dW):
        rows.append(row(l, f"layer{l}.W", wrong.get(("BP4", l)), truth.trace.dW[l].size))
        rows.append(row(l, f"layer{l}.b", wrong.get(("BP3", l)), truth.trace.db[l].size))
    return rows
