"""A benchmark's table in three forms: CSV for programs, Markdown for people, a rich table for the terminal."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gradref_support.atomic import write_file

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["environment", "markdown", "show", "write"]


def environment() -> str:
    """One line: date, processor, load, and the versions that decide a time."""
    import os
    from importlib.metadata import PackageNotFoundError, version

    parts = [f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", _processor(), f"Python {platform.python_version()}"]
    for name in ("numpy", "torch", "jax", "python-flint"):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"no {name}")
    if hasattr(os, "getloadavg"):
        parts.append(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return ", ".join(parts)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def markdown(frame: pd.DataFrame) -> str:
    """The frame as a Markdown table; numbers to three digits."""
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "| " + " | ".join("---" for _ in frame.columns) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def write(folder: Path, name: str, title: str, table: pd.DataFrame, data: pd.DataFrame, notes: list[str], command: str) -> None:
    """`name`.csv with all of `data` and `name`.md with `table`, the environment, the notes and the command that reruns it."""
    parts = [f"# {title}", markdown(table), *notes, environment() + ".", f"`{command}`"]
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / f"{name}.csv", data.to_csv(index=False))
    write_file(folder / f"{name}.md", "\n\n".join(parts) + "\n")


def show(title: str, table: pd.DataFrame, notes: list[str]) -> None:
    """The table on the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(title=title, title_justify="left")
    for column in table.columns:
        drawn.add_column(str(column), justify="left" if table[column].dtype == object else "right", overflow="fold")
    for row in table.itertuples(index=False):
        drawn.add_row(*(escape(_cell(value)) for value in row))
    console = Console()
    if not console.is_terminal:
        console.width = 160  # a file has no edge to wrap at
    console.print(drawn)
    for note in notes:
        console.print(note, highlight=False)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.3g}" if abs(value) < 1e4 else f"{value:.3e}"
    return str(value)
