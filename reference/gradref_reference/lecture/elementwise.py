"""Element-wise functions of two vectors, scalar expansion and sums (lecture 3.2.1 - 3.2.4; Parr & Howard).

Vectors are (n,), Jacobians (n, n) with outputs as rows; a VJP takes the cotangent v of the result.
"""

import numpy as np

__all__ = [
    "OPERATIONS",
    "binary_jacobians",
    "binary_vjp",
    "expansion_jacobians",
    "expansion_vjp",
    "hadamard_jacobians",
    "hadamard_square_jacobian",
    "hadamard_vjp",
    "mean_jacobian",
    "scaled_sum_jacobians",
    "sum_jacobian",
    "sum_vjp",
    "times_diagonal",
]

Array = np.ndarray


# --- 3.2.1 binary element-wise functions -------------------------------------------------------------------------

# operation -> the diagonals of ∂y/∂w and of ∂y/∂x
OPERATIONS = {
    "+": lambda w, x: (0 * w + 1, 0 * x + 1),
    "-": lambda w, x: (0 * w + 1, 0 * x - 1),
    "⊙": lambda w, x: (x, w),
    "⊘": lambda w, x: (1 / x, -w / x**2),
    "max": lambda w, x: (np.where(w > x, 1, 0), np.where(x > w, 1, 0)),
}
"""The element-wise operations of 3.2.1 with their partial derivatives."""


def binary_jacobians(operation: str, w: Array, x: Array) -> tuple[Array, Array]:
    """∂y/∂w and ∂y/∂x of y = w ○ x for ○ in + - ⊙ ⊘ max: both diagonal, (n, n). Lecture 3.2.1.

    They are diagonal because y_i does not depend on w_j; that fails for softmax, cumsum, sort and normalisation.

    >>> binary_jacobians("⊘", np.array([2.0, -3.0]), np.array([4.0, 1.0]))[1]
    array([[-0.125,  0.   ],
           [ 0.   ,  3.   ]])
    """
    by_w, by_x = OPERATIONS[operation](w, x)
    return np.diag(by_w), np.diag(by_x)


def binary_vjp(operation: str, w: Array, x: Array, v: Array) -> tuple[Array, Array]:
    """vᵀ∂y/∂w and vᵀ∂y/∂x of y = w ○ x without forming a matrix: v times the diagonal; (n,), (n,). Lecture 3.2.1.

    >>> binary_vjp("-", np.array([2, 3]), np.array([4, 5]), np.array([7, -1]))
    (array([ 7, -1]), array([-7,  1]))
    """
    by_w, by_x = OPERATIONS[operation](w, x)
    return v * by_w, v * by_x


# --- 3.2.2 the Hadamard product ----------------------------------------------------------------------------------


def hadamard_jacobians(w: Array, x: Array) -> tuple[Array, Array]:
    """∂(w ⊙ x)/∂w = diag(x) and ∂(w ⊙ x)/∂x = diag(w); (n, n). Lecture 3.2.2.

    >>> hadamard_jacobians(np.array([2, -3]), np.array([4, 7]))[0]
    array([[4, 0],
           [0, 7]])
    """
    return np.diag(x), np.diag(w)


def hadamard_vjp(w: Array, x: Array, v: Array) -> tuple[Array, Array]:
    """v ⊙ x and v ⊙ w, the cotangents of w and x for y = w ⊙ x; (n,). Lecture 3.2.2.

    >>> hadamard_vjp(np.array([2, -3, 5]), np.array([4, 7, -2]), np.array([1, 2, -1]))
    (array([ 4, 14,  2]), array([ 2, -6, -5]))
    """
    return v * x, v * w


def hadamard_square_jacobian(w: Array) -> Array:
    """∂(w ⊙ w)/∂w = diag(2w): the same vector in both slots, so both partial derivatives are added; (n, n). Lecture 3.2.2.

    >>> hadamard_square_jacobian(np.array([2, -3]))
    array([[ 4,  0],
           [ 0, -6]])
    """
    return np.diag(2 * w)


def times_diagonal(s: Array, v: Array) -> Array:
    """diag(s) v = s ⊙ v: how a diagonal Jacobian disappears from backpropagation; (n,). Lecture 3.2.2.

    >>> times_diagonal(np.array([2, 3]), np.array([10, 20]))
    array([20, 60])
    """
    return s * v


# --- 3.2.3 scalar expansion --------------------------------------------------------------------------------------


def expansion_jacobians(operation: str, x: Array, z: Array) -> tuple[Array, Array]:
    """∂y/∂x (n, n) and ∂y/∂z (n,) of y = x ○ z with a scalar z expanded to 1z: "x+z", "z-x", "xz" or "x/z". Lecture 3.2.3.

    >>> expansion_jacobians("xz", np.array([4, 7]), 3)
    (array([[3, 0],
           [0, 3]]), array([4, 7]))
    """
    one, identity = 0 * x + 1, np.eye(len(x), dtype=int)
    return {
        "x+z": (identity, one),
        "z-x": (-identity, one),
        "xz": (z * identity, x),
        "x/z": (identity / z, -x / (z * z)),
    }[operation]


def expansion_vjp(operation: str, x: Array, z: Array, v: Array) -> tuple[Array, Array]:
    """Cotangents of x (n,) and of the scalar z for y = x + z or xz: a broadcast becomes a sum in reverse. Lecture 3.2.3.

    >>> expansion_vjp("xz", np.array([4, 7, -2]), 3, np.array([1, 2, -1]))
    (array([ 3,  6, -3]), np.int64(20))
    """
    return (v, v.sum()) if operation == "x+z" else (v * z, v @ x)


# --- 3.2.4 sums --------------------------------------------------------------------------------------------------


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
