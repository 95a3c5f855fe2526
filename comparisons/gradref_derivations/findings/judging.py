"""All trials of one derivation: run, and what they show together before anything is explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradref_reference.errors import DataError, FileError, ShapeError

from ..program.guard import Failed
from ..program.match_keys import DATA_NAMES, is_data, match_keys
from ..program.program import Program
from .report import Conduct, NotJudged
from .trial import Thoroughness, Trial

__all__ = [
    "GradientPartFailed",
    "Progress",
    "Usable",
    "failures",
    "left_out",
    "most_telling",
    "refuse_unjudgeable",
    "run_all",
    "usable_trials",
]

Progress = Callable[[str, float], None]
STEADY = 1e-9  # relative: what two calls of forward on the same inputs may differ by


@dataclass(frozen=True)
class Usable:
    """`trials` whose forward pass gives a finite cost, and the others with the reason; `blind` conditions have no usable trial."""

    trials: list[Trial]
    others: tuple[NotJudged, ...]
    blind: tuple[str, ...]


def usable_trials(trials: list[Trial]) -> Usable:
    """Run every forward pass; `ShapeError` or `DataError` in one sentence when none gives a finite cost."""
    good: list[Trial] = []
    others: list[NotJudged] = []
    refusal: ShapeError | DataError = DataError("inputs: must be given, got none. Pass at least one seed.")
    for trial in trials:
        try:
            cost = trial.evaluate_forward()
            if trial is trials[0]:
                _refuse_unsteady(trial, cost)
        except Failed as error:
            if trial is trials[0] and _after_the_cost(trial.program, error):
                raise GradientPartFailed(error) from None
            refusal = (ShapeError if error.kind == "returned" else DataError)(
                f"forward ({trial.label}): must return one number, but it {error}{error.at}. Correct forward first."
            )
            if trial.condition is None:
                break
            others.append(NotJudged(trial.label, f"forward {error}"))
            continue
        if not np.isfinite(cost):
            refusal = DataError(
                f"forward ({trial.label}): must return a finite cost, got {cost}. Correct forward, or choose other inputs."
            )
            others.append(NotJudged(trial.label, f"the cost is {cost}"))
            continue
        good.append(trial)
    if not good:
        raise refusal
    seen = {t.condition for t in good}
    return Usable(good, tuple(others), tuple(dict.fromkeys(str(t.condition) for t in trials if t.condition not in seen)))


class GradientPartFailed(Exception):
    """One function gives cost and gradient, and raised behind the cost: its gradient part is at fault, and there is no cost to judge by."""

    def __init__(self, error: Failed):
        super().__init__(str(error))
        self.error = error


def _after_the_cost(program: Program, error: Failed) -> bool:
    """Did a function that returns (cost, gradients) raise in a line behind the last one that computes the cost?"""
    if error.kind != "raised" or error.line is None:
        return False
    for function in (n for n in ast.walk(program.tree) if isinstance(n, ast.FunctionDef)):
        if not function.lineno <= error.line <= (function.end_lineno or 0):
            continue
        for returned in (n for n in ast.walk(function) if isinstance(n, ast.Return) and isinstance(n.value, ast.Tuple)):
            assert isinstance(returned.value, ast.Tuple)
            first = returned.value.elts[0] if returned.value.elts else None
            lines = [
                n.lineno
                for n in ast.walk(function)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and _names(first, n)
            ]
            if lines and max(lines) < error.line:
                return True
    return False


def _names(value: ast.expr | None, target: ast.Name) -> bool:
    return isinstance(value, ast.Name) and value.id == target.id


def _refuse_unsteady(trial: Trial, cost: float) -> None:
    again = trial.evaluate_forward()
    if again != cost and abs(again - cost) > STEADY * abs(cost):
        raise DataError(
            f"forward ({trial.label}): must give the same cost for the same inputs, got {cost:.10g} and then {again:.10g}. "
            "Draw random numbers in make_inputs and pass them in."
        )


def run_all(trials: list[Trial], progress: Progress | None = None) -> list[Trial]:
    """Judge the trials: the first of every condition closely, further seeds for detection only.

    Ends early after a backward that ran out of time or ended its process: once is enough.
    """
    judged: list[Trial] = []
    looked_at: set[str | None] = set()
    wide = exact = True
    for i, trial in enumerate(trials):
        if judged and (before := judged[-1].truth) is not None:  # what was too slow there is too slow here
            wide, exact = before.wide, exact and before.exact
        again = trial.condition in looked_at
        looked_at.add(trial.condition)
        if progress:
            progress(f"judging {trial.label}", i / len(trials))
        trial.run(Thoroughness(1 if again else 2, every_entry=not again, exact=exact and not again, wide=wide))
        judged.append(trial)
        if trial.failure is not None and trial.failure.kind != "raised":
            break
    return judged


def most_telling(trials: list[Trial]) -> Trial:
    """The trial that shows most: one with findings if any, away from kinks and on plain inputs if possible; then one that failed."""

    def shows(t: Trial) -> tuple:
        bad, usual = t.failure is None and bool(t.findings), t.condition == trials[0].condition
        return (bad, not (t.truth is not None and t.truth.kinked), usual, len(t.findings), t.failure is not None)

    return max(trials, key=shows)


def refuse_unjudgeable(program: Program, trials: list[Trial]) -> None:
    """`FileError` for a backward that hangs, exits, returns no gradients or is not written yet, on every input."""
    if any(t.failure is None for t in trials):
        return
    failed = trials[0].failure
    assert failed is not None
    if failed.kind != "raised" or (failed.error == "NotImplementedError" and _raises(program, failed.line)):
        raise FileError(f"backward ({trials[0].label}): must return a dict of gradients, but it {failed}{failed.at}. Correct it.")


def _raises(program: Program, line: int | None) -> bool:
    return any(isinstance(n, ast.Raise) and n.lineno == line for n in ast.walk(program.tree))


def failures(trials: list[Trial]) -> list[Conduct]:
    """One fault for a backward that raised; nothing is known of the gradients it did not return."""
    failed = [t for t in trials if t.failure is not None]
    if not failed:
        return []
    error = failed[0].failure
    everywhere = "on every input" if len(failed) == len(trials) else f"on {failed[0].label}"
    return [Conduct("failure", f"backward {error} {everywhere}", (), error.line if error else None)]


def left_out(first: Trial, frozen: tuple[str, ...]) -> list[NotJudged]:
    """Floating arrays that `forward` depends on, that no gradient came back for and that nobody declared to be fixed.

    Only where the parameters were not named; what is called like data (x, y, h0) is taken for it.
    """
    if first.wanted is not None or first.failure is not None:
        return []
    found = []
    for name, value in first.inputs.items():
        if name in first.matched.keys or name in first.matched.missing or name in frozen or name in DATA_NAMES or is_data(name):
            continue
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and _came_back(first, name):
            found.append(NotJudged(name, f"it holds integers ({value.dtype}), which have no gradient; make it floating point"))
        elif not isinstance(value, np.ndarray) and _is_tensor(value):
            found.append(
                NotJudged(name, f"it is a {type(value).__module__} {type(value).__name__}, not a NumPy array; convert it")
            )
        elif (_is_floating(value) or _is_number(name, value)) and first.depends_on(name):
            found.append(NotJudged(name, "forward depends on it, and no gradient came back for it" + _unknown_keys(first)))
    return found


def _is_floating(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def _is_number(name: str, value: Any) -> bool:
    """A floating number that is called like a parameter (b, w1, bias), and not like a constant (reg, lr)."""
    return (
        isinstance(value, (float, np.floating)) and re.fullmatch(r"(?i)[bw]\d*|[bw]_?[hioxy]|bias\w*|theta\d*", name) is not None
    )


def _came_back(trial: Trial, name: str) -> bool:
    """Whether a key that is nobody else's gradient is spelt like that of this input."""
    free = [key for key in trial.returned if key not in trial.matched.keys.values()]
    return name in match_keys(free, {name: 0.0}, [name]).keys


def _is_tensor(value: object) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype") and not isinstance(value, np.generic)


def _unknown_keys(trial: Trial) -> str:
    extra = trial.matched.extra
    if not trial.returned:
        return " (backward returned nothing)"
    return f" under a name that is known (got {', '.join(map(repr, extra[:6]))})" if extra else ""
