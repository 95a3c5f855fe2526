"""Everything that a process has started, found by what a process cannot shed: its parent chain, and what was seen of it before.

A process that leaves its session, empties its environment and outlives its parents is handed to the nearest ancestor that adopts
orphans. On Linux that is this process while `adopting` lasts; elsewhere such a process is found if it was seen before it was
orphaned, or carries the mark that its first ancestor was given in its environment.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time
from collections.abc import Iterator

import psutil

__all__ = ["MARK", "STARTING", "Family", "adopting", "threads_of_this_user"]

MARK = "GRADREF_PROCESS"  # the variable of the environment that every descendant inherits unless it empties it
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)
STARTING = threading.RLock()  # held from the start of a process until its `Family` knows it, lest it be taken for an orphan
_adopters = 0
_ours: set[int] = set()  # process ids that this process itself has started through `Family`


@contextlib.contextmanager
def adopting() -> Iterator[None]:
    """While it lasts, orphaned descendants become children of this process instead of vanishing to process 1 (Linux only)."""
    global _adopters
    with STARTING:
        _adopters += 1
        _set_subreaper(True)
    try:
        yield
    finally:
        with STARTING:
            _adopters -= 1
            _set_subreaper(_adopters > 0)


def _set_subreaper(on: bool) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, int(on), 0, 0, 0)


class Family:
    """The descendants of the process `pid`, which this process has started with `mark` in its environment."""

    def __init__(self, pid: int, mark: str):
        self.mark = mark
        self.root = psutil.Process(pid)
        self.born = self.root.create_time()
        self.seen: dict[psutil.Process, None] = {self.root: None}
        with STARTING:
            _ours.add(pid)

    def look(self, thorough: bool = False) -> list[psutil.Process]:
        """Living members, the first process included; `thorough`: every process of the machine is asked for the mark as well."""
        with STARTING:
            children = _children()
            adopted = self._adopted(children.get(os.getpid(), []))
        waiting = [*(p for p in self.seen if _alive(p)), *adopted]
        while waiting:
            member = waiting.pop()
            self.seen.setdefault(member)
            waiting += [c for c in children.get(member.pid, ()) if c not in self.seen]
        if thorough:
            for process in (p for siblings in children.values() for p in siblings):
                with contextlib.suppress(psutil.Error, OSError):
                    if process.pid != os.getpid() and process.environ().get(MARK) == self.mark:
                        self.seen.setdefault(process)
        return [p for p in self.seen if _alive(p)]

    def end(self, patience: float = 10.0) -> None:
        """Kill all of them, stopped first so that nothing is born meanwhile, and reap those that became children of this process."""
        until = time.monotonic() + patience
        while members := self.look(thorough=True):
            for act in ("suspend", "kill"):
                for process in members:
                    with contextlib.suppress(psutil.Error, OSError):
                        getattr(process, act)()
            if time.monotonic() > until:
                break
            time.sleep(0.01)
        for process in self.seen:
            if process != self.root and hasattr(os, "WNOHANG"):
                with contextlib.suppress(OSError):
                    os.waitpid(process.pid, os.WNOHANG)

    def forget(self) -> None:
        """Say that the first process has been waited for: its number may belong to another one from now on."""
        with STARTING:
            _ours.discard(self.root.pid)

    def _adopted(self, ours: list[psutil.Process]) -> list[psutil.Process]:
        """Children of this process that it has not started: in a session of their own, younger than the first process."""
        if _adopters == 0 or sys.platform != "linux":
            return []
        found, session = [], os.getsid(0)
        for child in ours:
            with contextlib.suppress(psutil.Error, OSError):
                if child.pid not in _ours and child.create_time() >= self.born and os.getsid(child.pid) != session:
                    found.append(child)
        return found


def _children() -> dict[int, list[psutil.Process]]:
    """Every process of the machine by the number of its parent."""
    found: dict[int, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found.setdefault(process.ppid(), []).append(process)
    return found


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def threads_of_this_user() -> int:
    """How many threads the user of this process runs in all, which is what a limit on processes counts."""
    total = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.uids().real == os.getuid():
                total += process.num_threads()
    return total
