"""The derivative of a neuron's activation (lecture 3.3); w, x are (n,), b a scalar."""

import numpy as np

from .item import Claim, Golden, Item
from .sigmas import RELU, SIGMOID, SQUARE, TANH, Array, Sigma

__all__ = ["ITEM", "VECTOR", "neuron_derivatives"]


def neuron_derivatives(w: Array, x: Array, b: Array, sigma: Sigma) -> tuple[Array, Array, Array]:
    """∂a/∂w = σ'(z) xᵀ (n,), ∂a/∂b = σ'(z), a scalar, and ∂a/∂x = σ'(z) wᵀ (n,), with z = wᵀx + b. Lecture 3.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> neuron_derivatives(np.array([2, -1, 3]), np.array([1, 4, 2]), -5, SIGMAS["square"])
    (array([-2, -8, -4]), np.int64(-2), array([-4,  2, -6]))
    """
    slope = sigma.prime(w @ x + b)
    return slope * x, slope, slope * w


def _neuron_inputs(rng, sizes):
    n = sizes[-1]
    return rng.standard_normal(n) / n**0.5, rng.standard_normal(n), rng.standard_normal()


def _true_derivatives(name):
    def truth(world, w, x, b):
        sigma = world.sigma(name)
        return (
            world.jacobian(lambda v: sigma(v @ x + b), w),
            world.jacobian(lambda c: sigma(w @ x + c), b),
            world.jacobian(lambda v: sigma(w @ v + b), x),
        )

    return truth


def _claim33(sigma, *goldens):
    return Claim(
        name=f"∂a/∂w, ∂a/∂b, ∂a/∂x with σ = {sigma.name}",
        inputs=("w", "x", "b"),
        outputs=("∂a/∂w", "∂a/∂b", "∂a/∂x"),
        code=lambda w, x, b: neuron_derivatives(w, x, b, sigma),
        truth=_true_derivatives(sigma.name),
        draw=_neuron_inputs,
        goldens=goldens,
    )


_W, _X = [2, -1, 3], [1, 4, 2]
_LN3 = (np.array([1.0, 2.0]), np.array([2.0, -1.0]), np.log(3.0))
VECTOR = "∂relu(z)/∂z = diag([z > 0])"

ITEM = Item(
    id="3.3",
    title="Derivative of a neuron's activation",
    timestamp="1:54:44",
    statement=r"\frac{\partial a}{\partial w}=\sigma'(z)\,x^{\mathsf T},\quad \frac{\partial a}{\partial b}=\sigma'(z),\quad "
    r"\frac{\partial a}{\partial x}=\sigma'(z)\,w^{\mathsf T},\qquad z=w^{\mathsf T}x+b",
    shapes="w, x: (n,); ∂a/∂w, ∂a/∂x: (n,); ∂a/∂b scalar",
    conditions="σ differentiable at z; at a kink a convention is used, relu'(0) = 0",
    functions=(neuron_derivatives,),
    claims=(
        _claim33(
            SQUARE,
            Golden((_W, _X, -5), ([-2, -8, -4], -2, [-4, 2, -6])),
            Golden((_W, _X, 2), ([12, 48, 24], 12, [24, -12, 36])),
        ),
        _claim33(
            RELU,
            Golden((_W, _X, -5), ([0, 0, 0], 0, [0, 0, 0])),
            Golden((_W, _X, 2), ([1, 4, 2], 1, [2, -1, 3])),
            Golden((_W, _X, -4), ([0, 0, 0], 0, [0, 0, 0])),
        ),
        _claim33(SIGMOID, Golden(_LN3, (["3/8", "-3/16"], "3/16", ["3/16", "3/8"]), exact=False)),
        _claim33(TANH),
        Claim(
            name=VECTOR,
            inputs=("z",),
            outputs=("∂a/∂z",),
            code=lambda z: np.diag(RELU.prime(z)),
            truth=lambda world, z: world.jacobian(world.sigma("relu"), z),
            draw=lambda rng, sizes: (rng.standard_normal(sizes[-1]),),
            goldens=(Golden(([2, -3, 5],), ([[1, 0, 0], [0, 0, 0], [0, 0, 1]],)),),
        ),
    ),
)
