"""Does an edit hold elsewhere: at other sizes, with other constants? What it rests on where it does not.

A repair is searched on inputs of one size, where 2 / 6 is 1 / 3 and a batch may be as long as a layer is wide. So the same file is
run with one number changed: a whole number that `make_inputs` names, here or everywhere, a constant of the module, or all floating
point numbers of `make_inputs` together. Where the file as it was does not run so, nothing is learnt.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from gradref_reference.errors import GradrefError

from ..findings.report import RestsOn
from ..findings.trial import Thoroughness, Trial
from ..program.guard import Failed
from ..program.program import Program
from ..program.resized import resized

__all__ = ["Elsewhere", "Variation", "variations_of"]

OTHER_FLOAT = 1.3  # factor of a floating point constant
MOST = 8  # numbers that are changed
SECONDS = 4.0  # for finding out where the file runs at all
BRIEFLY = Thoroughness(directions=1, every_entry=False, exact=False)
SAME_COST = 1e-9  # relative: forward means what it meant


@dataclass(frozen=True)
class Variation:
    """One number changed: `was` becomes `new` where `name` is set in the module, or in `make_inputs`, or wherever it is written."""

    was: float
    new: float
    name: str = ""
    everywhere: bool = False
    axis: bool = False  # of the arrays that were given, where there is no make_inputs

    @property
    def rests_on(self) -> RestsOn:
        """What a repair that fails here rests on."""
        return RestsOn("constant" if self.name else "size", self.name, self.was)

    def applied(self, text: str) -> str:
        """The source with the number changed."""
        tree = ast.parse(text)
        for scope in self._scopes(tree):
            for node in ast.walk(scope):
                if isinstance(node, ast.Constant) and type(node.value) is type(self.was) and node.value == self.was:
                    node.value = self.new
        return ast.unparse(tree)

    def _scopes(self, tree: ast.Module) -> Iterator[ast.AST]:
        if self.everywhere:
            yield tree
        for node in tree.body:
            if self.name and isinstance(node, ast.Assign) and self.name in _names(node):
                yield _value_of(node, self.name)
            elif not self.name and isinstance(node, ast.FunctionDef) and node.name == "make_inputs":
                yield ast.Module(node.body, [])


def variations_of(program: Program) -> list[list[Variation]]:
    """For every number of a file what may be tried in its place, the most natural first."""
    found: list[list[Variation]] = []
    made = next((n for n in program.tree.body if isinstance(n, ast.FunctionDef) and n.name == "make_inputs"), None)
    for node in program.tree.body:
        if isinstance(node, ast.Assign):
            for name in _names(node):
                value: Any = getattr(_value_of(node, name), "value", None)
                if isinstance(value, bool):
                    found.append([Variation(value, not value, name)])
                elif _is_number(value):
                    found.append([Variation(value, n, name) for n in _others(value)])
    written: list[Any] = [n.value for n in ast.walk(made) if isinstance(n, ast.Constant)] if made else []
    sizes = sorted({value for value in written if _is_size(value)})
    for size in sizes:
        found.append([Variation(size, n, everywhere=e) for e in (False, True) for n in _others(size)])
    return found[:MOST]


class Elsewhere:
    """Where a file runs with one number changed, and whether an edited version is right there."""

    def __init__(self, program: Program, first: Trial, order: list[str]):
        self.program, self.first, self.order = program, first, order
        self.places: list[tuple[Variation, float]] | None = None

    def rests_on(self, text: str) -> tuple[RestsOn, ...]:
        """The numbers with others of which an edited source is not right; nothing where it holds."""
        if self.places is None:
            self.places = list(self._found())
        return tuple(dict.fromkeys(v.rests_on for v, cost in self.places if not self._holds(text, v, cost)))

    def _found(self) -> Iterator[tuple[Variation, float]]:
        """For each number the first variation under which the file runs as it was, with the cost there."""
        until = perf_counter() + SECONDS
        for alternatives in variations_of(self.program) if "make_inputs" in self.program.namespace else _axes(self.first):
            for variation in alternatives:
                cost = self._cost(variation) if perf_counter() < until else None
                if cost is not None:
                    yield variation, cost
                    break

    def _trial(self, text: str, variation: Variation) -> Trial | None:
        """The trial of a source with a number changed; None where it does not give inputs and a cost."""
        first = self.first
        try:
            if variation.axis:
                program, inputs = self.program.with_source(text), resized(first.inputs, int(variation.was), int(variation.new))
            else:
                program = self.program.with_source(variation.applied(text))
                make = program.namespace["make_inputs"]
                inputs = (
                    program.call(make, first.seed) if first.condition is None else program.call(make, first.seed, first.condition)
                )
            trial = Trial(program, inputs, first.wanted, first.seed, first.condition)
            return trial if np.isfinite(trial.evaluate_forward()) else None
        except (GradrefError, Failed, SyntaxError, KeyError, ValueError, TypeError):
            return None

    def _cost(self, variation: Variation) -> float | None:
        """The cost of the file as it was; None where it does not run, or gives what cannot be gradients."""
        trial = self._trial(self.program.text, variation)
        if trial is None or not all(name in trial.inputs for name in self.order):
            return None
        if self.first.failure is None:
            trial.run(BRIEFLY)
            before = {(n, f.kind) for n, f in self.first.findings.items()}
            new = {(n, f.kind) for n, f in trial.findings.items() if f.kind not in ("value", "nan")} - before
            if trial.failure is not None or new:
                return None
        return trial.cost

    def _holds(self, text: str, variation: Variation, cost: float) -> bool:
        trial = self._trial(text, variation)
        if trial is None or not abs(trial.cost - cost) <= SAME_COST * abs(cost):
            return False
        trial.run(BRIEFLY)
        return trial.failure is None and not trial.findings and all(n in trial.matched.keys for n in self.order)


def _axes(trial: Trial) -> list[list[Variation]]:
    """Other lengths of the axes of arrays that were given."""
    lengths = sorted({n for v in trial.inputs.values() if isinstance(v, np.ndarray) for n in v.shape if n > 1})
    return [[Variation(n, new, axis=True) for new in _others(n)] for n in lengths[:MOST]]


def _names(node: ast.Assign) -> list[str]:
    """The plain names an assignment sets, alone or in a tuple of constants."""
    targets = [e for t in node.targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return [t.id for t in targets if isinstance(t, ast.Name)]


def _value_of(node: ast.Assign, name: str) -> ast.expr:
    """What one of the names is set to."""
    names = _names(node)
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) == len(names):
        return node.value.elts[names.index(name)]
    return node.value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 1


def _others(value: float) -> list[float]:
    """Other numbers in the place of one: the next whole one, or twice as many where parts have to fit together."""
    return [value + 1, 2 * value] if isinstance(value, int) else [OTHER_FLOAT * value]
