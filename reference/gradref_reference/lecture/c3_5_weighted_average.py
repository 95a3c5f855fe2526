"""What the derivative of the cost means (lecture 3.5): a weighted average of the inputs."""

from .c3_4_weight_derivative import DATA, NAMES, errors, true_weight
from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import IDENTITY, SQUARE, Array

__all__ = ["AVERAGE", "ITEM", "LINEAR_AVERAGE", "weighted_average"]


def weighted_average(X: Array, weights: Array) -> Array:
    """1/N Σ_i (weight_i) x_i: what ∂C/∂w is, with weights e_i σ'(z_i); it lies in the span of the inputs; (n,). Lecture 3.5.

    >>> import numpy as np
    >>> weighted_average(np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([-1, 1, -5, -5]))
    array([ 3.  , -3.25])
    """
    return (weights[:, None] * X).sum(axis=0) / len(X)


def _as_average(sigma):
    def formula(X, y, w, b):
        e = errors(X, y, w, b, sigma)
        return weighted_average(X, e * sigma.prime(X @ w + b))

    return formula


def _gradient_only(sigma):
    truth = true_weight(sigma)
    return lambda world, *arguments: truth(world, *arguments)[1]


def _saturated(x):
    """∂a₅/∂x of five sigmoid neurons in a row, each at z = 0 with w = 1 and b = -a: (1/4)⁵."""
    return (0 * x + 1) / 4**5


def _true_saturated(world, x):
    sigma = world.sigma("sigmoid")

    def chain(s):
        a = sigma(s - x)
        for _ in range(4):
            a = sigma(a - 0.5)
        return a

    return world.jacobian(chain, x)


AVERAGE = "∂C/∂w = 1/N Σ (e_i σ'(z_i)) x_i, σ = square"
LINEAR_AVERAGE = "the same, linear neuron"

ITEM = Item(
    id="3.5",
    title="Understanding the derivative of the cost",
    timestamp="2:33:14",
    statement=r"\nabla_wC=\frac1N\sum_i\underbrace{e_i\sigma'(z_i)}_{\text{weight}}x_i",
    shapes="X: (N, n); one weight for each sample; the result (n,) lies in the span of the x_i",
    conditions="σ differentiable at every z_i; zero error or a saturated neuron: no contribution",
    functions=(weighted_average,),
    claims=(
        Claim(
            name=AVERAGE,
            inputs=NAMES,
            outputs=("∂C/∂w",),
            code=_as_average(SQUARE),
            truth=_gradient_only("square"),
            draw=normal("p q", "p", "q", ""),
            goldens=(Golden(DATA, (["291/2", -41],)),),
        ),
        Claim(
            name=LINEAR_AVERAGE,
            inputs=NAMES,
            outputs=("∂C/∂w",),
            code=_as_average(IDENTITY),
            truth=_gradient_only("identity"),
            draw=normal("p q", "p", "q", ""),
            goldens=(
                Golden(DATA, ([3, "-13/4"],)),
                Golden((DATA[0], [3, 4, -4, 0], DATA[2], DATA[3]), ([0, 0],)),  # zero errors: exactly zero
            ),
        ),
        Claim(
            name="saturation: ∂a₅/∂x = 4⁻⁵",
            inputs=("x",),
            outputs=("∂a₅/∂x",),
            code=_saturated,
            truth=_true_saturated,
            draw=lambda rng, sizes: (rng.standard_normal(),),
            goldens=(Golden((0,), ("1/1024",)),),
        ),
    ),
)
