"""Gradients (lecture 1.5.1), numerator layout: a one-dimensional array stands for a column, a gradient has the shape of its variable."""

import numpy as np

from .draws import normal, positive_number
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = ["ITEM", "gradient_half_squared_distance", "gradient_linear_form", "gradient_quadratic_form"]


def gradient_linear_form(c: Array, x: Array) -> Array:
    """∇(cᵀx) = c; c, x and the result (n,). Lecture 1.5.1.

    >>> gradient_linear_form(np.array([3, -1]), np.array([5, 5]))
    array([ 3, -1])
    """
    return c + 0 * x


def gradient_quadratic_form(A: Array, x: Array) -> Array:
    """∇(xᵀAx) = (A + Aᵀ)x; A (n, n), x and the result (n,). Lecture 1.5.1.

    >>> gradient_quadratic_form(np.array([[1, 2], [4, 3]]), np.array([1, 2]))
    array([14, 18])
    """
    return (A + A.T) @ x


def gradient_half_squared_distance(x: Array, y: Array) -> Array:
    """∇ ½‖x - y‖² = x - y; all (n,). Lecture 1.5.1; the ½ is there so that no 2 remains.

    >>> gradient_half_squared_distance(np.array([4, 1]), np.array([1, 3]))
    array([ 3, -2])
    """
    return x - y


def _symmetric_form(rng, sizes):
    A, x = normal("p p", "p")(rng, sizes)
    return A + A.T, x


def _slopes(t):
    """Slopes of f = x²y/(x²+y²) at the origin along (1,0), (0,1), (1,1): f is homogeneous, so they are the same at every t > 0."""
    return (np.array([0, 0, 1]) + 0 * t) / 2


def _true_slopes(world, t):
    def f(x, y):
        return x * x * y / (x * x + y * y)

    axis1 = world.jacobian(lambda s: f(s, 0 * s), t)
    axis2 = world.jacobian(lambda s: f(0 * s, s), t)
    return world.stack([axis1, axis2, world.jacobian(lambda s: f(s, s), t)])


_QUADRATIC = Claim(
    name="∇(xᵀAx) = (A + Aᵀ)x",
    inputs=("A", "x"),
    outputs=("∇",),
    code=gradient_quadratic_form,
    truth=lambda world, A, x: world.jacobian(lambda v: v @ A @ v, x),
    draw=normal("p p", "p"),
    goldens=(Golden(([[1, 2], [4, 3]], [1, 2]), ([14, 18],)),),
)

ITEM = Item(
    id="1.5.1",
    title="Gradients",
    timestamp="0:10:34",
    statement=r"\nabla f(x)=\left(\frac{\partial f}{\partial x_1},\dots,\frac{\partial f}{\partial x_n}\right)^{\mathsf T},\qquad "
    r"\mathrm df=\nabla f^{\mathsf T}\mathrm dx",
    shapes="f: Rⁿ → R; ∇f has the shape of x",
    conditions="f differentiable: partial derivatives alone are not enough for the chain rule, continuous ones are",
    functions=(gradient_linear_form, gradient_quadratic_form, gradient_half_squared_distance),
    claims=(
        _QUADRATIC,
        Claim(
            name="∇(xᵀAx), A symmetric",
            inputs=("A", "x"),
            outputs=("∇",),
            code=_QUADRATIC.code,
            truth=_QUADRATIC.truth,
            draw=_symmetric_form,
        ),
        Claim(
            name="∇(cᵀx) = c",
            inputs=("c", "x"),
            outputs=("∇",),
            code=gradient_linear_form,
            truth=lambda world, c, x: world.jacobian(lambda v: c @ v, x),
            draw=normal("N", "N"),
            goldens=(Golden(([3, -1], [5, 5]), ([3, -1],)),),
        ),
        Claim(
            name="∇½‖x - y‖² = x - y",
            inputs=("x", "y"),
            outputs=("∇",),
            code=gradient_half_squared_distance,
            truth=lambda world, x, y: world.jacobian(lambda v: (v - y) @ (v - y) / 2, x),
            draw=normal("N", "N"),
            goldens=(Golden(([4, 1], [1, 3]), ([3, -2],)),),
        ),
        Claim(
            name="∇(x₁²x₂ + 4x₂)",
            inputs=("x",),
            outputs=("∇",),
            code=lambda x: np.array([2 * x[0] * x[1], x[0] ** 2 + 4]),
            truth=lambda world, x: world.jacobian(lambda v: v[0] * v[0] * v[1] + 4 * v[1], x),
            draw=normal("2"),
            goldens=(Golden(([3, -2],), ([-12, 13],)),),
        ),
        Claim(
            name="slopes of x²y/(x²+y²) at 0",
            inputs=("t",),
            outputs=("slopes",),
            code=_slopes,
            truth=_true_slopes,
            draw=positive_number,
            goldens=(Golden((1,), ([0, 0, "1/2"],)),),
        ),
    ),
)
