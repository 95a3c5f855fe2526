"""Where an adapter runs: at home, in this process, or in one of its own."""

from __future__ import annotations

from gradref_reference import Case

from . import registry
from .protocol import Adapter

__all__ = ["adapter", "begin", "warm"]

AT_HOME = "numpy"
"""Runs here always: whoever judges computes with NumPy, and would not survive it anyway."""


def adapter(name: str, isolated: bool = False, time_limit: float | None = None) -> Adapter:
    """The adapter called `name`; with `isolated` in a process of its own, where a crash costs nobody else a run.

    `time_limit` is how many seconds a run may take there. A session whose flags are to be judged must not isolate: another process
    does not see what was set in this one. Raises `SpecificationError` for a name nobody registered, `MissingFrameworkError` with the
    reason for one that cannot run.
    """
    if not isolated or name == AT_HOME:
        return registry.get(name)
    from . import worker

    return worker.get(name, time_limit)


def warm(names: list[str]) -> None:
    """Start the processes of these adapters side by side, before each is asked for."""
    from . import worker

    worker.warm([name for name in names if name != AT_HOME])


def begin(adapter: Adapter, case: Case) -> None:
    """Let an adapter begin with a case in the background, where it can; its `run` is the same either way."""
    prefetch = getattr(adapter, "prefetch", None)
    if prefetch is not None:
        prefetch(case)
