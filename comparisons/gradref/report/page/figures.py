"""The charts as plotly specifications (plain dicts): drawn by the page when they are looked at, with their numbers as a table beside."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from gradref.results.record import Record
from gradref.results.tally import LOCAL
from gradref.results.words import SHORT, framework_name, number

__all__ = ["COLOURS", "Figure", "figures"]

COLOURS = {"numpy": "#7a5195", "torch": "#d1495b", "jax": "#2a7fba"}
_MORE_COLOURS = ("#3a7d44", "#b07d2b", "#5b6c8f", "#8c5a3c")
_DASHES = {"float64": "solid", "float32": "dash", "bfloat16": "dot", "float16": "dashdot"}
_BINS = (0.0, 0.5, 1, 2, 4, 8, 16, 32, 64, 256, 1024)


@dataclass(frozen=True)
class Figure:
    """A chart: `id` and `title`, one sentence that says how to read it, plotly's `data` and `layout`, the numbers as a table."""

    id: str
    title: str
    words: str
    data: list[dict[str, Any]]
    layout: dict[str, Any]
    head: tuple[str, ...]
    body: list[tuple[str, ...]] = field(default_factory=list)


def figures(record: Record) -> list[Figure]:
    """Every chart for which the run has numbers."""
    judged = record.judged
    return [f for f in (_histogram(judged), _depth(judged), _dtypes(judged)) if f is not None]


def colour(framework: str, order: list[str]) -> str:
    """The colour of a framework; those we do not know take the next free one."""
    others = [f for f in order if f not in COLOURS]
    return COLOURS.get(framework) or _MORE_COLOURS[others.index(framework) % len(_MORE_COLOURS)]


def _histogram(frame: Any) -> Figure | None:
    import numpy as np

    rows = frame[frame["max_ulp"].notna() & frame["equation"].isin(LOCAL)]
    if rows.empty:
        return None
    labels = ["0", "½", *(f"{b}" for b in _BINS[2:]), "more"]
    order = list(dict.fromkeys(rows["framework"]))
    data, body = [], []
    for name in order:
        errors = rows.loc[rows["framework"] == name, "max_ulp"].to_numpy(float)
        counts = np.bincount(np.searchsorted(_BINS, errors, side="left"), minlength=len(labels))
        height = [round(100 * c / len(errors), 2) for c in counts]
        data.append(_bar(name, order, labels, height))
        body.append((framework_name(name), *(f"{h:g}" for h in height)))
    return Figure(
        "ulp",
        "Errors in units in the last place",
        "Each check counts once, with its worst entry, measured in the spacing of its own number format. A tall left side is good.",
        data,
        {
            "xaxis": {"type": "category", "title": "largest error of a check: at most … ulp"},
            "yaxis": {"title": "checks, %"},
            "barmode": "group",
        },
        ("framework", *labels),
        body,
    )


def _bar(name: str, order: list[str], x: list[str], y: list[float]) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": framework_name(name),
        "x": x,
        "y": y,
        "marker": {"color": colour(name, order)},
        "hovertemplate": "up to %{x} ulp: %{y} % of checks<extra>" + framework_name(name) + "</extra>",
    }


def _depth(frame: Any) -> Figure | None:
    rows = frame[(frame["layer"] > 0) & frame["max_rel"].notna()]
    reference = rows[rows["equation"] == "REF"]
    rows = reference if len(reference) else rows[rows["equation"].isin(["BP2", "BP4"])]
    if rows.empty:
        return None
    deepest = rows.groupby("case", sort=False)["layer"].max().idxmax()
    rows = rows[rows["case"] == deepest]
    if rows["layer"].max() < 3:
        return None
    order = list(dict.fromkeys(frame["framework"]))
    data, body = [], []
    for (name, dtype), group in rows.groupby(["framework", "dtype"], sort=False, observed=True):
        line = group.groupby("layer")["max_rel"].max()
        y = [float(f"{v:.3g}") if isfinite(v) and v > 0 else None for v in line]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{framework_name(str(name))} {SHORT.get(str(dtype), dtype)}",
                "x": [int(l) for l in line.index],
                "y": y,
                "line": {"color": colour(str(name), order), "dash": _DASHES.get(str(dtype), "solid")},
                "hovertemplate": "layer %{x}: %{y:.2e}<extra>%{fullData.name}</extra>",
            }
        )
        body.append((f"{framework_name(str(name))} {dtype}", *(number(v) for v in y)))
    return Figure(
        "depth",
        f"Error against depth: {deepest}",
        "The largest relative error of each layer's gradient, the last layer computed first. Only a line far above its siblings is news.",
        data,
        {"xaxis": {"title": "layer", "dtick": 1}, "yaxis": {"title": "relative error", "type": "log", "exponentformat": "power"}},
        ("setting", *(f"layer {int(l)}" for l in sorted(rows["layer"].unique()))),
        body,
    )


def _dtypes(frame: Any) -> Figure | None:
    rows = frame[frame["share"].notna() & frame["equation"].isin(LOCAL)]
    if rows.empty:
        return None
    order = list(dict.fromkeys(rows["framework"]))
    dtypes = [d for d in SHORT if d in set(rows["dtype"])]
    data, body = [], []
    for name in order:
        x, quantiles = [], []
        for dtype in dtypes:
            values = rows.loc[(rows["framework"] == name) & (rows["dtype"] == dtype), "share"]
            values = values[values < float("inf")]
            if len(values):
                x.append(dtype)
                quantiles.append([float(f"{v:.3g}") for v in values.quantile([0, 0.25, 0.5, 0.75, 1])])
        low, q1, median, q3, high = (list(column) for column in zip(*quantiles, strict=True)) if quantiles else ([],) * 5
        data.append(
            {
                "type": "box",
                "name": framework_name(name),
                "x": x,
                "lowerfence": low,
                "q1": q1,
                "median": median,
                "q3": q3,
                "upperfence": high,
                "marker": {"color": colour(name, order)},
            }
        )
        body += [(framework_name(name), d, *(number(v) for v in q)) for d, q in zip(x, quantiles, strict=True)]
    dash = {"color": "#b3261e", "width": 1.5, "dash": "dash"}
    limit = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": dash}
    return Figure(
        "dtype",
        "Share of the allowance against number format",
        "Boxes hold the middle half of the checks, whiskers reach to the extremes; the dashed line at 1 is where a proof of error begins.",
        data,
        {"boxmode": "group", "yaxis": {"title": "share of the allowance", "rangemode": "tozero"}, "shapes": [limit]},
        ("framework", "dtype", "least", "quarter", "median", "three quarters", "most"),
        body,
    )
