"""The network as a JAX user writes it: pure functions of pytrees, `jax.nn` activations, losses per sample."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from gradref_reference import Network

__all__ = ["ACTIVATIONS", "cost_rows", "forward", "penalty"]

Arrays = dict[int, Array]

# kind -> (z, parameter) -> a; jax.nn.leaky_relu'(0) is 1, on the other side of the kink than PyTorch's
ACTIVATIONS: dict[str, Callable[[Array, float], Array]] = {
    "identity": lambda z, _: z,
    "square": lambda z, _: z * z,
    "sigmoid": lambda z, _: jax.nn.sigmoid(z),
    "tanh": lambda z, _: jnp.tanh(z),
    "relu": lambda z, _: jax.nn.relu(z),
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "softplus": lambda z, _: jax.nn.softplus(z),
    "silu": lambda z, _: jax.nn.silu(z),
    "gelu": lambda z, _: jax.nn.gelu(z, approximate=False),
    "gelu_tanh": lambda z, _: jax.nn.gelu(z, approximate=True),
    "softmax": lambda z, _: jax.nn.softmax(z, axis=-1),
}


def forward(network: Network, W: Arrays, b: Arrays, x: Array, e: Arrays | None = None) -> tuple[Arrays, Arrays]:
    """z[l] = a[l-1] W[l]ᵀ + b[l] (+ e[l]) and a[l] = σ(z[l]); works on a batch (m, n[0]) and on one sample (n[0],).

    The derivative of the cost with respect to a zero e[l] is δ[l].
    """
    a, z = {0: x}, {}
    for l, sigma in network.sigma.items():
        z[l] = a[l - 1] @ W[l].T + b[l]
        if e is not None:
            z[l] = z[l] + e[l]
        a[l] = ACTIVATIONS[sigma.kind](z[l], sigma.parameter or 0.0)
    return z, a


def cost_rows(network: Network, z: Array, a: Array, y: Array) -> Array:
    """The cost of each sample, as optax returns it: (m,) from z[L], a[L] (m, n[L]), or a scalar from those of one sample.

    C is their mean. y holds numbers, or integer labels for the cross-entropy.
    """
    match network.cost:
        case "quadratic":
            return 0.5 * jnp.sum((a - y) ** 2, axis=-1)
        case "mse_samples":
            return jnp.sum((a - y) ** 2, axis=-1)
        case "mse_elements":
            return jnp.mean((a - y) ** 2, axis=-1)
        case "cross_entropy" if jnp.issubdtype(y.dtype, jnp.integer):
            return -jnp.take_along_axis(jax.nn.log_softmax(z, axis=-1), y[..., None], axis=-1)[..., 0]
        case "cross_entropy":
            return -jnp.sum(y * jax.nn.log_softmax(z, axis=-1), axis=-1)
        case "binary_cross_entropy":
            return jnp.mean(_binary_entropy(z, y), axis=-1)
        case "nielsen_cross_entropy":
            return jnp.sum(_binary_entropy(z, y), axis=-1)
    raise NotImplementedError(network.cost)


def penalty(network: Network, W: Arrays) -> Array:
    """λ/2 Σ‖W‖², a term of its own as in the books."""
    return 0.5 * network.l2 * jnp.stack([jnp.sum(W[l] * W[l]) for l in W]).sum()


def _binary_entropy(z: Array, y: Array) -> Array:
    return -y * jax.nn.log_sigmoid(z) - (1 - y) * jax.nn.log_sigmoid(-z)
