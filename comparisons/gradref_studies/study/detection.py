"""The detection study: the smallest fault that each check sees, and how often each alarms on honest code (certificates.md, section 6).

Real float32 traces of every installed framework are spoilt by the faults of `faults.py`; the local certificates are compared with
the closeness rules people use, which see the gradients only and hold them against a float64 reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradref.assertion import assert_gradients_agree
from gradref.data import digits, random_batch
from gradref.judges import Certificates, certify_case
from gradref.judges.truth import reference_trace
from gradref.verdict import FAIL
from gradref_adapters import registry
from gradref_reference import Batch, Case, Network, Trace, initialize

from ..rivals.closeness import torch_close
from .emulation import rerun
from .faults import FAULTS, HONEST

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["RULES", "Subject", "detect", "false_alarms", "figure", "markdown", "rates", "subjects", "summarise"]

MODES = (("numpy", "reference"), ("torch", "eager"), ("jax", "jit"))


@dataclass(frozen=True, eq=False)
class Subject:
    """A case, the honest trace of a framework, and the float64 reference on the same inputs."""

    case: Case
    trace: Trace
    reference: Trace


def subjects(seeds: int) -> Iterator[Subject]:
    """Six networks, `seeds` draws each, in every framework that is here; float32."""
    networks = {
        "digits sigmoid": (Network((64, 30, 10), "sigmoid", "quadratic"), 10),
        "digits relu": (Network((64, 30, 10), ("relu", "softmax"), "cross_entropy"), 100),
        "wide gelu": (Network((256, 64, 10), ("gelu", "softmax"), "cross_entropy"), 32),
        "square tanh": (Network((20, 20, 20, 20), ("tanh", "tanh", "identity"), "mse_samples"), 16),
        "deep tanh": (Network((16,) * 11 + (5,), ("tanh",) * 10 + ("softmax",), "cross_entropy"), 64),
        "deep relu": (Network((32, 24, 24, 24, 7), ("relu", "relu", "relu", "softmax"), "cross_entropy"), 48),
    }
    here = registry.available()
    for name, (network, size) in networks.items():
        for seed in range(seeds):
            rng = np.random.default_rng([seed, len(name)])
            batch = random_batch(network, rng, size)
            if name.startswith("digits"):
                x, labels = digits()
                rows = rng.permutation(len(x))[:size]
                y = labels[rows] if network.cost == "cross_entropy" else np.eye(10)[labels[rows]]
                batch = Batch(x[rows], y)
            parameters = initialize(network, rng, "he" if "relu" in name else "glorot")
            for framework, mode in MODES:
                if framework not in here:
                    continue
                case = Case(network, parameters, batch, "float32", framework, mode, name=name, seed=seed)
                yield Subject(case, here[framework].run(case), reference_trace(case))


def _gradients(trace: Trace) -> list[np.ndarray]:
    return [*trace.dW.values(), *trace.db.values()]


def _allclose(trace: Trace, subject: Subject) -> bool:
    return all(np.allclose(a, e) for a, e in zip(_gradients(trace), _gradients(subject.reference), strict=True))


def _testing(trace: Trace, subject: Subject) -> bool:
    """numpy.testing.assert_allclose with its default rtol=1e-7."""
    pairs = zip(_gradients(trace), _gradients(subject.reference), strict=True)
    return all(np.allclose(a, e, rtol=1e-7, atol=0) for a, e in pairs)


def _assert_close(trace: Trace, subject: Subject) -> bool:
    pairs = zip(_gradients(trace), _gradients(subject.reference), strict=True)
    return all(torch_close(a, e, "float32") for a, e in pairs)


def _ratio(trace: Trace, subject: Subject) -> bool:
    """The error against float64 may be at most twice that of the framework's own honest float32 run, tensor by tensor."""
    triples = zip(_gradients(trace), _gradients(subject.trace), _gradients(subject.reference), strict=True)
    return all(np.abs(a - e).max() <= 2 * np.abs(h - e).max() for a, h, e in triples)


def _agree(trace: Trace, subject: Subject) -> bool:
    try:
        terms = len(subject.case.batch) + 2 * sum(subject.case.network.sizes)
        assert_gradients_agree(_gradients(trace), _gradients(subject.reference), dtype="float32", terms=terms)
    except AssertionError:
        return False
    return True


CLOSENESS: dict[str, Callable[[Trace, Subject], bool]] = {
    "numpy allclose": _allclose,
    "numpy.testing": _testing,
    "torch assert_close": _assert_close,
    "ratio to baseline": _ratio,
    "assert_gradients_agree": _agree,
}
RULES = ("local bound", "local + statistics", *CLOSENESS)
COLOURS = ("#1b6ca8", "#0b3c5d", "#c0392b", "#e08e79", "#d68910", "#7d8b99", "#58a55c")
"""Every rule, and its colour in the figure; the first two are ours and see the whole trace, the others only its gradients."""


def _verdicts(trace: Trace, subject: Subject) -> tuple[dict[str, bool], Certificates]:
    """Rule -> whether it refuses the trace."""
    certificates = certify_case(subject.case, trace)
    failing = [v for v in certificates.verdicts if v.verdict == FAIL]
    refused = {
        "local bound": any(v.rule != "statistics" for v in failing),
        "local + statistics": bool(failing),
    }
    return refused | {name: not rule(trace, subject) for name, rule in CLOSENESS.items()}, certificates


def detect(seeds: int = 5) -> Iterator[dict[str, object]]:
    """One record per subject, fault and size: which rules refused it, and whether the certificate named equation and layer."""
    for number, subject in enumerate(subjects(seeds)):
        for fault in FAULTS:
            for size in fault.sizes:
                rng = np.random.default_rng([number, 7])
                spoilt = fault.inject(subject.case, subject.trace, size, rng)
                if spoilt is None:
                    break
                refused, certificates = _verdicts(spoilt[0], subject)
                root = certificates.root
                named = root is not None and (root.equation, root.layer) == spoilt[1]
                yield _record(subject, fault.name, size) | refused | {"named": named}


def false_alarms(seeds: int = 5) -> Iterator[dict[str, object]]:
    """One record per subject and honest variant, the untouched traces included: a refusal is a false alarm."""
    for subject in subjects(seeds):
        variants = {f"{subject.case.framework} {subject.case.mode}": subject.trace}
        if subject.case.framework == "numpy":
            for name, arithmetic in HONEST.items():
                variants[name] = rerun(subject.case, subject.trace, arithmetic(subject.case), ("LIN", 1))
        for name, trace in variants.items():
            refused, _ = _verdicts(trace, subject)
            yield _record(subject, f"honest: {name}", 0.0) | refused | {"named": False}


def _record(subject: Subject, fault: str, size: float) -> dict[str, object]:
    case = subject.case
    return {"fault": fault, "size": size, "network": case.name, "framework": case.framework, "seed": case.seed}


def rates(records: pd.DataFrame) -> pd.DataFrame:
    """One row per fault and size: the number of runs, the share of them that each rule refuses, and the share of our refusals that
    name the right equation and layer. This is what `detection.csv` holds."""
    import pandas as pd

    rows = []
    group: Any
    key: Any
    for key, group in records.groupby(["fault", "size"], sort=False):
        fault, size = key
        seen = group[group["local + statistics"]]
        named = float(seen["named"].mean()) if len(seen) and not str(fault).startswith("honest") else float("nan")
        rows.append({"fault": fault, "size": size, "runs": len(group)} | dict(group[list(RULES)].mean()) | {"named": named})
    return pd.DataFrame(rows)


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """From `rates`: one row per fault, one column per rule: the smallest size from which on every run is refused, or per cent of
    runs for faults of one size and for honest variants."""
    import pandas as pd

    rows = []
    group: Any
    for fault, group in table.groupby("fault", sort=False):
        by_size: Any = group.set_index("size").sort_index(ascending=False)
        row: dict[str, object] = {"fault": fault}
        for rule in RULES:
            if len(by_size) == 1:
                row[rule] = f"{100 * by_size[rule].iloc[0]:.0f} %"
                continue
            sure = by_size.index[(by_size[rule] == 1).cumprod().astype(bool)]
            row[rule] = f"{sure.min():.0e}" if len(sure) else "never"
        named = group["named"].dropna()
        row["named"] = f"{100 * named.mean():.0f} %" if len(named) else ""
        rows.append(row)
    return pd.DataFrame(rows)


def markdown(summary: pd.DataFrame) -> str:
    """The summary as a Markdown table."""
    head = [str(c) for c in summary.columns]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(v) for v in row) + " |" for row in summary.itertuples(index=False)]
    return "\n".join(lines) + "\n"


def figure(table: pd.DataFrame) -> go.Figure:
    """From `rates`: share of runs refused against the size of the fault, one panel per fault with a ladder, one line per rule."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    runs: Any = table
    ladders = {fault: group.sort_values("size") for fault, group in runs.groupby("fault", sort=False) if len(group) > 1}
    height = (len(ladders) + 1) // 2
    panels = make_subplots(rows=height, cols=2, subplot_titles=list(ladders), vertical_spacing=0.3 / max(height, 1))
    for at, group in enumerate(ladders.values()):
        for rule, colour in zip(RULES, COLOURS, strict=True):
            line = go.Scatter(
                x=group["size"], y=group[rule], name=rule, legendgroup=rule, showlegend=at == 0, line={"color": colour}
            )
            panels.add_trace(line, row=at // 2 + 1, col=at % 2 + 1)
    panels.update_xaxes(type="log", exponentformat="power")
    panels.update_yaxes(range=[-0.05, 1.05], tickformat=".0%")
    panels.update_layout(title="Faults refused, by size", height=260 * height, template="plotly_white")
    return panels
