"""The grader's side of a submission: a process that gives gradients on request, and whatever may happen to it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from typing import Any

import numpy as np

from gradref_support.process import PROCESSES, Child, Closed, Limits, Nonsense, TooManyProcesses

from ..program.guard import Failed
from ..truth.probe import settings, strip
from .wire import pack, unpack

__all__ = ["GaveUp", "Submission"]

LOADING = 5.0  # seconds beyond its own until a submission must be loaded, Python's own start included


class GaveUp(Exception):
    """The submission's process is of no more use; the message says what it did."""


class Submission:
    """A context: one process for one file. Callable like its `backward`; `GaveUp` once it hangs, ends or talks nonsense.

    Attributes
    ----------
    changed : inputs that `backward` was seen to change.
    calls : answered requests.
    over : why it gave up, or None.
    """

    def __init__(self, text: str, limits: Limits):
        self.text, self.limits = text, limits
        self.changed: set[str] = set()
        self.calls = 0
        self.over: str | None = None
        self.home = ""

    @property
    def printed(self) -> bytes:
        """The first bytes it printed."""
        return self.child.printed

    @property
    def flood(self) -> int:
        """How many bytes it printed in all."""
        return self.child.flood

    def __enter__(self) -> Submission:
        self.home = tempfile.mkdtemp(prefix="gradref-grade-")
        self.deadline = time.monotonic() + self.limits.seconds + LOADING
        environment = {"PATH": os.defpath, "HOME": self.home, "TMPDIR": self.home}
        self.child = Child(
            "gradref_derivations.grade.server",
            home=self.home,
            environment=environment,
            crowded=True,
            kept=self.limits.printed,
        ).__enter__()
        try:
            ready = self._asked({"text": self.text, "limits": self.limits.as_dict()}, b"")[0]
            if "failed" in ready:
                raise GaveUp(str(ready["failed"])[:300])
        except BaseException:
            self.__exit__()
            raise
        self.deadline = time.monotonic() + self.limits.seconds
        return self

    def __exit__(self, *ignored: Any) -> None:
        self.over = self.over or "was ended by the grader"
        self.child.__exit__()
        shutil.rmtree(self.home, ignore_errors=True)

    def __call__(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Gradients of `inputs`, computed by the submission; disturbed there when probes come in (`truth.probe`).

        `Failed` for what it did instead of returning gradients, `GaveUp` when it cannot be asked again.
        """
        if self.over:
            raise GaveUp(self.over)
        how, plain = settings(), strip(inputs)
        self.calls += 1
        fields, payload = pack({k: v if isinstance(v, (np.ndarray, np.generic)) else _plain(v) for k, v in plain.items()})
        header, body = self._asked({"id": self.calls, "inputs": fields, "noise": how.noise, "unit": how.unit}, payload)
        if "failed" in header:
            raise Failed(str(header["failed"])[:300])
        try:
            gradients = unpack(header["gradients"], body)
            self.changed |= {str(k) for k in header["changed"] if str(k) in inputs}
            odd = {str(k): _stand_in(str(v)) for k, v in header["odd"].items()}
        except (Nonsense, KeyError, TypeError, AttributeError):
            raise self._gave_up("sent something that is not a message") from None
        return {**gradients, **odd}

    def _asked(self, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for the reply to it."""
        try:
            self.child.send(header, payload, self.deadline)
            reply, body = self.child.receive(self.deadline)
            while reply.get("id") != header.get("id"):
                reply, body = self.child.receive(self.deadline)
            return reply, body
        except TimeoutError:
            raise self._gave_up(self._late()) from None
        except TooManyProcesses:
            raise self._gave_up(f"started more than {PROCESSES} processes") from None
        except Nonsense as error:
            raise self._gave_up(str(error)) from None
        except Closed:
            if self.child.crowded or time.monotonic() > self.deadline:
                raise self._gave_up(self._late()) from None
            raise self._gave_up(self.child.ended_how() or "closed its connection") from None

    def _late(self) -> str:
        if self.child.crowded or len(self.child.family.look()) > PROCESSES:
            return f"started more than {PROCESSES} processes"
        return f"did not finish within {self.limits.seconds:g} s"

    def _gave_up(self, why: str) -> GaveUp:
        self.over = why
        self.child.end()
        return GaveUp(why)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)


def _stand_in(name: str) -> Any:
    """An object whose type has the name of what the submission returned; the real thing is not let in."""
    return type(name if name.isidentifier() else "object", (), {})()
