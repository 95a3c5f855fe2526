"""The summary a run ends with on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradref.running import SuiteRun
from gradref.verdict import FAIL, SKIP, to_frame

from .markdown import answer, first_causes

__all__ = ["print_summary"]

SHOWN = 10


def print_summary(run: SuiteRun, record: dict, out: Path | None, page: Path | None) -> None:
    """Print the answer, a table by framework, mode and dtype, and at most ten disagreements."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    frame: Any = to_frame(run.verdicts)
    ran = frame[(frame.verdict != SKIP) & (frame.equation != "RUN")]
    if len(ran):
        table = Table(title="Agreement (used: the largest share of its allowance)", title_justify="left")
        for name in ("framework", "mode", "dtype"):
            table.add_column(name, no_wrap=True)
        for name in ("runs", "checks", "fail", "at kinks", "used"):
            table.add_column(name, justify="right")
        for (framework, mode, dtype), rows in ran.groupby(["framework", "mode", "dtype"], sort=False):
            local = rows[~rows.equation.isin(["REF", "ENC", "GOLD", "EXACT"])]
            failing = int((rows.verdict == FAIL).sum())
            table.add_row(
                framework, mode, dtype, str(rows.case.nunique()), str(len(rows)),
                f"[bold red]{failing}[/]" if failing else "0", str(int(rows.undecided.sum())),
                f"{100 * local.share.max():.0f} %",
            )  # fmt: skip
        console.print(table)
    for s in record["skips"]:
        console.print(f"[dim]skipped: {escape(s['framework'])} {escape(s['mode'])} × {s['runs']}: {escape(s['reason'])}[/]")
    first = first_causes(frame)
    for row in first.head(SHOWN).itertuples():
        console.print(f"[bold red]✗[/] {escape(row.message)}")
        console.print(f"  [dim]{escape(row.rerun)}[/]")
    if len(first) > SHOWN:
        console.print(f"  ... and {len(first) - SHOWN} more runs that disagree.")
    colour = "red" if run.exit_code else "green"
    console.print(f"[bold {colour}]{escape(answer(record))}[/]", highlight=False)
    if out is not None:
        console.print(f"[dim]{run.seconds:.0f} s. Report: {escape(str(page or out))}[/]", highlight=False)
