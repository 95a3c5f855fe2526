"""The four equations of backpropagation (lecture 4.2.1-4.2.5; Nielsen ch. 2), on a batch of m rows.

δ[l] = ∂C/∂z[l] carries the batch factor of the cost, as automatic differentiation returns it; the lecture's per-sample δ is
m times this (see `gradref_reference.lecture`).
"""

from functools import lru_cache

import numpy as np

from .activations import Activation
from .products import by_columns

__all__ = ["bp1", "bp2", "bp3", "bp4"]

Array = np.ndarray


def bp1(nabla_a: Array, sigma: Activation, z: Array, a: Array, sigma_prime: Array | None = None) -> Array:
    """Error of the output layer: δ[L] = ∇_a C ⊙ σ'(z[L]); all (m, n[L]). For softmax the product with its Jacobian."""
    return sigma.pullback(nabla_a, z, a, sigma_prime)


def bp2(W_next: Array, delta_next: Array, sigma: Activation, z: Array, a: Array, sigma_prime: Array | None = None) -> Array:
    """Error of a hidden layer: δ[l] = (δ[l+1] W[l+1]) ⊙ σ'(z[l]); (m, n[l+1]) (n[l+1], n[l]) -> (m, n[l])."""
    return sigma.pullback(delta_next.dot(W_next), z, a, sigma_prime)


def bp3(delta: Array) -> Array:
    """Gradient of a bias: ∂C/∂b[l] = Σ_samples δ[l]; (m, n[l]) -> (n[l],)."""
    return _ones(len(delta), delta.dtype).dot(delta)  # NumPy's sum(axis=0) would add row after row: 1 % off at m = 1e6


def bp4(delta: Array, a_before: Array) -> Array:
    """Gradient of a weight: ∂C/∂W[l] = δ[l]ᵀ a[l-1]; (n[l], m) (m, n[l-1]) -> (n[l], n[l-1])."""
    return by_columns(delta.T, a_before)


@lru_cache(maxsize=8)
def _ones(m: int, dtype: np.dtype) -> Array:
    ones = np.ones(m, dtype)
    ones.flags.writeable = False
    return ones
