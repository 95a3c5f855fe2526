"""What several commands need: the process made ready, and the exit."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from gradref.suite.run import SuiteRun

__all__ = ["keep_compiled", "keep_freed_blocks", "leave"]


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


def keep_freed_blocks() -> None:
    """Let glibc keep freed blocks of up to 16 MiB for the next array, in the whole process and for good.

    As it starts, glibc asks the system for every block above 128 KiB and gives it back when it is freed, so that each certificate
    meets the temporary arrays of the last one as fresh pages: 300 page faults and a sixth of the time for 784-30-10 and 100 samples.
    Freeing one such block raises that threshold to its size (mallopt(3), M_MMAP_THRESHOLD); the block is never written to and costs
    no memory. Where another allocator is at work, this does nothing.
    """
    import numpy as np

    block = np.empty(2**21)
    del block


def leave(run: SuiteRun, out: Path | None) -> NoReturn:
    """End the command with the exit code of a run; what could not be judged, or was cut short, is said on stderr too."""
    if run.interrupted:
        kept = f"is in {out}" if out is not None else "stands above"
        typer.echo(f"gradref: interrupted after {run.finished} of {run.planned} runs; what was finished {kept}.", err=True)
    elif run.exit_code == 2:
        typer.echo(f"gradref: {run.unjudged}", err=True)
    raise typer.Exit(run.exit_code)
