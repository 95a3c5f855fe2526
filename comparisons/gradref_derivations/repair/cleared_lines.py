"""Which lines of backward compute something that is provably right: its value is the true derivative of a forward quantity.

Every value that `forward` assigns is perturbed in turn, which gives the true derivative of the cost with respect to it along two
random directions. A value that `backward` assigns and that agrees with one of them, along both, is the derivative of that
quantity, whatever it is called. So is a value that `forward` computed too. The first line whose value is none of these while
everything it reads is, is where to look.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from ..findings.trial import Trial
from ..program.editable import editables
from ..program.guard import Failed
from ..program.instrument import NOTE, Instrument, instrumented
from ..program.program import Program
from .helpers import CallOfHelper, judge_helpers
from .quantities import TAP, Quantity, derivative_by_tap, directions, projections, tapped_forward, widened

__all__ = ["Innocence", "alias_lines", "judge_lines"]


AGREE = 1e-9  # relative: equal up to the rounding of float64 code
DERIVATIVE, COPY = "it is the true derivative with respect to", "it is forward's"


@dataclass
class Innocence:
    """`right[line]`: what its value is, in a `share[line]` of its executions; `named[line]`: the forward quantity its name promises
    and its value is not."""

    right: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    scaled: dict[int, str] = field(default_factory=dict)
    first: set[int] = field(default_factory=set)
    share: dict[int, float] = field(default_factory=dict)


@dataclass
class _Event:
    """One execution of one assignment: its value and the arrays it read."""

    line: int
    name: str
    value: np.ndarray
    reads: list[np.ndarray]
    in_place: bool


def judge_lines(program: Program, trial: Trial, seconds: float) -> Innocence:
    """Compare every assignment of backward with every quantity of forward, within a time."""
    found = Innocence()
    if trial.truth is None or not trial.truth.analytic or trial.failure is not None:
        return found
    start = perf_counter()
    events, calls = _backward_events(program, trial)
    taps, forward, refresh = tapped_forward(program)
    inputs = widened(trial)
    derivative_by_tap(program, forward, inputs, taps, None, refresh)
    shapes = {np.shape(e.value) for e in events} | {np.shape(r) for e in events for r in e.reads}
    quantities = sorted((q for q in taps.quantities if q.shape in shapes), key=lambda q: q.execution)
    for q in quantities:
        if perf_counter() - start > seconds:
            break
        slopes = [derivative_by_tap(program, forward, inputs, taps, (q.site, q.execution, i), refresh) for i in (0, 1)]
        q.slopes = (slopes[0], slopes[1])
    _judge_events(found, events, quantities, trial, alias_lines(program))
    judge_helpers(found, program, calls)
    return found


def _judge_events(found: Innocence, events: list[_Event], quantities: list[Quantity], trial: Trial, aliases: set[int]) -> None:
    """A line that turns right values into a right one is right; one that turns right values into something else is suspect."""
    by_shape: dict[tuple[int, ...], list[Quantity]] = {}
    for q in quantities:
        by_shape.setdefault(q.shape, []).append(q)
    known: dict[tuple, str | None] = {}
    inputs = {v.tobytes() for v in trial.inputs.values() if isinstance(v, np.ndarray)}

    def status(value: np.ndarray) -> str | None:
        key = (value.shape, value.tobytes())
        if key not in known:
            given = key[1] in inputs or not value.any()
            known[key] = "it is given" if given else _what_it_is(value, by_shape.get(value.shape, []), trial)
        return known[key]

    last_of: dict[str, int] = {}
    for e in events:
        last_of[e.name] = max(e.line, last_of.get(e.name, 0))

    def answer_of(e: _Event) -> str | None:
        promised = promise_of(e)
        if promised is not None:
            return f"{DERIVATIVE} {promised}" if _holds(e.value, promised, by_shape) else None
        answer = status(e.value)
        if answer is not None and answer.startswith("~"):  # a multiple of the truth is right if it was one before
            same = [status(r) for r in e.reads]
            return answer[1:] if any(r is not None and r.split(" times")[0] == answer.split(" times")[0] for r in same) else None
        return None if e.line in aliases else answer  # a line that computes nothing proves nothing

    def promise_of(e: _Event) -> str | None:
        return _promised(e.name, by_shape, e.value) if last_of[e.name] == e.line else None

    def carries_back(e: _Event) -> bool:
        """True for lines of the backward pass proper; forward's quantities may have other names, or none."""
        named = re.match(r"(d|grad|delta|g_|nabla|err)", e.name) is not None
        return named or promise_of(e) is not None or any(DERIVATIVE in (status(r) or "") for r in e.reads)

    for e in events:  # what a right value was made of is right
        if answer_of(e) is not None:
            for r in e.reads:
                key = (r.shape, r.tobytes())
                if status(r) is None:
                    known[key] = "something right was made of it"
    clear: dict[int, str] = {}
    suspect: dict[int, str] = {}
    for e in events:
        answer = answer_of(e)
        reads_right = all((status(r) or "~")[0] != "~" for r in e.reads)
        if answer is not None:
            clear.setdefault(e.line, answer)
        elif reads_right and e.reads and (last_of[e.name] == e.line or e.name == "return") and carries_back(e):
            suspect.setdefault(e.line, promise_of(e) or "")
    _blame_the_common_source(events, clear, suspect, {e.line for e in events if promise_of(e) is not None})
    for line, promised in suspect.items():
        found.first.add(line)
        if promised:
            found.named[line] = promised
    for line, answer in clear.items():
        if line not in suspect:
            found.right[line] = answer
            own = [e for e in events if e.line == line and not e.in_place]
            found.share[line] = sum(answer_of(e) is not None for e in own) / len(own) if own else 1.0


def _blame_the_common_source(events: list[_Event], clear: dict[int, str], suspect: dict[int, str], promising: set[int]) -> None:
    """One mistake only: several lines that break their promise, all reading one value whose name promises nothing, share its fault.

    A forgotten factor leaves the true derivative of the next quantity behind, which looks right until it is used.
    """
    broken = {line for line, promised in suspect.items() if promised}
    if len(broken) < 2:
        return
    made: dict[tuple, int] = {}
    readers: dict[int, set[int]] = {}
    for e in events:
        for r in e.reads:
            line = made.get((r.shape, r.tobytes()))
            if line is not None and e.line in broken and line != e.line:
                readers.setdefault(line, set()).add(e.line)
        made[(e.value.shape, e.value.tobytes())] = e.line
    sources = [line for line, who in readers.items() if len(who) >= 2 and line in clear and line not in promising]
    for line in sources:
        if "derivative" in clear[line] or "made of it" in clear[line]:
            suspect[line] = clear.pop(line)
            for other in readers[line]:
                suspect.pop(other, None)


def alias_lines(program: Program) -> set[int]:
    """Lines `x = y` of backward's functions: nothing is computed there, which is what a forgotten factor leaves behind."""
    return {
        node.lineno
        for editable in editables(program)
        for node in ast.walk(editable.node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and len(node.targets) == 1
        if node.value.id not in {a.arg for a in editable.node.args.args}
    }


def _what_it_is(value: np.ndarray, quantities: list[Quantity], trial: Trial) -> str | None:
    if not np.isfinite(value).all():
        return None
    p = projections(value)
    size = [float(np.sum(np.abs(value * d))) for d in directions(value.shape)]
    if not any(size):
        return None
    for q in quantities:
        if all(abs(p[i] - q.value[i]) <= AGREE * size[i] for i in (0, 1)):
            return f"{COPY} {q.name}"
    for q in quantities:
        if q.slopes is not None and all(abs(p[i] - q.slopes[i]) <= AGREE * size[i] for i in (0, 1)):
            return f"{DERIVATIVE} {q.name}"
    for name in trial.names:
        if (
            np.shape(trial.inputs[name]) == value.shape
            and name not in trial.findings
            and all(
                abs(float(np.sum(value * d)) - s.value) <= AGREE * float(np.sum(np.abs(value * d))) for d, s in trial.slopes(name)
            )
        ):
            return f"it is the gradient of {name}"
    if value.size > 1:
        for q in quantities:
            if q.slopes is not None and all(q.slopes):
                r = [p[i] / q.slopes[i] for i in (0, 1)]
                if abs(r[0] - r[1]) <= AGREE * abs(r[0]):
                    return f"~it is {r[0]:.6g} times the true derivative with respect to {q.name}"
    return None


def _holds(value: np.ndarray, name: str | None, by_shape: dict[tuple[int, ...], list[Quantity]]) -> bool:
    """True when the value is the derivative with respect to any of the quantities called `name`."""
    p = projections(value)
    size = [float(np.sum(np.abs(value * d))) for d in directions(value.shape)]
    for q in by_shape.get(np.shape(value), []):
        if q.name == name and q.slopes is not None and all(abs(p[i] - q.slopes[i]) <= AGREE * size[i] for i in (0, 1)):
            return True
    return False


def _promised(name: str, by_shape: dict[tuple[int, ...], list[Quantity]], value: np.ndarray) -> str | None:
    """The forward quantity a name like dz1, grad_h or delta2 stands for, if forward has one of that shape."""
    plain = re.sub(r"^(grad_|nabla_|delta_?|g_|d_?)", "", name)
    if plain == name:
        return None
    wanted = {plain, plain + "[]", plain + "s[]", "z" + plain if plain.isdigit() else plain}
    return next((q.name for q in by_shape.get(value.shape, []) if q.name in wanted and q.slopes is not None), None)


def _backward_events(program: Program, trial: Trial) -> tuple[list[_Event], dict[str, CallOfHelper]]:
    """Every assignment of one run of backward, and one call of every helper of one array."""
    events: list[_Event] = []
    instrument = Instrument(NOTE)
    pieces: dict[int, list[Any]] = {}
    own = {e.node.name: e.node for e in editables(program) if not e.shared and e.owner is None}
    helpers = {k: n for k, n in own.items() if k != "backward" and len(n.args.args) - len(n.args.defaults) == 1}
    calls: dict[str, CallOfHelper] = {}

    def note(site: int, value: Any, local: dict[str, Any]) -> Any:
        line, name, node = instrument.sites[site]
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0 and len(events) < 400:
            if site not in pieces:
                pieces[site] = _read_pieces(node)
            reads = []
            for code in pieces[site]:
                try:
                    piece = eval(code, {**program.namespace, **local})
                except Exception:
                    continue
                if isinstance(piece, np.ndarray) and piece.dtype.kind == "f" and piece.size > 1:
                    reads.append(piece.copy())
            events.append(_Event(line, name, value.copy(), reads, isinstance(node, ast.AugAssign)))
            if name == "return":
                for key, helper in helpers.items():
                    argument = local.get(helper.args.args[0].arg)
                    inside = helper.lineno <= line <= (helper.end_lineno or 0) and key not in calls
                    if (
                        inside
                        and isinstance(argument, np.ndarray)
                        and argument.shape == value.shape
                        and argument.dtype.kind == "f"
                    ):
                        calls[key] = CallOfHelper(helper, argument.copy(), value.copy())
        return value

    program.refresh()
    try:
        with instrumented(program, instrument, note):
            if trial.cached:
                program.forward(trial.inputs)
            program.backward(trial.inputs)
    except (Failed, SyntaxError, ValueError, TypeError):
        return [], {}
    finally:
        program.refresh()
    return events, calls


def _read_pieces(node: ast.stmt) -> list[Any]:
    """Code of the variables, entries and attributes that a statement reads."""
    found: dict[str, Any] = {}

    def visit(n: ast.AST) -> None:
        if isinstance(n, ast.Attribute) and n.attr == "T":
            visit(n.value)
            return
        if isinstance(n, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(getattr(n, "ctx", None), ast.Load):
            base = n
            while isinstance(base, (ast.Subscript, ast.Attribute)):
                base = base.value
            if isinstance(base, ast.Name) and base.id not in (NOTE, TAP, "np", "locals"):
                text = ast.unparse(n)
                with suppress(SyntaxError):
                    found[text] = compile(text, "<piece>", "eval")
                return
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute):
            visit(n.func.value)
        elif isinstance(n, ast.Call):
            pass
        for child in ast.iter_child_nodes(n):
            if not (isinstance(n, ast.Call) and child is n.func):
                visit(child)

    value = getattr(node, "value", None)
    if value is not None:
        visit(value)
    return list(found.values())
