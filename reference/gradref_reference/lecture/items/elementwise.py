"""Items 3.2.1, 3.2.2: binary element-wise functions and the Hadamard product."""

import numpy as np

from .. import elementwise as code
from ..item import Claim, Golden, Item, Mistake

__all__ = ["ITEMS"]

W, X, V = [2, -3, 5], [4, 7, -2], [1, 2, -1]  # the numbers of the lecture's chapter 3.2 in mathematics.md


def _two(rng, sizes):
    return rng.standard_normal(sizes[-1]), rng.standard_normal(sizes[-1])


def _away_from_zero(rng, sizes):
    """Two vectors, the second a divisor: between ½ and 2 in size, of either sign."""
    w, x = _two(rng, sizes)
    return w, (0.5 + 1.5 * rng.random(len(x))) * np.where(x > 0, 1, -1)


def _three(rng, sizes):
    return *_two(rng, sizes), rng.standard_normal(sizes[-1])


def _diagonal(*entries):
    return [[e if i == j else 0 for j in range(len(entries))] for i, e in enumerate(entries)]


# --- 3.2.1 -----------------------------------------------------------------------------------------------------------


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
        f"y = w {operation} x" if operation != "max" else "y = max(w, x)",
        ("w", "x"),
        ("∂y/∂w", "∂y/∂x"),
        lambda w, x: code.binary_jacobians(operation, w, x),
        lambda world, w, x: (
            world.jacobian(lambda v: _forward(world, operation, v, x), w),
            world.jacobian(lambda v: _forward(world, operation, w, v), x),
        ),
        _away_from_zero if operation == "⊘" else _two,
        goldens,
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
        "vᵀ∂y/∂w and vᵀ∂y/∂x of ⊘ and ⊙",
        ("w", "x", "v"),
        ("⊘ w", "⊘ x", "⊙ w", "⊙ x"),
        lambda w, x, v: (*code.binary_vjp("⊘", w, x, v), *code.binary_vjp("⊙", w, x, v)),
        truth,
        lambda rng, sizes: (*_away_from_zero(rng, sizes), rng.standard_normal(sizes[-1])),
        (Golden((W, X, V), (None, None, [4, 14, 2], [2, -6, -5])),),
    )


def _square_times(w, x):
    """y = w² ⊙ (x + 1): diagonals 2w(x + 1) and w²."""
    return np.diag(2 * w * (x + 1)), np.diag(w * w)


def _cumsum_jacobian(w, x):
    """y = cumsum(w) ⊙ x: y_i depends on w_1..w_i, so ∂y/∂w = diag(x) times a lower triangle of ones."""
    return np.diag(x) @ np.tri(len(w), dtype=int)


def _softmax(e):
    return e / e.sum()


def _softmax_jacobian(z):
    p = _softmax(np.exp(z))
    return np.diag(p) - np.outer(p, p)


def _shares_jacobian(w):
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


_SHARES, _SORT = "condition violated: y = w / sum(w)", "condition violated: y = sort(w₁, w₂)"
_DIVISION, _CUMSUM, _SOFTMAX = "y = w ⊘ x", "condition violated: y = cumsum(w) ⊙ x", "condition violated: y = softmax(z)"

_3_2_1 = Item(
    "3.2.1",
    "Derivative of a binary element-wise function",
    "1:15:20",
    r"y=f(w)\bigcirc g(x):\quad \frac{\partial y}{\partial w}=\mathrm{diag}\left(\frac{\partial}{\partial w_i}"
    r"\left(f_i(w_i)\bigcirc g_i(x_i)\right)\right)",
    "w, x, y: (n,); both Jacobians (n, n) and diagonal",
    "element-wise diagonal condition: f_i uses only w_i and g_i only x_i; x_i ≠ 0 for ⊘; no ties for max",
    ("elementwise.binary_jacobians", "elementwise.binary_vjp"),
    (
        _binary("+", Golden((W, X), (_diagonal(1, 1, 1), _diagonal(1, 1, 1)))),
        _binary("-", Golden((W, X), (_diagonal(1, 1, 1), _diagonal(-1, -1, -1)))),
        _binary("⊙", Golden((W, X), (_diagonal(4, 7, -2), _diagonal(2, -3, 5)))),
        _binary(
            "⊘",
            Golden((W, X), (_diagonal("1/4", "1/7", "-1/2"), _diagonal("-1/8", "3/49", "-5/4"))),
            Golden(([6], [2]), ([["1/2"]], [["-3/2"]])),
        ),
        _binary("max", Golden((W, X), (_diagonal(0, 0, 1), _diagonal(1, 1, 0)))),
        _vjp_claim(),
        Claim(
            "y = w² ⊙ (x + 1)",
            ("w", "x"),
            ("∂y/∂w", "∂y/∂x"),
            _square_times,
            lambda world, w, x: (
                world.jacobian(lambda v: v * v * (x + 1), w),
                world.jacobian(lambda v: w * w * (v + 1), x),
            ),
            _two,
            (Golden((W, X), (_diagonal(20, -48, -10), _diagonal(4, 9, 25))),),
        ),
        Claim(
            _CUMSUM,
            ("w", "x"),
            ("∂y/∂w",),
            _cumsum_jacobian,
            lambda world, w, x: world.jacobian(lambda v: v.cumsum(0) * x, w),
            _two,
            (Golden((W, X), ([[4, 0, 0], [7, 7, 0], [-2, -2, -2]],)),),
        ),
        Claim(
            _SOFTMAX,
            ("z",),
            ("∂y/∂z",),
            _softmax_jacobian,
            lambda world, z: world.jacobian(lambda v: _softmax(world.exp(v)), z),
            lambda rng, sizes: (rng.standard_normal(sizes[-1]),),
        ),
        Claim(
            _SHARES,
            ("w",),
            ("∂y/∂w",),
            _shares_jacobian,
            lambda world, w: world.jacobian(lambda v: v / v.sum(), w),
            lambda rng, sizes: (0.5 + rng.random(sizes[-1]),),
            (Golden(([1, 3],), ([["3/16", "-1/16"], ["-3/16", "1/16"]],)),),
        ),
        Claim(
            _SORT,
            ("w",),
            ("∂y/∂w",),
            _sort_jacobian,
            _true_sort,
            lambda rng, sizes: (rng.standard_normal(2),),
            (Golden(([2, -3],), ([[0, 1], [1, 0]],)),),
        ),
    ),
    (
        Mistake("a vector instead of the diagonal matrix", "y = w ⊙ x", lambda w, x: (x, w)),
        Mistake(
            "the sign lost in -w/x²", _DIVISION, lambda w, x: (np.diag(1 / x), np.diag(w / x**2)), (1, ([["1/2"]], [["3/2"]]))
        ),
        Mistake("the sign lost in w - x", "y = w - x", lambda w, x: (np.diag(0 * w + 1), np.diag(0 * x + 1))),
        Mistake("max passes to both arguments", "y = max(w, x)", lambda w, x: (np.diag(0 * w + 1), np.diag(0 * x + 1))),
        Mistake("the diagonal rule applied to cumsum", _CUMSUM, lambda w, x: np.diag(x), (0, _diagonal(4, 7, -2))),
        Mistake("the diagonal rule applied to softmax", _SOFTMAX, lambda z: np.diag(np.diag(_softmax_jacobian(z)))),
        Mistake("the diagonal rule applied to a normalisation", _SHARES, lambda w: np.diag(np.diag(_shares_jacobian(w)))),
        Mistake("the diagonal rule applied to sort", _SORT, lambda w: np.eye(2, dtype=int), (0, [[1, 0], [0, 1]])),
        Mistake("w²'s own derivative dropped", "y = w² ⊙ (x + 1)", lambda w, x: (np.diag(w * (x + 1)), np.diag(w * w))),
        Mistake(
            "quotient rule with x for x²",
            "vᵀ∂y/∂w and vᵀ∂y/∂x of ⊘ and ⊙",
            lambda w, x, v: (v / x, -v * w / x, v * x, v * w),
            blind_to={"golden": "the known numbers are those of ⊙"},
        ),
    ),
)

# --- 3.2.2 -----------------------------------------------------------------------------------------------------------

_HADAMARD, _SHARED, _MATRICES = "y = w ⊙ x", "y = w ⊙ w", "P ⊙ Q of matrices"


def _true_hadamard(world, w, x, v):
    return (
        world.jacobian(lambda u: u * x, w),
        world.jacobian(lambda u: w * u, x),
        world.jacobian(lambda u: v @ (u * x), w),
        world.jacobian(lambda u: v @ (w * u), x),
    )


def _hadamard(by_w, by_x):
    """The four results from the two Jacobians."""
    return lambda w, x, v: (by_w(w, x), by_x(w, x), v @ by_w(w, x), v @ by_x(w, x))


def _matrices(rng, sizes):
    return rng.standard_normal((sizes[0], sizes[0])), rng.standard_normal((sizes[0], sizes[0]))


_3_2_2 = Item(
    "3.2.2",
    "Derivative of a Hadamard product",
    "1:31:50",
    r"\frac{\partial(w\odot x)}{\partial w}=\mathrm{diag}(x),\quad \frac{\partial(w\odot x)}{\partial x}=\mathrm{diag}(w),"
    r"\quad \mathrm{diag}(s)v=s\odot v",
    "w, x, v: (n,); Jacobians (n, n); cotangents (n,)",
    "w and x independent; the same vector in both slots adds both: diag(2w)",
    (
        "elementwise.hadamard_jacobians",
        "elementwise.hadamard_vjp",
        "elementwise.hadamard_square_jacobian",
        "elementwise.times_diagonal",
    ),
    (
        Claim(
            _HADAMARD,
            ("w", "x", "v"),
            ("∂y/∂w", "∂y/∂x", "vᵀ∂y/∂w", "vᵀ∂y/∂x"),
            lambda w, x, v: (*code.hadamard_jacobians(w, x), *code.hadamard_vjp(w, x, v)),
            _true_hadamard,
            _three,
            (Golden((W, X, V), (_diagonal(4, 7, -2), _diagonal(2, -3, 5), [4, 14, 2], [2, -6, -5])),),
        ),
        Claim(
            _SHARED,
            ("w",),
            ("∂y/∂w",),
            code.hadamard_square_jacobian,
            lambda world, w: world.jacobian(lambda u: u * u, w),
            lambda rng, sizes: (rng.standard_normal(sizes[-1]),),
            (Golden((W,), (_diagonal(4, -6, 10),)),),
        ),
        Claim(
            "diag(s)v = s ⊙ v",
            ("s", "v"),
            ("s ⊙ v",),
            code.times_diagonal,
            lambda world, s, v: world.jacobian(lambda u: s * u, v) @ v,
            _two,
            (Golden(([2, 3], [10, 20]), ([20, 60],)),),
        ),
        Claim(
            _MATRICES,
            ("P", "Q"),
            ("P ⊙ Q",),
            lambda P, Q: P * Q,
            lambda world, P, Q: world.jacobian(lambda s: P * (s * Q), world.array(1.0)),
            _matrices,
            (Golden(([[1, 2], [3, 4]], [[5, 6], [7, 8]]), ([[5, 12], [21, 32]],)),),
        ),
    ),
    (
        Mistake("its own vector on the diagonal", _HADAMARD, _hadamard(lambda w, x: np.diag(w), lambda w, x: np.diag(x))),
        Mistake(
            "diag(w + x): a common shift of both arguments",
            _HADAMARD,
            _hadamard(lambda w, x: np.diag(w + x), lambda w, x: np.diag(w + x)),
            (0, (_diagonal(6, 4, 3), _diagonal(6, 4, 3), None, None)),
        ),
        Mistake("outer product", _HADAMARD, _hadamard(lambda w, x: np.outer(w, x), lambda w, x: np.outer(x, w))),
        Mistake("@ where * is meant", _MATRICES, lambda P, Q: P @ Q, (0, [[19, 22], [43, 50]])),
        Mistake("outer product for diag(s)v", "diag(s)v = s ⊙ v", lambda s, v: np.outer(s, v)),
        Mistake("dot product for diag(s)v", "diag(s)v = s ⊙ v", lambda s, v: s @ v),
        Mistake("one slot of w ⊙ w only", _SHARED, lambda w: np.diag(w), (0, _diagonal(2, -3, 5))),
    ),
)

ITEMS = (_3_2_1, _3_2_2)
