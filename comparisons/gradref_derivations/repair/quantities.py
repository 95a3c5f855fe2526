"""The true derivative of the cost with respect to everything `forward` assigns, along two random directions each."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..findings.trial import Trial
from ..program.guard import Failed
from ..program.instrument import Instrument, listed
from ..program.program import Program, copy_inputs
from ..program.source import state_lines
from ..truth.probe import Probe, Settings, probing, strip
from ..truth.proxies import WIDENED
from ..truth.truth import H

__all__ = ["TAP", "Quantity", "Taps", "derivative_by_tap", "directions", "projections", "tapped_forward", "widened"]

TAP = "__gradref_tap__"


@dataclass
class Quantity:
    """One value of one run of forward: its projections on two directions, and the derivatives of the cost along them.

    Without a `name` it is the argument of a call.
    """

    name: str
    site: int
    execution: int
    shape: tuple[int, ...]
    value: tuple[float, float]
    slopes: tuple[float, float] | None = None


def directions(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Two random directions of a shape, always the same."""
    rng = np.random.default_rng([11, *shape])
    return rng.standard_normal(shape), rng.standard_normal(shape)


def projections(value: np.ndarray) -> tuple[float, float]:
    """What a value is along the two directions of its shape."""
    d = directions(value.shape)
    return float(np.sum(value * d[0])), float(np.sum(value * d[1]))


class Taps:
    """Called after every assignment of forward: records, or perturbs one of them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.counts: dict[int, int] = {}
        self.active: tuple[int, int, int] | None = None
        self.quantities: list[Quantity] = []

    def __call__(self, site: int, value: Any, local: Any = None) -> Any:
        if isinstance(value, (tuple, list)) and type(value) in (tuple, list):
            return type(value)(self(site + 1000 * (i + 1), v) for i, v in enumerate(value))
        array: Any = strip(value)
        array = np.float64(array) if type(array) is float else array
        if not isinstance(array, (np.ndarray, np.inexact)) or array.dtype.kind not in "fc" or np.size(array) == 0:
            return value
        execution = self.counts.get(site, 0)
        self.counts[site] = execution + 1
        if self.active is None:
            if len(self.quantities) < 2000:
                real = np.asarray(array.real, np.float64)
                self.quantities.append(Quantity(self.names[site % 1000], site, execution, real.shape, projections(real)))
            return value
        if self.active[:2] != (site, execution):
            return value
        direction = directions(np.shape(array))[self.active[2]]
        moved = np.asarray(array).astype(np.clongdouble) + direction.astype(np.longdouble) * np.clongdouble(1j * H)
        return np.asarray(moved, np.clongdouble).view(Probe)


def widened(trial: Trial) -> dict[str, Any]:
    """The inputs of a trial so that they carry complex numbers."""
    inputs = {}
    for name, value in trial.inputs.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            inputs[name] = value.astype(np.longdouble).view(Probe)
        else:
            inputs[name] = value
    return inputs


def derivative_by_tap(program: Program, forward: Any, inputs: dict[str, Any], taps: Taps, active: Any, refresh: Any) -> float:
    """The derivative of the cost along one direction of one quantity, `active` = (site, execution, direction); NaN where there is none."""
    taps.counts.clear()
    taps.active = active
    refresh()
    with probing(Settings()):
        try:
            result = program.call(forward, copy_inputs(inputs))
        except Failed:
            return np.nan
    number: Any = np.asarray(strip(result))
    if number.size != 1 or number.dtype.kind not in "fc":
        return np.nan
    return float(number.reshape(()).imag / np.longdouble(H)) if number.dtype.kind == "c" else 0.0


def _tapped(statement: ast.stmt, instrument: Instrument) -> list[ast.stmt]:
    """A statement with its taps; functions inside a function are reached on their own."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement]
    return listed(instrument.visit(_Arguments(instrument).visit(statement)))


class _Arguments(ast.NodeTransformer):
    """Taps on the arguments of calls, which are quantities too: z in tanh(x @ W)."""

    def __init__(self, instrument: Instrument):
        self.instrument = instrument

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """The call with its composed arguments tapped."""
        self.generic_visit(node)
        for i, argument in enumerate(node.args):
            if isinstance(argument, (ast.BinOp, ast.UnaryOp, ast.Call)) and not isinstance(argument, ast.Constant):
                self.instrument.sites.append((node.lineno, "", node))
                site = ast.Constant(len(self.instrument.sites) - 1)
                node.args[i] = ast.Call(ast.Name(TAP, ast.Load()), [site, argument], [])
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        """Lambdas stay as they are."""
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Functions are reached on their own."""
        return node


def tapped_forward(program: Program) -> tuple[Taps, Any, Any]:
    """The taps of a program, its forward pass with them in it, and what puts its globals back before a run."""
    taps = Taps()
    tree = copy.deepcopy(program.tree)
    instrument = Instrument(TAP)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name not in ("backward", "make_inputs"):
            node.body = [s for statement in node.body for s in _tapped(statement, instrument)]
    ast.fix_missing_locations(tree)
    taps.names = [name for _, name, _ in instrument.sites] or ["?"]
    builtins = WIDENED.builtins()
    builtins[TAP] = taps
    namespace = program.with_tree(tree, builtins, WIDENED)

    def refresh() -> None:
        namespace.update({k: v for k, v in program.initial_state().items() if isinstance(v, (dict, list))})

    return taps, namespace["forward"], refresh if state_lines(program.tree) else lambda: None
