"""Equation 4, the gradient of any weight (lecture 4.2.4), for one entry and one sample."""

import numpy as np

from .c4_2_3_bias_gradient import passed_back
from .item import Item
from .networks import G1, G2, golden, net_claim
from .sigmas import Array

__all__ = ["BOTH", "DEEP3", "EQ4", "ITEM", "entries", "eq4", "weight_gradient_entry"]


def weight_gradient_entry(delta: Array, a_before: Array, j: int, k: int) -> Array:
    """∂C_x/∂w^l_jk = a^{l-1}_k δ^l_j, activation in times error out, one sample, j and k from 1; a scalar. Lecture 4.2.4.

    >>> weight_gradient_entry(np.array([[-6], [-16]]), np.array([[1], [4], [9]]), 1, 3)
    np.int64(-54)
    """
    return a_before[k - 1, 0] * delta[j - 1, 0]


def eq4(equation):
    """∂C/∂W^1..∂C/∂W^L, each by `equation(l, Δ, a, z)`."""

    def gradients(W, b, X, Y, sigmas):
        z, a, deltas = passed_back(W, b, X, Y, sigmas)
        return tuple(equation(l, deltas, a, z) for l in W)

    return gradients


def entries(entry=weight_gradient_entry):
    """∂C/∂W^l built from single entries of single samples, averaged."""

    def equation(l, deltas, a, z):
        (n, m), before = deltas[l].shape, len(a[l - 1])
        pairs = [(deltas[l][:, [x]], a[l - 1][:, [x]]) for x in range(m)]
        return np.array([[sum(entry(d, v, j, k) for d, v in pairs) / m for k in range(1, before + 1)] for j in range(1, n + 1)])

    return eq4(equation)


EQ4 = "∂C/∂w^l_jk = mean of a^{l-1}_k δ^l_j, σ = square"
BOTH, DEEP3 = ("∂C/∂W¹", "∂C/∂W²"), ("∂C/∂W¹", "∂C/∂W²", "∂C/∂W³")

ITEM = Item(
    id="4.2.4",
    title="Equation 4: any weight",
    timestamp="4:10:55",
    statement=r"\frac{\partial C_x}{\partial w^l_{jk}}=a^{l-1}_k\,\delta^l_j",
    shapes="a scalar for each j = 1..n_l, k = 1..n_{l-1}",
    conditions="activation in times error out: a small a^{l-1}_k or a saturated σ'(z^l_j) learns slowly",
    functions=(weight_gradient_entry,),
    claims=(
        net_claim(EQ4, "square", BOTH, (2, 3), entries(), (golden(G1, *G1.dW), golden(G2, *G2.dW))),
        net_claim("the same, tanh-square-sigmoid", "deep", DEEP3, (3, 4, 5), entries()),
    ),
)
