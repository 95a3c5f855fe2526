"""Parts III and IV are the same derivative (lecture 4.3): the explicit chain of Jacobians, and the four equations.

Both work on one sample: x (n_0, 1), y (n_L, 1), columns.
"""

import numpy as np

from .layer_jacobian import jacobian_by_rows
from .notation import Array, Layers
from .sigmas import Sigma

__all__ = ["bias_chain", "error_row", "weight_chain"]


def _forward(W: Layers, b: Layers, x: Array, sigmas: dict[int, Sigma]) -> tuple[Layers, Layers]:
    z, a = {}, {0: x}
    for l in W:
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = sigmas[l](z[l])
    return z, a


def error_row(W: Layers, b: Layers, x: Array, y: Array, sigmas: dict[int, Sigma], l: int) -> Array:
    """∂C_x/∂z^l = (a^L - y)ᵀ Σ'(z^L) W^L ⋯ W^{l+1} Σ'(z^l), a row times matrices from left to right; (1, n_l). Lecture 4.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2, -1, 3]])}, {1: np.array([[2]])}
    >>> error_row(W, b, np.array([[1], [4], [2]]), np.array([[33]]), {1: SIGMAS["square"]}, 1)
    array([[36]])
    """
    z, a = _forward(W, b, x, sigmas)
    L = len(W)
    row = (a[L] - y).T @ np.diag(sigmas[L].prime(z[L])[:, 0])
    for k in range(L - 1, l - 1, -1):
        row = row @ W[k + 1] @ np.diag(sigmas[k].prime(z[k])[:, 0])
    return row


def weight_chain(W: Layers, b: Layers, x: Array, y: Array, sigmas: dict[int, Sigma], l: int) -> Array:
    """∂C_x/∂vec(W^l) = ∂C_x/∂z^l (I ⊗ (a^{l-1})ᵀ), back in the shape of W^l (n_l, n_{l-1}). Lecture 4.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2, -1, 3]])}, {1: np.array([[2]])}
    >>> weight_chain(W, b, np.array([[1], [4], [2]]), np.array([[33]]), {1: SIGMAS["square"]}, 1)
    array([[ 36, 144,  72]])
    """
    _, a = _forward(W, b, x, sigmas)
    row = error_row(W, b, x, y, sigmas, l)
    return (row @ jacobian_by_rows(a[l - 1][:, 0], len(W[l]))).reshape(W[l].shape)


def bias_chain(W: Layers, b: Layers, x: Array, y: Array, sigmas: dict[int, Sigma], l: int) -> Array:
    """∂C_x/∂b^l = ∂C_x/∂z^l · I, as a column (n_l, 1). Lecture 4.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2, -1, 3]])}, {1: np.array([[2]])}
    >>> bias_chain(W, b, np.array([[1], [4], [2]]), np.array([[33]]), {1: SIGMAS["square"]}, 1)
    array([[36]])
    """
    return error_row(W, b, x, y, sigmas, l).T
