"""Gradient descent: which way is down, how far one may step, and which samples are used (lecture 3.7, 3.8).

The functions of one linear neuron take X (N, n) with samples as rows, y (N,), w (n,), b a scalar; everything is exact on fractions.
"""

from collections.abc import Sequence

import numpy as np

from .one_neuron import bias_derivative, weight_derivative
from .sigmas import SIGMAS

__all__ = [
    "batch_gradient",
    "combine",
    "cut",
    "descend",
    "directional_derivative",
    "epoch",
    "hessian",
    "iteration_matrix",
    "predicted_change",
    "sgd",
    "step_size_limit",
]

Array = np.ndarray


# --- 3.7 intuition -----------------------------------------------------------------------------------------------


def directional_derivative(gradient: Array, u: Array) -> Array:
    """D_u f = ∇fᵀu for a unit vector u; at most ‖∇f‖, reached at u = ∇f/‖∇f‖; (n,), (n,) -> scalar. Lecture 3.7.

    >>> round(float(directional_derivative(np.array([-12, 13]), np.array([3, 4]) / 5)), 12)
    3.2
    """
    return gradient @ u


def descend(theta: Array, gradient: Array, eta: Array) -> Array:
    """θ - η∇C, one step; the shape of θ. Lecture 3.7.

    >>> descend(np.array([10.0, 1.0]), np.array([10.0, 10.0]), 0.1)
    array([9., 0.])
    """
    return theta - eta * gradient


def predicted_change(gradient: Array) -> Array:
    """dC/dη at η = 0 of a step: -‖∇C‖², so that C changes by -η‖∇C‖² + O(η²); a scalar. Lecture 3.7.

    >>> predicted_change(np.array([-12, 13]))
    np.int64(-313)
    """
    return -(gradient * gradient).sum()


def hessian(X: Array) -> Array:
    """H = 1/N X̂ᵀX̂, X̂ = [X, 1]: second derivatives of the linear neuron's cost by (w, b); (n + 1, n + 1). Lecture 3.7.

    >>> 4 * hessian(np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]))
    array([[14., -3.,  2.],
           [-3.,  7.,  3.],
           [ 2.,  3.,  4.]])
    """
    augmented = np.concatenate([X, np.ones((len(X), 1), dtype=int)], axis=1)
    return augmented.T @ augmented / len(X)


def iteration_matrix(H: Array, eta: Array) -> Array:
    """∂(θ - η∇C)/∂θ = I - ηH: what a step does to the distance from the optimum of a quadratic; (n, n). Lecture 3.7.

    >>> iteration_matrix(np.array([[1, 0], [0, 10]]), 0.2)
    array([[ 0.8,  0. ],
           [ 0. , -1. ]])
    """
    return np.eye(len(H), dtype=int) - eta * H


def step_size_limit(H: Array) -> float:
    """2/λ_max(H): descent on a quadratic with Hessian H converges for 0 < η below it and diverges above. Lecture 3.7.

    >>> step_size_limit(np.array([[1.0, 0.0], [0.0, 10.0]]))
    0.2
    """
    return 2 / float(np.linalg.eigvalsh(np.asarray(H, float))[-1])


# --- 3.8 the algorithm -------------------------------------------------------------------------------------------

_LINEAR = SIGMAS["identity"]


def cut(order: Sequence[int], size: int) -> list[list[int]]:
    """The samples of an epoch, in this order, cut into batches of `size`; the last one may be smaller. Lecture 3.8.

    Raises ValueError for a size below 1.

    >>> cut([2, 0, 1], 2)
    [[2, 0], [1]]
    """
    if size < 1:
        raise ValueError(f"cut: size must be at least 1, got {size}. Use {len(order)} for full batches.")
    return [list(order[i : i + size]) for i in range(0, len(order), size)]


def epoch(rng: np.random.Generator, N: int) -> list[int]:
    """The N samples in a random order, each once: one pass over the data; cut it into batches. Lecture 3.8.

    >>> sorted(epoch(np.random.default_rng(0), 4))
    [0, 1, 2, 3]
    """
    return [int(i) for i in rng.permutation(N)]


def batch_gradient(X: Array, y: Array, w: Array, b: Array, batch: Sequence[int]) -> tuple[Array, Array]:
    """∂C_B/∂w (n,) and ∂C_B/∂b of the linear neuron: the average over this batch's own |B| samples. Lecture 3.8.

    >>> batch_gradient(np.array([[1, 2], [3, -1]]), np.array([4, 3]), np.array([2, 1]), -1, [1])
    (array([ 3., -1.]), np.float64(1.0))
    """
    rows = list(batch)
    return weight_derivative(X[rows], y[rows], w, b, _LINEAR), bias_derivative(X[rows], y[rows], w, b, _LINEAR)


def combine(gradients: Sequence[Array], sizes: Sequence[int]) -> Array:
    """The full gradient from batch gradients: Σ |B|/N ∇C_B; the plain mean is right for equal sizes only. Lecture 3.8.

    >>> combine([np.array([4.0]), np.array([1.0])], [3, 1])
    array([3.25])
    """
    weighted = [size * gradient for size, gradient in zip(sizes, gradients, strict=True)]
    return np.stack(weighted).sum(axis=0) / sum(sizes)


def sgd(X: Array, y: Array, w: Array, b: Array, batches: Sequence[Sequence[int]], eta: Array) -> tuple[Array, Array]:
    """w (n,) and b after one step for each batch; both parameters of a step start from the same old point. Lecture 3.8.

    >>> X, y = np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([4, 3, 1, 5])
    >>> w, b = sgd(X, y, np.array([2.0, 1.0]), -1.0, [[0, 1, 2, 3]], 0.1)
    >>> w.round(6), round(float(b), 6)
    (array([1.7  , 1.325]), -0.75)
    """
    for batch in batches:
        by_w, by_b = batch_gradient(X, y, w, b, batch)
        w, b = descend(w, by_w, eta), descend(b, by_b, eta)
    return w, b
