"""From the lecture's convention to the rest of gradref, and back.

| | the lecture | gradref |
|---|---|---|
| a batch | columns, X (n_0, m) | rows, x (m, n[0]) |
| biases | columns (n_l, 1) | vectors (n[l],) |
| error | δ^l = ∂C_x/∂z^l per sample | delta[l] = ∂C/∂z[l], the 1/m inside |
| weights and their gradient | (n_l, n_{l-1}) | the same |
"""

import numpy as np

from ..arrays import Batch, Parameters
from ..trace import Trace
from .c4_4_algorithm import Pass
from .sigmas import Array, Layers

__all__ = ["to_columns", "to_trace"]


def to_columns(parameters: Parameters, batch: Batch) -> tuple[Layers, Layers, Array, Array]:
    """W, b, X, Y in the lecture's convention: biases (n_l, 1), X (n_0, m), Y (n_L, m). The targets must be numbers.

    >>> W, b, X, Y = to_columns(Parameters([[[1, 2]]], [[3]]), Batch([[4.0, 5.0], [6.0, 7.0]], [[8.0], [9.0]]))
    >>> b[1].shape, X.shape, Y.shape
    ((1, 1), (2, 2), (1, 2))
    """
    return dict(parameters.W), {l: v[:, None] for l, v in parameters.b.items()}, batch.x.T, batch.y.T


def to_trace(found: Pass) -> Trace:
    """A pass of the lecture as a `Trace`: transposed, biases flat, and the 1/m of the cost moved into delta.

    >>> one = np.ones((1, 2))
    >>> found = Pass({1: one}, {0: one, 1: one}, {1: 4 * one}, {1: one[:, :1]}, {1: one[:, :1]}, 0.5)
    >>> to_trace(found).delta[1]
    array([[2.],
           [2.]])
    """
    m = found.a[0].shape[1]
    rows = lambda layers: {l: np.ascontiguousarray(v.T, float) for l, v in layers.items()}  # noqa: E731
    return Trace(
        a=rows(found.a),
        z=rows(found.z),
        delta={l: v / m for l, v in rows(found.delta).items()},
        dW={l: np.asarray(v, float) for l, v in found.dW.items()},
        db={l: np.asarray(v[:, 0], float) for l, v in found.db.items()},
        cost=float(found.cost),
        mode="lecture",
    )
