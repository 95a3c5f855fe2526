"""The neuron function (lecture 2.1); w, x are (n,), b a scalar."""

import numpy as np

from .draws import normal
from .item import VALUE, Claim, Golden, Item
from .sigmas import RELU, SIGMOID, SQUARE, TANH, Array, Sigma

__all__ = ["ITEM", "RATIONAL", "SMOOTH", "neuron", "neuron_steps", "with_each"]


def neuron(w: Array, x: Array, b: Array, sigma: Sigma) -> Array:
    """a = σ(wᵀx + b); (n,), (n,), scalar -> scalar. Lecture 2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> neuron(np.array([2, -1, 3]), np.array([1, 4, 2]), 2, SIGMAS["square"])
    np.int64(36)
    """
    return sigma(w @ x + b)


def neuron_steps(w: Array, x: Array, b: Array, sigma: Sigma) -> tuple[Array, Array, Array, Array]:
    """The neuron as four steps, each simple to differentiate: w ⊙ x (n,), its sum, the sum + b, σ of that. Lecture 2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> neuron_steps(np.array([2, -1, 3]), np.array([1, 4, 2]), -5, SIGMAS["relu"])
    (array([ 2, -4,  6]), np.int64(4), np.int64(-1), np.int64(0))
    """
    product = w * x
    total = product.sum()
    z = total + b
    return product, total, z, sigma(z)


def with_each(function, *sigmas):
    """`function(w, x, b, σ)` for each of the activations, as a tuple."""
    return lambda w, x, b: tuple(function(w, x, b, s) for s in sigmas)


def _true_neuron(*names):
    def truth(world, w, x, b):
        z = (w * x).sum() + b
        return tuple(world.sigma(name)(z) for name in names)

    return truth


RATIONAL, SMOOTH = "a = σ(wᵀx + b), σ square and relu", "a = σ(wᵀx + b), σ sigmoid and tanh"

ITEM = Item(
    id="2.1",
    title="The neuron function",
    timestamp="0:37:21",
    statement=r"a=\sigma(w^{\mathsf T}x+b)=\sigma\left(\sum_kw_kx_k+b\right)",
    shapes="w, x: (n,); z, a, b scalars; w ⊙ x → sum → + b → σ",
    conditions="any scalar σ; differentiable at z for Part III",
    functions=(neuron, neuron_steps),
    claims=(
        Claim(
            name=RATIONAL,
            inputs=("w", "x", "b"),
            outputs=("square", "relu"),
            code=with_each(neuron, SQUARE, RELU),
            truth=_true_neuron("square", "relu"),
            draw=normal("N", "N", ""),
            goldens=(
                Golden(([2, -1, 3], [1, 4, 2], -5), (1, 0)),
                Golden(([2, -1, 3], [1, 4, 2], 2), (36, 6)),
            ),
            skips=VALUE,
        ),
        Claim(
            name=SMOOTH,
            inputs=("w", "x", "b"),
            outputs=("sigmoid", "tanh"),
            code=with_each(neuron, SIGMOID, TANH),
            truth=_true_neuron("sigmoid", "tanh"),
            draw=normal("N", "N", ""),
            goldens=(
                Golden(
                    (np.array([2.0, -1.0, 3.0]), np.array([1.0, 4.0, 2.0]), -5.0),
                    ("0.2689414213699951", "-0.7615941559557649"),
                    exact=False,
                ),
                Golden((np.array([1.0, 2.0]), np.array([2.0, -1.0]), np.log(3.0)), ("3/4", "4/5"), exact=False),
            ),
            skips=VALUE,
        ),
        Claim(
            name="w ⊙ x → sum → + b → σ",
            inputs=("w", "x", "b"),
            outputs=("square",),
            code=lambda w, x, b: neuron_steps(w, x, b, SQUARE)[-1],
            truth=_true_neuron("square"),
            draw=normal("N", "N", ""),
            goldens=(Golden(([2, -1, 3], [1, 4, 2], 2), (36,)),),
            skips=VALUE,
        ),
        Claim(
            name="∂z/∂(w ⊙ x) = 1ᵀ and ∂z/∂b = 1",
            inputs=("w", "x", "b"),
            outputs=("∂z/∂(w ⊙ x)", "∂z/∂b"),
            code=lambda w, x, b: (0 * w + 1, 0 * b + 1),
            truth=lambda world, w, x, b: (
                world.jacobian(lambda p: p.sum() + b, w * x),
                world.jacobian(lambda c: (w * x).sum() + c, b),
            ),
            draw=normal("N", "N", ""),
            goldens=(Golden(([2, -1, 3], [1, 4, 2], 2), ([1, 1, 1], 1)),),
        ),
    ),
)
