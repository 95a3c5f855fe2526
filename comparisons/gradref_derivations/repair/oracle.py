"""What an edited program must do: every gradient right, on every trial, forward as it was, no call changing a later one."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..findings.trial import Trial
from ..program.guard import TooLong
from ..program.program import Inputs, Program, copy_inputs

__all__ = ["Alarm", "Objective"]


@dataclass
class Objective:
    """What an edited program must do."""

    program: Program
    first: Trial
    others: list[Trial]
    order: list[str]
    state: bool = False
    changes: bool = False
    other_inputs: Inputs | None = None
    tried: int = 0
    stateful: bool = False
    limit: float = 2.0

    def passes_first(self) -> bool:
        """All gradients of the first trial are right. Called once for every edit: nothing in it may be slow."""
        self.tried += 1
        returned = self.run(self.first.inputs)
        return returned is not None and self.first.wrong_in(returned, self.order) is None

    def run(self, inputs: Inputs, fresh: bool = True) -> dict | None:
        if fresh and self.stateful:
            self.program.refresh()
        given = copy_inputs(inputs)
        try:
            with Alarm(self.limit):
                if self.first.cached:
                    self.program.namespace["forward"](copy_inputs(inputs))
                returned = self.program.namespace["backward"](given)
        except KeyboardInterrupt:
            raise
        except BaseException:
            return None
        if self.changes and not all(_equal(inputs[k], given.get(k)) for k in inputs):
            return None
        return returned if isinstance(returned, dict) else None

    def passes_rest(self) -> bool:
        """All gradients of every other trial are right, forward is as before, and no call changes a later one."""
        try:
            cost = float(np.asarray(self.program.namespace["forward"](copy_inputs(self.first.inputs))))
        except Exception:
            return False
        if not abs(cost - self.first.cost) <= 1e-12 * abs(cost):
            return False
        for trial in self.others:
            returned = self.run(trial.inputs)
            order = list(trial.matched.keys) or self.order
            if returned is None or trial.wrong_in(returned, order) is not None:
                return False
        if self.state:
            for inputs in (self.first.inputs, self.other_inputs or self.first.inputs, self.first.inputs):
                returned = self.run(inputs, fresh=False)
                if returned is None or (inputs is self.first.inputs and self.first.wrong_in(returned, self.order) is not None):
                    return False
        return True


class Alarm:
    """A cheap time limit around one call; without one outside the main thread."""

    able = hasattr(signal, "setitimer")

    def __init__(self, seconds: float):
        self.seconds = seconds

    def __enter__(self):
        self.on = self.able and threading.current_thread() is threading.main_thread()
        if self.on:
            self.before = signal.signal(signal.SIGALRM, _ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *error):
        if self.on:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)


def _ring(number, frame):
    raise TooLong


def _equal(a: Any, b: Any) -> bool:
    return a.tobytes() == b.tobytes() if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) else a is b or type(a) is type(b)
