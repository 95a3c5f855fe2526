"""The plain table of one case: tensors down, pairs of frameworks across, each cell the largest differences of the two."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from gradref.suite.differences import Difference

from .words import framework_name, number, plural

__all__ = ["Line", "PlainTable", "plain_tables", "told"]


@dataclass(frozen=True)
class Line:
    """One tensor in one dtype; `cells` follow the pairs of the table, None where one of the two has no such run."""

    dtype: str
    parameter: str
    cells: list[Difference | None]


@dataclass(frozen=True)
class PlainTable:
    """One case: the pairs of frameworks ("NumPy ↔ PyTorch") and a line for each tensor and dtype."""

    case: str
    pairs: list[str]
    lines: list[Line]


def plain_tables(rows: list[Difference]) -> list[PlainTable]:
    """The rows of a record as one table for each case."""
    tables = []
    for case, group in groupby(rows, key=lambda row: row.case):
        own = list(group)
        pairs = list(dict.fromkeys((row.one, row.other) for row in own))
        cells = {(row.dtype, row.parameter, row.one, row.other): row for row in own}
        tensors = dict.fromkeys((row.dtype, row.parameter) for row in own)
        lines = [Line(*tensor, [cells.get((*tensor, *pair)) for pair in pairs]) for tensor in tensors]
        tables.append(PlainTable(case, [f"{framework_name(a)} ↔ {framework_name(b)}" for a, b in pairs], lines))
    return tables


def told(row: Difference | None) -> list[str]:
    """What a cell says: the largest absolute difference and the largest relative one, each with what rounding allows there.

    >>> told(None)
    []
    """
    if row is None:
        return []
    if not row.differing:
        return ["the same bits"]
    return [
        f"{number(row.max_abs)} at {row.abs_at}, allowed {number(row.abs_allowed)}",
        f"relative {number(row.max_rel)} at {row.rel_at}, allowed {number(row.rel_allowed)}",
        f"{row.differing:,} of {plural(row.entries, 'entry', 'entries')} differ",
    ]
