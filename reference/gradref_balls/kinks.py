"""Kinks: where a computation had to decide between equals, so that its derivative may jump there."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Kinks", "log_kink", "recording"]

_HERE = __name__.rpartition(".")[0]  # frames of this package are not the user's


@dataclass
class Kinks:
    """Comparisons that no amount of precision settles, by source line.

    Attributes
    ----------
    ties : (file, line, operation) -> how many entries were exactly equal, or too close for the balls to tell apart.
    """

    ties: Counter = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.ties)

    def __len__(self) -> int:
        return sum(self.ties.values())

    def __str__(self) -> str:
        lines = [
            f"line {line}: {operation} met {count} tie{'s' if count > 1 else ''}"
            for (_, line, operation), count in self.ties.items()
        ]
        return "; ".join(lines) or "no ties"


_LOGS: list[Kinks] = []


@contextmanager
def recording() -> Iterator[Kinks]:
    """Collect every tie met inside the block."""
    log = Kinks()
    _LOGS.append(log)
    try:
        yield log
    finally:
        _LOGS.remove(log)


def log_kink(operation: str, count: int) -> None:
    """Note `count` ties of `operation` at the innermost line outside this package."""
    if not _LOGS or not count:
        return
    frame = sys._getframe(1)
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith((_HERE, "numpy")):
        frame = frame.f_back
    where = (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("?", 0)
    _LOGS[-1].ties[(*where, operation)] += int(count)
