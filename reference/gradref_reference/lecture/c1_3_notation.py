"""Notation (lecture 1.3): layers are numbered 0..L, parameters belong to layers 1..L."""

import itertools
from collections.abc import Sequence

import numpy as np

from .item import VALUE, Claim, Golden, Item
from .networks import net
from .sigmas import SQUARE, Array, Layers, Sigma

__all__ = [
    "B1",
    "GOLDEN_NET",
    "ITEM",
    "W1",
    "W2",
    "bias_shapes",
    "both_shapes",
    "fed_forward",
    "feed_forward",
    "parameter_count",
    "sizes_of",
    "weight_shapes",
    "zeros",
]


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


W1, B1 = [[1, -1], [0, 2], [-2, 1]], [[2], [-2], [3]]
W2, B2 = [[1, 0, -1], [2, -1, 1]], [[5], [-3]]


def sizes_of(W, b, X):
    """n_0..n_L, read off the arrays."""
    return (len(X), *(len(b[l]) for l in b))


def both_shapes(W, b, X, weight_shapes=weight_shapes, bias_shapes=bias_shapes):
    """The shapes of W¹..W^L and of b¹..b^L by the two rules, (L, 2) each."""
    sizes = sizes_of(W, b, X)
    return np.array(weight_shapes(sizes)), np.array(bias_shapes(sizes))


def _true_shapes(world, W, b, X):
    """W^l as the derivative of z^l by a^{l-1}, and b^l as the shape of z^l, for a network built up from one sample."""
    of_W, of_b, a = [], [], X[:, :1]
    for l in W:
        J = world.jacobian(lambda v, l=l: W[l] @ v + b[l], a)
        of_W.append((J.shape[0], J.shape[2]))
        a = W[l] @ a + b[l]
        of_b.append(tuple(a.shape))
    return world.array(of_W), world.array(of_b)


def fed_forward(feed):
    """z¹, z² and a² of a network of squares by `feed(W, b, x, σ)`."""

    def code(W, b, X):
        z, a = feed(W, b, X, SQUARE)
        return z[1], z[2], a[2]

    return code


def _true_run(world, W, b, X):
    square = world.sigma("square")
    Z1 = world.linear(X.T, W[1], b[1].reshape(-1))
    Z2 = world.linear(square(Z1), W[2], b[2].reshape(-1))
    return Z1.T, Z2.T, square(Z2).T


GOLDEN_NET = ({1: W1, 2: W2}, {1: B1, 2: B2}, [[1], [2]])

ITEM = Item(
    id="1.3",
    title="Notation",
    timestamp="0:04:59",
    statement=r"a^l=\sigma^l(W^la^{l-1}+b^l),\quad l=1..L,\quad a^0=x",
    shapes="W^l: (n_l, n_{l-1}); b^l, z^l, a^l: (n_l, 1), a batch (n_l, m)",
    conditions="none; the input layer has no bias and no activation",
    functions=(weight_shapes, bias_shapes, parameter_count, zeros, feed_forward),
    claims=(
        Claim(
            name="shapes of W^l and b^l",
            inputs=("W", "b", "x"),
            outputs=("shapes of W", "shapes of b"),
            code=both_shapes,
            truth=_true_shapes,
            draw=net(3, targets=False),
            goldens=(Golden(GOLDEN_NET, ([[3, 2], [2, 3]], [[3, 1], [2, 1]])),),
        ),
        Claim(
            name="z^l and a^l, layer by layer",
            inputs=("W", "b", "x"),
            outputs=("z¹", "z²", "a²"),
            code=fed_forward(feed_forward),
            truth=_true_run,
            draw=net(2, batch=False, targets=False),
            goldens=(Golden(GOLDEN_NET, ([[1], [2], [3]], [[-3], [4]], [[9], [16]])),),
            skips=VALUE,
        ),
    ),
)
