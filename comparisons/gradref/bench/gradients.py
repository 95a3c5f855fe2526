"""gradref bench gradients: cost and whole gradient, reference against PyTorch and JAX, one thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING, Any

from gradref_reference import Network, cost_function
from gradref_reference.errors import unknown

from .alone import run_alone
from .measure import paired_ratio

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REFERENCE", "WORKLOADS", "bench_gradients", "busy", "ratio_table", "workloads"]

REFERENCE = "numpy reference"

# name -> (widths, batch, largest ratio to the fastest framework that the project promises)
WORKLOADS: dict[str, tuple[tuple[int, ...], int, float]] = {
    "2-3-1": ((2, 3, 1), 1, 1.2),
    "784-30-10 b10": ((784, 30, 10), 10, 1.0),
    "784-30-10 b100": ((784, 30, 10), 100, 1.0),
    "784-100-10": ((784, 100, 10), 128, 1.0),
    "1024x5": ((1024,) * 5, 256, 1.2),
}
"""The networks of the benchmark."""


def workloads(names: list[str] | None, dtypes: list[str] | None, activation: str, cost: str) -> list[dict[str, Any]]:
    """The chosen workloads as data for the measuring process; `SpecificationError` for a name that is not in the table."""
    for name in names or []:
        if name not in WORKLOADS:
            raise unknown("bench", "network", name, list(WORKLOADS))
    for dtype in dtypes or []:
        if dtype not in ("float64", "float32"):
            raise unknown("bench", "dtype", dtype, ["float64", "float32"])
    chosen = []
    for name in names or WORKLOADS:
        sizes, batch, promised = WORKLOADS[name]
        layers = len(sizes) - 1
        activations = [activation] * (layers - 1) + [cost_function(cost).output or activation]
        Network(sizes, activations, cost)  # refuses what cannot be, before any process starts
        chosen += [
            {
                "network": name,
                "dtype": dtype,
                "sizes": list(sizes),
                "batch": batch,
                "activations": activations,
                "cost": cost,
                "promised": promised,
            }
            for dtype in dtypes or ("float32", "float64")
        ]
    return chosen


def bench_gradients(
    chosen: list[dict[str, Any]],
    repeats: int = 41,
    seconds: float = 3.0,
    seed: int = 0,
    done: Callable[[dict[str, Any]], None] = lambda row: None,
) -> pd.DataFrame:
    """One row per network × dtype × implementation: median and smallest time, and the ratio of the reference to it.

    Columns: network, dtype, batch, implementation; median_us and min_us on the wall, cpu_us the median of processor time; and
    reference / this one: ratio (paired, round by round), ratio_min (of the smallest times), ratio_cpu (paired, processor
    time); repeats, promised, load; note says why an implementation has no time.
    """
    import pandas as pd

    rows = []
    for result in run_alone(
        "gradref.bench.gradients_work", {"workloads": chosen, "repeats": repeats, "seconds": seconds, "seed": seed}
    ):
        ours = result["samples"][REFERENCE]
        for name, samples in result["samples"].items():
            rows.append(
                {
                    "network": result["network"],
                    "dtype": result["dtype"],
                    "batch": result["batch"],
                    "implementation": name,
                    "median_us": 1e6 * median(samples["wall"]),
                    "min_us": 1e6 * min(samples["wall"]),
                    "cpu_us": 1e6 * median(samples["cpu"]),
                    "ratio": paired_ratio(ours["wall"], samples["wall"]),
                    "ratio_min": min(ours["wall"]) / min(samples["wall"]),
                    "ratio_cpu": paired_ratio(ours["cpu"], samples["cpu"]),
                    "repeats": len(samples["wall"]),
                    "promised": result["promised"],
                    "load": result["load"],
                }
            )
        for name, reason in (result["absent"] | result["differing"]).items():
            why = reason if isinstance(reason, str) else f"its gradient differs by {reason:.1e}"
            rows.append(
                {
                    "network": result["network"],
                    "dtype": result["dtype"],
                    "batch": result["batch"],
                    "implementation": name,
                    "note": why,
                }
            )
        done(result)
    return pd.DataFrame(rows)


def ratio_table(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per network × dtype: median µs of everyone, the fastest framework, and the reference's ratio to it.

    Each ratio is the largest over the frameworks: "ratio" of wall times, paired round by round; "of cpu" the same of processor
    times; "of minima" of the smallest wall times. "kept" says whether "of cpu" is within the promise: on one quiet core it is
    the same as "ratio", and a busy machine does not disturb it.
    """
    import pandas as pd

    rows = []
    for keys, group in frame.dropna(subset=["median_us"]).groupby(["network", "dtype"], sort=False):
        network, dtype = keys  # pyright: ignore[reportGeneralTypeIssues]
        times = {
            name: f"{time:.0f}" if time >= 100 else f"{time:.1f}"
            for name, time in zip(group.implementation, group.median_us, strict=True)
        }
        others = group[group.implementation != REFERENCE]
        if others.empty:
            verdict = {"fastest framework": "none"} | dict.fromkeys(("ratio", "of minima", "of cpu"), float("nan"))
        else:
            fastest = others.loc[others.ratio_cpu.idxmax()]
            verdict = {
                "fastest framework": fastest.implementation,
                "ratio": others.ratio.max(),
                "of minima": others.ratio_min.max(),
                "of cpu": fastest.ratio_cpu,
            }
        within = group.promised.iloc[0]
        kept = "" if others.empty else "yes" if verdict["of cpu"] <= within else "no"
        rows.append({"network": network, "dtype": dtype, **times, **verdict, "within": within, "kept": kept})
    return pd.DataFrame(rows)


def busy(load: float) -> list[str]:
    """A warning when more processes want the machine than it has cores, and why that flatters the reference."""
    cores = os.cpu_count() or 1
    if load <= cores:
        return []
    return [
        f"The machine was busy (load {load:.1f} on {cores} cores): PyTorch and JAX hand work from thread to thread and wait for "
        "the core each time, NumPy does not. Believe the processor times, or measure again in quiet."
    ]
