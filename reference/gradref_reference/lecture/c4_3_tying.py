"""Parts III and IV are the same derivative (lecture 4.3): the explicit chain of Jacobians, and the four equations.

Both work on one sample: x (n_0, 1), y (n_L, 1), columns.
"""

import numpy as np

from .c3_4_weight_derivative import weight_derivative
from .c3_6_bias_derivative import bias_derivative
from .c3_9_layer_jacobian import jacobian_by_rows
from .c4_4_algorithm import backpropagation
from .item import Claim, Golden, Item
from .networks import G1, GRADIENTS, NAMES, forward, net_claim, truth_of
from .sigmas import SIGMAS, Array, Layers, Sigma

__all__ = ["CHAIN", "FOUR", "ITEM", "bias_chain", "chain", "error_row", "part_four", "weight_chain"]


def error_row(W: Layers, b: Layers, x: Array, y: Array, sigmas: dict[int, Sigma], l: int) -> Array:
    """∂C_x/∂z^l = (a^L - y)ᵀ Σ'(z^L) W^L ⋯ W^{l+1} Σ'(z^l), a row times matrices from left to right; (1, n_l). Lecture 4.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2, -1, 3]])}, {1: np.array([[2]])}
    >>> error_row(W, b, np.array([[1], [4], [2]]), np.array([[33]]), {1: SIGMAS["square"]}, 1)
    array([[36]])
    """
    z, a = forward(W, b, x, sigmas)
    L = len(W)
    row = (a[L] - y).T @ np.diag(sigmas[L].prime(z[L])[:, 0])
    for k in range(L - 1, l - 1, -1):
        row = row @ W[k + 1] @ np.diag(sigmas[k].prime(z[k])[:, 0])
    return row


def weight_chain(W: Layers, b: Layers, x: Array, y: Array, sigmas: dict[int, Sigma], l: int) -> Array:
    """∂C_x/∂vec(W^l) = ∂C_x/∂z^l (I ⊗ (a^{l-1})ᵀ), back in the shape of W^l (n_l, n_{l-1}). Lecture 4.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2, -1, 3]])}, {1: np.array([[2]])}
    >>> weight_chain(W, b, np.array([[1], [4], [2]]), np.array([[33]]), {1: SIGMAS["square"]}, 1)
    array([[ 36, 144,  72]])
    """
    _, a = forward(W, b, x, sigmas)
    row = error_row(W, b, x, y, sigmas, l)
    return (row @ jacobian_by_rows(a[l - 1][:, 0], len(W[l]))).reshape(W[l].shape)


def bias_chain(W: Layers, b: Layers, x: Array, y: Array, sigmas: dict[int, Sigma], l: int) -> Array:
    """∂C_x/∂b^l = ∂C_x/∂z^l · I, as a column (n_l, 1). Lecture 4.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b = {1: np.array([[2, -1, 3]])}, {1: np.array([[2]])}
    >>> bias_chain(W, b, np.array([[1], [4], [2]]), np.array([[33]]), {1: SIGMAS["square"]}, 1)
    array([[36]])
    """
    return error_row(W, b, x, y, sigmas, l).T


def chain(weight=weight_chain, bias=bias_chain):
    """∂C/∂W¹..∂C/∂W^L, then ∂C/∂b¹..∂C/∂b^L of one sample, by a chain for the weights and one for the biases."""

    def gradients(W, b, x, y, sigmas):
        return *(weight(W, b, x, y, sigmas, l) for l in W), *(bias(W, b, x, y, sigmas, l) for l in W)

    return gradients


def _one_neuron_inputs(rng, sizes):
    n, N = sizes[:2]
    return (
        {1: rng.standard_normal((1, n))},
        {1: rng.standard_normal((1, 1))},
        rng.standard_normal((n, N)),
        rng.standard_normal((1, N)),
    )


def _part_three(W, b, X, Y):
    """Items 3.4 and 3.6 on a network of one neuron, in the shapes of Part IV."""
    neuron = X.T, Y[0], W[1][0], b[1][0, 0], SIGMAS["square"]
    return weight_derivative(*neuron)[None, :], np.array([[bias_derivative(*neuron)]])


def part_four(W, b, X, Y):
    """∂C/∂W¹ and ∂C/∂b¹ of one neuron, a square, by the backpropagation of 4.4."""
    found = backpropagation(W, b, X, Y, {1: SIGMAS["square"]})
    return found.dW[1], found.db[1]


_TRUE_NEURON = truth_of("square")
_NEURON = ({1: [[2, -1, 3]]}, {1: [[2]]}, [[1], [4], [2]], [[33]])

_THREE, FOUR, CHAIN = (
    "one neuron by 3.4 and 3.6",
    "one neuron by equations 1, 3, 4",
    "Jacobian chain = four equations, σ = square",
)

_TWO_SAMPLES = ({1: [[1, 2]]}, {1: [[0]]}, [[1, 0], [1, 2]], [[8, 15]])  # z = (3, 4), a = (9, 16), e = (1, 1)

ITEM = Item(
    id="4.3",
    title="Tying Part III and Part IV together",
    timestamp="4:35:24",
    statement=r"\frac{\partial C}{\partial\mathrm{vec}(W^1)}=(a^L-y)^{\mathsf T}\Sigma'(z^L)W^L\cdots\Sigma'(z^1)(I\otimes x^{\mathsf T})",
    shapes="one sample: (1, n_L)(n_L, n_L)(n_L, n_{L-1})⋯ → (1, n_l n_{l-1})",
    conditions="evaluated left to right, vector times matrix; right to left is correct and costs O(n³)",
    functions=(error_row, weight_chain, bias_chain),
    claims=(
        net_claim(CHAIN, "square", GRADIENTS, (2, 3, 4, 5), chain(), (Golden(G1.inputs, (*G1.dW, *G1.db)),), one_sample=True),
        Claim(
            name=_THREE,
            inputs=NAMES,
            outputs=("∂C/∂W¹", "∂C/∂b¹"),
            code=_part_three,
            truth=_TRUE_NEURON,
            draw=_one_neuron_inputs,
            goldens=(Golden(_NEURON, ([[36, 144, 72]], [[36]])), Golden(_TWO_SAMPLES, ([[3, 11]], [[7]]))),
            pick=(1, 2),
        ),
        Claim(
            name=FOUR,
            inputs=NAMES,
            outputs=("∂C/∂W¹", "∂C/∂b¹"),
            code=part_four,
            truth=_TRUE_NEURON,
            draw=_one_neuron_inputs,
            goldens=(Golden(_NEURON, ([[36, 144, 72]], [[36]])), Golden(_TWO_SAMPLES, ([[3, 11]], [[7]]))),
            pick=(1, 2),
        ),
    ),
)
