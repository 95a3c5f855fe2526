"""The ruling itself: each trace against the exact gradient, its certificates and what rounding through the layers could do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from gradref.judges import certify_case
from gradref.verdict import FAIL, Verdict
from gradref_reference import Batch, Case, Network, Parameters, ShapeError, Trace
from gradref_reference.checks import expect, several
from gradref_reference.enclosure import Enclosed, Enclosure, enclose
from gradref_reference.error_model import Contract, contract_for, propagated_bound
from gradref_reference.formats import format_of, ulp
from gradref_reference.network import check_problem

from .ruling import AGREE, CONVENTION, ERROR, OVERFLOW, ROUNDING, Ruling, Standing
from .sentences import sentence, summary

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Arbitration", "arbitrate"]


@dataclass(frozen=True, eq=False)
class Arbitration:
    """All rulings, by dtype, layer and parameter; `exact` holds the enclosure of each dtype's rounded inputs."""

    rulings: list[Ruling]
    exact: dict[str, Enclosure] = field(default_factory=dict)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Labels of every implementation that is in error anywhere."""
        return tuple(dict.fromkeys(label for r in self.rulings for label in r.wrong))

    @property
    def undecided(self) -> int:
        """Undecidable gradient entries, over all dtypes."""
        return sum(len(r.undecided) for r in self.rulings)

    @property
    def summary(self) -> list[str]:
        """For each dtype in a sentence: which entries differ, whether all of it is rounding, and who is nearest to the exact gradient."""
        return [summary([r for r in self.rulings if r.dtype == dtype]) for dtype in dict.fromkeys(r.dtype for r in self.rulings)]

    def __str__(self) -> str:
        return "\n".join(r.sentence for r in self.rulings)

    def frame(self) -> pd.DataFrame:
        """One row per tensor and implementation."""
        import pandas as pd

        return pd.DataFrame(
            {
                "dtype": r.dtype, "layer": r.layer, "parameter": r.parameter, "ruling": r.decision, "differing": r.differing,
                "entries": r.entries, "undecided": len(r.undecided), "implementation": f.label, "decision": f.decision,
                "nearest": f.label == r.nearest, "ulps": f.ulps, "scaled_ulps": f.scaled_ulps, "max_abs": f.max_abs, "off": f.off,
                "equation": f.equation, "sentence": r.sentence,
            }
            for r in self.rulings
            for f in r.findings
        )  # fmt: skip


def arbitrate(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    traces: Sequence[Trace],
    bits: int = 200,
    contracts: Mapping[tuple[str, str, str], Contract] | None = None,
) -> Arbitration:
    """Rule on every gradient tensor of some runs of the same network on the same numbers.

    Parameters
    ----------
    network, parameters, batch : what was asked for, before rounding to a dtype.
    traces : what the implementations computed; of any frameworks, modes and dtypes, at least one.
    bits : precision of the enclosure.
    contracts : (framework, mode, dtype) -> how that implementation rounds; the table's entry otherwise.
    """
    check_problem(network, parameters, batch)
    traces = [
        expect("traces", trace, Trace, "Run an adapter first.") for trace in several("traces", traces, "Pass [trace, ...].")
    ]
    if not traces:
        raise ShapeError("arbitrate: traces must hold at least one run, got none. Run an adapter first.")
    contracts = contracts or {}
    rulings: list[Ruling] = []
    exact: dict[str, Enclosure] = {}
    for dtype in dict.fromkeys(t.dtype for t in traces):
        exact[dtype] = enclose(network, parameters, batch, bits, dtype)
        case = Case(network, parameters, batch, dtype)
        parties = [
            _Party(case.on(t.framework, t.mode), t, contracts.get((t.framework, t.mode, dtype)))
            for t in traces
            if t.dtype == dtype
        ]
        labels = _distinct([p.label for p in parties])
        for l in range(1, network.L + 1):
            for name, parameter in (("dW", f"layer{l}.W"), ("db", f"layer{l}.b")):
                rulings.append(_rule(dtype, l, name, parameter, exact[dtype], dict(zip(labels, parties, strict=True))))
    return Arbitration(rulings, exact)


def _distinct(labels: list[str]) -> list[str]:
    """Labels with a number behind those that occur twice."""
    return [f"{v} #{labels[: i + 1].count(v)}" if labels.count(v) > 1 else v for i, v in enumerate(labels)]


class _Party:
    """One trace with everything that is known of it beforehand: its certificates and its propagated bound."""

    def __init__(self, case: Case, trace: Trace, contract: Contract | None):
        contract = contract or contract_for(trace.framework, trace.dtype, trace.mode)
        self.case, self.trace, self.label = case, trace, f"{trace.framework} {trace.mode}"
        self.failures = [v for v in certify_case(case, trace, contract).verdicts if v.verdict == FAIL]
        W, b, x, y = case.rounded()
        self.bound = propagated_bound(case.network, W, b, x, case.network.targets(Batch(x, y)), contract)

    def root(self, name: str, l: int) -> Verdict | None:
        """The first failing equation that the tensor `name` of layer l depends on."""
        return next((v for v in self.failures if _matters(v.equation, v.layer, name, l)), None)

    def slopes(self, exact: Enclosure) -> dict[str, float]:
        """activation -> the σ'(kink) this trace used, where a pre-activation is exactly at a kink and the error above it is not 0."""
        found: dict[str, float] = {}
        network, trace = self.case.network, self.trace
        W = self.case.rounded()[0]
        for l, mask in exact.undecided.items():
            if not mask.any() or l == network.L or l not in trace.delta or trace.delta[l].shape != mask.shape:
                continue
            if l + 1 not in trace.delta or trace.delta[l + 1].shape != (len(mask), len(W[l + 1])):
                continue
            above = trace.delta[l + 1] @ W[l + 1]
            used = mask & (above != 0)
            if used.any():
                found[network.activations[l - 1]] = float(np.median(trace.delta[l][used] / above[used]))
        return found


def _matters(equation: str, at: int, name: str, l: int) -> bool:
    """Whether the tensor `name` (dW or db) of layer l depends on an equation at layer `at`."""
    if equation in ("LIN", "ACT", "BP1"):
        return True
    if equation == "BP2":
        return l <= at
    return at == l and equation == {"dW": "BP4", "db": "BP3"}[name]


def _rule(dtype: str, l: int, name: str, parameter: str, exact: Enclosure, parties: Mapping[str, _Party]) -> Ruling:
    truth: Enclosed = getattr(exact, name)[l]
    wide = _is_interval(truth, exact)
    findings = tuple(_find(label, p, truth, exact, name, l, dtype, wide) for label, p in parties.items())
    values = [getattr(p.trace, name).get(l) for p in parties.values()]
    same_shape = [v for v in values if np.shape(v) == truth.midpoint.shape]
    differing = int(np.any([v != same_shape[0] for v in same_shape], axis=0).sum()) if same_shape else truth.midpoint.size
    wrong = tuple(f.label for f in findings if f.decision == ERROR)
    overflow = ""
    if any(f.decision == OVERFLOW for f in findings):
        tensor = _overflows(exact, format_of(dtype).largest)
        overflow = f"the exact {tensor}" if tensor else "a step on the way"
    decision = _decided(findings, differing, bool(wide.any()))
    nearest = min(findings, key=lambda f: (f.decision in (ERROR, OVERFLOW), f.scaled_ulps, f.ulps)).label
    undecided = tuple(tuple(int(i) for i in at) for at in np.argwhere(wide))
    ruling = Ruling(dtype, l, parameter, decision, truth.midpoint.size, differing, undecided, nearest, wrong, findings, "")
    return replace(ruling, sentence=sentence(ruling, overflow))


def _decided(findings: Sequence[Standing], differing: int, kinked: bool) -> str:
    """The decision on a tensor: the gravest of how the implementations stand on it."""
    kinds, conventions = {f.decision for f in findings}, {f.slopes for f in findings}
    for gravest in (ERROR, OVERFLOW):
        if gravest in kinds:
            return gravest
    if kinked and (CONVENTION in kinds or (differing and len(conventions) > 1)):
        return CONVENTION
    return ROUNDING if differing else AGREE


def _is_interval(truth: Enclosed, exact: Enclosure) -> np.ndarray:
    """Entries whose exact value is an interval because of a kink; without one, every radius is a matter of bits."""
    if not exact.undecided_count:
        return np.zeros(truth.radius.shape, dtype=bool)
    return truth.radius > 2.0 ** (-exact.bits / 2) * max(exact.largest, float(np.abs(truth.midpoint).max()))


@np.errstate(over="ignore", invalid="ignore")  # what overflows here is infinitely far off, and is said to be
def _find(
    label: str, party: _Party, truth: Enclosed, exact: Enclosure, name: str, l: int, dtype: str, wide: np.ndarray
) -> Standing:
    actual, form = getattr(party.trace, name).get(l), format_of(dtype)
    root = party.root(name, l)
    equation, share = (f"{root.equation} {root.layer}", root.share) if root is not None else ("", 0.0)
    if np.shape(actual) != truth.midpoint.shape:
        return Standing(
            label, ERROR, np.inf, np.inf, np.inf, truth.midpoint.size, equation=equation or f"shape {np.shape(actual)}"
        )
    actual = np.asarray(actual, dtype=np.float64)
    distance = np.maximum(np.abs(truth.error(actual)) - truth.radius, 0.0)
    allowed = getattr(party.bound, name)[l] + getattr(party.bound, f"kink_{name}")[l]
    allowed = np.where(np.isnan(allowed), np.inf, allowed)  # infinite factors: nothing is known
    distance = np.where(np.isnan(actual), np.inf, distance)
    known = np.isfinite(truth.midpoint)  # e^z of a z beyond all floats has no enclosure
    outside = ~(distance <= allowed) & known
    ulps = truth.ulps(actual, dtype)
    largest = float(np.abs(truth.midpoint).max(initial=0.0))
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(distance)), distance.shape))
    slopes = tuple(sorted(party.slopes(exact).items()))
    decision = ROUNDING
    if outside.any() or root is not None:
        lost = not np.isfinite(actual[outside]).any() and (root is None or root.rule == "finite")
        excused = lost and bool(_overflows(exact, form.largest))
        decision = OVERFLOW if excused else ERROR
    elif not (known.all() and np.isfinite(actual).all()):  # within an allowance that is infinite itself, or nothing is known
        decision = OVERFLOW
    elif wide.any() and slopes and any(not _left(party.case.network, n, s) for n, s in slopes):
        decision = CONVENTION
    return Standing(
        label, decision, float(ulps.max()), float(distance.max() / ulp(np.asarray(largest), form)), float(distance.max()),
        int(outside.sum()), at, float(actual[at]), float(truth.midpoint[at]), equation, float(share), slopes,
    )  # fmt: skip


def _overflows(exact: Enclosure, largest: float) -> str:
    """The first tensor whose exact numbers leave the range of the dtype, e.g. "z[4]"; "" when none does."""
    return next((f"{name}[{l}]" for name, l, v in exact.tensors() if np.abs(v.midpoint).max() > largest), "")


def _left(network: Network, name: str, slope: float) -> bool:
    sigma = next(s for s in network.sigma.values() if s.name == name)
    return any(slope == left for _, left, _ in sigma.kinks)
