"""What an edited program must do: every gradient right, on every trial, forward as it was, no call changing a later one."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..findings.report import Conduct
from ..findings.side_effects import first_samples
from ..findings.trial import Trial
from ..program.guard import TooLong
from ..program.match_keys import DATA_NAMES, differentiable
from ..program.program import Inputs, Program, copy_inputs
from ..program.provenance import Flow
from ..program.source import state_lines
from ..truth.truth import Truth, scalar

__all__ = ["Alarm", "Objective", "objective_of"]


@dataclass
class Objective:
    """What an edited program must do.

    Attributes
    ----------
    first, others : the trials; `first` is run for every edit, the others for those that pass it.
    order : the parameters, the wrong ones first, the quickest to be told first among them.
    state, changes : what the conduct of the code asks for as well: no call changes a later one, no input is changed.
    other_inputs : inputs for a call in between.
    stateful : the globals have to be put back before every run.
    limit : seconds for one run.
    tried : how many edits were run.
    mends_some : the last of them makes some gradients right, and none wrong.
    """

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
    mends_some: bool = False

    def passes_first(self) -> bool:
        """All gradients of the first trial are right. Called once for every edit: nothing in it may be slow."""
        self.tried += 1
        self.mends_some = False
        returned = self.run(self.first.inputs)
        if returned is None:
            return False
        wrong = self.first.wrong_in(returned, self.order)
        found = [n for n in self.order if n in self.first.findings]
        if wrong is not None and any(self.first.wrong_in(returned, [n]) is None for n in found):
            left = {n for n in self.order if self.first.wrong_in(returned, [n]) is not None}
            self.mends_some = left < set(found)
        return wrong is None

    def run(self, inputs: Inputs, fresh: bool = True) -> dict | None:
        """What `backward` returns now, or None where it raises, hangs or changes its inputs and must not."""
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
            cost = scalar(self.program.namespace["forward"](copy_inputs(self.first.inputs)))
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


def objective_of(program: Program, trials: list[Trial], first: Trial, flow: Flow, conduct: list[Conduct]) -> Objective:
    """What has to be right, from everything that was found wrong."""
    names = _names(first)
    for trial in trials:
        if trial.truth is None:
            trial.truth = Truth(program, trial.inputs, tuple(names), trial.cost)
    faults = [c for c in conduct if c.fault]
    kinds = {c.kind for c in faults}
    blamed = {n for c in faults for n in c.parameters}
    wrong = sorted((n for n in names if n in first.findings or n in blamed), key=lambda n: flow.size.get(n, 0))
    others = [t for t in trials if t is not first]
    objective = Objective(
        program,
        first,
        others,
        wrong + [n for n in names if n not in wrong],
        state="state" in kinds,
        changes="inputs changed" in kinds,
        stateful=bool(state_lines(program.tree)),
        other_inputs=others[0].inputs if others else None,
    )
    if "batch of one" in kinds:
        _add_sample(objective, trials, names)
    return objective


def _names(first: Trial) -> list[str]:
    """The parameters whose gradients have to come back."""
    names = [*first.matched.keys, *first.matched.missing]
    return names or list(first.wanted or [k for k, v in first.inputs.items() if differentiable(v) and k not in DATA_NAMES])


def _add_sample(objective: Objective, trials: list[Trial], names: list[str]) -> None:
    """One sample alone, where that is what goes wrong, before everything else."""
    first = objective.first
    for inputs in first_samples(trials[0])[:1]:
        trial = Trial(objective.program, inputs, first.wanted, first.seed, "batch of one")
        trial.evaluate_forward()
        trial.matched = first.matched
        trial.truth = Truth(objective.program, inputs, tuple(names), trial.cost)
        objective.others, objective.first = [*trials], trial


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
