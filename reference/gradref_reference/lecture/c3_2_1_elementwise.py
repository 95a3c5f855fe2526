"""Binary element-wise functions (lecture 3.2.1; Parr & Howard); vectors (n,), Jacobians (n, n) with outputs as rows."""

import numpy as np

from .draws import V, W, X, diagonal, normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = [
    "CUMSUM",
    "DIVISION",
    "ITEM",
    "SHARES",
    "SOFTMAX",
    "SORT",
    "binary_jacobians",
    "binary_vjp",
    "shares_jacobian",
    "softmax_jacobian",
]


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


def _away_from_zero(rng, sizes):
    """Two vectors, the second a divisor: between ½ and 2 in size, of either sign."""
    w, x = normal("N", "N")(rng, sizes)
    return w, (0.5 + 1.5 * rng.random(len(x))) * np.where(x > 0, 1, -1)


def _forward(world, operation, w, x):
    return {
        "+": lambda: w + x,
        "-": lambda: w - x,
        "⊙": lambda: w * x,
        "⊘": lambda: w / x,
        "max": lambda: world.maximum(w, x),
    }[operation]()


def _binary(operation, *goldens):
    return Claim(
        name=f"y = w {operation} x" if operation != "max" else "y = max(w, x)",
        inputs=("w", "x"),
        outputs=("∂y/∂w", "∂y/∂x"),
        code=lambda w, x: binary_jacobians(operation, w, x),
        truth=lambda world, w, x: (
            world.jacobian(lambda v: _forward(world, operation, v, x), w),
            world.jacobian(lambda v: _forward(world, operation, w, v), x),
        ),
        draw=_away_from_zero if operation == "⊘" else normal("N", "N"),
        goldens=goldens,
    )


def _vjp_claim():
    def truth(world, w, x, v):
        return (
            world.jacobian(lambda u: v @ (u / x), w),
            world.jacobian(lambda u: v @ (w / u), x),
            world.jacobian(lambda u: v @ (u * x), w),
            world.jacobian(lambda u: v @ (w * u), x),
        )

    return Claim(
        name="vᵀ∂y/∂w and vᵀ∂y/∂x of ⊘ and ⊙",
        inputs=("w", "x", "v"),
        outputs=("⊘ w", "⊘ x", "⊙ w", "⊙ x"),
        code=lambda w, x, v: (*binary_vjp("⊘", w, x, v), *binary_vjp("⊙", w, x, v)),
        truth=truth,
        draw=lambda rng, sizes: (*_away_from_zero(rng, sizes), rng.standard_normal(sizes[-1])),
        goldens=(Golden((W, X, V), (None, None, [4, 14, 2], [2, -6, -5])),),
    )


def _square_times(w, x):
    """y = w² ⊙ (x + 1): diagonals 2w(x + 1) and w²."""
    return np.diag(2 * w * (x + 1)), np.diag(w * w)


def _cumsum_jacobian(w, x):
    """y = cumsum(w) ⊙ x: y_i depends on w_1..w_i, so ∂y/∂w = diag(x) times a lower triangle of ones."""
    return np.diag(x) @ np.tri(len(w), dtype=int)


def _softmax(e):
    return e / e.sum()


def softmax_jacobian(z):
    """diag(p) - ppᵀ, p = softmax(z): not diagonal, since p_i depends on every z_j; (n,) -> (n, n)."""
    p = _softmax(np.exp(z))
    return np.diag(p) - np.outer(p, p)


def shares_jacobian(w):
    """y = w / sum(w): ∂y_i/∂w_j = δ_ij/s - w_i/s², s = sum(w)."""
    total = w.sum()
    return np.diag((0 * w + 1) / total) - np.outer(w, 0 * w + 1) / total**2


def _sort_jacobian(w):
    """y = (min, max) of two numbers: the identity, or the permutation that exchanges them."""
    return np.where(w[0] < w[1], np.eye(2, dtype=int), np.eye(2, dtype=int)[::-1])


def _true_sort(world, w):
    def sort(v):
        largest = world.maximum(v[0], v[1])
        return world.stack([v[0] + v[1] - largest, largest])

    return world.jacobian(sort, w)


SHARES, SORT = "condition violated: y = w / sum(w)", "condition violated: y = sort(w₁, w₂)"
DIVISION, CUMSUM, SOFTMAX = "y = w ⊘ x", "condition violated: y = cumsum(w) ⊙ x", "condition violated: y = softmax(z)"

ITEM = Item(
    id="3.2.1",
    title="Derivative of a binary element-wise function",
    timestamp="1:15:20",
    statement=r"y=f(w)\bigcirc g(x):\quad \frac{\partial y}{\partial w}=\mathrm{diag}\left(\frac{\partial}{\partial w_i}"
    r"\left(f_i(w_i)\bigcirc g_i(x_i)\right)\right)",
    shapes="w, x, y: (n,); both Jacobians (n, n) and diagonal",
    conditions="element-wise diagonal condition: f_i uses only w_i and g_i only x_i; x_i ≠ 0 for ⊘; no ties for max",
    functions=(binary_jacobians, binary_vjp),
    claims=(
        _binary("+", Golden((W, X), (diagonal(1, 1, 1), diagonal(1, 1, 1)))),
        _binary("-", Golden((W, X), (diagonal(1, 1, 1), diagonal(-1, -1, -1)))),
        _binary("⊙", Golden((W, X), (diagonal(4, 7, -2), diagonal(2, -3, 5)))),
        _binary(
            "⊘",
            Golden((W, X), (diagonal("1/4", "1/7", "-1/2"), diagonal("-1/8", "3/49", "-5/4"))),
            Golden(([6], [2]), ([["1/2"]], [["-3/2"]])),
        ),
        _binary("max", Golden((W, X), (diagonal(0, 0, 1), diagonal(1, 1, 0)))),
        _vjp_claim(),
        Claim(
            name="y = w² ⊙ (x + 1)",
            inputs=("w", "x"),
            outputs=("∂y/∂w", "∂y/∂x"),
            code=_square_times,
            truth=lambda world, w, x: (
                world.jacobian(lambda v: v * v * (x + 1), w),
                world.jacobian(lambda v: w * w * (v + 1), x),
            ),
            draw=normal("N", "N"),
            goldens=(Golden((W, X), (diagonal(20, -48, -10), diagonal(4, 9, 25))),),
        ),
        Claim(
            name=CUMSUM,
            inputs=("w", "x"),
            outputs=("∂y/∂w",),
            code=_cumsum_jacobian,
            truth=lambda world, w, x: world.jacobian(lambda v: v.cumsum(0) * x, w),
            draw=normal("N", "N"),
            goldens=(Golden((W, X), ([[4, 0, 0], [7, 7, 0], [-2, -2, -2]],)),),
        ),
        Claim(
            name=SOFTMAX,
            inputs=("z",),
            outputs=("∂y/∂z",),
            code=softmax_jacobian,
            truth=lambda world, z: world.jacobian(lambda v: _softmax(world.exp(v)), z),
            draw=lambda rng, sizes: (rng.standard_normal(sizes[-1]),),
        ),
        Claim(
            name=SHARES,
            inputs=("w",),
            outputs=("∂y/∂w",),
            code=shares_jacobian,
            truth=lambda world, w: world.jacobian(lambda v: v / v.sum(), w),
            draw=lambda rng, sizes: (0.5 + rng.random(sizes[-1]),),
            goldens=(Golden(([1, 3],), ([["3/16", "-1/16"], ["-3/16", "1/16"]],)),),
        ),
        Claim(
            name=SORT,
            inputs=("w",),
            outputs=("∂y/∂w",),
            code=_sort_jacobian,
            truth=_true_sort,
            draw=lambda rng, sizes: (rng.standard_normal(2),),
            goldens=(Golden(([2, -3],), ([[0, 1], [1, 0]],)),),
        ),
    ),
)
