"""The notation of a feed-forward network (lecture 1.3): layers are numbered 0..L, parameters belong to layers 1..L."""

import itertools
from collections.abc import Sequence

import numpy as np

from .sigmas import Sigma

__all__ = ["Layers", "bias_shapes", "feed_forward", "parameter_count", "weight_shapes", "zeros"]

Array = np.ndarray
Layers = dict[int, np.ndarray]
"""Arrays by layer: W[l] and b[l] for l = 1..L, z[l] for 1..L, a[l] for 0..L."""


def weight_shapes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Shapes of W¹..W^L: (n_l, n_{l-1}), rows are the layer's own neurons. Lecture 1.3.

    >>> weight_shapes([2, 3, 4])
    [(3, 2), (4, 3)]
    """
    return [(n, before) for before, n in itertools.pairwise(sizes)]


def bias_shapes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Shapes of b¹..b^L: (n_l, 1), columns; the input layer has none. Lecture 1.3.

    >>> bias_shapes([2, 3, 4])
    [(3, 1), (4, 1)]
    """
    return [(n, 1) for n in sizes[1:]]


def parameter_count(sizes: Sequence[int]) -> int:
    """Σ_l n_l (n_{l-1} + 1). Lecture 1.3.

    >>> [parameter_count(s) for s in [(2, 3, 2), (784, 30, 10), (784, 128, 64, 10)]]
    [17, 23860, 109386]
    """
    return sum(n * (before + 1) for before, n in itertools.pairwise(sizes))


def zeros(sizes: Sequence[int]) -> tuple[Layers, Layers]:
    """W and b of the right shapes, filled with zeros. Lecture 1.3.

    >>> zeros([2, 3])[1]
    {1: array([[0.],
           [0.],
           [0.]])}
    """
    W = {l: np.zeros(shape) for l, shape in enumerate(weight_shapes(sizes), start=1)}
    return W, {l: np.zeros(shape) for l, shape in enumerate(bias_shapes(sizes), start=1)}


def feed_forward(W: Layers, b: Layers, x: Array, sigma: Sigma) -> tuple[Layers, Layers]:
    """z^l = W^l a^{l-1} + b^l and a^l = σ(z^l) from a⁰ = x (n_0, m); dicts z, a of (n_l, m). Lecture 1.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> z, a = feed_forward({1: np.array([[1, -1]])}, {1: np.array([[3]])}, np.array([[1], [2]]), SIGMAS["square"])
    >>> z[1], a[1]
    (array([[2]]), array([[4]]))
    """
    a, z = {0: x}, {}
    for l in W:
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = sigma(z[l])
    return z, a
