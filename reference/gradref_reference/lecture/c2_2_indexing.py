"""Which weight is which (lecture 2.2): w^l_jk leads from neuron k of layer l-1 to neuron j of layer l; all indices start at 1."""

import numpy as np

from .c1_3_notation import GOLDEN_NET, W1, W2, sizes_of
from .item import Claim, Golden, Item
from .networks import net
from .sigmas import Array, Layers

__all__ = ["INDEX", "ITEM", "all_weights", "bias", "weight"]


def weight(W: Layers, l: int, j: int, k: int) -> Array:
    """w^l_jk, to neuron j of layer l from neuron k of layer l-1: the entry W[l][j-1, k-1]; a scalar. Lecture 2.2.

    The order j, k looks reversed, and it is why z^l = W^l a^{l-1} + b^l needs no transpose.

    >>> import numpy as np
    >>> W = {2: np.array([[1, 0, -1], [2, -1, 1]])}
    >>> weight(W, 2, 1, 3), weight(W, 2, 2, 1)
    (np.int64(-1), np.int64(2))
    """
    return W[l][j - 1, k - 1]


def bias(b: Layers, l: int, j: int) -> Array:
    """b^l_j, the bias of neuron j of layer l: the entry b[l][j-1, 0]; a scalar. Lecture 2.2.

    >>> import numpy as np
    >>> bias({1: np.array([[2], [-2], [3]])}, 1, 3)
    np.int64(3)
    """
    return b[l][j - 1, 0]


def all_weights(weight=weight, bias=bias):
    """Every w^l_jk and b^l_j of layers 1 and 2, read one by one by their indices."""

    def code(W, b, X):
        ns = sizes_of(W, b, X)
        out = []
        for l in (1, 2):
            out.append(np.array([[weight(W, l, j, k) for k in range(1, ns[l - 1] + 1)] for j in range(1, ns[l] + 1)]))
        for l in (1, 2):
            out.append(np.array([bias(b, l, j) for j in range(1, ns[l] + 1)]))
        return tuple(out)

    return code


def _true_weights(world, W, b, X):
    """w^l_jk is what a unit of a_k adds to z_j; b^l_j is z_j at a = 0."""
    out = []
    for l in (1, 2):
        a = world.array(np.ones(W[l].shape[1]))
        out.append(world.jacobian(lambda v, l=l: (W[l] @ v.reshape(-1, 1) + b[l]).reshape(-1), a))
    return *out, *((W[l] @ (0 * W[l][:1].T) + b[l]).reshape(-1) for l in (1, 2))


INDEX = "w^l_jk = ∂z^l_j/∂a^{l-1}_k, b^l_j = z^l_j at a = 0"

ITEM = Item(
    id="2.2",
    title="Weight and bias indexing",
    timestamp="0:44:36",
    statement=r"w^l_{jk}:\ \text{from neuron }k\text{ of layer }l-1\text{ to neuron }j\text{ of layer }l;\qquad"
    r" w^l_{jk}=\frac{\partial z^l_j}{\partial a^{l-1}_k}",
    shapes="j = 1..n_l, k = 1..n_{l-1}; W[l][j-1, k-1], b[l][j-1, 0]",
    conditions="none; the order j, k makes z^l = W^l a^{l-1} + b^l transpose-free",
    functions=(weight, bias),
    claims=(
        Claim(
            name=INDEX,
            inputs=("W", "b", "x"),
            outputs=("w¹_jk", "w²_jk", "b¹_j", "b²_j"),
            code=all_weights(),
            truth=_true_weights,
            draw=net(2, batch=False, targets=False),
            goldens=(Golden(GOLDEN_NET, (W1, W2, [2, -2, 3], [5, -3])),),
        ),
        Claim(
            name="w²₁₃ and w²₂₁ of G1",
            inputs=("W", "b", "x"),
            outputs=("w²₁₃", "w²₂₁"),
            code=lambda W, b, X: (weight(W, 2, 1, 3), weight(W, 2, 2, 1)),
            truth=lambda world, W, b, X: (
                world.jacobian(lambda a: W[2][0] @ a, world.array(np.zeros(W[2].shape[1])))[2],
                world.jacobian(lambda a: W[2][1] @ a, world.array(np.zeros(W[2].shape[1])))[0],
            ),
            draw=lambda rng, sizes: net(2, batch=False, targets=False)(rng, tuple(n + 1 for n in sizes)),
            goldens=(Golden(GOLDEN_NET, (-1, 2)),),
        ),
    ),
)
