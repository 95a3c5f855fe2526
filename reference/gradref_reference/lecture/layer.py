"""A layer of neurons (lecture 2.3): one sample is a column, a batch is a matrix of columns."""

import numpy as np

from .sigmas import Sigma

__all__ = ["layer", "layer_rows", "weighted_input"]

Array = np.ndarray


def weighted_input(W: Array, b: Array, A: Array) -> Array:
    """Z = W A + b 1ᵀ; (n, n_before), (n, 1), (n_before, m) -> (n, m). Lecture 2.3.

    >>> weighted_input(np.array([[1, -1], [0, 2], [-2, 1]]), np.array([[2], [-2], [3]]), np.array([[1, 2], [2, 0]]))
    array([[ 1,  4],
           [ 2, -2],
           [ 3, -1]])
    """
    return W @ A + b


def layer(W: Array, b: Array, A: Array, sigma: Sigma) -> Array:
    """σ(W A + b 1ᵀ), the activations of a layer; (n, n_before), (n, 1), (n_before, m) -> (n, m). Lecture 2.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> layer(np.array([[1, -1]]), np.array([[2]]), np.array([[1, 2], [2, 0]]), SIGMAS["square"])
    array([[ 1, 16]])
    """
    return sigma(weighted_input(W, b, A))


def layer_rows(W: Array, b: Array, X: Array) -> Array:
    """X Wᵀ + 1 bᵀ, the same layer for samples as rows; (n, n_before), (n,), (m, n_before) -> (m, n). Lecture 2.3.

    >>> layer_rows(np.array([[1, -1], [0, 2]]), np.array([2, -2]), np.array([[1, 2]]))
    array([[1, 2]])
    """
    return X @ W.T + b
