"""Second opinions on a network's sheet: somebody else's gradients, in float64, beside the balls that lines are judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradref_reference import Batch, Network, Parameters

from .ball import precision
from .duals import primal
from .evaluate import Environment
from .model import Model
from .network import Plan
from .points import World
from .tree import Node, number

__all__ = ["Opinion", "SecondOpinion", "opinions_on"]

SecondOpinion = Callable[[Network, Parameters, Batch], Any]
"""(network, parameters, batch) -> a Trace, or anything with `dW`, `db` and `cost`."""

TOLERANCE = 1e-11
"""Largest relative difference of a float64 gradient of so small a network: some hundred roundings of 1.1e-16, and no more."""

_NAMES = {"·σ": None, "sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu", "softplus": "softplus", "identity": "identity",
          "softmax": "softmax", "square": "square", "silu": "silu", "gelu": "gelu"}  # fmt: skip
_COSTS = {"quadratic": "quadratic", "squares": "mse_samples", "mean squares": "mse_elements", "cross-entropy": "cross_entropy",
          "binary": "nielsen_cross_entropy", "mean binary": "binary_cross_entropy"}  # fmt: skip


@dataclass(frozen=True)
class Opinion:
    """What another implementation says: `largest` relative difference over all gradients, or the `reason` why there is none."""

    name: str
    agrees: bool | None
    largest: float = 0.0
    reason: str = ""

    def sentence(self) -> str:
        if self.agrees is None:
            return f"{self.name} gives no second opinion: {self.reason}"
        return f"{self.name} {'agrees' if self.agrees else 'DISAGREES'}: largest relative difference of a gradient {self.largest:.1e}."


def opinions_on(plan: Plan, model: Model, who: Mapping[str, SecondOpinion], seed: int) -> list[Opinion]:
    """Every opinion on the gradients of a plan's cost at one random point of a batch of three."""
    names = [_NAMES[a] for a in plan.activations]
    cost = _COSTS.get(plan.cost)
    if cost is None or None in names:
        reason = "the header leaves the activation or the cost open, and a framework needs both."
        return [Opinion(name, None, reason=reason) for name in who]
    widths = tuple(min(n, 5) for n in plan.sizes)
    sizes = {f"n_{l}": n for l, n in enumerate(widths)} | {str(model.batch): 3}
    with precision(256):
        ours, parameters, batch = _ours(plan, World(model, sizes, seed, 0, whole=False))
    network = Network(widths, [n for n in names if n], cost)
    return [_ask(name, ask, network, parameters, batch, ours) for name, ask in who.items()]


def _ours(plan: Plan, world: World) -> tuple[dict[str, np.ndarray], Parameters, Batch]:
    """Our gradients as float64, and the point they were taken at."""
    if plan.cost == "cross-entropy":
        world.properties["y"] = {"distribution"}
    if plan.cost in ("binary", "mean binary"):
        world.properties["y"] = {"positive", "distribution"}
    root, typer = Environment(world), world.model.elaborator()
    layers = range(1, plan.depth + 1)
    ours = {}
    for name in ("W", "b"):
        for l in layers:
            node = Node("deriv", (Node("cost"), Node("at", (number(l),), name)), "short")
            ours[f"d{name}{l}"] = _floats(root.of(typer.type(node)[1], {}))
    ours["C"] = _floats(root.value("C"))
    parameters = Parameters(
        [_floats(root.value(f"W^{l}")) for l in layers], [_floats(root.value(f"b^{l}"))[:, 0] for l in layers]
    )
    return ours, parameters, Batch(_floats(root.value("A^0")).T, _floats(root.value("y")).T)


def _floats(values: Any) -> np.ndarray:
    return np.array([[float(primal(v)) for v in row] for row in values])


def _ask(
    name: str, ask: SecondOpinion, network: Network, parameters: Parameters, batch: Batch, ours: dict[str, np.ndarray]
) -> Opinion:
    trace = ask(network, parameters, batch)
    theirs = {f"dW{l}": np.asarray(trace.dW[l]) for l in trace.dW} | {
        f"db{l}": np.asarray(trace.db[l])[:, None] for l in trace.db
    }
    theirs["C"] = np.array([[float(trace.cost)]])
    if any(theirs[k].shape != ours[k].shape for k in ours):
        return Opinion(name, False, float("inf"))
    largest = max(float(np.max(np.abs(theirs[k] - ours[k])) / max(np.max(np.abs(ours[k])), 1e-300)) for k in ours)
    return Opinion(name, bool(largest <= TOLERANCE), largest)
