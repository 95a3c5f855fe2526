"""The summary a run ends with on the terminal."""

from __future__ import annotations

from pathlib import Path

from gradref.results.headline import answer
from gradref.results.record import Record
from gradref.results.tally import tallies
from gradref.results.words import share

__all__ = ["print_summary"]

SHOWN = 10

_CAPTION = (
    "blind: checks that saw nothing, for every entry is smaller than its allowance. used: the largest share of its allowance among "
    "LIN to BP4; checks of whole gradients (REF, ENC, GOLD, EXACT) have none that compares."
)

_COLOURS = {0: "green", 1: "red"}


def print_summary(record: Record, exit_code: int, page: Path | None = None) -> None:
    """Print the answer, a table by framework, mode and dtype, and at most ten disagreements; `page` is the report that was written."""
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
    for reason, who in _skips(record).items():
        console.print(f"[dim]skipped: {escape(', '.join(who))}: {escape(reason)}[/]", highlight=False)
    first = record.first_causes
    for row in first.head(SHOWN).itertuples():
        console.print(f"[bold red]✗[/] {escape(row.message)}")
        console.print(f"  [dim]{escape(row.rerun)}[/]")
    if len(first) > SHOWN:
        console.print(f"  ... and {len(first) - SHOWN} more runs that disagree.")
    console.print(f"[bold {_COLOURS.get(exit_code, 'yellow')}]{escape(answer(record))}[/]", highlight=False)
    if page is not None:
        console.print(f"[dim]{record.made.seconds:.0f} s. Report: {escape(str(page))}[/]", highlight=False)


def _skips(record: Record) -> dict[str, list[str]]:
    """reason -> who was skipped for it, with the number of runs."""
    found: dict[str, list[str]] = {}
    for s in record.skips:
        who = s.framework if s.mode == "*" else f"{s.framework} {s.mode} × {s.runs}"
        found.setdefault(s.reason, []).append(who)
    return found
