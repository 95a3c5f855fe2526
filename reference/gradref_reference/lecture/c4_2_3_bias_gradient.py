"""Equation 3, the gradient of any bias (lecture 4.2.3): here and in equation 4 only enters the 1/m of the cost."""

from .c4_2_1_output_error import output_error
from .c4_2_2_hidden_error import hidden_error
from .item import Item
from .networks import G1, G2, forward, golden, net_claim
from .sigmas import Array

__all__ = ["EQ3", "ITEM", "ONE", "bias_gradient", "eq3", "passed_back"]


def bias_gradient(Delta: Array) -> Array:
    """∂C/∂b^l = 1/m Δ^l 1_m, the mean of the columns; (n_l, m) -> (n_l, 1). Lecture 4.2.3.

    >>> import numpy as np
    >>> bias_gradient(np.array([[2.0, 4.0], [1.0, 0.0]]))
    array([[3. ],
           [0.5]])
    """
    return Delta.sum(axis=1, keepdims=True) / Delta.shape[1]


def passed_back(W, b, X, Y, sigmas):
    """z, a and Δ^1..Δ^L by equations 1 and 2."""
    z, a = forward(W, b, X, sigmas)
    L = len(W)
    deltas = {L: output_error(a[L] - Y, z[L], sigmas[L])}
    for l in range(L - 1, 0, -1):
        deltas[l] = hidden_error(W[l + 1], deltas[l + 1], z[l], sigmas[l])
    return z, a, deltas


def eq3(equation=lambda D, A: bias_gradient(D)):
    """∂C/∂b^1..∂C/∂b^L, each by `equation(Δ^l, A^{l-1})`."""

    def gradients(W, b, X, Y, sigmas):
        _, a, deltas = passed_back(W, b, X, Y, sigmas)
        return tuple(equation(deltas[l], a[l - 1]) for l in W)

    return gradients


EQ3, _EQ3_DEEP = "∂C/∂b^l = 1/m Δ^l 1, σ = square", "the same, tanh-square-sigmoid"
ONE = "the same, one sample"

ITEM = Item(
    id="4.2.3",
    title="Equation 3: any bias",
    timestamp="4:03:23",
    statement=r"\frac{\partial C_x}{\partial b^l_j}=\delta^l_j,\qquad \frac{\partial C}{\partial b^l}=\frac1m\Delta^l\mathbf 1_m",
    shapes="(n_l, m) → (n_l, 1)",
    conditions="Δ^l per sample, unscaled",
    functions=(bias_gradient,),
    claims=(
        net_claim(EQ3, "square", ("∂C/∂b¹", "∂C/∂b²"), (4, 5), eq3(), (golden(G1, *G1.db), golden(G2, *G2.db))),
        net_claim(_EQ3_DEEP, "deep", ("∂C/∂b¹", "∂C/∂b²", "∂C/∂b³"), (6, 7, 8), eq3()),
        net_claim(ONE, "square", ("∂C/∂b¹", "∂C/∂b²"), (4, 5), eq3(), (golden(G1, *G1.db),), one_sample=True),
    ),
)
