"""`check_file` in a process of its own, so that code which hangs, exits or prints cannot take the command line with it.

A process with a time limit is not a sandbox: the code runs with your rights. Check only files you would run yourself.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

from gradref_reference.errors import FileError, GradrefError

from .check import BUDGET, Progress, check_file
from .findings.report import DerivationReport
from .program.program import CALL_LIMIT

__all__ = ["check_file_isolated"]

GRACE = 20.0  # seconds without a sign of life, beyond every limit of its own, after which the process is ended


def check_file_isolated(
    path: str | Path,
    seeds: Iterable[int] = range(5),
    *,
    network: str | Path | None = None,
    budget: float = BUDGET,
    call_limit: float = CALL_LIMIT,
    progress: Progress | None = None,
) -> DerivationReport:
    """As `check_file`, in a child process; `FileError` when the process dies or stays silent."""
    # forking is fast, but a framework that has been imported holds threads and locks that a forked child waits for for ever
    threaded = any(name in sys.modules for name in ("jax", "torch"))
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and not threaded else "spawn"
    context: Any = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    options = {"network": network, "budget": budget, "call_limit": call_limit}
    process = context.Process(target=_work, args=(sender, str(path), list(seeds), options), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside BLAS threads, which are idle
        process.start()
    sender.close()
    try:
        return _listen(receiver, str(path), call_limit + budget + GRACE, progress)
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        receiver.close()


def _listen(receiver: Connection, path: str, patience: float, progress: Progress | None) -> DerivationReport:
    early: DerivationReport | None = None
    deadline = monotonic() + patience
    while True:
        if not receiver.poll(max(0.0, deadline - monotonic())):
            if early is not None:
                return early
            raise FileError(f"{path}: must finish, but gave no sign of life for {patience:.0f} s. Look for an endless loop.")
        try:
            kind, content = receiver.recv()
        except (EOFError, OSError):
            if early is not None:
                return early
            raise FileError(f"{path}: must be runnable, but its process ended without a result. Does it call os._exit?") from None
        deadline = monotonic() + patience
        if kind == "progress":
            if progress:
                progress(*content)
        elif kind == "early":
            early = content
        elif kind == "report":
            return content
        else:
            raise content


def _work(sender: Connection, path: str, seeds: list[int], options: dict[str, Any]) -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    last = [0.0]

    def progress(text: str, share: float) -> None:
        if monotonic() - last[0] > 0.1:
            last[0] = monotonic()
            sender.send(("progress", (text, share)))

    try:
        report = check_file(path, seeds, **options, progress=progress, early=lambda r: sender.send(("early", r)))
        sender.send(("report", report))
    except GradrefError as error:
        sender.send(("error", type(error)(str(error))))
    except BaseException as error:
        sender.send(("error", FileError(f"{path}: could not be judged ({type(error).__name__}: {error}). Please report this.")))
    finally:
        sender.close()
        os._exit(0)
