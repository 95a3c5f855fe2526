"""The Hadamard product (lecture 3.2.2); vectors (n,), Jacobians (n, n); a VJP takes the cotangent v of the result."""

import numpy as np

from .draws import V, W, X, diagonal, normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = [
    "HADAMARD",
    "ITEM",
    "MATRICES",
    "SHARED",
    "hadamard_jacobians",
    "hadamard_square_jacobian",
    "hadamard_vjp",
    "times_diagonal",
]


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


HADAMARD, SHARED, MATRICES = "y = w ⊙ x", "y = w ⊙ w", "P ⊙ Q of matrices"


def _true_hadamard(world, w, x, v):
    return (
        world.jacobian(lambda u: u * x, w),
        world.jacobian(lambda u: w * u, x),
        world.jacobian(lambda u: v @ (u * x), w),
        world.jacobian(lambda u: v @ (w * u), x),
    )


ITEM = Item(
    id="3.2.2",
    title="Derivative of a Hadamard product",
    timestamp="1:31:50",
    statement=r"\frac{\partial(w\odot x)}{\partial w}=\mathrm{diag}(x),\quad \frac{\partial(w\odot x)}{\partial x}=\mathrm{diag}(w),"
    r"\quad \mathrm{diag}(s)v=s\odot v",
    shapes="w, x, v: (n,); Jacobians (n, n); cotangents (n,)",
    conditions="w and x independent; the same vector in both slots adds both: diag(2w)",
    functions=(hadamard_jacobians, hadamard_vjp, hadamard_square_jacobian, times_diagonal),
    claims=(
        Claim(
            name=HADAMARD,
            inputs=("w", "x", "v"),
            outputs=("∂y/∂w", "∂y/∂x", "vᵀ∂y/∂w", "vᵀ∂y/∂x"),
            code=lambda w, x, v: (*hadamard_jacobians(w, x), *hadamard_vjp(w, x, v)),
            truth=_true_hadamard,
            draw=normal("N", "N", "N"),
            goldens=(Golden((W, X, V), (diagonal(4, 7, -2), diagonal(2, -3, 5), [4, 14, 2], [2, -6, -5])),),
        ),
        Claim(
            name=SHARED,
            inputs=("w",),
            outputs=("∂y/∂w",),
            code=hadamard_square_jacobian,
            truth=lambda world, w: world.jacobian(lambda u: u * u, w),
            draw=lambda rng, sizes: (rng.standard_normal(sizes[-1]),),
            goldens=(Golden((W,), (diagonal(4, -6, 10),)),),
        ),
        Claim(
            name="diag(s)v = s ⊙ v",
            inputs=("s", "v"),
            outputs=("s ⊙ v",),
            code=times_diagonal,
            truth=lambda world, s, v: world.jacobian(lambda u: s * u, v) @ v,
            draw=normal("N", "N"),
            goldens=(Golden(([2, 3], [10, 20]), ([20, 60],)),),
        ),
        Claim(
            name=MATRICES,
            inputs=("P", "Q"),
            outputs=("P ⊙ Q",),
            code=lambda P, Q: P * Q,
            truth=lambda world, P, Q: world.jacobian(lambda s: P * (s * Q), world.array(1.0)),
            draw=normal("p p", "p p"),
            goldens=(Golden(([[1, 2], [3, 4]], [[5, 6], [7, 8]]), ([[5, 12], [21, 32]],)),),
        ),
    ),
)
