"""The summary a run ends with on the terminal."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from gradref.results.headline import answer
from gradref.results.record import Record
from gradref.results.tally import tallies
from gradref.results.words import framework_name, number, share

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_summary"]

SHOWN = 10
DIFFERENCES = 24

_CAPTION = (
    "blind: checks that saw nothing, for every entry is smaller than its allowance. used: the largest share of its allowance among "
    "LIN to BP4; checks of whole gradients (REF, ENC, GOLD, EXACT) have none that compares."
)

_COLOURS = {0: "green", 1: "red"}


def print_summary(record: Record, exit_code: int, page: Path | None = None, plain: bool = False) -> None:
    """Print the answer, a table by framework, mode and dtype, and at most ten disagreements.

    `page` is the report that was written; `plain` asks for the plain table of differences between frameworks as well.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    rows = record.judged
    counted = tallies(rows[rows.equation != "RUN"], ["framework", "mode", "dtype"])
    if counted:
        look = {"box": SIMPLE_HEAD, "padding": (0, 0, 0, 1), "pad_edge": False}
        table = Table(title="Agreement", title_justify="left", caption=_CAPTION, caption_justify="left", **look)
        for name in ("framework", "mode", "dtype"):
            table.add_column(name, overflow="fold")  # a narrow terminal breaks names, never numbers
        for name in ("runs", "checks", "blind", "fail", "kinks", "used"):
            table.add_column(name, justify="right", no_wrap=True)
        runs = rows.groupby(["framework", "mode", "dtype"], sort=False).case.nunique()
        for key, t in counted:
            failing = f"[bold red]{t.fail}[/]" if t.fail else "0"
            numbers = (str(runs[key]), str(t.checks), str(t.blind_checks), failing, str(t.kinks), share(t.used))
            table.add_row(*map(escape, key), *numbers)
        console.print(table)
    if plain:
        _print_differences(console, record)
    for reason, who in _skips(record).items():
        console.print(f"[dim]skipped: {escape(', '.join(who))}: {escape(reason)}[/]", highlight=False)
    first = record.first_causes
    for row in first.head(SHOWN).itertuples():
        console.print(f"[bold red]✗[/] {escape(row.message)}")
        console.print(f"  [dim]{escape(row.rerun)}[/]")
    if len(first) > SHOWN:
        console.print(f"  ... and {len(first) - SHOWN} more runs that disagree.")
    console.print(f"[bold {_COLOURS.get(exit_code, 'yellow')}]{escape(answer(record))}[/]", highlight=False)
    for sentence in record.made.nearest:
        console.print(escape(sentence), highlight=False)
    if page is not None:
        console.print(f"[dim]{record.made.seconds:.0f} s. Report: {escape(str(page))}[/]", highlight=False)


def _print_differences(console: Console, record: Record) -> None:
    """How far the gradients of each two frameworks are apart, tensor by tensor."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    for dtype, group in groupby(record.differences, key=lambda row: row.dtype):
        rows = list(group)
        title = f"Largest differences between frameworks, {dtype}"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 0, 0, 1), pad_edge=False)
        for name in ("gradient", "between"):
            table.add_column(name, overflow="fold")
        for name in ("absolute", "at", "allowed", "relative", "at", "allowed"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows[:DIFFERENCES]:
            absolute = (number(row.max_abs, 2), row.abs_at, number(row.abs_allowed, 2))
            relative = (number(row.max_rel, 2), row.rel_at, number(row.rel_allowed, 2))
            same = ("the same bits", "", "", "", "", "")
            pair = f"{framework_name(row.one)}, {framework_name(row.other)}"
            table.add_row(row.parameter, escape(pair), *map(escape, (*absolute, *relative) if row.differing else same))
        console.print(table)
        if len(rows) > DIFFERENCES:
            console.print(
                f"  ... and {len(rows) - DIFFERENCES} more; all stand in differences.csv of a report (--out).", highlight=False
            )


def _skips(record: Record) -> dict[str, list[str]]:
    """reason -> who was skipped for it, with the number of runs."""
    found: dict[str, list[str]] = {}
    for s in record.skips:
        who = s.framework if s.mode == "*" else f"{s.framework} {s.mode} × {s.runs}"
        found.setdefault(s.reason, []).append(who)
    return found
