"""Disagreement cards: one per case, framework and mode, with the worst entry of every failing check and how to rerun it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, copysign, inf, isnan, log10

from gradref.arbitration import ERROR
from gradref.results.record import KEY, Frame, Record
from gradref.results.words import framework_name, number, plural, share, slug
from gradref.verdict import EQUATIONS, RunId

from .formulas import formula

__all__ = ["CARDS", "Card", "cards"]

CARDS = 150
"""Most cards on one page; a report with more has one cause, and the rest is in the tables."""

ENTRIES = 8
"""Most failing checks in the table of a card, causes first."""

RULINGS = 3
"""Most rulings of the exact gradient shown on a card."""

_RULES = {
    "bound": "proof: no order of summation and no rounding gives this error",
    "statistics": "statistics: errors of this size in this many entries do not come from rounding",
    "bits": "exact case: the right answer is an integer and has to match bit for bit",
    "structure": "structure: a name, shape or dtype is wrong",
    "finite": "NaN or infinity where the truth is finite",
    "kink": "outside the one-sided derivatives at a kink",
}


@dataclass(frozen=True)
class Entry:
    """One failing check: the worst entry with both values, as text, and where it lies on the scale of its allowance."""

    equation: str
    layer: int
    dtype: str
    device: str
    parameter: str
    index: str
    actual: tuple[str, str]
    expected: str
    allowance: str
    share: str
    failing: str
    rule: str
    offset: float | None


@dataclass(frozen=True)
class Card:
    """One disagreement, ready for the template."""

    id: str
    case: str
    framework: str
    mode: str
    dtypes: tuple[str, ...]
    runs: tuple[RunId, ...]
    equation: str
    layer: int
    words: str
    math: str
    lead: str
    sentence: str
    rule: str
    entries: tuple[Entry, ...]
    more: int
    rulings: tuple[str, ...]
    rerun: str


def cards(record: Record, limit: int = CARDS) -> tuple[list[Card], int]:
    """The cards, most widespread cause first as in `failures`, and how many were left out."""
    groups = list(record.failures.groupby(["case", "framework", "mode"], sort=False, observed=True))
    made = [_card(group, _rulings(record, group)) for _, group in groups[:limit]]
    return made, max(len(groups) - limit, 0)


def _rulings(record: Record, rows: Frame) -> tuple[str, ...]:
    """What the exact gradient says about this case: who is right, and by how much the others are off."""
    case, dtypes = rows.iloc[0]["case"], set(rows["dtype"])
    told = [r.sentence for r in record.made.rulings if r.case == case and r.dtype in dtypes and r.decision == ERROR]
    return tuple(told[:RULINGS])


def _card(rows: Frame, rulings: tuple[str, ...]) -> Card:
    first = rows.iloc[0]
    entries = tuple(_entry(row) for row in rows.head(ENTRIES).itertuples(index=False))
    return Card(
        slug("card", first["case"], first["framework"], first["mode"]),
        str(first["case"]),
        framework_name(str(first["framework"])),
        str(first["mode"]),
        tuple(dict.fromkeys(rows["dtype"])),
        tuple(dict.fromkeys(RunId(*key) for key in rows[KEY].itertuples(index=False, name=None))),
        str(first["equation"]),
        int(first["layer"]),
        EQUATIONS.get(str(first["equation"]), ""),
        formula(str(first["equation"]), int(first["layer"])),
        *_told(first),
        _RULES.get(str(first["rule"]), str(first["rule"])),
        entries,
        len(rows) - len(entries),
        rulings,
        str(first["rerun"]),
    )


def _told(row) -> tuple[str, str]:
    """What the mistake is, where one is known, and what was measured."""
    measured = str(row["finding"]) or (
        f"{row['parameter']}: {plural(int(row['failing']), 'entry', 'entries')} of {int(row['entries'])} "
        f"{'is' if row['failing'] == 1 else 'are'} off by up to {share(row['share'])} what rounding allows."
    )
    return str(row["hint"]), measured


def _entry(row) -> Entry:
    difference = row.actual - row.expected
    return Entry(
        row.equation,
        int(row.layer),
        row.dtype,
        row.device,
        row.parameter,
        row.worst_index,
        *_apart(row.actual, row.expected),
        number(row.allowance, 3),
        share(row.share),
        f"{row.failing:,} of {row.entries:,}",
        row.rule,
        _offset(difference, row.allowance),
    )


def _apart(actual: float, expected: float) -> tuple[tuple[str, str], str]:
    """Both values with as many digits as it takes to see them differ; the first split where its digits begin to differ.

    >>> _apart(0.1234567, 0.1234599)
    (('0.12345', '67'), '0.1234599')
    """
    difference = abs(actual - expected)
    digits = 6
    if 0 < difference < inf and 0 < abs(expected) < inf:
        digits = min(17, max(6, 2 + ceil(log10(abs(expected) / difference) + 1e-9)))
    one, other = number(actual, digits), number(expected, digits)
    same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return (one[:same], one[same:]), other


def _offset(difference: float, allowance: float) -> float | None:
    """Where the actual value lies on a scale whose middle is the expected value; the allowance reaches to ±0.25.

    Beyond it the scale is logarithmic, and ±1 is 10^16 allowances away; None where there is nothing to draw.

    >>> _offset(0.5, 1.0), _offset(-1e8, 1.0), _offset(1.0, 0.0)
    (0.125, -0.625, 1.0)
    """
    if isnan(difference) or isnan(allowance):
        return None
    times = abs(difference) / allowance if allowance else (inf if difference else 0.0)
    where = 0.25 * times if times <= 1 else min(1.0, 0.25 + 0.75 * log10(times) / 16)
    return round(copysign(where, difference), 4)
