"""A whole report: the record's own files, report.md, index.html and, where asked for, the comparison with an earlier run."""

from __future__ import annotations

from pathlib import Path

from gradref.results import store
from gradref.results.comparison import Comparison
from gradref.results.history import read_history
from gradref.results.record import Record
from gradref_support.atomic import Content, write_set
from gradref_support.strict_json import dumps

from .markdown import render
from .page import page_of
from .page.studies import study_figures, study_tables

__all__ = ["FILES", "write_report"]

FILES = (*store.FILES, "report.md", "index.html")
"""What a report consists of."""

_COMPARED = ("comparison.json", "comparison.md")


def write_report(record: Record, out: str | Path, comparison: Comparison | None = None) -> Path:
    """Write a report into `out`, made if need be; the path of its page.

    A reader finds the old report or this one, whole. The trend, and the charts of studies, are drawn from what lies beside `out`.
    """
    out = Path(out)
    beside = out.resolve().parent
    page = page_of(record, comparison, read_history(beside / "history"), study_figures(beside), study_tables(beside))
    files: dict[str, Content] = {**store.files(record), "report.md": render(record), "index.html": page}
    if comparison is not None:
        files |= {"comparison.json": dumps(comparison.to_dict()) + "\n", "comparison.md": comparison.to_markdown() + "\n"}
    write_set(out, files, stale=(*FILES, *_COMPARED))
    return out / "index.html"
