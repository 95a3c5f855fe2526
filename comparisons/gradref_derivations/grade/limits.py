"""What a submission may use, and how to end everything it has started. Limits of a process: not a sandbox."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["TOKEN", "Limits", "end_family", "family"]

TOKEN = "GRADREF_GRADE_TOKEN"  # in the environment of every process a submission starts, however it starts it
PROCESSES = 32  # more living descendants than this end a submission


@dataclass(frozen=True)
class Limits:
    """`seconds` of wall time for one submission, `memory` in MiB of address space, `file` in MiB, `printed` in KiB kept."""

    seconds: float = 20.0
    memory: int = 2048
    file: int = 16
    printed: int = 16

    def apply(self) -> None:
        """Bind the calling process (and all it will start) to these limits, for good."""
        cpu = int(self.seconds) + 8  # beyond the wall time it has for loading (5 s) and for running: the last resort
        mebi = 1024**2
        wanted = {
            "RLIMIT_CPU": cpu,
            "RLIMIT_AS": self.memory * mebi,
            "RLIMIT_DATA": self.memory * mebi,
            "RLIMIT_FSIZE": self.file * mebi,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 128,
            "RLIMIT_NPROC": _threads_of_this_user() + PROCESSES,
        }
        for name, value in wanted.items():
            kind = getattr(resource, name, None)
            if kind is None:
                continue
            _, hard = resource.getrlimit(kind)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            with contextlib.suppress(ValueError, OSError):  # some systems refuse one of them; the others still hold
                resource.setrlimit(kind, (value, value))

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def family(token: str) -> list[int]:
    """Living processes that carry `token` in their environment: children, orphans and those with a session of their own."""
    mark = f"{TOKEN}={token}".encode()
    found = []
    for entry in _processes():
        try:
            environment = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            continue
        if mark in environment.split(b"\0") and state not in "ZX":
            found.append(int(entry.name))
    return found


def end_family(group: int | None, token: str, patience: float = 2.0) -> int:
    """Kill the process group and everything that carries `token`; how many processes were left to be killed."""
    if group is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    killed, until = 0, time.monotonic() + patience
    while members := family(token):
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that nothing is born meanwhile
            for pid in members:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        killed += len(members)
        if time.monotonic() > until:
            break
        time.sleep(0.01)
    return killed


def _processes() -> list[Path]:
    root = Path("/proc")
    return [entry for entry in root.iterdir() if entry.name.isdigit()] if root.is_dir() else []


def _threads_of_this_user() -> int:
    mine, total = os.getuid(), 0
    for entry in _processes():
        with contextlib.suppress(OSError):
            if entry.stat().st_uid == mine:
                total += len(os.listdir(entry / "task"))
    return total
