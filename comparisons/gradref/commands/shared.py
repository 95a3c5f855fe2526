"""What several commands need: JAX's compiled programs kept, a progress bar on stderr, the exit."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from gradref.running import SuiteRun

__all__ = ["keep_compiled", "leave", "progress_of"]


def keep_compiled() -> None:
    """Let JAX keep what it compiles in the user's cache folder, for this process; a second run of the suite is then much faster.

    JAX reads these variables when it is imported: nothing happens if it already was, or if the user has set a folder.
    """
    if "jax" in sys.modules or "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(base / "gradref" / "jax")
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


@contextmanager
def progress_of(title: str, total: int) -> Iterator[tuple[Callable, Callable]]:
    """A progress bar on stderr, shown only on a terminal; yields (start(job), done(job))."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield (
            lambda job: bar.update(task, description=f"{title}: {job.case.label}"),
            lambda job: bar.advance(task),
        )


def leave(run: SuiteRun, out: Path | None) -> NoReturn:
    """End the command with the exit code of a run; what could not be judged, or was cut short, is said on stderr too."""
    if run.interrupted:
        kept = f"is in {out}" if out is not None else "stands above"
        typer.echo(f"gradref: interrupted after {run.finished} of {run.planned} runs; what was finished {kept}.", err=True)
    elif run.exit_code == 2:
        typer.echo(f"gradref: {run.unjudged}", err=True)
    raise typer.Exit(run.exit_code)
