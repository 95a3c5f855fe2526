"""Which weight is which (lecture 2.2): w^l_jk leads from neuron k of layer l-1 to neuron j of layer l; all indices start at 1."""

from .notation import Array, Layers

__all__ = ["bias", "weight"]


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
