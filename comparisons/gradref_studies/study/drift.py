"""Do frameworks drift? The mean of residual/σ of each equation: rounding to nearest leaves none, a biased function or sum does.

For n entries with independent errors the mean is about 1/√n of their spread; `bias` is the mean in units of σ, `z_score` the mean
divided by its own standard error. A large z-score with a tiny bias is a systematic error too small to matter; a bias near 1 matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gradref.data import random_batch
from gradref.judges.claims import claims, inputs_of
from gradref_adapters import registry
from gradref_reference import FORMATS, Case, Network, Trace, initialize

from .honest import finite

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["DEPTHS", "WIDTHS", "drift", "figure", "residuals", "summarise"]

DEPTHS, WIDTHS, BATCH = (1, 3, 10), (8, 64), 64
MODES = {"numpy": ("reference",), "torch": ("eager",), "jax": ("jit",)}


def residuals(case: Case, trace: Trace) -> Iterator[tuple[str, int, np.ndarray]]:
    """(equation, layer, residual/σ) of every tensor of a trace, entries whose σ is 0 left out."""
    contract = registry.get(case.framework).contract(case)
    with np.errstate(all="ignore"):
        for claim in claims(inputs_of(case), trace, contract):
            if claim.actual is None or claim.estimate is None:
                continue
            estimate = claim.estimate(slice(None))
            deviation = ((claim.actual - estimate.value) / estimate.spread)[estimate.spread > 0]
            yield claim.equation, claim.layer, deviation[np.isfinite(deviation)]


def drift(seeds: int = 3) -> Iterator[dict[str, object]]:
    """One record per run, equation and layer: number of entries, sum and sum of squares of residual/σ."""
    for depth in DEPTHS:
        for width in WIDTHS:
            for name in ("tanh", "relu", "gelu"):
                network = Network((width,) * depth + (10,), (name,) * (depth - 1) + ("softmax",), "cross_entropy")
                for seed in range(seeds):
                    rng = np.random.default_rng([seed, depth, width])
                    parameters, batch = initialize(network, rng, "glorot"), random_batch(network, rng, BATCH)
                    yield from _runs(Case(network, parameters, batch, seed=seed), depth, width, name)


def _runs(case: Case, depth: int, width: int, activation: str) -> Iterator[dict[str, object]]:
    for framework, adapter in registry.available().items():
        for mode in MODES.get(framework, adapter.modes()[:1]):
            for dtype in FORMATS:
                here = case.on(framework, mode, dtype)
                if adapter.supports(here) is not None:
                    continue
                trace = adapter.run(here)
                if not finite(trace):
                    continue
                for equation, l, deviation in residuals(here, trace):
                    yield {
                        "framework": framework,
                        "mode": mode,
                        "dtype": dtype,
                        "depth": depth,
                        "width": width,
                        "activation": activation,
                        "seed": case.seed,
                        "equation": equation,
                        "layer": l,
                        "entries": deviation.size,
                        "sum": float(deviation.sum()),
                        "squares": float(np.square(deviation).sum()),
                    }


def summarise(records: pd.DataFrame, by: tuple[str, ...] = ("framework", "dtype", "equation")) -> pd.DataFrame:
    """bias (mean of residual/σ), rms and z-score of the bias for each group; the most significant first."""
    total: Any = records.groupby(list(by), as_index=False)[["entries", "sum", "squares"]].sum()
    total = total[total.entries >= 30]
    total["bias"] = total["sum"] / total.entries
    total["rms_sigma"] = np.sqrt(total.squares / total.entries)
    spread = np.sqrt(np.maximum(total.rms_sigma**2 - total.bias**2, 1e-300))
    total["z_score"] = total.bias / spread * np.sqrt(total.entries)
    order = total.bias.abs().sort_values(ascending=False).index
    return total.loc[order, [*by, "entries", "bias", "rms_sigma", "z_score"]].reset_index(drop=True)


def figure(records: pd.DataFrame) -> go.Figure:
    """Bias in σ by equation, one bar for each framework and dtype."""
    import plotly.express as px

    table: Any = summarise(records)
    table["run"] = table.framework + " " + table.dtype
    order = ["LIN", "ACT", "COST", "BP1", "BP2", "BP3", "BP4"]
    chart = px.bar(
        table.sort_values("run"), x="equation", y="bias", color="run", barmode="group", category_orders={"equation": order}
    )
    chart.update_layout(title="Systematic error: mean of residual/σ", yaxis_title="bias (σ)", template="plotly_white")
    return chart
