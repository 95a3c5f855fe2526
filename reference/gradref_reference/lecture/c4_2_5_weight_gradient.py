"""Equation 4 for whole matrices and batches (lecture 4.2.5): Δ^l (n_l, m) holds one δ^l in each column."""

import numpy as np

from .c4_2_4_weight_gradient_entry import BOTH, DEEP3, eq4
from .item import Item
from .networks import G1, G2, GS, golden, net_claim
from .sigmas import Array

__all__ = ["EQ4V", "EQ4V_ONE", "ITEM", "of_batch", "weight_gradient", "weight_gradient_by_samples"]


def weight_gradient(Delta: Array, A_before: Array) -> Array:
    """∂C/∂W^l = 1/m Δ^l (A^{l-1})ᵀ; (n_l, m)(m, n_{l-1}) -> (n_l, n_{l-1}). Lecture 4.2.5.

    >>> weight_gradient(np.array([[-76], [64], [-60]]), np.array([[1], [2]]))
    array([[ -76., -152.],
           [  64.,  128.],
           [ -60., -120.]])
    """
    return Delta @ A_before.T / Delta.shape[1]


def weight_gradient_by_samples(Delta: Array, A_before: Array) -> Array:
    """1/m Σ_x δ^l_x (a^{l-1}_x)ᵀ, one outer product for each sample; (n_l, m), (n_{l-1}, m). Lecture 4.2.5.

    >>> weight_gradient_by_samples(np.array([[2, 4]]), np.array([[1, 3], [0, 1]]))
    array([[7., 2.]])
    """
    m = Delta.shape[1]
    return sum(np.outer(Delta[:, x], A_before[:, x]) for x in range(m)) / m


def of_batch(formula=weight_gradient):
    """∂C/∂W^l by `formula(Δ^l, A^{l-1})`."""
    return eq4(lambda l, deltas, a, z: formula(deltas[l], a[l - 1]))


def _as_rows(l, deltas, a, z):
    """The row-batch form: samples are rows, 1/m Δᵀ A."""
    D, A = deltas[l].T, a[l - 1].T
    return D.T @ A / len(D)


EQ4V, EQ4V_ONE = "∂C/∂W^l = 1/m Δ^l A^{l-1}ᵀ, σ = square", "the same, one sample"

ITEM = Item(
    id="4.2.5",
    title="Vectorising equation 4",
    timestamp="4:18:25",
    statement=r"\frac{\partial C}{\partial W^l}=\frac1m\Delta^l(A^{l-1})^{\mathsf T}=\frac1m\sum_x\delta^l_x(a^{l-1}_x)^{\mathsf T}",
    shapes="(n_l, m)(m, n_{l-1}) → (n_l, n_{l-1})",
    conditions="Δ^l per sample, unscaled; a loop over samples, and the row form, give the same",
    functions=(weight_gradient, weight_gradient_by_samples),
    claims=(
        net_claim(EQ4V, "square", BOTH, (2, 3), of_batch(), (golden(G1, *G1.dW), golden(G2, *G2.dW))),
        net_claim("the same, sigmoid", "sigmoid", BOTH, (2, 3), of_batch(), (golden(GS, *GS.dW),)),
        net_claim("the same, tanh-square-sigmoid", "deep", DEEP3, (3, 4, 5), of_batch()),
        net_claim(
            "1/m Σ_x δ_x a_xᵀ",
            "square",
            BOTH,
            (2, 3),
            of_batch(weight_gradient_by_samples),
            (golden(G1, *G1.dW), golden(G2, *G2.dW)),
        ),
        net_claim("rows: 1/m Δᵀ A", "square", BOTH, (2, 3), eq4(_as_rows), (golden(G2, *G2.dW),)),
        net_claim(EQ4V_ONE, "square", BOTH, (2, 3), of_batch(), (golden(G1, *G1.dW),), one_sample=True),
    ),
)
