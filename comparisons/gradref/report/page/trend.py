"""The trend over earlier runs: the largest share of the allowance of each framework."""

from __future__ import annotations

from collections.abc import Sequence

from gradref.results.history import Snapshot
from gradref.results.words import framework_name, moment, plural, share

from .figures import Figure, colour

__all__ = ["LEAST", "trend"]

LEAST = 3
"""Runs that make a trend."""


def trend(runs: Sequence[Snapshot]) -> Figure | None:
    """The largest share by run, one line for each framework; None for fewer than three runs.

    A disagreement is drawn at the top edge, as a cross, whatever its share.
    """
    if len(runs) < LEAST:
        return None
    names = list(dict.fromkeys(name for run in runs for name in run.frameworks))
    data, body = [], []
    for name in names:
        own = [run for run in runs if name in run.frameworks]
        said = [f"{_told(run.fails(name))}, largest share {share(run.worst(name))}" for run in own]
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": framework_name(name),
                "x": [moment(run.created) for run in own],
                "y": [1.0 if run.fails(name) else min(run.worst(name), 1.0) for run in own],
                "marker": {"symbol": ["x" if run.fails(name) else "circle" for run in own], "size": 9},
                "line": {"color": colour(name, names)},
                "text": said,
                "hovertemplate": "%{x}: %{text}<extra>%{fullData.name}</extra>",
            }
        )
        body += [(framework_name(name), moment(run.created), told) for run, told in zip(own, said, strict=True)]
    layout = {"xaxis": {"type": "category"}, "yaxis": {"title": "largest share", "tickformat": ".0%", "range": [0, 1.05]}}
    return Figure(
        "trend",
        f"Largest share of the allowance over {len(runs)} runs",
        "The largest share of the allowance that each framework used, run by run; ✗ marks a disagreement.",
        data,
        layout,
        ("framework", "run", "what it said"),
        body,
    )


def _told(fails: int) -> str:
    """'agrees' or '3 runs disagree'."""
    return "agrees" if fails == 0 else f"{plural(fails, 'run')} {'disagrees' if fails == 1 else 'disagree'}"
