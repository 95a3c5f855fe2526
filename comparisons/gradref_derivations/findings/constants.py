"""Right but for a constant: an epsilon that the forward pass adds and the gradient ignores, or a clip at the end of the backward pass.

The constant is taken out of the source and everything is judged again: it is the whole difference only if every gradient is then
right on every input.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from gradref_reference.errors import GradrefError

from ..program.editable import reached_by
from ..program.guard import Failed
from ..program.program import Program
from .report import Remark
from .trial import Thoroughness, Trial

__all__ = ["right_but_for"]

SMALL = 1e-3  # the largest constant that passes for an epsilon
SLIGHT = 2.5  # digits to which every gradient must agree all the same: an epsilon that matters more is no epsilon
IGNORED = "the gradient ignores the {what} of the forward pass, as textbooks do; without it every gradient is right"
CLIPPED = "every gradient is right before the {what}; what comes back is not the gradient"
QUICK = Thoroughness(1, every_entry=True)


@dataclass(frozen=True)
class _Edit:
    """Source to be exchanged: from `start` to `end` (line, column) by `new`; `what` names the constant."""

    start: tuple[int, int]
    end: tuple[int, int]
    new: str
    what: str

    @property
    def line(self) -> int:
        return self.start[0]


def right_but_for(program: Program, trials: list[Trial]) -> list[Remark]:
    """What a derivation is right but for, as remarks with their lines; nothing when it is wrong without it too."""
    findings = [f for t in trials for f in t.findings.values()]
    if not program.text or any(t.failure is not None for t in trials) or any(f.kind != "value" for f in findings):
        return []
    if all(f.digits >= SLIGHT for f in findings):
        edits = _epsilons(program)
        for chosen in [*([e] for e in edits), edits]:
            if chosen and _right_with(program, trials, chosen):
                return [Remark(IGNORED.format(what=e.what), e.line) for e in chosen]
    clips = _clips(program)
    for chosen in [*([e] for e in clips), clips]:
        if chosen and _right_with(program, trials, chosen):
            return [
                Remark(f"every gradient is right before the {e.what}; what comes back is not the gradient", e.line)
                for e in chosen
            ]
    return []


def _right_with(program: Program, trials: list[Trial], edits: list[_Edit]) -> bool:
    """Is every gradient right on every input once the edits are made?"""
    lines = program.text.split("\n")
    for e in sorted(edits, key=lambda e: e.start, reverse=True):
        if e.start[0] != e.end[0]:
            return False
        line = lines[e.start[0] - 1].encode()
        lines[e.start[0] - 1] = (line[: e.start[1]] + e.new.encode() + line[e.end[1] :]).decode()
    try:
        edited = program.with_source("\n".join(lines))
        for t in trials:
            again = Trial(edited, t.inputs, t.wanted, t.seed, t.condition)
            again.evaluate_forward()
            again.run(QUICK)
            if again.failure is not None or again.findings or again.names != t.names:
                return False
    except (Failed, GradrefError):
        return False
    return True


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
                found[node.lineno, node.col_offset] = _edit(node, "0.0", f"{node.value:g}")
    return [found[key] for key in sorted(found)]


def _clips(program: Program) -> list[_Edit]:
    """Calls of clip in what `backward` runs and `forward` does not."""
    forward = {id(f) for f in reached_by(program, "forward")}
    found = []
    for function in (f for f in reached_by(program, "backward") if id(f) not in forward):
        for node in ast.walk(function):
            called = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(node, ast.Call)
                and isinstance(called, ast.Attribute)
                and called.attr == "clip"
                and program.form.is_own(node)
            ):
                method = len(node.args) == 2 and not isinstance(called.value, ast.Name)
                bounds = node.args[:2] if method or len(node.args) == 2 else node.args[1:3]
                if len(bounds) == 2:
                    infinite = "-float('inf'), float('inf')"
                    start, end = bounds[0], bounds[1]
                    edit = _Edit(
                        (start.lineno, start.col_offset), (end.end_lineno or 0, end.end_col_offset or 0), infinite, "clip"
                    )
                    found.append(edit)
    return found


def _edit(node: ast.expr, new: str, what: str) -> _Edit:
    return _Edit((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0), new, what)
