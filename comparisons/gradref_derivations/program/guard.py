"""Running somebody else's code: quietly, for a limited time, and with whatever it does turned into one exception."""

from __future__ import annotations

import io
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from time import monotonic

import numpy as np

__all__ = ["Failed", "TooLong", "failure", "quiet", "time_limit"]


class TooLong(BaseException):
    """The code ran past its time. Not an Exception, so that `except Exception` in the code does not swallow it."""


class Failed(Exception):
    """Somebody's code did not do what it was called for; the message is a verb phrase: "raised ValueError: no".

    Attributes
    ----------
    line : the last line of the checked file in its traceback, or None.
    kind : "raised" an exception, ran out of "time", made its process "exit", or "returned" something else altogether.
    error : the name of the exception's class, for "raised".
    """

    def __init__(self, text: str, line: int | None = None, kind: str = "raised", error: str = ""):
        super().__init__(text)
        self.line, self.kind, self.error = line, kind, error

    @property
    def at(self) -> str:
        """' in line 7', or nothing."""
        return f" in line {self.line}" if self.line else ""


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
    start = monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (monotonic() - start), 1e-3))


def failure(error: BaseException, filename: str) -> Failed:
    """`error` as a `Failed` with one line of text and the line of the checked file where it happened."""
    if isinstance(error, Failed):
        return error
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, TooLong):
        return Failed("did not finish in time", line, "time")
    if isinstance(error, SystemExit):
        return Failed("called sys.exit", line, "exit")
    text = " ".join(str(error).split()) or "no message"
    if len(text) > 200:
        text = text[:197] + "..."
    return Failed(f"raised {type(error).__name__}: {text}", line, error=type(error).__name__)
