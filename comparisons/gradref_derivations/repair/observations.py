"""One run of backward as seen by a hook: every assignment with its value and what it read, and one call of every helper."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from ..findings.trial import Trial
from ..program.editable import editables
from ..program.guard import Failed
from ..program.instrument import NOTE, Instrument, instrumented
from ..program.program import Program
from .helpers import CallOfHelper
from .quantities import TAP

__all__ = ["Event", "Observed", "observe_backward"]

MOST_EVENTS = 400


@dataclass
class Event:
    """One execution of one assignment: its value and the arrays it read."""

    line: int
    name: str
    value: np.ndarray
    reads: list[np.ndarray]
    in_place: bool


@dataclass
class Observed:
    """The assignments of arrays in the order of their execution, the numbers among the others, one call of every helper of one array."""

    events: list[Event] = field(default_factory=list)
    numbers: list[np.ndarray] = field(default_factory=list)
    calls: dict[str, CallOfHelper] = field(default_factory=dict)


def observe_backward(program: Program, trial: Trial) -> Observed:
    """Run `backward` once; nothing where it does not run under the hook."""
    watcher = _Watcher(program)
    program.refresh()
    try:
        with instrumented(program, watcher.instrument, watcher.note):
            if trial.cached:
                program.forward(trial.inputs)
            program.backward(trial.inputs)
    except (Failed, SyntaxError, ValueError, TypeError):
        return Observed()
    finally:
        program.refresh()
    return watcher.found


class _Watcher:
    """Notes what every assignment makes of what it reads."""

    def __init__(self, program: Program):
        self.program, self.found, self.instrument = program, Observed(), Instrument(NOTE)
        own = {e.node.name: e.node for e in editables(program) if not e.shared and e.owner is None}
        self.helpers = {k: n for k, n in own.items() if k != "backward" and len(n.args.args) - len(n.args.defaults) == 1}
        self._pieces: dict[int, list[CodeType]] = {}

    def note(self, site: int, value: Any, local: dict[str, Any]) -> Any:
        """The hook: keep the value, hand it on."""
        line, name, node = self.instrument.sites[site]
        if isinstance(value, (float, np.floating)):
            self.found.numbers.append(np.asarray(value, np.float64))
        elif _is_floating(value) and value.size > 0 and len(self.found.events) < MOST_EVENTS:
            reads = list(self._reads(site, node, local))
            self.found.events.append(Event(line, name, value.copy(), reads, isinstance(node, ast.AugAssign)))
            if name == "return":
                self._note_helper(line, value, local)
        return value

    def _reads(self, site: int, node: ast.stmt, local: dict[str, Any]) -> Iterator[np.ndarray]:
        if site not in self._pieces:
            self._pieces[site] = _read_pieces(node)
        for code in self._pieces[site]:
            try:
                piece = eval(code, {**self.program.namespace, **local})
            except Exception:
                continue
            if _is_floating(piece) and piece.size > 1:
                yield piece.copy()

    def _note_helper(self, line: int, value: np.ndarray, local: dict[str, Any]) -> None:
        for key, helper in self.helpers.items():
            argument: Any = local.get(helper.args.args[0].arg)
            inside = helper.lineno <= line <= (helper.end_lineno or 0) and key not in self.found.calls
            if inside and _is_floating(argument) and argument.shape == value.shape:
                self.found.calls[key] = CallOfHelper(helper, argument.copy(), value.copy())


def _is_floating(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _read_pieces(node: ast.stmt) -> list[CodeType]:
    """Code of the variables, entries and attributes that a statement reads."""
    found: dict[str, CodeType] = {}

    def visit(n: ast.AST) -> None:
        if isinstance(n, ast.Attribute) and n.attr == "T":
            visit(n.value)
        elif isinstance(n, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(n.ctx, ast.Load) and _is_variable(n):
            text = ast.unparse(n)
            with suppress(SyntaxError):
                found[text] = compile(text, "<piece>", "eval")
        elif isinstance(n, ast.Call):
            if isinstance(n.func, ast.Attribute):
                visit(n.func.value)
            for child in [*n.args, *n.keywords]:
                visit(child)
        else:
            for child in ast.iter_child_nodes(n):
                visit(child)

    value = getattr(node, "value", None)
    if value is not None:
        visit(value)
    return list(found.values())


def _is_variable(node: ast.expr) -> bool:
    """True for entries and attributes of a variable of the code, not of NumPy or of the hooks."""
    base = node
    while isinstance(base, (ast.Subscript, ast.Attribute)):
        base = base.value
    return isinstance(base, ast.Name) and base.id not in (NOTE, TAP, "np", "locals")
