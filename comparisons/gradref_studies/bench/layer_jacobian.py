"""python -m gradref_studies bench layer-jacobian: what the whole Jacobian of a layer costs, and what the four equations cost (lecture 3.9).

The full way writes ∂C/∂vec(W[l]) = (a[L] - y)ᵀ Σ'(z[L]) W[L] ⋯ Σ'(z[l]) (I ⊗ a[l-1]ᵀ) for every layer, as the lecture does
before it gives up on it; the other way is `gradients`. Both compute the same gradient of an n-n-n network on one sample.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from math import isnan
from typing import TYPE_CHECKING, Any

from gradref.bench.alone import run_alone
from gradref_reference import SpecificationError
from gradref_reference.lecture.c3_9_layer_jacobian import jacobian_bytes, matrix_bytes

if TYPE_CHECKING:
    import pandas as pd

    from gradref.report.page.figures import Figure

__all__ = ["WIDTHS", "bench_layer_jacobian", "figure", "measure", "table"]

WIDTHS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)

PEAK = 1.1
"""Memory the full way needs, in units of its largest Jacobian; measured 1.01 where the width is large."""


def bench_layer_jacobian(widths: tuple[int, ...] = WIDTHS, budget_mib: float = 2048, repeats: int = 5) -> pd.DataFrame:
    """One row per width: seconds and peak bytes of both ways, measured where the full way fits the budget, predicted beyond.

    Columns: width, jacobian_bytes, gradient_bytes, full_seconds, full_peak, equations_seconds, equations_peak, measured.
    Beyond the budget the full way's time is that of the largest measured width, scaled with width³.
    """
    import pandas as pd

    if not widths or min(widths) < 1:
        raise SpecificationError(f"bench: widths must be whole numbers >= 1, got {widths}. Leave them out for {WIDTHS}.")
    order = {"widths": sorted(widths), "budget": budget_mib * 2**20, "repeats": repeats}
    frame = pd.DataFrame(list(run_alone(__name__, order)))
    frame[["full_seconds", "full_peak"]] = frame[["full_seconds", "full_peak"]].astype(float)
    known = frame[frame.measured]
    if not known.empty and not frame.measured.all():
        last = known.iloc[-1]
        beyond = ~frame.measured
        frame.loc[beyond, "full_seconds"] = last.full_seconds * (frame.width[beyond] / last.width) ** 3
        frame.loc[beyond, "full_peak"] = last.full_peak * (frame.width[beyond] / last.width) ** 3
    return frame


def measure(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows, in the child process."""
    import numpy as np

    from gradref_reference import Network, gradients, initialize
    from gradref_reference.lecture.c4_3_tying import weight_chain
    from gradref_reference.lecture.sigmas import SIGMAS

    for n in order["widths"]:
        network = Network((n, n, n), "sigmoid")
        rng = np.random.default_rng(n)
        p = initialize(network, rng)
        x, y = rng.random((1, n)), rng.random((1, n))
        columns, sigmas = {l: b[:, None] for l, b in p.b.items()}, {l: SIGMAS["sigmoid"] for l in p.W}
        fits = PEAK * jacobian_bytes(n, n) <= order["budget"]

        def equations(network=network, p=p, x=x, y=y) -> dict[int, Any]:
            return gradients(network, p.W, p.b, x, y)[3]

        def full(p=p, columns=columns, x=x, y=y, sigmas=sigmas) -> dict[int, Any]:
            return {l: weight_chain(p.W, columns, x.T, y.T, sigmas, l) for l in p.W}

        row = {"width": n, "jacobian_bytes": jacobian_bytes(n, n), "gradient_bytes": 2 * matrix_bytes(n, n), "measured": fits}
        row["equations_seconds"], row["equations_peak"] = _cost(equations, order["repeats"])
        row["full_seconds"] = row["full_peak"] = None
        if fits:
            row["full_seconds"], row["full_peak"] = _cost(full, order["repeats"])
            theirs, ours = full(), equations()
            if not all(np.allclose(theirs[l], ours[l], rtol=1e-9, atol=1e-12) for l in ours):
                raise AssertionError(f"the two ways differ at width {n}")
        yield row


def _cost(run: Callable[[], Any], repeats: int) -> tuple[float, int]:
    """Smallest time of `repeats` calls, and the peak memory of one more."""
    from gradref.bench.measure import seconds_of

    run()
    best = min(seconds_of(run) for _ in range(repeats))
    tracemalloc.start()
    run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return best, peak


def table(frame: pd.DataFrame) -> pd.DataFrame:
    """What a person reads: sizes in binary units, times in ms, and the two ratios; predictions carry a ≈."""
    import pandas as pd

    rows = []
    for r in frame.to_dict("records"):
        about = "" if r["measured"] else "≈ "
        rows.append(
            {
                "width": r["width"],
                "full Jacobian, ms": _about(about, r["full_seconds"], lambda v: f"{1e3 * v:.3g}"),
                "four equations, ms": f"{1e3 * r['equations_seconds']:.3g}",
                "times slower": _about(about, r["full_seconds"] / r["equations_seconds"], lambda v: f"{v:,.0f}"),
                "full Jacobian, memory": _about(about, r["full_peak"], size),
                "four equations, memory": size(r["equations_peak"]),
                "times larger": _about(about, r["full_peak"] / r["equations_peak"], lambda v: f"{v:,.0f}"),
            }
        )
    return pd.DataFrame(rows)


def _about(about: str, value: float, words: Callable[[float], str]) -> str:
    return "" if value is None or isnan(value) else about + words(value)


def size(count: float) -> str:
    """Bytes in binary units, three digits: '512 GiB'."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} TiB"


def figure(frame: pd.DataFrame) -> Figure:
    """Memory and time against width on double-logarithmic axes; filled marks are measured, open ones predicted."""
    from gradref.report.page.figures import Figure

    widths = [int(w) for w in frame.width]
    data = []
    for key, name, colour in (("full", "full Jacobian", "#d1495b"), ("equations", "four equations", "#7a5195")):
        symbols = ["circle" if m or key == "equations" else "circle-open" for m in frame.measured]
        for quantity, axis in (("seconds", "y"), ("peak", "y2")):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": name,
                    "legendgroup": name,
                    "showlegend": quantity == "seconds",
                    "x": widths,
                    "y": [None if v is None or isnan(v) else float(v) for v in frame[f"{key}_{quantity}"]],
                    "yaxis": axis,
                    "xaxis": "x" if axis == "y" else "x2",
                    "line": {"color": colour},
                    "marker": {"symbol": symbols, "size": 8},
                }
            )
    axis = {"type": "log", "exponentformat": "power"}
    layout = {
        "grid": {"rows": 1, "columns": 2, "pattern": "independent"},
        "xaxis": axis | {"title": {"text": "width"}},
        "xaxis2": axis | {"title": {"text": "width"}},
        "yaxis": axis | {"title": {"text": "seconds"}},
        "yaxis2": axis | {"title": {"text": "peak bytes"}},
    }
    words = table(frame)
    return Figure(
        "layer-jacobian",
        "The whole Jacobian of a layer against the four equations",
        "The full Jacobian grows with the cube of the width, the gradient with its square; open marks are predicted, because "
        "the Jacobian no longer fits the memory budget.",
        data,
        layout,
        tuple(words.columns),
        [tuple(str(v) for v in row) for row in words.itertuples(index=False)],
    )
