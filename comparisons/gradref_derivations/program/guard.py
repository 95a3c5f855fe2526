"""Running somebody else's code: quietly, for a limited time, and with whatever it does turned into one exception."""

from __future__ import annotations

import io
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import numpy as np

__all__ = ["Failed", "TooLong", "quiet", "time_limit"]


class TooLong(BaseException):
    """The code ran past its time. Not an Exception, so that `except Exception` in the code does not swallow it."""


class Failed(Exception):
    """The code raised; `line` is the last line of the checked file in its traceback, or None.

    `judged` is False for code that gave nothing to judge: it ran out of time, exited, or returned something else altogether.
    """

    def __init__(self, text: str, line: int | None = None, judged: bool = True):
        super().__init__(text)
        self.line, self.judged = line, judged


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)

    def writable(self) -> bool:
        return True


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing printed, no warning shown, no floating point error raised; all put back afterwards."""
    nowhere = _Nowhere()
    with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooLong` after `seconds`; only in the main thread of a POSIX process, elsewhere there is no limit.

    Limits nest: an inner one never outlasts the outer one.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number, frame):
        raise TooLong

    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds if seconds > 0 else 1e-6)
    if left and left < seconds:
        signal.setitimer(signal.ITIMER_REAL, left)
    start = _now()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (_now() - start), 1e-3))


def _now() -> float:
    from time import monotonic

    return monotonic()


def failure(error: BaseException, filename: str) -> Failed:
    """`error` as a `Failed` with one line of text and the line of the checked file where it happened."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, TooLong):
        return Failed("did not finish in time", line, judged=False)
    if isinstance(error, SystemExit):
        return Failed("called sys.exit", line, judged=False)
    text = " ".join(str(error).split()) or "no message"
    if len(text) > 200:
        text = text[:197] + "..."
    return Failed(f"raised {type(error).__name__}: {text}", line)


def silence_descriptors() -> None:
    """Send file descriptor 1 of this process to nowhere: for a child that writes past `sys.stdout`."""
    import os

    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
