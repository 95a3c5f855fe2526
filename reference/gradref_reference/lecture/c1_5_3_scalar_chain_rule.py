"""The scalar chain rule (lecture 1.5.3): a product of 1 x 1 Jacobians, a sum over paths."""

from typing import Any

import numpy as np

from .draws import normal, positive_number
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = ["ITEM", "TWO_PATHS", "scalar_chain", "total_derivative"]


def scalar_chain(factors: Array) -> Any:
    """dy/dx = df_1/df_2 · df_2/df_3 ⋯ df_m/dx, a product of 1x1 Jacobians; (m,) -> scalar. Lecture 1.5.3.

    Each factor is evaluated at its own input: y = (3x + 1)² at x = 2 has the factors 2u = 14 and 3.

    >>> scalar_chain(np.array([14, 3]))
    np.int64(42)
    """
    return np.prod(factors)


def total_derivative(partials: Array, inner: Array) -> Array:
    """dy/dx = Σ_i ∂y/∂u_i · du_i/dx, one term for each path from x to y; (k,), (k,) -> scalar. Lecture 1.5.3.

    y = u v with u = x², v = 3x + 1 at x = 2: partials (v, u) = (7, 4), inner derivatives (2x, 3) = (4, 3).

    >>> total_derivative(np.array([7, 4]), np.array([4, 3]))
    np.int64(40)
    """
    return (partials * inner).sum()


TWO_PATHS = "y = uv, u = x², v = 3x + 1"


def _two_paths(x):
    return total_derivative(np.array([3 * x + 1, x * x]), np.array([2 * x, 3 + 0 * x]))


def _cube(x):
    return scalar_chain(np.array([3 * (2 * x * x + 1) ** 2, 4 * x]))


def _many_paths(c, d, x):
    """y = Π u_i with u_i = c_i x + d_i x²: one path for each i."""
    u = c * x + d * x * x
    others = np.array([np.prod(np.delete(u, i)) for i in range(len(u))])
    return total_derivative(others, c + 2 * d * x)


def _true_many_paths(world, c, d, x):
    def y(s):
        product = c[0] * s + d[0] * s * s
        for i in range(1, len(c)):
            product = product * (c[i] * s + d[i] * s * s)
        return product

    return world.jacobian(y, x)


ITEM = Item(
    id="1.5.3",
    title="New way of seeing the scalar chain rule",
    timestamp="0:24:00",
    statement=r"\frac{\mathrm dy}{\mathrm dx}=\frac{\mathrm df_1}{\mathrm df_2}\frac{\mathrm df_2}{\mathrm df_3}\cdots"
    r"\frac{\mathrm df_m}{\mathrm dx},\qquad \frac{\mathrm dy}{\mathrm dx}=\sum_i\frac{\partial y}{\partial u_i}"
    r"\frac{\mathrm du_i}{\mathrm dx}",
    shapes="scalars: a product of 1 x 1 Jacobians; a sum over paths",
    conditions="each factor at the value of its own input; each u_i differentiable at x, y differentiable at u(x)",
    functions=(scalar_chain, total_derivative),
    claims=(
        Claim(
            name="y = (3x + 1)²",
            inputs=("x",),
            outputs=("dy/dx",),
            code=lambda x: scalar_chain(np.array([2 * (3 * x + 1), 3 + 0 * x])),
            truth=lambda world, x: world.jacobian(lambda t: (3 * t + 1) * (3 * t + 1), x),
            draw=positive_number,
            goldens=(Golden((2,), (42,)),),
        ),
        Claim(
            name="y = (2x² + 1)³",
            inputs=("x",),
            outputs=("dy/dx",),
            code=_cube,
            truth=lambda world, x: world.jacobian(lambda t: (2 * t * t + 1) * (2 * t * t + 1) * (2 * t * t + 1), x),
            draw=positive_number,
            goldens=(Golden((1,), (108,)),),
        ),
        Claim(
            name=TWO_PATHS,
            inputs=("x",),
            outputs=("dy/dx",),
            code=_two_paths,
            truth=lambda world, x: world.jacobian(lambda t: t * t * (3 * t + 1), x),
            draw=positive_number,
            goldens=(Golden((2,), (40,)),),
        ),
        Claim(
            name="y = x + x²",
            inputs=("x",),
            outputs=("dy/dx",),
            code=lambda x: total_derivative(np.array([1 + 0 * x, 1 + 0 * x]), np.array([1 + 0 * x, 2 * x])),
            truth=lambda world, x: world.jacobian(lambda t: t + t * t, x),
            draw=positive_number,
            goldens=(Golden((1,), (3,)),),
        ),
        Claim(
            name="y = Π u_i(x)",
            inputs=("c", "d", "x"),
            outputs=("dy/dx",),
            code=_many_paths,
            truth=_true_many_paths,
            draw=normal("p", "p", ""),
        ),
    ),
)
