"""JAX's contestant in `gradref bench gradients`: the compiled gradient. Op by op it takes 20 ms on the smallest network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradref_reference import Network

from .network import cost_rows, forward

__all__ = ["contestants"]

Layers = dict[int, np.ndarray]
Contestant = tuple[Callable[[], Any], Callable[[Any], tuple[float, Layers, Layers]]]


def contestants(network: Network, W: Layers, b: Layers, x: np.ndarray, y: np.ndarray) -> dict[str, Contestant]:
    """name -> (the call to time, a reader of its result as C, dW, db)."""
    L, double = network.L, x.dtype == np.float64

    def objective(parameters: tuple[Any, Any], X: jax.Array, Y: jax.Array) -> jax.Array:
        z, a = forward(network, *parameters, X)
        return jnp.mean(cost_rows(network, z[L], a[L], Y))

    with jax.enable_x64(double):
        given = ({l: jnp.asarray(v) for l, v in W.items()}, {l: jnp.asarray(v) for l, v in b.items()})
        X, Y = jnp.asarray(x), jnp.asarray(y)
        compiled = jax.jit(jax.value_and_grad(objective)).lower(given, X, Y).compile()

    def jit() -> Any:
        return jax.block_until_ready(compiled(given, X, Y))

    def read(result: Any) -> tuple[float, Layers, Layers]:
        C, (dW, db) = result
        return float(C), {l: np.asarray(v) for l, v in dW.items()}, {l: np.asarray(v) for l, v in db.items()}

    return {"jax jit": (jit, read)}
