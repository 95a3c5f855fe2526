"""Which lines of backward compute something that is provably right: its value is the true derivative of a forward quantity.

Every value that `forward` assigns is perturbed in turn, which gives the true derivative of the cost with respect to it along two
random directions. A value that `backward` assigns and that agrees with one of them, along both, is the derivative of that
quantity, whatever it is called. So is a value that `forward` computed too. The first line whose value is none of these while
everything it reads is, is where to look.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from ..guard import Failed
from ..probe import Probe, Settings, probing, strip
from ..program import Program, _rebuilt, copy_inputs
from ..proxies import widened_builtins
from ..trial import Trial
from ..truth import H
from .sites import Editable, editables, installed

__all__ = ["Innocence", "judge_lines"]

AGREE = 1e-9
DERIVATIVE, COPY = "it is the true derivative with respect to", "it is forward's"
TAP, NOTE = "__gradref_tap__", "__gradref_note__"


@dataclass
class Innocence:
    """`right[line]`: what its value is; `named[line]`: the forward quantity its name promises and its value is not."""

    right: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    scaled: dict[int, str] = field(default_factory=dict)
    first: set[int] = field(default_factory=set)


@dataclass
class _Quantity:
    name: str
    site: int
    execution: int
    shape: tuple[int, ...]
    value: tuple[float, float]
    slopes: tuple[float, float] | None = None


def _directions(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([11, *shape])
    return rng.standard_normal(shape), rng.standard_normal(shape)


def _projections(value: np.ndarray) -> tuple[float, float]:
    d = _directions(value.shape)
    return float(np.sum(value * d[0])), float(np.sum(value * d[1]))


class _Taps:
    """Called after every assignment of forward: records, or perturbs one of them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.counts: dict[int, int] = {}
        self.active: tuple[int, int, int] | None = None
        self.quantities: list[_Quantity] = []

    def __call__(self, site: int, value: Any) -> Any:
        if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
            return type(value)(self(site + 1000 * (i + 1), v) for i, v in enumerate(value))
        array = strip(value)
        if not isinstance(array, (np.ndarray, np.inexact)) or array.dtype.kind not in "fc" or np.size(array) == 0:
            return value
        execution = self.counts.get(site, 0)
        self.counts[site] = execution + 1
        if self.active is None:
            if len(self.quantities) < 2000:
                real = np.asarray(array.real, np.float64)
                self.quantities.append(_Quantity(self.names[site % 1000], site, execution, real.shape, _projections(real)))
            return value
        if self.active[:2] != (site, execution):
            return value
        direction = _directions(np.shape(array))[self.active[2]]
        moved = np.asarray(array).astype(np.clongdouble) + direction.astype(np.longdouble) * np.clongdouble(1j * H)
        return np.asarray(moved, np.clongdouble).view(Probe)


def judge_lines(program: Program, trial: Trial, seconds: float) -> Innocence:
    """Compare every assignment of backward with every quantity of forward, within a time."""
    found = Innocence()
    if trial.truth is None or not trial.truth._complex or trial.failure is not None:
        return found
    start = perf_counter()
    notes = _backward_values(program, trial)
    if not notes:
        return found
    taps, forward, refresh = _tapped_forward(program)
    inputs = _widened(trial)
    _call(program, forward, inputs, taps, None, refresh)
    shapes = {np.shape(v) for _, values in notes.values() for v in values}
    quantities = [q for q in taps.quantities if q.shape in shapes]
    quantities.sort(key=lambda q: q.execution)
    for q in quantities:
        if perf_counter() - start > seconds:
            break
        slopes = [_call(program, forward, inputs, taps, (q.site, q.execution, i), refresh) for i in (0, 1)]
        q.slopes = (slopes[0], slopes[1])
    _match(found, notes, [q for q in taps.quantities if q.shape in shapes], trial, alias_lines(program))
    return found


def _match(
    found: Innocence,
    notes: dict[tuple[int, str], tuple[set[str], list[Any]]],
    quantities: list[_Quantity],
    trial: Trial,
    aliases: set[int],
) -> None:
    by_shape: dict[tuple[int, ...], list[_Quantity]] = {}
    for q in quantities:
        by_shape.setdefault(q.shape, []).append(q)
    last_of: dict[str, int] = {}
    for line, name in notes:
        last_of[name] = max(line, last_of.get(name, 0))
    verdict: dict[int, list[str | None]] = {}
    for (line, name), (reads, values) in notes.items():
        answers = [_what_it_is(v, by_shape.get(np.shape(v), []), trial) for v in values]
        promised = _promised(name, by_shape, values)
        kept = promised is None or len(values) != 1 or answers[0] in (f"{DERIVATIVE} {promised}", f"{COPY} {promised}")
        if not kept and _holds(values[0], promised, by_shape):
            answers, kept = [f"{DERIVATIVE} {promised}"], True
        if not kept and last_of[name] == line:
            found.named[line] = promised or ""
            answers = [None]
        elif (line in aliases and promised is None) or (line in aliases and name in reads):
            answers = [None]  # a line that does nothing proves nothing
        scaled = [a for a in answers if a is not None and a.startswith("~")]
        if answers and all(a is not None and not a.startswith("~") for a in answers):
            verdict.setdefault(line, []).append(answers[0])
        else:
            verdict.setdefault(line, []).append(None)
            if scaled and len(scaled) == len(answers):
                found.scaled[line] = scaled[0][1:]
    for line, answers in verdict.items():
        if all(a is not None for a in answers):
            found.right[line] = answers[0] or ""
    right_names: set[str] = set()
    for (line, name), (reads, _) in sorted(notes.items(), key=lambda item: item[0][0]):
        if line in found.right:
            right_names.add(name)
            continue
        if reads and reads - {name} <= right_names | set(trial.inputs) and (name not in reads or name in right_names):
            found.first.add(line)
        right_names.discard(name)


def alias_lines(program: Program) -> set[int]:
    """Lines `x = y` of backward's functions: nothing is computed there, which is what a forgotten factor leaves behind."""
    return {
        node.lineno
        for editable in editables(program)
        for node in ast.walk(editable.node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and len(node.targets) == 1
    }


def _what_it_is(value: np.ndarray, quantities: list[_Quantity], trial: Trial) -> str | None:
    if not np.isfinite(value).all():
        return None
    p = _projections(value)
    size = [float(np.sum(np.abs(value * d))) for d in _directions(value.shape)]
    if not any(size):
        return None
    for q in quantities:
        if all(abs(p[i] - q.value[i]) <= AGREE * size[i] for i in (0, 1)):
            return f"{COPY} {q.name}"
    for q in quantities:
        if q.slopes is not None and all(abs(p[i] - q.slopes[i]) <= AGREE * size[i] for i in (0, 1)):
            return f"{DERIVATIVE} {q.name}"
    for name in trial.names:
        if np.shape(trial.inputs[name]) == value.shape and name not in trial.findings:
            if all(abs(float(np.sum(value * d)) - s.value) <= AGREE * float(np.sum(np.abs(value * d))) for d, s in trial.slopes(name)):
                return f"it is the gradient of {name}"
    if value.size > 1:
        for q in quantities:
            if q.slopes is not None and all(q.slopes):
                r = [p[i] / q.slopes[i] for i in (0, 1)]
                if abs(r[0] - r[1]) <= AGREE * abs(r[0]):
                    return f"~it is {r[0]:.6g} times the true derivative with respect to {q.name}"
    return None


def _holds(value: np.ndarray, name: str | None, by_shape: dict[tuple[int, ...], list[_Quantity]]) -> bool:
    """True when the value is the derivative with respect to any of the quantities called `name`."""
    p = _projections(value)
    size = [float(np.sum(np.abs(value * d))) for d in _directions(value.shape)]
    for q in by_shape.get(np.shape(value), []):
        if q.name == name and q.slopes is not None and all(abs(p[i] - q.slopes[i]) <= AGREE * size[i] for i in (0, 1)):
            return True
    return False


def _promised(name: str, by_shape: dict[tuple[int, ...], list[_Quantity]], values: list[Any]) -> str | None:
    """The forward quantity a name like dz1, grad_h or delta2 stands for, if forward has one of that shape."""
    plain = re.sub(r"^(grad_|nabla_|delta_?|g_|d_?)", "", name)
    if plain == name or not values:
        return None
    wanted = {plain, "z" + plain if plain.isdigit() else plain}
    for q in by_shape.get(np.shape(values[0]), []):
        if q.name in wanted and q.slopes is not None:
            return q.name
    return None


# --- running the two passes with eyes in them ---------------------------------------------------------------------


def _widened(trial: Trial) -> dict[str, Any]:
    inputs = {}
    for name, value in trial.inputs.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            inputs[name] = value.astype(np.longdouble).view(Probe)
        else:
            inputs[name] = value
    return inputs


def _call(program: Program, forward: Any, inputs: dict[str, Any], taps: _Taps, active: Any, refresh: Any) -> float:
    taps.counts.clear()
    taps.active = active
    refresh()
    with probing(Settings()):
        try:
            result = program.call(forward, copy_inputs(inputs))
        except Failed:
            return np.nan
    number = np.asarray(strip(result))
    if number.size != 1 or number.dtype.kind not in "fc":
        return np.nan
    return float(number.reshape(()).imag / np.longdouble(H)) if number.dtype.kind == "c" else 0.0


class _Instrument(ast.NodeTransformer):
    """Wraps what is assigned or returned in a call of `hook`; after in-place changes the variable itself."""

    def __init__(self, hook: str):
        self.hook, self.sites = hook, []

    def _site(self, name: str, node: ast.stmt) -> ast.Constant:
        self.sites.append((node.lineno, name, node))
        return ast.Constant(len(self.sites) - 1)

    def _call(self, site: ast.Constant, value: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(self.hook, ast.Load()), [site, value], [])

    def visit_Assign(self, node):
        if len(node.targets) == 1:
            name = _name_of(node.targets[0])
            node.value = self._call(self._site(name, node), node.value)
        return node

    def visit_AugAssign(self, node):
        base = node.target
        while isinstance(base, (ast.Subscript, ast.Attribute)):
            base = base.value
        if isinstance(base, ast.Name):
            stored = ast.Assign([ast.Name(base.id, ast.Store())], self._call(self._site(_name_of(node.target), node), ast.Name(base.id, ast.Load())))
            return [node, stored] if isinstance(node.target, ast.Name) else [node, ast.Expr(stored.value)]
        return node

    def visit_Return(self, node):
        if node.value is not None:
            node.value = self._call(self._site("return", node), node.value)
        return node

    def visit_Lambda(self, node):
        return node


def _name_of(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript):
        return _name_of(target.value) + "[]"
    return "(...)"


def _tapped_forward(program: Program) -> tuple[_Taps, Any, Any]:
    taps = _Taps()
    tree = copy.deepcopy(program.tree)
    instrument = _Instrument(TAP)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name not in ("backward", "make_inputs"):
            node.body = [s for statement in node.body for s in _listed(instrument.visit(statement))]
    ast.fix_missing_locations(tree)
    taps.names = [name for _, name, _ in instrument.sites] or ["?"]
    builtins = widened_builtins()
    builtins[TAP] = taps
    if program._given is None:
        namespace = program._execute(tree, builtins)
    else:
        namespace = _rebuilt(program.namespace)
        namespace["__builtins__"] = builtins
        body = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name in namespace]
        exec(compile(ast.Module(body, []), program.filename, "exec"), namespace)

    def refresh() -> None:
        for key, value in program._state.items():
            if not callable(value) and isinstance(value, (dict, list)):
                namespace[key] = copy.deepcopy(namespace[key]) if program._given is None and key not in program._state else copy.deepcopy(value)

    return taps, namespace["forward"], (lambda: None) if not _keeps_state(program) else refresh


def _keeps_state(program: Program) -> bool:
    from .source import state_lines

    return bool(state_lines(program.tree))


def _listed(x: Any) -> list[ast.stmt]:
    return x if isinstance(x, list) else [x]


def _backward_values(program: Program, trial: Trial) -> dict[tuple[int, str], tuple[set[str], list[Any]]]:
    """(line, name) -> (names the line reads, values it had), from one run of backward."""
    notes: dict[tuple[int, str], tuple[set[str], list[Any]]] = {}
    instrument = _Instrument(NOTE)

    def note(site: int, value: Any) -> Any:
        line, name, node = instrument.sites[site]
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0:
            reads = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)} - {NOTE}
            values = notes.setdefault((line, name), (reads, []))[1]
            if len(values) < 12:
                values.append(value.copy())
        return value

    try:
        with instrumented(program, instrument, note):
            program.backward(trial.inputs)
    except (Failed, SyntaxError, ValueError, TypeError):
        return {}
    return notes


@contextmanager
def instrumented(program: Program, instrument: _Instrument, hook: Any) -> Iterator[None]:
    """Backward's functions with `hook` called after every assignment."""
    contexts = []
    try:
        program.namespace[instrument.hook] = hook
        for editable in editables(program):
            copied = copy.deepcopy(editable.node)
            copied.body = [s for statement in copied.body for s in _listed(instrument.visit(statement))]
            ast.fix_missing_locations(copied)
            context = installed(program, Editable(copied, editable.owner, editable.shared))
            context.__enter__()
            contexts.append(context)
        yield
    finally:
        for context in reversed(contexts):
            context.__exit__(None, None, None)
        program.namespace.pop(instrument.hook, None)
