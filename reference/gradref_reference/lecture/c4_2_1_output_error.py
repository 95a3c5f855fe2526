"""Equation 1, the error of the last layer (lecture 4.2.1; Nielsen ch. 2), per sample and for a batch of columns."""

import numpy as np

from .item import Claim, Golden, Item
from .networks import G1, G2, GATE, KINK, forward, golden, net_claim
from .sigmas import SIGMAS, Array, Sigma

__all__ = [
    "EQ1",
    "EQ1_DEEP",
    "EQ1_RELU",
    "ITEM",
    "SIGMOID_CE",
    "SOFTMAX",
    "eq1",
    "output_error",
    "output_error_general",
    "output_error_matrix",
    "sigmoid_entropy_error",
    "softmax",
]


def output_error(nabla_a: Array, z: Array, sigma: Sigma) -> Array:
    """δ^L = ∇_a C ⊙ σ'(z^L), with ∇_a C = a^L - y for the quadratic cost; all (n_L, m). Lecture 4.2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> output_error(np.array([[1], [-2]]), np.array([[-3], [4]]), SIGMAS["square"])
    array([[ -6],
           [-16]])
    """
    return nabla_a * sigma.prime(z)


def output_error_matrix(nabla_a: Array, z: Array, sigma: Sigma) -> Array:
    """δ^L = Σ'(z^L) ∇_a C with Σ' = diag(σ'(z^L)), for one sample; (n, n)(n, 1) -> (n, 1). Lecture 4.2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> output_error_matrix(np.array([[1], [-2]]), np.array([[-3], [4]]), SIGMAS["square"])
    array([[ -6],
           [-16]])
    """
    return np.diag(sigma.prime(z)[:, 0]) @ nabla_a


def output_error_general(nabla_a: Array, J: Array) -> Array:
    """δ^L = J_σ(z^L)ᵀ ∇_a C for an output that is not element-wise (softmax), one sample; (n, n), (n, 1). Lecture 4.2.1.

    >>> output_error_general(np.array([[1], [2]]), np.array([[3, 1], [0, 5]]))
    array([[ 3],
           [11]])
    """
    return J.T @ nabla_a


def eq1(equation=output_error):
    """Δ^L of a network by `equation(∇_a C, z^L, σ^L)`."""

    def last_error(W, b, X, Y, sigmas):
        z, a = forward(W, b, X, sigmas)
        L = len(W)
        return equation(a[L] - Y, z[L], sigmas[L])

    return last_error


def _by_columns(nabla_a, z, sigma):
    columns = range(z.shape[1])
    return np.concatenate([output_error_matrix(nabla_a[:, [x]], z[:, [x]], sigma) for x in columns], axis=1)


def softmax(z):
    """exp(z) over its sum; one sample."""
    e = np.exp(z)
    return e / e.sum()


def _softmax_error(z, y):
    a = softmax(z)
    J = np.diag(a[:, 0]) - a @ a.T
    return output_error_general(a - y, J)


def _output(rng, sizes):
    n = sizes[-1]
    return rng.standard_normal((n, 1)), rng.random((n, 1))


def _true_softmax_error(world, z, y):
    def C(v):
        e = world.exp(v)
        r = e / e.sum() - y
        return (r * r).sum() / 2

    return world.jacobian(C, z)


def sigmoid_entropy_error(z, y):
    """∂C/∂z = a - y: the σ' of the sigmoid cancels in the cross-entropy."""
    return SIGMAS["sigmoid"](z) - y


def _true_sigmoid_entropy(world, z, y):
    return world.jacobian(lambda v: (world.log(1 + world.exp(v)) - y * v).sum(), z)


def _softmax_entropy_error(z, y):
    return softmax(z) - y / y.sum()


def _true_softmax_entropy(world, z, y):
    """-Σ y_k ln softmax(z)_k with the targets scaled to sum 1."""
    return world.jacobian(lambda v: world.log(world.exp(v).sum()) - (y / y.sum() * v).sum(), z)


EQ1, EQ1_DEEP, EQ1_RELU = "δ^L = ∇_a C ⊙ σ'(z^L), σ = square", "the same, tanh-square-sigmoid", "the same, relu"
SOFTMAX, SIGMOID_CE = "δ^L = J_σᵀ∇_a C, softmax", "δ^L = a - y, sigmoid and cross-entropy"
_LOG_ODDS = (np.log([[4.0], [1 / 3]]), np.array([[1.0], [0.0]]))

ITEM = Item(
    id="4.2.1",
    title="Equation 1: the error of the last layer",
    timestamp="3:39:12",
    statement=r"\delta^L=\nabla_aC\odot\sigma'(z^L)=\Sigma'(z^L)\nabla_aC,\qquad "
    r"\text{in general } \delta^L=J_\sigma(z^L)^{\mathsf T}\nabla_aC",
    shapes="all (n_L, m); Σ': (n_L, n_L)",
    conditions="the Hadamard form needs an element-wise σ",
    functions=(output_error, output_error_matrix, output_error_general),
    claims=(
        net_claim(EQ1, "square", ("Δ^L",), (1,), eq1(), (golden(G1, G1.delta[1]), golden(G2, G2.delta[1]))),
        net_claim("δ^L = Σ'(z^L)∇_a C", "square", ("Δ^L",), (1,), eq1(_by_columns), (golden(G1, G1.delta[1]),)),
        net_claim(EQ1_DEEP, "deep", ("Δ^L",), (2,), eq1()),
        net_claim(EQ1_RELU, "relu", ("Δ^L",), (1,), eq1(), (golden(GATE, GATE.delta[1]), golden(KINK, KINK.delta[1]))),
        Claim(name=SOFTMAX, inputs=("z", "y"), outputs=("δ^L",), code=_softmax_error, truth=_true_softmax_error, draw=_output),
        Claim(
            name=SIGMOID_CE,
            inputs=("z", "y"),
            outputs=("δ^L",),
            code=sigmoid_entropy_error,
            truth=_true_sigmoid_entropy,
            draw=_output,
            goldens=(Golden(_LOG_ODDS, ([["-1/5"], ["1/4"]],), exact=False),),
        ),
        Claim(
            name="δ^L = a - y, softmax and cross-entropy",
            inputs=("z", "y"),
            outputs=("δ^L",),
            code=_softmax_entropy_error,
            truth=_true_softmax_entropy,
            draw=_output,
        ),
    ),
)
