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
    name: str
    site: int
    execution: int
    shape: tuple[int, ...]
    value: tuple[float, float]
    slopes: tuple[float, float] | None = None


def directions(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([11, *shape])
    return rng.standard_normal(shape), rng.standard_normal(shape)


def projections(value: np.ndarray) -> tuple[float, float]:
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
        array = strip(value)
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
    inputs = {}
    for name, value in trial.inputs.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            inputs[name] = value.astype(np.longdouble).view(Probe)
        else:
            inputs[name] = value
    return inputs


def derivative_by_tap(program: Program, forward: Any, inputs: dict[str, Any], taps: Taps, active: Any, refresh: Any) -> float:
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


def tapped_forward(program: Program) -> tuple[Taps, Any, Any]:
    taps = Taps()
    tree = copy.deepcopy(program.tree)
    instrument = Instrument(TAP)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name not in ("backward", "make_inputs"):
            node.body = [s for statement in node.body for s in listed(instrument.visit(statement))]
    ast.fix_missing_locations(tree)
    taps.names = [name for _, name, _ in instrument.sites] or ["?"]
    builtins = WIDENED.builtins()
    builtins[TAP] = taps
    namespace = program.with_tree(tree, builtins, WIDENED)

    def refresh() -> None:
        namespace.update({k: v for k, v in program.initial_state().items() if isinstance(v, (dict, list))})

    return taps, namespace["forward"], refresh if state_lines(program.tree) else lambda: None
