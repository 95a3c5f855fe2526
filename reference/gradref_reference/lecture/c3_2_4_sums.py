"""Sums (lecture 3.2.4): a sum forward is a broadcast in reverse."""

import numpy as np

from .draws import W, X, normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = [
    "COMMON",
    "ITEM",
    "SUM",
    "XZ",
    "jacobian_of_squares",
    "mean_jacobian",
    "scaled_sum_jacobians",
    "sum_jacobian",
    "sum_vjp",
]


def sum_jacobian(J: Array) -> Array:
    """∂(Σ_i f_i)/∂x = 1ᵀJ_f, the sum of the rows; (m, n) -> (n,). Lecture 3.2.4.

    >>> sum_jacobian(np.array([[1, 2], [3, 4], [5, 6]]))
    array([ 9, 12])
    """
    return J.sum(axis=0)


def scaled_sum_jacobians(x: Array, z: Array) -> tuple[Array, Array]:
    """∂ sum(xz)/∂x = z1ᵀ (n,) and ∂ sum(xz)/∂z = sum(x), a scalar. Lecture 3.2.4.

    >>> scaled_sum_jacobians(np.array([4, 7, -2]), 3)
    (array([3, 3, 3]), np.int64(9))
    """
    return z + 0 * x, x.sum()


def mean_jacobian(x: Array) -> Array:
    """∂ mean(x)/∂x = 1ᵀ/n; (n,). Lecture 3.2.4.

    >>> mean_jacobian(np.array([4.0, 7.0]))
    array([0.5, 0.5])
    """
    return (0 * x + 1) / len(x)


def sum_vjp(x: Array, y_bar: Array) -> Array:
    """The cotangent of x for y = sum(x): ȳ1, a sum becomes a broadcast in reverse; (n,). Lecture 3.2.4.

    >>> sum_vjp(np.array([4, 7, -2]), 5)
    array([5, 5, 5])
    """
    return y_bar + 0 * x


SUM, XZ, COMMON = "y = Σ_i f_i(x), f = Ax²", "y = sum(xz)", "y = sum(x²), mean(x), wᵀx"


def jacobian_of_squares(A, x):
    """Of f = A(x ⊙ x): A diag(2x); (m, n), (n,) -> (m, n)."""
    return A * (2 * x)  # f = A(x ⊙ x), J_f = A diag(2x)


def _common(w, x):
    squares = sum_jacobian(np.diag(2 * x))  # 1ᵀ diag(2x)
    dot = sum_jacobian(np.diag(x))  # ∂wᵀx/∂w = 1ᵀ diag(x)
    return squares, mean_jacobian(x), dot


def _true_common(world, w, x):
    return (
        world.jacobian(lambda u: (u * u).sum(), x),
        world.jacobian(lambda u: u.sum() / x.shape[0], x),
        world.jacobian(lambda u: u @ x, w),
    )


ITEM = Item(
    id="3.2.4",
    title="Derivative of a sum",
    timestamp="1:47:47",
    statement=r"y=\sum_if_i(x):\quad \frac{\partial y}{\partial x}=\mathbf 1^{\mathsf T}J_f,\qquad "
    r"\frac{\partial}{\partial z}\mathrm{sum}(xz)=\mathrm{sum}(x),\qquad \bar x=\bar y\,\mathbf 1",
    shapes="J_f: (m, n) → (n,); a sum in forward is a broadcast in reverse",
    conditions="each f_i differentiable",
    functions=(sum_jacobian, scaled_sum_jacobians, mean_jacobian, sum_vjp),
    claims=(
        Claim(
            name=SUM,
            inputs=("A", "x"),
            outputs=("∂y/∂x",),
            code=lambda A, x: sum_jacobian(jacobian_of_squares(A, x)),
            truth=lambda world, A, x: world.jacobian(lambda u: (A @ (u * u)).sum(), x),
            draw=normal("p q", "q"),
            goldens=(Golden(([[1, 2, 0], [0, 1, 1]], X), ([8, 42, -4],)),),
        ),
        Claim(
            name=XZ,
            inputs=("x", "z"),
            outputs=("∂y/∂x", "∂y/∂z"),
            code=scaled_sum_jacobians,
            truth=lambda world, x, z: (
                world.jacobian(lambda u: (u * z).sum(), x),
                world.jacobian(lambda s: (x * s).sum(), z),
            ),
            draw=normal("N", ""),
            goldens=(Golden((X, 3), ([3, 3, 3], 9)),),
        ),
        Claim(
            name=COMMON,
            inputs=("w", "x"),
            outputs=("∇sum(x²)", "∇mean(x)", "∂wᵀx/∂w"),
            code=_common,
            truth=_true_common,
            draw=normal("N", "N"),
            goldens=(Golden((W, X), ([8, 14, -4], ["1/3", "1/3", "1/3"], X)),),
        ),
        Claim(
            name="x̄ = ȳ1",
            inputs=("x", "ȳ"),
            outputs=("x̄",),
            code=sum_vjp,
            truth=lambda world, x, y_bar: world.jacobian(lambda u: y_bar * u.sum(), x),
            draw=normal("N", ""),
            goldens=(Golden((X, 5), ([5, 5, 5],)),),
        ),
    ),
)
