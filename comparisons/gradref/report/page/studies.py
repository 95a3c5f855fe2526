"""The charts of studies and benchmarks that lie beside a report: shown when somebody has run them, left out otherwise.

Whoever measures writes a chart as NAME.figure.json beside its table (`keep_figure`); the page knows no study.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gradref_support.atomic import write_file
from gradref_support.strict_json import dumps

from .figures import Figure

__all__ = ["keep_figure", "study_figures", "study_tables"]

FORMAT = 1
FOLDERS = ("studies", "bench")
ROWS = 200
"""Longer tables of studies are not listed."""


def keep_figure(folder: Path, chart: Figure) -> None:
    """Write a chart into a folder beside a report, where the page of the next report finds it."""
    write_file(folder / f"{chart.id}.figure.json", dumps({"format": FORMAT, **asdict(chart)}))


def study_figures(reports: Path) -> list[Figure]:
    """The charts in `reports`' folders of studies and benchmarks; one that another version has written is left out."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in (reports / folder).glob("*.figure.json")):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept.pop("format") == FORMAT:
                found.append(Figure(**kept))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # not a chart of ours: the report does without
    return found


def study_tables(reports: Path) -> dict[str, Any]:
    """The tables in reports/studies by name, those a page can show: at most 200 rows."""
    import pandas as pd

    tables = {}
    for path in sorted((reports / "studies").glob("*.csv")):
        try:
            table = pd.read_csv(path)
        except (OSError, ValueError):
            continue  # not ours; the page does without
        if 0 < len(table) <= ROWS:
            tables[path.stem] = table
    return tables
