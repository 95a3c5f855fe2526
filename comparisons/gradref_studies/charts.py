"""A study's plotly chart in the form the page of a report shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gradref.report.page.figures import Figure

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["chart_of"]

ROWS = 200
"""Longer tables are drawn but not listed."""


def chart_of(name: str, title: str, words: str, chart: go.Figure, table: pd.DataFrame) -> Figure:
    """A chart with the table it was drawn from beside it; `words` say how to read it."""
    plain = json.loads(str(chart.to_json()))
    layout = {key: value for key, value in plain["layout"].items() if key not in ("template", "title")}
    body = [tuple(str(v) for v in row) for row in table.itertuples(index=False)] if len(table) <= ROWS else []
    return Figure(name, title, words, plain["data"], layout, tuple(map(str, table.columns)) if body else (), body)
