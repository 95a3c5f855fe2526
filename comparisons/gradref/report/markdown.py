"""report.md: what was compared, the matrix, every disagreement with its explanation, and how to run it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

from gradref.results.headline import answer
from gradref.results.plain import plain_tables, told
from gradref.results.record import CaseFacts, Frame, Record
from gradref.results.tally import BLIND, LOCAL, OVERFLOW, tallies
from gradref.results.words import number, percent, share
from gradref.verdict import EQUATIONS, FAIL, SKIP, UNDECIDED

__all__ = ["code", "plain", "render"]

SHOWN = 10
"""Disagreements that are written out; the rest are counted and stand in results.csv."""

_SIGNS = re.compile(r"[\\|*`<&]|(?<!\w)_|_(?!\w)|\](?=\()")  # an underscore inside a word is no sign


def plain(text: object) -> str:
    """Text that Markdown shows as it is, in a table too: on one line, with what Markdown would read as a sign escaped.

    >>> print(plain("x|y <b> *z* _u_ but leaky_relu"))
    x\\|y \\<b> \\*z\\* \\_u\\_ but leaky_relu
    """
    return _SIGNS.sub(r"\\\g<0>", " ".join(str(text).split()))


def code(text: str) -> str:
    """Text as a code span, whatever quotes it holds."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{' '.join(text.split())}{fence}"


def render(record: Record) -> str:
    """The whole report as Markdown."""
    from jinja2 import Environment

    environment = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters |= {"plain": plain, "code": code}
    undecided = record.frame[record.frame.verdict == UNDECIDED]
    overflow = undecided.rule == OVERFLOW
    text = environment.from_string((files("gradref.report") / "report.md.j2").read_text(encoding="utf-8")).render(
        answer=answer(record),
        made=record.made,
        failed=record.totals.failed,
        first=list(record.first_causes.itertuples(index=False)),
        shown=SHOWN,
        equations=EQUATIONS,
        local=LOCAL,
        matrices=list(_matrices(record)),
        settings=_settings(record),
        plain_tables=plain_tables(record.differences),
        rows_of=lambda t: [[line.dtype, line.parameter, *("; ".join(told(c)) for c in line.cells)] for line in t.lines],
        undecided=[
            (
                "At a kink",
                "Entries accepted between the one-sided derivatives; which one a framework takes is a convention.",
                _groups(undecided[~overflow]),
            ),
            (
                "Out of range",
                "Entries of which nothing can be said, because a number overflows the dtype.",
                _groups(undecided[overflow]),
            ),
        ],
        cases=[_case(c) for c in record.made.cases],
        skips=record.skips,
        environment=[[plain(f.name), plain(f.value), plain(f.meaning)] for f in record.made.environment],
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _matrices(record: Record) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """(dtype, head, rows): settings against cases, in the order in which they were run."""
    for dtype, cells in record.cells.groupby("dtype", sort=False, observed=True):
        shown: dict[str, dict[str, str]] = {}
        for row in cells.itertuples(index=False):
            column = f"{row.framework} {row.mode}" + ("" if row.device == "cpu" else f" {row.device}")
            shown.setdefault(row.case, {})[column] = _cell(row)
        columns = list(dict.fromkeys(column for line in shown.values() for column in line))
        rows = [[plain(case), *(line.get(column, "") for column in columns)] for case, line in shown.items()]
        yield str(dtype), ["case", *map(plain, columns)], rows


def _cell(row) -> str:
    """One run: the worst share of the allowance, FAIL, blind, a kink or a dash for skipped."""
    if row.verdict in (FAIL, SKIP, BLIND):
        return {FAIL: "**FAIL**", SKIP: "–", BLIND: "blind"}[row.verdict]
    return (share(row.share) if row.share > 0 else "0") + (" ∨" if row.open else "")


def _settings(record: Record) -> list[list[str]]:
    """The counts of each framework, mode and dtype."""
    ran = record.judged[record.judged.equation != "RUN"]
    setting = ["framework", "mode", "dtype"]
    ulps = ran.groupby(setting, sort=False).max_ulp.median()
    return [
        [*map(plain, key), f"{t.checks:,}", f"{t.fail:,}", f"{t.kinks:,}", f"{t.blind_checks:,}",
         percent(t.blind_numbers / max(t.numbers, 1)), share(t.used), number(ulps[key])]
        for key, t in tallies(ran, setting)
    ]  # fmt: skip


def _groups(rows: Frame) -> list[tuple[str, str, str, str]]:
    """(framework, case, how many entries, what is said of the first) of undecided rows."""
    return [
        (framework, case, f"{int(group.undecided.sum())} entries in {len(group)} checks", group.message.iloc[0])
        for (case, framework), group in rows.groupby(["case", "framework"], sort=False)
    ]


def _case(c: CaseFacts) -> list[str]:
    held = f"{100 * c.held_out:.1f} %" if c.held_out is not None else ""
    penalty = f" + L2 {c.l2:g}" if c.l2 else ""
    network = "-".join(map(str, c.sizes)) + " " + ", ".join(dict.fromkeys(c.activations))
    return [*map(plain, (c.name, network, c.cost + penalty, c.batch, c.why)), held]
