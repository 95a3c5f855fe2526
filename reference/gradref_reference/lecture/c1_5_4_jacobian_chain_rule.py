"""The Jacobian chain rule (lecture 1.5.4): left to right is output to input."""

import numpy as np

from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = ["COMPOSITION", "ITEM", "LINEAR", "chain", "g", "jacobian_of_g", "jacobian_of_h"]


def chain(J_h: Array, J_g: Array) -> Array:
    """J_{h∘g}(x) = J_h(g(x)) J_g(x); (m, k), (k, n) -> (m, n), outputs first. Lecture 1.5.4.

    >>> chain(np.array([[4, 0, 5], [0, 1, -8]]), np.array([[1, 2], [2, 1], [0, 4]]))
    array([[  4,  28],
           [  2, -31]])
    """
    return J_h @ J_g


COMPOSITION = "J of h∘g, polynomials"


def g(world_stack, x):
    """(x₁ + 2x₂, x₁x₂, x₂²); (2,) -> (3,)."""
    return world_stack([x[0] + 2 * x[1], x[0] * x[1], x[1] * x[1]])


def _h(world_stack, u):
    return world_stack([u[0] * u[2], u[1] - u[2] * u[2]])


def jacobian_of_g(x):
    """(2,) -> (3, 2)."""
    one = 0 * x[0] + 1
    return np.array([[one, 2 * one], [x[1], x[0]], [0 * one, 2 * x[1]]])


def jacobian_of_h(u):
    """Of h(u) = (u₁u₃, u₂ - u₃²); (3,) -> (2, 3)."""
    one = 0 * u[0] + 1
    return np.array([[u[2], 0 * one, u[0]], [0 * one, one, -2 * u[2]]])


def _composed(x):
    return chain(jacobian_of_h(g(np.array, x)), jacobian_of_g(x))


def _tanh_chain(P, Q, x):
    return chain(P, (1 - np.tanh(Q @ x) ** 2)[:, None] * Q)


LINEAR = "J of x ↦ P(Qx)"

ITEM = Item(
    id="1.5.4",
    title="The Jacobian chain rule",
    timestamp="0:27:12",
    statement=r"J_{h\circ g}(x)=J_h(g(x))\,J_g(x),\qquad (J)_{ij}=\sum_{r=1}^k\frac{\partial h_i}{\partial g_r}"
    r"\frac{\partial g_r}{\partial x_j}",
    shapes="(m, k)(k, n) → (m, n); left to right is output to input",
    conditions="g differentiable at x, h differentiable at g(x)",
    functions=(chain,),
    claims=(
        Claim(
            name=COMPOSITION,
            inputs=("x",),
            outputs=("J",),
            code=_composed,
            truth=lambda world, x: world.jacobian(lambda v: _h(world.stack, g(world.stack, v)), x),
            draw=normal("2"),
            goldens=(Golden(([1, 2],), ([[4, 28], [2, -31]],)),),
        ),
        Claim(
            name="J of x ↦ P tanh(Qx)",
            inputs=("P", "Q", "x"),
            outputs=("J",),
            code=_tanh_chain,
            truth=lambda world, P, Q, x: world.jacobian(lambda v: P @ world.sigma("tanh")(Q @ v), x),
            draw=normal("r q", "q p", "p"),
        ),
        Claim(
            name=LINEAR,
            inputs=("P", "Q", "x"),
            outputs=("J",),
            code=lambda P, Q, x: chain(P, Q),
            truth=lambda world, P, Q, x: world.jacobian(lambda v: P @ (Q @ v), x),
            draw=normal("r q", "q p", "p"),
            goldens=(Golden(([[0, 1], [0, 0]], [[1, 2], [3, 4]], [1, 1]), ([[3, 4], [0, 0]],)),),
        ),
    ),
)
