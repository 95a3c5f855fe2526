"""The summary a run ends with on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradref.page.words import share
from gradref.suite.run import SuiteRun
from gradref.tallies import judged, tallies
from gradref.verdict import to_frame

from .markdown import answer, first_causes

__all__ = ["print_summary"]

SHOWN = 10

_CAPTION = (
    "blind: checks that saw nothing, for every entry is smaller than its allowance. used: the largest share of its allowance among "
    "LIN to BP4; checks of whole gradients (REF, ENC, GOLD, EXACT) have none that compares."
)


def print_summary(run: SuiteRun, record: dict, out: Path | None, page: Path | None) -> None:
    """Print the answer, a table by framework, mode and dtype, and at most ten disagreements."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    frame: Any = to_frame(run.verdicts)
    counted = tallies(frame[frame.equation != "RUN"], ["framework", "mode", "dtype"])
    if counted:
        look = {"box": SIMPLE_HEAD, "padding": (0, 0, 0, 1), "pad_edge": False}
        table = Table(title="Agreement", title_justify="left", caption=_CAPTION, caption_justify="left", **look)
        for name in ("framework", "mode", "dtype"):
            table.add_column(name, overflow="fold")  # a narrow terminal breaks names, never numbers
        for name in ("runs", "checks", "blind", "fail", "kinks", "used"):
            table.add_column(name, justify="right", no_wrap=True)
        runs = judged(frame).groupby(["framework", "mode", "dtype"], sort=False).case.nunique()
        for key, t in counted:
            failing = f"[bold red]{t.fail}[/]" if t.fail else "0"
            numbers = (str(runs[key]), str(t.checks), str(t.blind_checks), failing, str(t.kinks), share(t.used))
            table.add_row(*map(escape, key), *numbers)
        console.print(table)
    for reason, who in _skips(record).items():
        console.print(f"[dim]skipped: {escape(', '.join(who))}: {escape(reason)}[/]", highlight=False)
    first = first_causes(frame)
    for row in first.head(SHOWN).itertuples():
        console.print(f"[bold red]✗[/] {escape(row.message)}")
        console.print(f"  [dim]{escape(row.rerun)}[/]")
    if len(first) > SHOWN:
        console.print(f"  ... and {len(first) - SHOWN} more runs that disagree.")
    colour = "green" if run.exit_code == 0 else "red" if run.exit_code == 1 else "yellow"
    console.print(f"[bold {colour}]{escape(answer(record))}[/]", highlight=False)
    if out is not None:
        console.print(f"[dim]{run.seconds:.0f} s. Report: {escape(str(page or out))}[/]", highlight=False)


def _skips(record: dict) -> dict[str, list[str]]:
    """reason -> who was skipped for it, with the number of runs."""
    found: dict[str, list[str]] = {}
    for s in record["skips"]:
        runs = "" if s["mode"] == "*" else f" × {s['runs']}"
        found.setdefault(s["reason"], []).append(f"{s['framework']} {s['mode']}".removesuffix(" *") + runs)
    return found
