"""A record as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradref.results.comparison import Comparison
from gradref.results.headline import facts, headline
from gradref.results.history import Snapshot, comparable
from gradref.results.plain import plain_tables, told
from gradref.results.record import Record
from gradref.verdict import EQUATIONS

from . import payload, tables
from .cards import cards
from .figures import Figure, figures
from .formulas import formula
from .layout import plotly, templates
from .matrix import STEPS, matrix
from .trend import trend

__all__ = ["page_of"]


def page_of(
    record: Record,
    comparison: Comparison | None = None,
    history: Sequence[Snapshot] = (),
    charts: Sequence[Figure] = (),
    studies: Mapping[str, Any] | None = None,
) -> str:
    """The page of a run as text; it needs no network and no other file.

    Parameters
    ----------
    comparison : with an earlier run. history : earlier runs, for the trend.
    charts, studies : figures, and tables by name, that other commands have left beside the report.
    """
    made, more = cards(record)
    drawn = [*figures(record), *charts]
    line = trend(comparable(history, Snapshot.of(record)))
    index, entries = payload.maps(record)
    specified = [*drawn, line] if line else drawn
    return templates().get_template("report.html.j2").render(
        made=record.made,
        answer=headline(record),
        facts=facts(record),
        matrix=matrix(record),
        steps=STEPS,
        cards=made,
        more_cards=more,
        figures=drawn,
        undecided=tables.undecided(record),
        skips=tables.skips(record),
        blind=tables.blind_spots(record),
        timings=tables.timings(record),
        environment=tables.environment(record),
        comparison=comparison,
        trend=line,
        studies=studies or {},
        plain_tables=plain_tables(record.differences),
        told=told,
        equations={name: (text, formula(name, 0)) for name, text in EQUATIONS.items()},
        rows=payload.pack(payload.rows(record)),
        maps=payload.pack(index),
        entries=payload.pack_bytes(entries),
        charts=payload.pack([{"id": f.id, "data": f.data, "layout": f.layout} for f in specified]),
        plotly=plotly() if specified else "",
    )  # fmt: skip
