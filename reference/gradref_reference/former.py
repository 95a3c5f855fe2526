"""BP1 and BP2 as they were called before: with σ, z and a in the place of σ'(z). Kept for one version, with a warning."""

import warnings
from functools import wraps

import numpy as np

from . import equations
from .activations import Activation

__all__ = ["bp1", "bp2"]

Array = np.ndarray


@wraps(equations.bp1)
def bp1(nabla_a: Array, sigma_prime: Array | Activation, *former: Array) -> Array:
    if isinstance(sigma_prime, Activation):
        return _through(sigma_prime, nabla_a, *former)
    return equations.bp1(nabla_a, sigma_prime)


@wraps(equations.bp2)
def bp2(W_next: Array, delta_next: Array, sigma_prime: Array | Activation, *former: Array) -> Array:
    if isinstance(sigma_prime, Activation):
        return _through(sigma_prime, delta_next @ W_next, *former)
    return equations.bp2(W_next, delta_next, sigma_prime)


def _through(sigma: Activation, v: Array, z: Array, a: Array, sigma_prime: Array | None = None) -> Array:
    message = "bp1, bp2: the last argument must be σ'(z), got an activation, z and a. Write activation.derivative(z, a)."
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return sigma.pullback(v, z, a)
