"""The cost of one neuron over N samples and its gradient (lecture 3.4 - 3.6); X (N, n) with rows x_iᵀ, y (N,), w (n,), b scalar."""

from typing import Any

import numpy as np

from .sigmas import Sigma

__all__ = ["augmented", "bias_derivative", "chain_of_two", "errors", "neuron_cost", "weight_derivative", "weighted_average"]

Array = np.ndarray


def errors(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """e_i = a_i - y_i; (N,). Lecture 3.4.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> errors(np.array([[1, 2], [3, -1]]), np.array([4, 3]), np.array([2, 1]), -1, SIGMAS["identity"])
    array([-1,  1])
    """
    return sigma(X @ w + b) - y


def neuron_cost(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """C = 1/(2N) Σ_i e_i², a scalar. Lecture 3.4.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> float(neuron_cost(np.array([[1, 2], [3, -1]]), np.array([4, 3]), np.array([2, 1]), -1, SIGMAS["identity"]))
    0.5
    """
    e = errors(X, y, w, b, sigma)
    return e @ e / (2 * len(y))


def weight_derivative(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """∂C/∂w = 1/N Σ_i e_i σ'(z_i) x_iᵀ = 1/N (e ⊙ σ'(z))ᵀ X; (n,). Lecture 3.4.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> X, y = np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([4, 3, 1, 5])
    >>> weight_derivative(X, y, np.array([2, 1]), -1, SIGMAS["square"])
    array([145.5, -41. ])
    """
    e = errors(X, y, w, b, sigma)
    return (e * sigma.prime(X @ w + b)) @ X / len(y)


def bias_derivative(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """∂C/∂b = 1/N Σ_i e_i σ'(z_i), a scalar: the weight formula with the constant input 1. Lecture 3.6.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> X, y = np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([4, 3, 1, 5])
    >>> float(bias_derivative(X, y, np.array([2, 1]), -1, SIGMAS["square"]))
    3.5
    """
    e = errors(X, y, w, b, sigma)
    return (e * sigma.prime(X @ w + b)).sum() / len(y)


def weighted_average(X: Array, weights: Array) -> Array:
    """1/N Σ_i (weight_i) x_i: what ∂C/∂w is, with weights e_i σ'(z_i); it lies in the span of the inputs; (n,). Lecture 3.5.

    >>> weighted_average(np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([-1, 1, -5, -5]))
    array([ 3.  , -3.25])
    """
    return (weights[:, None] * X).sum(axis=0) / len(X)


def augmented(X: Array, w: Array, b: Any) -> tuple[Array, Array]:
    """The bias trick: X̂ with a column of ones, ŵ = [w; b], so that X̂ŵ = Xw + b; (N, n + 1), (n + 1,). Lecture 3.6.

    >>> augmented(np.array([[1, 2], [3, 4]]), np.array([5, 6]), 7)
    (array([[1, 2, 1],
           [3, 4, 1]]), array([5, 6, 7]))
    """
    ones = np.ones((len(X), 1), dtype=int)
    return np.concatenate([X, ones], axis=1), np.append(w, b)


def chain_of_two(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any, sigma: Sigma) -> tuple[Array, ...]:
    """∂C/∂(w₁, b₁, w₂, b₂) of a chain of two single neurons and one sample, C = ½(a₂ - y)²; scalars. Lecture 3.4.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> chain_of_two(3, -1, -1, 7, 1, 6, SIGMAS["square"])
    (-72, -72, 72, 18)
    """
    z1 = w1 * x + b1
    a1 = sigma(z1)
    z2 = w2 * a1 + b2
    by_z2 = (sigma(z2) - y) * sigma.prime(z2)
    by_z1 = by_z2 * w2 * sigma.prime(z1)
    return by_z1 * x, by_z1, by_z2 * a1, by_z2
