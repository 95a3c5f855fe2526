"""The one runner for other people's code: a child process with limits, a channel that carries data only, and an end for all of it.

A process limit is not a sandbox: the code runs with the rights of whoever starts it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from .family import MARK, STARTING, Family, adopting, threads_of_this_user
from .messages import Closed, Nonsense, read_message, write_message

__all__ = ["PROCESSES", "Child", "Closed", "Limits", "Nonsense", "TooManyProcesses", "open_channel"]

PROCESSES = 32  # more living descendants than this end a child that is bound to limits
GLANCE = 0.1  # seconds between two looks at what a child has started
KEPT = 16  # KiB kept of what a child prints
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class TooManyProcesses(Exception):
    """The child has started more processes than it may."""


@dataclass(frozen=True)
class Limits:
    """`seconds` of wall time, `memory` in MiB of address space, `file` in MiB, `printed` in KiB kept."""

    seconds: float = 20.0
    memory: int = 2048
    file: int = 16
    printed: int = KEPT

    @staticmethod
    def supported() -> bool:
        """Whether this system can bind a process to limits; Windows cannot."""
        try:
            import resource  # noqa: F401
        except ImportError:
            return False
        return True

    def apply(self) -> None:
        """Bind the calling process (and all it will start) to these limits, for good."""
        import resource

        cpu = int(self.seconds) + 8  # beyond the wall time it has for loading (5 s) and for running: the last resort
        mebi = 1024**2
        wanted = {
            "RLIMIT_CPU": cpu,
            "RLIMIT_AS": self.memory * mebi,
            "RLIMIT_DATA": self.memory * mebi,
            "RLIMIT_FSIZE": self.file * mebi,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 128,
            "RLIMIT_NPROC": threads_of_this_user() + PROCESSES,
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
        """Plain numbers, for a message."""
        return asdict(self)


class Child:
    """A context: one process that runs the module `module`, which answers over `open_channel`.

    Parameters
    ----------
    module : dotted name, run as `python -m module`.
    home : its working folder; the caller's by default.
    environment : its whole environment, but for what Python and the runner need; the caller's own by default.
    crowded : whether more than `PROCESSES` descendants end it.
    kept : KiB kept of what it prints.
    threads : of numerical libraries, where the environment does not say; None leaves that to them.

    Attributes
    ----------
    printed : the first bytes it printed; `flood` how many bytes in all.
    """

    def __init__(
        self,
        module: str,
        *,
        home: str | None = None,
        environment: Mapping[str, str] | None = None,
        crowded: bool = False,
        kept: int = KEPT,
        threads: int | None = 1,
    ):
        self.module, self.home, self.kept, self.watched = module, home, kept * 1024, crowded
        self.environment = dict(os.environ if environment is None else environment)
        self.threads = {} if threads is None else {name: self.environment.get(name, str(threads)) for name in _THREADS}
        self.printed, self.flood = b"", 0
        self.crowded = False
        self._key = secrets.token_hex(16)  # in every message of the child: what others write into the channel has none
        self._inbox: queue.Queue[Any] = queue.Queue(maxsize=4)
        self._over = threading.Event()

    def __enter__(self) -> Child:
        mark = secrets.token_hex(16)
        needed = {MARK: mark, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        with ExitStack() as stack:
            stack.enter_context(adopting())
            with STARTING:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", self.module],
                    cwd=self.home,
                    env=self.environment | self.threads | needed,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=os.name == "posix",
                )
                self.family = Family(self.process.pid, mark)
            self._stack = stack.pop_all()
        work: list[Callable[[], None]] = [self._drain, self._read, *([self._watch] if self.watched else [])]
        self._helpers = [threading.Thread(target=w, daemon=True) for w in work]
        for helper in self._helpers:
            helper.start()
        try:
            self.send({"key": self._key})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored: Any) -> None:
        self.end()
        with contextlib.suppress(queue.Empty):
            while True:  # the reader may wait for room
                self._inbox.get_nowait()
        for helper in self._helpers:
            helper.join(timeout=5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self.family.forget()
        self._stack.close()

    def send(self, header: dict[str, Any], payload: bytes = b"", deadline: float | None = None) -> None:
        """One message to the child; `Closed` when it no longer listens. One that does not read until `deadline` is ended."""
        assert self.process.stdin is not None
        alarm = None
        if deadline is not None:
            alarm = threading.Timer(max(0.0, deadline - time.monotonic()), self.family.end)
            alarm.daemon = True
            alarm.start()
        try:
            write_message(self.process.stdin.fileno(), header, payload)
        finally:
            if alarm is not None:
                alarm.cancel()

    def receive(self, deadline: float | None = None) -> tuple[dict[str, Any], bytes]:
        """The next message of the child. `TimeoutError` after `deadline` (of `time.monotonic`), `Closed`, `Nonsense` or
        `TooManyProcesses` when there will be none."""
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            try:
                found = self._inbox.get(timeout=0.2 if left is None else min(left, 0.2))
            except queue.Empty:
                if self.process.poll() is None or self._inbox.qsize():
                    continue
                found = Closed()  # a descendant may still hold the channel open
            if self.crowded:
                raise TooManyProcesses
            if isinstance(found, Exception):
                raise found
            header, payload = found
            if header.pop("key", None) != self._key:
                raise Nonsense("sent something that is not a message")
            return header, payload

    def end(self) -> None:
        """Kill the process and everything it has started."""
        self._over.set()
        self.family.end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)

    def ended_how(self) -> str | None:
        """'was ended by signal 9', 'ended its process with exit code 0'; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        code = self.process.returncode
        if code is None:
            return None
        return f"was ended by signal {-code}" if code < 0 else f"ended its process with exit code {code}"

    def _read(self) -> None:
        """Hand on messages until there are no more; the last thing handed on is the reason."""
        assert self.process.stdout is not None
        found: Any = None
        while not isinstance(found, Exception):
            try:
                found = read_message(self.process.stdout.fileno())
            except (Closed, Nonsense) as error:
                found = error
            except (OSError, ValueError):
                found = Closed()
            while not self._over.is_set():
                with contextlib.suppress(queue.Full):
                    self._inbox.put(found, timeout=0.2)
                    break
            else:
                return

    def _drain(self) -> None:
        """Read what it prints until it stops, and keep the beginning."""
        assert self.process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self.process.stderr.fileno(), 2**16):
                self.flood += len(part)
                self.printed += part[: max(0, self.kept - len(self.printed))]

    def _watch(self) -> None:
        """End a child that multiplies, and remember its descendants while their parents can still be seen."""
        while not self._over.wait(GLANCE) and self.process.poll() is None:
            if len(self.family.look()) > PROCESSES:
                self.crowded = True
                self.family.end()


def open_channel() -> tuple[Callable[..., None], Callable[[], tuple[dict[str, Any], bytes]]]:
    """In the child: `reply(header, payload)` and `request()`. What the code prints goes to the runner's record from now on."""
    requests, replies = os.dup(0), os.dup(1)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    key = read_message(requests)[0]["key"]
    home = os.getpid()

    def reply(header: dict[str, Any], payload: bytes = b"") -> None:
        if os.getpid() == home:  # a fork of somebody's has nothing to say
            write_message(replies, {**header, "key": key}, payload)

    return reply, lambda: read_message(requests)
