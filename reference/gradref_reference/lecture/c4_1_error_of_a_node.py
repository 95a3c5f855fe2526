"""The error of a node (lecture 4.1): δ^l_j = ∂C_x/∂z^l_j, what the cost of one sample does when z^l_j is pushed a little.

One sample is a column x (n_0, 1) with target y (n_L, 1), C_x = ½‖a^L - y‖²; `sigmas[l]` is the activation of layer l.
"""

import numpy as np

from .item import Item
from .networks import G1, G2, golden, net_claim
from .sigmas import Array, Layers, Sigmas

__all__ = [
    "ERROR",
    "ERROR_DEEP",
    "ITEM",
    "all_errors",
    "cost_after_injection",
    "error_of_a_node",
    "errors_of_a_layer",
    "first_order_change",
]


def cost_after_injection(W: Layers, b: Layers, x: Array, y: Array, sigmas: Sigmas, l: int, push: Array) -> Array:
    """C_x when `push` (n_l, 1) is added to z^l and everything later is computed again; a scalar. Lecture 4.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b, one = {1: np.array([[2.0]])}, {1: np.array([[0.0]])}, np.array([[1.0]])
    >>> float(cost_after_injection(W, b, one, one, {1: SIGMAS["square"]}, 1, np.array([[1.0]])))
    32.0
    """
    a = x
    for k in W:
        z = W[k] @ a + b[k]
        if k == l:
            z = z + push
        a = sigmas[k](z)
    return ((a - y) * (a - y)).sum() / 2


def first_order_change(W: Layers, b: Layers, x: Array, y: Array, sigmas: Sigmas, l: int, dz: Array) -> Array:
    """dC_x when z^l moves by dz (n_l, 1): the push is followed forward through every later layer. Lecture 4.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b, one = {1: np.array([[2.0]])}, {1: np.array([[0.0]])}, np.array([[1.0]])
    >>> float(first_order_change(W, b, one, one, {1: SIGMAS["square"]}, 1, np.array([[1.0]])))
    12.0
    """
    a, da = x, 0 * x
    for k in W:
        z = W[k] @ a + b[k]
        change = dz if k == l else W[k] @ da
        a, da = sigmas[k](z), sigmas[k].prime(z) * change
    return ((a - y) * da).sum()


def error_of_a_node(W: Layers, b: Layers, x: Array, y: Array, sigmas: Sigmas, l: int, j: int) -> Array:
    """δ^l_j, j = 1..n_l: the change of C_x per unit push into z^l_j; a scalar. Lecture 4.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2.0], [3.0]])}, {1: np.array([[0.0], [1.0]])}
    >>> float(error_of_a_node(W, b, np.array([[1.0]]), np.array([[1.0], [2.0]]), {1: SIGMAS["square"]}, 1, 2))
    112.0
    """
    unit = np.zeros((len(b[l]), 1), dtype=int)
    unit[j - 1] = 1
    return first_order_change(W, b, x, y, sigmas, l, unit)


def errors_of_a_layer(W: Layers, b: Layers, X: Array, Y: Array, sigmas: Sigmas, l: int) -> Array:
    """Δ^l: the error of every node of layer l for every sample, unscaled; X (n_0, m), Y (n_L, m) -> (n_l, m). Lecture 4.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2.0]])}, {1: np.array([[0.0]])}
    >>> errors_of_a_layer(W, b, np.array([[1.0, 2.0]]), np.array([[1.0, 15.0]]), {1: SIGMAS["square"]}, 1)
    array([[12.,  8.]])
    """
    nodes, samples = range(1, len(b[l]) + 1), range(X.shape[1])
    return np.array([[error_of_a_node(W, b, X[:, [i]], Y[:, [i]], sigmas, l, j) for i in samples] for j in nodes])


def all_errors(W, b, X, Y, sigmas):
    """Δ¹..Δ^L."""
    return tuple(errors_of_a_layer(W, b, X, Y, sigmas, l) for l in W)


ERROR, ERROR_DEEP = "δ^l_j = ∂C_x/∂z^l_j, σ = square", "the same, tanh-square-sigmoid"

ITEM = Item(
    id="4.1",
    title="The error of a node",
    timestamp="3:32:47",
    statement=r"\delta^l_j\equiv\frac{\partial C_x}{\partial z^l_j}",
    shapes="δ^l: (n_l, 1) for one sample; a batch Δ^l: (n_l, m), unscaled",
    conditions="C differentiable in z^l; everything after the push is computed again",
    functions=(cost_after_injection, first_order_change, error_of_a_node, errors_of_a_layer),
    claims=(
        net_claim(ERROR, "square", ("Δ¹", "Δ²"), (0, 1), all_errors, (golden(G1, *G1.delta), golden(G2, *G2.delta))),
        net_claim(ERROR_DEEP, "deep", ("Δ¹", "Δ²", "Δ³"), (0, 1, 2), all_errors),
    ),
)
