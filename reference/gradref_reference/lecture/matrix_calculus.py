"""Gradients, Jacobians and the two chain rules (lecture 1.5.1 - 1.5.4), numerator layout: outputs are rows.

A one-dimensional array stands for the lecture's column vector; a gradient has the shape of its variable.
"""

from typing import Any

import numpy as np

__all__ = [
    "chain",
    "gradient_half_squared_distance",
    "gradient_linear_form",
    "gradient_quadratic_form",
    "jacobian_from_gradients",
    "jacobian_of_affine_map",
    "jvp",
    "scalar_chain",
    "total_derivative",
    "vjp",
]

Array = np.ndarray


# --- 1.5.1 gradients ---------------------------------------------------------------------------------------------


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


# --- 1.5.2 Jacobians ---------------------------------------------------------------------------------------------


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


# --- 1.5.3 the scalar chain rule ---------------------------------------------------------------------------------


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


# --- 1.5.4 the Jacobian chain rule -------------------------------------------------------------------------------


def chain(J_h: Array, J_g: Array) -> Array:
    """J_{h∘g}(x) = J_h(g(x)) J_g(x); (m, k), (k, n) -> (m, n), outputs first. Lecture 1.5.4.

    >>> chain(np.array([[4, 0, 5], [0, 1, -8]]), np.array([[1, 2], [2, 1], [0, 4]]))
    array([[  4,  28],
           [  2, -31]])
    """
    return J_h @ J_g
