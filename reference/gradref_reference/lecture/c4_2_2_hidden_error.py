"""Equation 2, the error of any layer (lecture 4.2.2; Nielsen ch. 2), per entry, per sample and for a batch of columns."""

import numpy as np

from .c4_2_1_output_error import output_error
from .item import Item
from .networks import G1, G2, GATE, KINK, forward, golden, net_claim
from .sigmas import Array, Sigma

__all__ = ["EQ2", "EQ2_DEEP", "EQ2_RELU", "ITEM", "eq2", "hidden_error", "hidden_error_entry"]


def hidden_error(W_next: Array, delta_next: Array, z: Array, sigma: Sigma) -> Array:
    """δ^l = ((W^{l+1})ᵀ δ^{l+1}) ⊙ σ'(z^l); (n_l, n_{l+1})(n_{l+1}, m) ⊙ (n_l, m). Lecture 4.2.2.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W2, z1 = np.array([[1, 0, -1], [2, -1, 1]]), np.array([[1], [2], [3]])
    >>> hidden_error(W2, np.array([[-6], [-16]]), z1, SIGMAS["square"])
    array([[-76],
           [ 64],
           [-60]])
    """
    return (W_next.T @ delta_next) * sigma.prime(z)


def hidden_error_entry(W_next: Array, delta_next: Array, z: Array, sigma: Sigma, j: int) -> Array:
    """δ^l_j = Σ_k w^{l+1}_kj δ^{l+1}_k σ'(z^l_j), j = 1..n_l, one sample; a scalar. Lecture 4.2.2.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W2, z1 = np.array([[1, 0, -1], [2, -1, 1]]), np.array([[1], [2], [3]])
    >>> hidden_error_entry(W2, np.array([[-6], [-16]]), z1, SIGMAS["square"], 1)
    np.int64(-76)
    """
    arriving = sum(W_next[k, j - 1] * delta_next[k, 0] for k in range(len(delta_next)))
    return arriving * sigma.prime(z[j - 1, 0])


def _right(l, W, deltas, z, a, sigmas):
    return hidden_error(W[l + 1], deltas[l + 1], z[l], sigmas[l])


def eq2(equation=_right, last=output_error):
    """Δ^1..Δ^{L-1}, each by `equation(l, W, deltas, z, a, sigmas)`."""

    def hidden_errors(W, b, X, Y, sigmas):
        z, a = forward(W, b, X, sigmas)
        L = len(W)
        deltas = {L: last(a[L] - Y, z[L], sigmas[L])}
        for l in range(L - 1, 0, -1):
            deltas[l] = equation(l, W, deltas, z, a, sigmas)
        return tuple(deltas[l] for l in range(1, L))

    return hidden_errors


def _entry_by_entry(l, W, deltas, z, a, sigmas):
    n, m = z[l].shape
    columns = [(deltas[l + 1][:, [x]], z[l][:, [x]]) for x in range(m)]
    return np.array([[hidden_error_entry(W[l + 1], d, v, sigmas[l], j) for d, v in columns] for j in range(1, n + 1)])


EQ2, EQ2_DEEP, EQ2_RELU = "δ^l = (W^{l+1}ᵀδ^{l+1}) ⊙ σ'(z^l), σ = square", "the same, tanh-square-sigmoid", "the same, relu"

ITEM = Item(
    id="4.2.2",
    title="Equation 2: the error of any layer",
    timestamp="3:46:41",
    statement=r"\delta^l=\left((W^{l+1})^{\mathsf T}\delta^{l+1}\right)\odot\sigma'(z^l),\qquad "
    r"\delta^l_j=\sum_kw^{l+1}_{kj}\delta^{l+1}_k\,\sigma'(z^l_j)",
    shapes="(n_l, n_{l+1})(n_{l+1}, m) ⊙ (n_l, m)",
    conditions="σ^l element-wise; W^{l+1} before its update",
    functions=(hidden_error, hidden_error_entry),
    claims=(
        net_claim(EQ2, "square", ("Δ¹",), (0,), eq2(), (golden(G1, G1.delta[0]), golden(G2, G2.delta[0]))),
        net_claim("δ^l_j = Σ_k w_kj δ_k σ'(z_j)", "square", ("Δ¹",), (0,), eq2(_entry_by_entry), (golden(G1, G1.delta[0]),)),
        net_claim(EQ2_DEEP, "deep", ("Δ¹", "Δ²"), (0, 1), eq2()),
        net_claim(EQ2_RELU, "relu", ("Δ¹",), (0,), eq2(), (golden(GATE, GATE.delta[0]), golden(KINK, KINK.delta[0]))),
    ),
)
