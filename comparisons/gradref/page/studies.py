"""The charts of studies and benchmarks that lie beside a report: shown when somebody has run them, left out otherwise.

Whoever measures writes a chart as NAME.figure.json beside its table (`keep_figure`); the page knows no study.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from gradref_support.strict_json import dumps

from .figures import Figure

__all__ = ["keep_figure", "study_figures"]

FORMAT = 1
FOLDERS = ("studies", "bench")


def keep_figure(folder: Path, chart: Figure) -> None:
    """Write a chart into a folder beside a report, where the page of the next report finds it."""
    (folder / f"{chart.id}.figure.json").write_text(dumps({"format": FORMAT, **asdict(chart)}), encoding="utf-8")


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
