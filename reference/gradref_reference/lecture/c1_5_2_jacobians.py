"""Jacobians (lecture 1.5.2), numerator layout: outputs are rows."""

import numpy as np

from .c1_5_1_gradients import gradient_quadratic_form
from .c3_9_layer_jacobian import jacobian_tensor
from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = ["EXAMPLE", "ITEM", "example_jacobian", "jacobian_from_gradients", "jacobian_of_affine_map", "jvp", "rows", "vjp"]


def jacobian_of_affine_map(A: Array, x: Array) -> Array:
    """∂(Ax + c)/∂x = A, whatever x; A (m, n), x (n,) -> (m, n). Lecture 1.5.2.

    >>> jacobian_of_affine_map(np.array([[1, 2], [3, 4], [5, 6]]), np.array([0, 0])).shape
    (3, 2)
    """
    return A + 0 * x[None, :]


def jacobian_from_gradients(gradients: list[Array]) -> Array:
    """The Jacobian of f = (f_1, ..., f_m): row i is (∇f_i)ᵀ; m gradients (n,) -> (m, n). Lecture 1.5.2.

    >>> jacobian_from_gradients([np.array([-1, 2]), np.array([4, -1]), np.array([3, 3])])
    array([[-1,  2],
           [ 4, -1],
           [ 3,  3]])
    """
    return np.stack(gradients)


def jvp(J: Array, u: Array) -> Array:
    """J u, a combination of columns: what forward mode computes; (m, n), (n,) -> (m,). Lecture 1.5.2.

    >>> jvp(np.array([[-1, 2], [4, -1], [3, 3]]), np.array([1, 2]))
    array([3, 2, 9])
    """
    return J @ u


def vjp(v: Array, J: Array) -> Array:
    """vᵀJ, a combination of rows: what reverse mode computes; (m,), (m, n) -> (n,). Lecture 1.5.2.

    >>> vjp(np.array([1, -1, 2]), np.array([[-1, 2], [4, -1], [3, 3]]))
    array([1, 9])
    """
    return v @ J


def _quadratic_map(B, c, v):
    """f_i(v) = vᵀB_i v + c_i·v."""
    return (B @ v) @ v + c @ v


def rows(B, c, x):
    """The Jacobian of f_i(x) = xᵀB_i x + c_i·x from its gradients; (m, n, n), (m, n), (n,) -> (m, n)."""
    gradients = [gradient_quadratic_form(B[i], x) + c[i] for i in range(len(B))]
    return jacobian_from_gradients(gradients)


def _true_products(world, A, v, u, x):
    """vᵀJ and Ju of f(x) = Ax, each as the derivative of one function: of v·f, and of f along the line x + tu."""
    reverse = world.jacobian(lambda w: v @ (A @ w), x)
    forward = world.jacobian(lambda t: A @ (x + t * u), world.array(0.0))
    return reverse, forward


EXAMPLE = "J of (x₁x₂, x₁² - x₂, 3x₁ + x₂³)"


def example_jacobian(x):
    """The Jacobian of (x₁x₂, x₁² - x₂, 3x₁ + x₂³), written out; (2,) -> (3, 2)."""
    x1, x2 = x
    return np.array([[x2, x1], [2 * x1, x1 * 0 - 1], [x1 * 0 + 3, 3 * x2**2]])


def _true_example(world, x):
    return world.jacobian(lambda v: world.stack([v[0] * v[1], v[0] * v[0] - v[1], 3 * v[0] + v[1] * v[1] * v[1]]), x)


ITEM = Item(
    id="1.5.2",
    title="Jacobians",
    timestamp="0:14:10",
    statement=r"J_{ij}=\frac{\partial f_i}{\partial x_j},\qquad f(x)=Ax\ \Rightarrow\ J=A",
    shapes="f: Rⁿ → Rᵐ, J: (m, n); row i is (∇f_i)ᵀ; Ju with u (n,), vᵀJ with v (m,)",
    conditions="f differentiable at x",
    functions=(jacobian_of_affine_map, jacobian_from_gradients, jvp, vjp),
    claims=(
        Claim(
            name="row i is (∇f_i)ᵀ",
            inputs=("B", "c", "x"),
            outputs=("J",),
            code=rows,
            truth=lambda world, B, c, x: world.jacobian(lambda v: _quadratic_map(B, c, v), x),
            draw=normal("q p p", "q p", "p"),
        ),
        Claim(
            name="∂(Ax)/∂x = A",
            inputs=("A", "x"),
            outputs=("J",),
            code=jacobian_of_affine_map,
            truth=lambda world, A, x: world.jacobian(lambda v: A @ v, x),
            draw=normal("q p", "p"),
            goldens=(Golden(([[1, 2], [3, 4], [5, 6]], [7, 8]), ([[1, 2], [3, 4], [5, 6]],)),),
        ),
        Claim(
            name=EXAMPLE,
            inputs=("x",),
            outputs=("J",),
            code=example_jacobian,
            truth=_true_example,
            draw=normal("2"),
            goldens=(Golden(([2, -1],), ([[-1, 2], [4, -1], [3, 3]],)),),
        ),
        Claim(
            name="∂(Wx)/∂W is no matrix: (m, m, n)",
            inputs=("W", "x"),
            outputs=("∂(Wx)/∂W",),
            code=lambda W, x: jacobian_tensor(x, len(W)),
            truth=lambda world, W, x: world.jacobian(lambda V: V @ x, W),
            draw=normal("q p", "p"),
            goldens=(
                Golden(
                    ([[0, 0], [0, 0], [0, 0]], [1, 2]),
                    ([[[1, 2], [0, 0], [0, 0]], [[0, 0], [1, 2], [0, 0]], [[0, 0], [0, 0], [1, 2]]],),
                ),
            ),
        ),
        Claim(
            name="vᵀJ and Ju",
            inputs=("J", "v", "u", "x"),
            outputs=("vᵀJ", "Ju"),
            code=lambda J, v, u, x: (vjp(v, J), jvp(J, u)),
            truth=_true_products,
            draw=normal("q p", "q", "p", "p"),
            goldens=(Golden(([[-1, 2], [4, -1], [3, 3]], [1, -1, 2], [1, 2], [2, -1]), ([1, 9], [3, 2, 9])),),
        ),
    ),
)
