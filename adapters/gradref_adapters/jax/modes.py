"""Three ways to differentiate in JAX: `jax.grad` as it stands, under `jax.jit`, and per example by `jax.vmap`.

Siblings: each takes (network, W, b, x, y) and returns a `Result`. With `look=False` δ is left out and z and a are
not returned: what a user does, and the gradients must come out the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from gradref_reference import Network

from ..running import Result
from .network import Arrays, cost_rows, forward, penalty

__all__ = ["MODES", "forget_compiled"]


def grad(network: Network, W: Arrays, b: Arrays, x: Array, y: Array, look: bool = True) -> Result[Array]:
    """`jax.grad` of the batch cost; δ[l] is the derivative with respect to a zero added to z[l]."""

    def objective(W: Arrays, b: Arrays, e: Arrays | None):
        z, a = forward(network, W, b, x, e)
        C = jnp.mean(cost_rows(network, z[network.L], a[network.L], y))
        if network.l2:
            C = C + penalty(network, W)
        return C, (C, z, a) if look else (C, {}, {})

    if not look:
        (dW, db), seen = jax.grad(objective, argnums=(0, 1), has_aux=True)(W, b, None)
        return Result(dW, db, {}, *seen)
    (dW, db, delta), seen = jax.grad(objective, argnums=(0, 1, 2), has_aux=True)(W, b, _zeros(b, x.shape[:-1], x.dtype))
    return Result(dW, db, delta, *seen)


@partial(jax.jit, static_argnames=("network", "look"))
def jit(network: Network, W: Arrays, b: Arrays, x: Array, y: Array, look: bool = True) -> Result[Array]:
    """`grad`, compiled by XLA as one program. JAX keeps one program per network, shapes and dtype; the numbers are arguments."""
    return grad(network, W, b, x, y, look)


def vmap(network: Network, W: Arrays, b: Arrays, x: Array, y: Array, look: bool = True) -> Result[Array]:
    """The gradient of each sample's share C_x/m, compiled, then summed over the batch: what clipping per sample starts from."""
    *gradients, delta, C, z, a = per_example(network, W, b, x, y, look)
    dW, db, C = _summed((*gradients, C))
    if network.l2:  # the penalty belongs to the batch, not to a sample
        C = C + penalty(network, W)
        shrink = jax.grad(partial(penalty, network))(W)
        dW = {l: dW[l] + shrink[l] for l in dW}
    return Result(dW, db, delta, C, z, a)


@partial(jax.jit, static_argnames=("network", "look"))
def per_example(network: Network, W: Arrays, b: Arrays, x: Array, y: Array, look: bool = True) -> Result[Array]:
    """`jax.vmap` of `jax.grad`: dW (m, n[l], n[l-1]), db (m, n[l]), δ[l] (m, n[l]), C (m,), z and a."""
    m = len(x)

    def objective(W: Arrays, b: Arrays, e: Arrays | None, x: Array, y: Array):
        z, a = forward(network, W, b, x, e)
        C = cost_rows(network, z[network.L], a[network.L], y) / m
        return C, (C, z, a) if look else (C, {}, {})

    if not look:
        gradients = jax.vmap(jax.grad(objective, argnums=(0, 1), has_aux=True), in_axes=(None, None, None, 0, 0))
        (dW, db), seen = gradients(W, b, None, x, y)
        return Result(dW, db, {}, *seen)
    gradients = jax.vmap(jax.grad(objective, argnums=(0, 1, 2), has_aux=True), in_axes=(None, None, 0, 0, 0))
    (dW, db, delta), seen = gradients(W, b, _zeros(b, x.shape[:-1], x.dtype), x, y)
    return Result(dW, db, delta, *seen)


@jax.jit
def _summed(per_sample):
    """Every array of a pytree summed over its first axis, the batch."""
    return jax.tree.map(partial(jnp.sum, axis=0), per_sample)


MODES: dict[str, Callable[..., Result[Array]]] = {"grad": grad, "jit": jit, "vmap": vmap}


def forget_compiled() -> None:
    """Drop every compiled program of these modes."""
    for function in (jit, per_example, _summed):
        function.clear_cache()  # pyright: ignore[reportAttributeAccessIssue]


def _zeros(b: Arrays, samples: tuple[int, ...], dtype) -> Arrays:
    """A zero for each z[l], (m, n[l]); XLA removes the addition, so the traced program stays the user's."""
    return {l: jnp.zeros((*samples, len(b[l])), dtype) for l in b}
