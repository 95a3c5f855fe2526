"""A layer of neurons (lecture 2.3): one sample is a column, a batch is a matrix of columns."""

import numpy as np

from .c1_3_notation import B1, W1
from .draws import normal
from .item import VALUE, Claim, Golden, Item
from .sigmas import SQUARE, Array, Sigma

__all__ = ["COLUMNS", "ITEM", "ROWS", "layer", "layer_rows", "weighted_input"]


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


def _by_samples(world, W, b, A):
    """One sample after the other, each entry a sum over k, then σ."""
    Z = world.linear(A.T, W, b.reshape(-1)).T
    return Z, world.sigma("square")(Z)


_BATCH = [[1, 2, -1], [2, 0, 1]]
_Z = [[1, 4, 0], [2, -2, 0], [3, -1, 6]]
COLUMNS, ROWS = "Z = WA + b1ᵀ, A' = σ(Z)", "Z = XWᵀ + 1bᵀ"

ITEM = Item(
    id="2.3",
    title="A layer of neurons",
    timestamp="0:50:57",
    statement=r"z^l=W^la^{l-1}+b^l,\quad a^l=\sigma(z^l);\qquad Z^l=W^lA^{l-1}+b^l\mathbf 1_m^{\mathsf T}",
    shapes="(n_l, n_{l-1})(n_{l-1}, m) + (n_l, 1) → (n_l, m); rows: (m, n_{l-1}) → (m, n_l)",
    conditions="samples are columns; the same layer on rows is the transpose",
    functions=(weighted_input, layer, layer_rows),
    claims=(
        Claim(
            name=COLUMNS,
            inputs=("W", "b", "A"),
            outputs=("Z", "σ(Z)"),
            code=lambda W, b, A: (weighted_input(W, b, A), layer(W, b, A, SQUARE)),
            truth=_by_samples,
            draw=normal("p q", "p 1", "q r"),
            goldens=(
                Golden((W1, B1, [[1], [2]]), ([[1], [2], [3]], [[1], [4], [9]])),
                Golden((W1, B1, _BATCH), (_Z, None)),
                Golden(([[1, 2], [3, 4]], [[0], [0]], [[1], [10]]), ([[21], [43]], None)),
            ),
            skips=VALUE,
        ),
        Claim(
            name=ROWS,
            inputs=("W", "b", "X"),
            outputs=("Z",),
            code=layer_rows,
            truth=lambda world, W, b, X: world.linear(X, W, b),
            draw=normal("p q", "p", "r q"),
            goldens=(Golden((W1, [2, -2, 3], [[1, 2], [2, 0], [-1, 1]]), ([[1, 2, 3], [4, -2, -1], [0, 0, 6]],)),),
            skips=VALUE,
        ),
        Claim(
            name="∂z/∂a = W in every column",
            inputs=("W", "b", "A"),
            outputs=("∂z/∂a of the last column",),
            code=lambda W, b, A: W,
            truth=lambda world, W, b, A: world.jacobian(
                lambda a: (W @ (A + a.reshape(-1, 1)) + b)[:, -1], world.array(np.zeros(W.shape[1]))
            ),
            draw=normal("p q", "p 1", "q r"),
            goldens=(Golden((W1, B1, _BATCH), (W1,)),),
        ),
    ),
)
