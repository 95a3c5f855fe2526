"""The costs that a network's header can name, summed over the samples (columns)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ball import arb
from .duals import real_function
from .functions_of_one import FUNCTIONS

if TYPE_CHECKING:
    from .points import World

__all__ = ["sample_costs"]


def _log(x: Any) -> Any:
    return real_function(FUNCTIONS["log"], 0, x)


def sample_costs(kind: str, output: Any, target: Any, logits: Any, world: World) -> Any:
    """Σ over the samples of C_x."""
    if kind in ("quadratic", "squares", "mean squares"):
        residual = output - target
        factor = {"quadratic": arb(1) / 2, "squares": arb(1), "mean squares": arb(1) / output.shape[0]}[kind]
        return (residual * residual).sum() * factor
    pairs = list(zip(output.ravel(), target.ravel(), strict=True))
    if kind == "cross-entropy":
        return -sum((y * _log(a) for a, y in pairs), arb(0))
    if kind in ("binary", "mean binary"):
        total = -sum((y * _log(a) + (1 - y) * _log(1 - a) for a, y in pairs), arb(0))
        return total * (arb(1) / output.shape[0]) if kind == "mean binary" else total
    total = arb(0)
    for s in range(output.shape[1]):
        inner = arb(0)
        for k in range(output.shape[0]):
            first, second = world.weights("·C", 0, k)
            third, _ = world.weights("·C", 1, k)
            inner = inner + output[k, s] * first + output[k, s] * output[k, s] * second + output[k, s] * target[k, s] * third
        total = total + real_function(world.function("··C"), 0, inner)
    return total
