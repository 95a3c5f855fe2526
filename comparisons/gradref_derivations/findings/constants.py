"""Right but for a constant: an epsilon that the forward pass adds and the gradient ignores, or a clip at the end of the backward pass.

The constant is taken out of the source and everything is judged again: it is the whole difference only if every gradient is then
right on every input.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from gradref_reference.errors import GradrefError

from ..program.editable import reached_by
from ..program.form import functions_in
from ..program.guard import Failed
from ..program.program import Program
from .report import Remark
from .trial import Thoroughness, Trial

__all__ = ["right_but_for"]

SMALL = 1e-3  # the largest constant that passes for an epsilon
MOST = 20  # constants of other files that are tried
SLIGHT = 2.5  # digits to which every gradient must agree all the same: an epsilon that matters more is no epsilon
IGNORED = "the gradient ignores the {what} of the forward pass, as textbooks do; without it every gradient is right"
CLIPPED = "every gradient is right before the {what}; what comes back is not the gradient"
QUICK = Thoroughness(1, every_entry=True)


@dataclass(frozen=True)
class _Edit:
    """A constant to be taken out: in the source from `start` to `end` (line, column) by `new`, or in a `function` of another file."""

    what: str
    start: tuple[int, int] = (0, 0)
    end: tuple[int, int] = (0, 0)
    new: str = "0.0"
    function: tuple[str, str, float] | None = None  # file, name, value
    line: int | None = None

    @property
    def place(self) -> str:
        """' in cross_entropy_error of functions.py', for another file."""
        return f" in {self.function[1]} of {Path(self.function[0]).name}" if self.function else ""


def right_but_for(program: Program, trials: list[Trial]) -> list[Remark]:
    """What a derivation is right but for, as remarks with their lines; nothing when it is wrong without it too."""
    findings = [f for t in trials for f in t.findings.values()]
    if not program.text or any(t.failure is not None for t in trials) or any(f.kind != "value" for f in findings):
        return []
    epsilons = [*_epsilons(program), *_of_modules(program)] if all(f.digits >= SLIGHT for f in findings) else []
    for edits, text, cost_stays in ((epsilons, IGNORED, False), (_clips(program), CLIPPED, True)):
        for chosen in [*([e] for e in edits), *([edits] if len(edits) > 1 else [])]:
            if _right_with(program, trials, chosen, cost_stays):
                return [Remark(text.format(what=e.what + e.place), e.line) for e in chosen]
    return []


def _right_with(program: Program, trials: list[Trial], edits: list[_Edit], cost_stays: bool) -> bool:
    """Is every gradient right on every input once the edits are made? `cost_stays`: they must not touch the cost."""
    lines = program.text.split("\n")
    for e in sorted((e for e in edits if e.function is None), key=lambda e: e.start, reverse=True):
        if e.start[0] != e.end[0]:
            return False
        line = lines[e.start[0] - 1].encode()
        lines[e.start[0] - 1] = (line[: e.start[1]] + e.new.encode() + line[e.end[1] :]).decode()
    zeroed = frozenset(e.function for e in edits if e.function is not None)
    try:
        edited = program.with_source("\n".join(lines), zeroed)
        for t in trials:
            again = Trial(edited, t.inputs, t.wanted, t.seed, t.condition)
            if again.evaluate_forward() != t.cost and cost_stays:
                return False
            again.run(QUICK)
            if again.failure is not None or again.findings or again.names != t.names:
                return False
    except (Failed, GradrefError):
        return False
    return True


def _of_modules(program: Program) -> list[_Edit]:
    """Small constants of functions in the modules beside the file."""
    found = []
    for module in program.modules:
        for function in functions_in(module):
            small = {c for c in function.__code__.co_consts if type(c) is float and 0 < c <= SMALL}
            found += [_Edit(f"{c:g}", function=(str(module.__file__), function.__qualname__, c)) for c in sorted(small)]
    return found[:MOST]


def _epsilons(program: Program) -> list[_Edit]:
    """Small literals in what `forward` runs, and in the constants of the file that it reads."""
    functions = reached_by(program, "forward")
    names = {n.id for f in functions for n in ast.walk(f) if isinstance(n, ast.Name)}
    places: list[ast.AST] = [*functions]
    for node in program.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and program.form.is_own(node):
            places += [node.value for t in node.targets if isinstance(t, ast.Name) and t.id in names]
    found: dict[tuple[int, int], _Edit] = {}
    for place in places:
        for node in ast.walk(place):
            if (
                isinstance(node, ast.Constant)
                and type(node.value) is float
                and 0 < node.value <= SMALL
                and program.form.is_own(node)
            ):
                end = (node.end_lineno or 0, node.end_col_offset or 0)
                start = (node.lineno, node.col_offset)
                found[start] = _Edit(f"{node.value:g}", start, end, line=node.lineno)
    return [found[key] for key in sorted(found)]


def _clips(program: Program) -> list[_Edit]:
    """Calls of clip in what `backward` runs."""
    found = []
    for node in (n for f in reached_by(program, "backward") for n in ast.walk(f)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "clip"
            and program.form.is_own(node)
        ):
            bounds = node.args[-2:]
            if len(node.args) in (2, 3):
                start, end = bounds[0], bounds[1]
                place = (start.lineno, start.col_offset), (end.end_lineno or 0, end.end_col_offset or 0)
                found.append(_Edit("clip", *place, "-float('inf'), float('inf')", line=node.lineno))
    return found
