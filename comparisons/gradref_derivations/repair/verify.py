"""Is an edited file right on inputs that the search for the edit has not seen?"""

from __future__ import annotations

import numpy as np

from gradref_reference.errors import GradrefError

from ..findings.side_effects import changed_inputs, memory
from ..findings.trial import Trial
from ..program.guard import Failed
from ..program.program import Inputs, Program
from .oracle import Objective

__all__ = ["verify"]

SEEDS = (101, 102, 103)


def verify(program: Program, text: str, first: Trial, objective: Objective, fresh: list[Inputs]) -> str:
    """'to 15 digits; verified on 3 fresh seeds' for an edited source that is right there and on the first inputs, else ''."""
    try:
        edited = program.with_source(text)
    except GradrefError:
        return ""
    trials, what = _fresh_trials(edited, first, fresh)
    trials.append(Trial(edited, first.inputs, first.wanted, first.seed, first.condition))
    digits = 15.0
    for trial in trials:
        try:
            if not np.isfinite(trial.evaluate_forward()):
                continue
        except Failed:
            continue
        trial.run()
        if trial.failure is not None or trial.findings or any(n not in trial.matched.keys for n in objective.order):
            return ""
        digits = min(digits, trial.digits())
    if any(c.fault for c in changed_inputs(trials[-1])) and not any(c.fault for c in changed_inputs(first)):
        return ""
    if objective.state and any(c.fault for c in memory(trials[-1], objective.other_inputs)):
        return ""
    return f"to {digits:.0f} digits; {what}"


def _fresh_trials(edited: Program, first: Trial, fresh: list[Inputs]) -> tuple[list[Trial], str]:
    """Trials on inputs of the same kind as the first, and what they are called."""
    if fresh:
        return [Trial(edited, inputs, first.wanted, -1 - i) for i, inputs in enumerate(fresh)], "verified on fresh inputs"
    trials: list[Trial] = []
    make = edited.namespace.get("make_inputs")
    for seed in SEEDS:
        if make is None:
            break
        try:
            inputs = edited.call(make, seed) if first.condition is None else edited.call(make, seed, first.condition)
        except Failed:
            continue
        trials.append(Trial(edited, inputs, first.wanted, seed, first.condition))
    return trials, f"verified on {len(trials)} fresh seeds" if trials else "verified on the given inputs"
