"""What the commands do with sheets of equations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from gradref_derivations import SheetReport
    from gradref_reference import Network

__all__ = ["check_sheet_file", "is_sheet", "leave", "load_network"]

SHEETS = (".md", ".markdown", ".tex", ".txt")
"""Suffixes of files that are sheets and not code."""


def check_sheet_file(
    file: str, network: Path | None, layout: str | None, seed: int, budget: float, out: Path | None, others: bool
) -> SheetReport:
    """The report of a sheet's file; its page is written to `out` if that is given."""
    from gradref_derivations import check_sheet

    report = check_sheet(
        file.removesuffix(":sheet"),
        load_network(str(network) if network else None),
        layout,
        seed,
        repairs=budget > 0,
        second_opinion=_frameworks() if others else None,
    )
    if file.endswith(":sheet"):
        report.remarks.append("The Markdown cells of the notebook were read as a sheet; without :sheet its code is checked.")
    if out is not None:
        from gradref.commands.outputs import output_file
        from gradref_derivations.sheets.page import write_page

        write_page(report, output_file(out))
    return report


def _frameworks() -> dict[str, Any]:
    """Every framework that is installed, as a second opinion in float64."""
    from gradref_adapters.registry import available
    from gradref_reference import Case

    def opinion(adapter: Any) -> Any:
        return lambda network, parameters, batch: adapter.run(
            Case(network, parameters, batch, "float64", adapter.name, adapter.modes()[0])
        )

    return {name: opinion(adapter) for name, adapter in available().items() if name != "numpy"}


def is_sheet(file: str) -> bool:
    """Whether `gradref check` takes a file as a sheet: by its suffix, or a notebook by `:sheet` behind its name."""
    return file.lower().endswith(SHEETS) or file.endswith(".ipynb:sheet")


def load_network(path: str | None) -> Network | None:
    from gradref_reference import Network

    return Network.from_toml(path) if path is not None else None


def leave(report: SheetReport, json: bool) -> NoReturn:
    """Print a sheet's report and end the command with its exit code; what could not be judged is said on stderr too."""
    sys.stdout.write((report.to_json() if json else str(report)) + "\n")
    if report.verdict == "unjudged":
        unread = next((c for c in report.claims if c.verdict == "unreadable"), None)
        reason = f"line {unread.line}: {unread.message}" if unread is not None else "no claim was found: an equation needs =."
        typer.echo(f"gradref: {reason}", err=True)
    raise typer.Exit(report.exit_code)
