"""One progress bar for every command: on stderr, and only where somebody watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

__all__ = ["Bar"]


class Bar:
    """A bar while a `with` block runs; `shown` is False where stderr is no terminal, and then nothing is drawn.

    `total` counts things; without one, the share that is done is shown.

    >>> with Bar("suite", 3) as bar:
    ...     bar.show("suite: golden-g1")
    ...     bar.advance()
    """

    def __init__(self, title: str, total: int | None = None):
        self.title, self.total = title, total
        self.shown = sys.stderr.isatty()
        self._bar: Any = None

    def __enter__(self) -> Bar:
        return self

    def show(self, text: str, done: float | None = None) -> None:
        """Say what is being done, and which share of the whole, or how many of `total`, are done."""
        if self.shown:
            self._drawn().update(0, description=text, completed=None if done is None else min(done, self.total or 1.0))

    def advance(self, text: str | None = None) -> None:
        """One thing more is done."""
        if self.shown:
            self._drawn().update(0, advance=1, description=text)

    def _drawn(self) -> Any:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            counted = (MofNCompleteColumn(), TimeRemainingColumn()) if self.total else (TimeElapsedColumn(),)
            columns = (TextColumn("{task.description}"), BarColumn(), *counted)
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.add_task(self.title, total=self.total or 1.0)
            self._bar.start()
        return self._bar

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()
