"""Task: the forward pass and the inputs that every submission is judged on."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradref_reference.errors import DataError, FileError

from ..findings.trial import Trial
from ..program.guard import Failed
from ..program.match_keys import DATA_NAMES, differentiable, match_keys
from ..program.program import CALL_LIMIT, Program

__all__ = ["Run", "Task", "combined"]


@dataclass(frozen=True)
class Run:
    """One set of inputs: `seed`, `condition` or None, and the arrays."""

    seed: int
    condition: str | None
    inputs: dict[str, Any]

    @property
    def label(self) -> str:
        return f"seed {self.seed}" + (f", {self.condition}" if self.condition else "")


@dataclass(frozen=True)
class Task:
    """`text` of the task's file, `parameters` to differentiate, and the `runs`. Made by `Task.read`."""

    path: Path
    text: str
    parameters: tuple[str, ...]
    runs: tuple[Run, ...]

    @classmethod
    def read(cls, path: str | Path, seeds: list[int]) -> Task:
        """Execute a task file: `make_inputs(seed)` and `forward(inputs)`, optionally `PARAMS`, `CONDITIONS` and a `backward`.

        Without `PARAMS` the parameters are those of the task's own `backward`, or else every floating array that is not
        named like data. `FileError` or `DataError` in one sentence for a file that cannot be used.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise FileError(f"{path}: must be a readable task file, got {reason}. Check --task.") from None
        program = Program(text, str(path))
        for name in ("make_inputs", "forward"):
            if not callable(program.namespace.get(name)):
                raise FileError(f"{path}: must define {name}, got no such function. Add `def {name}(...)`.")
        runs = tuple(cls._runs(program, path, seeds))
        return cls(path, text, cls._parameters(program, path, runs[0]), runs)

    @staticmethod
    def _runs(program: Program, path: Path, seeds: list[int]):
        make = program.namespace["make_inputs"]
        for seed in seeds:
            for condition in program.conditions():
                try:
                    inputs = program.call(make, seed) if condition is None else program.call(make, seed, condition)
                except Failed as error:
                    raise FileError(
                        f"{path}: make_inputs({seed}) must return a dict, but it {error}. Correct the task."
                    ) from None
                if not isinstance(inputs, dict):
                    raise DataError(
                        f"{path}: make_inputs({seed}) must return a dict, got {type(inputs).__name__}. Correct the task."
                    )
                yield Run(seed, condition, inputs)

    @staticmethod
    def _parameters(program: Program, path: Path, run: Run) -> tuple[str, ...]:
        wanted = program.namespace.get("PARAMS")
        if wanted is None and callable(program.namespace.get("backward")):
            try:
                returned = program.backward(run.inputs)
            except Failed as error:
                raise FileError(
                    f"{path}: backward must return a dict, but it {error}{error.at}. Correct or leave it out."
                ) from None
            wanted = match_keys(returned, run.inputs, None).keys if isinstance(returned, dict) else None
        if wanted is None:
            wanted = [k for k, v in run.inputs.items() if differentiable(v) and k not in DATA_NAMES]
        if isinstance(wanted, str) or not isinstance(wanted, Iterable):
            raise DataError(f"{path}: PARAMS must be a list of names, got {wanted!r}. Write PARAMS = ['W1', 'b1'].")
        names = tuple(wanted)
        for name in names:
            if name not in run.inputs or not differentiable(run.inputs[name]):
                raise DataError(f"{path}: PARAMS must name floating arrays of make_inputs, got {name!r}. Correct the task.")
        if not names:
            raise DataError(f"{path}: must have at least one parameter, got none. Name them in PARAMS.")
        return names

    def tried(self) -> Task:
        """The task, after one forward pass on every set of inputs; `DataError` about the task when one gives no finite cost.

        Nobody's submission is judged by a task that cannot be judged itself.
        """
        program = self.program(None, CALL_LIMIT)
        for run in self.runs:
            trial = Trial(program, run.inputs, self.parameters, run.seed, run.condition)
            where = f"{self.path}: forward ({run.label})"
            try:
                cost = trial.evaluate_forward()
            except Failed as error:
                raise DataError(f"{where} must return one number, but it {error}{error.at}. Correct the task.") from None
            if not np.isfinite(cost):
                raise DataError(f"{where} must return a finite cost, got {cost}. Correct the task or its inputs.")
        return self

    def program(self, backward: Any, seconds: float) -> Program:
        """The task with somebody's `backward`, ready to be judged."""
        text = self.text + "\n\ndef backward(inputs):\n    raise NotImplementedError\n"
        program = Program(text, str(self.path), call_limit=seconds + 10.0)
        program.namespace["backward"] = backward
        return program


def combined(task: str, submission: str) -> str:
    """One file with the submission's `backward` and the task's `forward`; the submission's line numbers stay.

    The task's definitions follow the submission's. Where both define the same helper differently, the task is executed in
    a namespace of its own.
    """
    kept = _without_backward(task)
    clash = {n for n, code in _defined(kept).items() if _defined(submission).get(n, code) != code} - {"forward", "make_inputs"}
    if not clash - {"PARAMS", "CONDITIONS"}:
        return f"{submission}\n\n\n{kept}\n"
    names = "".join(f"{n} = _task[{n!r}]\n" for n in ("forward", "make_inputs"))
    optional = "".join(f"{n} = _task.get({n!r})\n" for n in ("PARAMS", "CONDITIONS"))
    own = '_task = {"__builtins__": __builtins__, "__name__": "task"}\n' + f'exec(compile({kept!r}, "task", "exec"), _task)\n'
    return f"{submission}\n\n\n{own}{names}{optional}"


def _without_backward(text: str) -> str:
    """The task less its solution, less `from __future__` lines, which may only stand at the top."""
    lines = text.split("\n")
    for node in ast.parse(text).body:
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future or (isinstance(node, ast.FunctionDef) and node.name == "backward"):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return "\n".join(lines)


def _defined(text: str) -> dict[str, str]:
    """What a file defines at its top level, with the code of each."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return {}
    found = {}
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = ast.dump(node)
        elif isinstance(node, ast.Assign):
            found.update({t.id: ast.dump(node.value) for t in node.targets if isinstance(t, ast.Name)})
    return found
