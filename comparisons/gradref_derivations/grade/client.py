"""The grader's side of a submission: a process that gives gradients on request, and whatever may happen to it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

import numpy as np

from gradref_derivations.truth.probe import settings, strip

from .limits import PROCESSES, TOKEN, Limits, end_family, family
from .wire import Broken, pack, receive, send, unpack

__all__ = ["GaveUp", "Submission", "spawn"]


class GaveUp(Exception):
    """The submission's process is of no more use; the message says what it did."""


def spawn(module: str, arguments: list[str], token: str, pass_fds: tuple[int, ...] = (), home: str = ".") -> subprocess.Popen:
    """A child with a session of its own, one BLAS thread, no user site, an almost empty environment and piped output."""
    environment = {
        "PATH": os.defpath,
        "HOME": home,
        "TMPDIR": home,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        TOKEN: token,
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        cwd=home,
        env=environment,
        pass_fds=pass_fds,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


class Submission:
    """A context: one process for one file. Callable like its `backward`; `GaveUp` once it hangs, ends or talks nonsense.

    Attributes
    ----------
    changed : inputs that `backward` was seen to change.
    calls : answered requests.
    printed : the first bytes it printed; `flood` how many bytes in all.
    """

    def __init__(self, text: str, limits: Limits, token: str | None = None):
        self.text, self.limits = text, limits
        self.changed: set[str] = set()
        self.calls, self.flood, self.printed = 0, 0, b""
        self.token = token or secrets.token_hex(16)
        self.over: str | None = None
        self.crowded = False

    def __enter__(self) -> Submission:
        self.home = tempfile.mkdtemp(prefix="gradref-grade-")
        self.deadline = time.monotonic() + self.limits.seconds + 5.0  # until it is loaded, imports included
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [str(theirs.fileno()), json.dumps(self.limits.as_dict())]
            self.process = spawn("gradref_derivations.grade.server", arguments, self.token, (theirs.fileno(),), self.home)
        self.connection = ours
        self.helpers = [threading.Thread(target=work, daemon=True) for work in (self._drain, self._watch)]
        for helper in self.helpers:
            helper.start()
        try:
            send(ours, {"text": self.text})
            ready = self._receive()[0]
        except BaseException:
            self.__exit__()
            raise
        if "failed" in ready:
            self.__exit__()
            raise GaveUp(str(ready["failed"])[:300])
        self.deadline = time.monotonic() + self.limits.seconds
        return self

    def __exit__(self, *ignored: Any) -> None:
        self.over = self.over or "was ended by the grader"
        end_family(self.process.pid, self.token)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        for helper in self.helpers:
            helper.join(timeout=5)
        self.connection.close()
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def __call__(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Gradients of `inputs`, computed by the submission; disturbed there when probes come in (`derivation.probe`)."""
        if self.over:
            raise GaveUp(self.over)
        how, plain = settings(), strip(inputs)
        self.calls += 1
        fields, payload = pack({k: v if isinstance(v, (np.ndarray, np.generic)) else _plain(v) for k, v in plain.items()})
        try:
            send(self.connection, {"id": self.calls, "inputs": fields, "noise": how.noise, "unit": how.unit}, payload)
        except Broken as error:
            raise self._gave_up(f"{error}") from None
        header, body = self._receive()
        while header.get("id") != self.calls:
            header, body = self._receive()
        if "failed" in header:
            raise RuntimeError(str(header["failed"])[:300])
        try:
            gradients = unpack(header["gradients"], body)
            self.changed |= {str(k) for k in header["changed"] if str(k) in inputs}
            odd = {str(k): _stand_in(str(v)) for k, v in header["odd"].items()}
        except (Broken, KeyError, TypeError, AttributeError):
            raise self._gave_up("sent something that is not a message") from None
        return {**gradients, **odd}

    def _receive(self) -> tuple[dict[str, Any], bytes]:
        try:
            return receive(self.connection, self.deadline)
        except TimeoutError:
            raise self._gave_up(f"did not finish within {self.limits.seconds:g} s") from None
        except Broken as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=1)
            if self.crowded:
                raise self._gave_up(f"started more than {PROCESSES} processes") from None
            code = self.process.returncode
            if code is not None and str(error) == "closed its connection":
                how = f"was ended by signal {-code}" if code < 0 else f"ended its process with exit code {code}"
                raise self._gave_up(how) from None
            raise self._gave_up(str(error)) from None

    def _gave_up(self, why: str) -> GaveUp:
        self.over = why
        end_family(self.process.pid, self.token)
        return GaveUp(why)

    def _drain(self) -> None:
        """Read what it prints until it stops, and keep the beginning."""
        assert self.process.stdout is not None
        keep = self.limits.printed * 1024
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self.process.stdout.fileno(), 2**16):
                self.flood += len(part)
                self.printed += part[: max(0, keep - len(self.printed))]

    def _watch(self) -> None:
        """End a submission that multiplies."""
        while not self.over and self.process.poll() is None:
            if len(family(self.token)) > PROCESSES:
                self.crowded = True
                end_family(self.process.pid, self.token)
                return
            time.sleep(0.1)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)


def _stand_in(name: str) -> Any:
    """An object whose type has the name of what the submission returned; the real thing is not let in."""
    return type(name if name.isidentifier() else "object", (), {})()
