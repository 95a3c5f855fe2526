"""The cost of one neuron by its bias (lecture 3.6); X (N, n) with rows x_iᵀ, y (N,), w (n,), b a scalar."""

from typing import Any

import numpy as np

from .c3_4_weight_derivative import DATA, NAMES, errors, true_cost, weight_derivative
from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import IDENTITY, RELU, SQUARE, Array, Sigma

__all__ = ["ITEM", "LAYER", "OF_SQUARE", "TRICK", "augmented", "bias_derivative", "layer_bias"]


def bias_derivative(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """∂C/∂b = 1/N Σ_i e_i σ'(z_i), a scalar: the weight formula with the constant input 1. Lecture 3.6.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> X, y = np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([4, 3, 1, 5])
    >>> float(bias_derivative(X, y, np.array([2, 1]), -1, SIGMAS["square"]))
    3.5
    """
    e = errors(X, y, w, b, sigma)
    return (e * sigma.prime(X @ w + b)).sum() / len(y)


def augmented(X: Array, w: Array, b: Any) -> tuple[Array, Array]:
    """The bias trick: X̂ with a column of ones, ŵ = [w; b], so that X̂ŵ = Xw + b; (N, n + 1), (n + 1,). Lecture 3.6.

    >>> augmented(np.array([[1, 2], [3, 4]]), np.array([5, 6]), 7)
    (array([[1, 2, 1],
           [3, 4, 1]]), array([5, 6, 7]))
    """
    ones = np.ones((len(X), 1), dtype=int)
    return np.concatenate([X, ones], axis=1), np.append(w, b)


def _true_bias(sigma):
    return lambda world, X, y, w, b: world.jacobian(lambda c: true_cost(world, sigma, X, y, w, c), b)


def _bias_claim(sigma, *goldens):
    return Claim(
        name=f"∂C/∂b, σ = {sigma.name}",
        inputs=NAMES,
        outputs=("∂C/∂b",),
        code=lambda X, y, w, b: bias_derivative(X, y, w, b, sigma),
        truth=_true_bias(sigma.name),
        draw=normal("p q", "p", "q", ""),
        goldens=goldens,
    )


def _by_trick(X, y, w, b):
    X_hat, w_hat = augmented(X, w, b)
    return weight_derivative(X_hat, y, w_hat, 0, IDENTITY)


def _true_trick(world, X, y, w, b):
    return world.jacobian(lambda t: true_cost(world, "identity", X, y, t[:-1], t[-1]), world.join([w, b]))


def _true_layer_bias(world, W, b, A, Y):
    def C(c):
        r = world.sigma("square")(W @ A + c) - Y
        return (r * r).sum() / (2 * A.shape[1])

    return world.jacobian(C, b)


def layer_bias(reduce):
    """∂C/∂b of a layer from E = (a - y) ⊙ σ'(z), (n, m), columns are samples."""

    def formula(W, b, A, Y):
        z = W @ A + b
        return reduce((SQUARE(z) - Y) * 2 * z)

    return formula


OF_SQUARE, TRICK, LAYER = "∂C/∂b, σ = square", "bias trick: ∂C/∂[w; b]", "a layer: ∂C/∂b, (n, 1)"

ITEM = Item(
    id="3.6",
    title="Differentiating w.r.t. the bias",
    timestamp="2:45:38",
    statement=r"\frac{\partial C}{\partial b}=\frac1N\sum_ie_i\sigma'(z_i),\qquad \hat w=[w;b],\ \hat x=[x;1]",
    shapes="a scalar for one neuron; (n, 1) for a layer",
    conditions="with the ½ it is the average error; Parr & Howard's 2/N makes it twice the average",
    functions=(bias_derivative, augmented),
    claims=(
        _bias_claim(SQUARE, Golden(DATA, ("7/2",))),
        _bias_claim(IDENTITY, Golden(DATA, ("-5/2",))),
        _bias_claim(RELU, Golden(DATA, (0,))),
        Claim(
            name=TRICK,
            inputs=NAMES,
            outputs=("∂C/∂[w; b]",),
            code=_by_trick,
            truth=_true_trick,
            draw=normal("p q", "p", "q", ""),
            goldens=(Golden(DATA, ([3, "-13/4", "-5/2"],)),),
        ),
        Claim(
            name=LAYER,
            inputs=("W", "b", "A", "Y"),
            outputs=("∂C/∂b",),
            code=layer_bias(lambda E: E.sum(axis=1, keepdims=True) / E.shape[1]),
            truth=_true_layer_bias,
            draw=normal("p q", "p 1", "q r", "p r"),
            goldens=(
                Golden(
                    ([[1, 0], [0, 1], [1, 1]], [[0], [0], [0]], [[1, 2], [3, 1]], [[0, 0], [0, 0], [0, 0]]), ([[9], [28], [91]],)
                ),
            ),
        ),
    ),
)
