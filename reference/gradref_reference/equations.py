"""The four equations of backpropagation (lecture 4.2.1-4.2.5; Nielsen ch. 2), on a batch of m rows.

`sigma.prime` is σ'(z) entry by entry, and `*` the Hadamard product ⊙; for softmax, whose entries depend on each other, it is the
Jacobian, and `*` the product with it (`activations.SoftmaxJacobian`). `sigma_prime` is σ'(z) where the forward pass has it already.

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
    """Error of the output layer: δ[L] = ∇_a C ⊙ σ'(z[L]); all (m, n[L])."""
    return nabla_a * sigma.prime(z, a, sigma_prime)


def bp2(W_next: Array, delta_next: Array, sigma: Activation, z: Array, a: Array, sigma_prime: Array | None = None) -> Array:
    """Error of a hidden layer: δ[l] = (δ[l+1] W[l+1]) ⊙ σ'(z[l]); (m, n[l+1]) (n[l+1], n[l]) -> (m, n[l])."""
    return delta_next.dot(W_next) * sigma.prime(z, a, sigma_prime)


def bp3(delta: Array) -> Array:
    """Gradient of a bias: ∂C/∂b[l] = Σ_samples δ[l]; (m, n[l]) -> (n[l],)."""
    return one_per_sample(delta).dot(delta)


def bp4(delta: Array, a_before: Array) -> Array:
    """Gradient of a weight: ∂C/∂W[l] = δ[l]ᵀ a[l-1]; (n[l], m) (m, n[l-1]) -> (n[l], n[l-1])."""
    return by_columns(delta.T, a_before)


def one_per_sample(delta: Array) -> Array:
    """(1, ..., 1), (m,). Its product with δ adds in blocks; NumPy's sum(axis=0) adds row after row: 1 % off at m = 1e6."""
    return _ones(len(delta), delta.dtype)


@lru_cache(maxsize=8)
def _ones(m: int, dtype: np.dtype) -> Array:
    ones = np.ones(m, dtype)
    ones.flags.writeable = False
    return ones
