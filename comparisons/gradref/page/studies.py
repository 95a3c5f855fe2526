"""The charts of studies and benchmarks that lie beside a report: shown when somebody has run them, left out otherwise."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from .figures import Figure

__all__ = ["study_figures"]

# file beside the report -> module with `figure(table)`, title, how to read it
CHARTS = {
    "studies/detection.csv": (
        "gradref.study.detection",
        "What the checks see",
        "The share of faulty runs that each rule refuses, against the size of the fault: further left is better.",
    ),
    "studies/drift.csv": (
        "gradref.study.drift",
        "Systematic errors of the frameworks",
        "The mean of residual/σ of each equation. Rounding that leans to no side gives bars near zero.",
    ),
    "bench/layer-jacobian.csv": ("gradref.bench.layer_jacobian", "", ""),
}
ROWS = 200
"""Longer tables are drawn but not listed."""


def study_figures(reports: Path) -> list[Figure]:
    """The charts for which `reports` holds a table; one that cannot be read or drawn is left out."""
    import pandas as pd

    found = []
    for place, (module, title, words) in CHARTS.items():
        path = reports / place
        if not path.is_file():
            continue
        try:
            table = pd.read_csv(path)
            chart = import_module(module).figure(table)
        except (OSError, ValueError, KeyError, AttributeError):
            continue  # written by another version: the report does without
        found.append(chart if isinstance(chart, Figure) else _from_plotly(path.stem, title, words, chart, table))
    return found


def _from_plotly(name: str, title: str, words: str, chart: Any, table: Any) -> Figure:
    plain = json.loads(chart.to_json())
    layout = {key: value for key, value in plain["layout"].items() if key not in ("template", "title")}
    body = [tuple(str(v) for v in row) for row in table.itertuples(index=False)] if len(table) <= ROWS else []
    return Figure(name, title, words, plain["data"], layout, tuple(table.columns) if body else (), body)
