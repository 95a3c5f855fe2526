"""Items 3.2.1 - 3.2.4: binary element-wise functions, the Hadamard product, scalar expansion, sums."""

import numpy as np

from .. import elementwise as code
from ..item import Claim, Golden, Item, Mistake

__all__ = ["ITEMS"]

W, X, V = [2, -3, 5], [4, 7, -2], [1, 2, -1]  # the numbers of the lecture's chapter 3.2 in mathematics.md


def _two(rng, sizes):
    return rng.standard_normal(sizes[-1]), rng.standard_normal(sizes[-1])


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
        _two,
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
        _three,
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
    ),
    (
        Mistake("a vector instead of the diagonal matrix", "y = w ⊙ x", lambda w, x: (x, w)),
        Mistake("the sign lost in -w/x²", _DIVISION, lambda w, x: (np.diag(1 / x), np.diag(w / x**2)), (1, ([["1/2"]], [["3/2"]]))),
        Mistake("the sign lost in w - x", "y = w - x", lambda w, x: (np.diag(0 * w + 1), np.diag(0 * x + 1))),
        Mistake("max passes to both arguments", "y = max(w, x)", lambda w, x: (np.diag(0 * w + 1), np.diag(0 * x + 1))),
        Mistake("the diagonal rule applied to cumsum", _CUMSUM, lambda w, x: np.diag(x), (0, _diagonal(4, 7, -2))),
        Mistake("the diagonal rule applied to softmax", _SOFTMAX, lambda z: np.diag(np.diag(_softmax_jacobian(z)))),
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

# --- 3.2.3 -----------------------------------------------------------------------------------------------------------


def _with_scalar(rng, sizes):
    return rng.standard_normal(sizes[-1]), 1.5 + rng.random(), rng.standard_normal(sizes[-1])


_EXPANSIONS = ("x+z", "z-x", "xz", "x/z")


def _true_expansion(world, operation, x, z):
    f = {
        "x+z": lambda u, s: u + s,
        "z-x": lambda u, s: s - u,
        "xz": lambda u, s: u * s,
        "x/z": lambda u, s: u / s,
    }[operation]
    return world.jacobian(lambda u: f(u, z), x), world.jacobian(lambda s: f(x, s), z)


def _expansion(operation, *expected):
    return Claim(
        f"y = {operation}",
        ("x", "z", "v"),
        ("∂y/∂x", "∂y/∂z"),
        lambda x, z, v: code.expansion_jacobians(operation, x, z),
        lambda world, x, z, v: _true_expansion(world, operation, x, z),
        _with_scalar,
        (Golden((X, 3, V), expected),),
    )


def _vjps(x, z, v):
    return *code.expansion_vjp("x+z", x, z, v), *code.expansion_vjp("xz", x, z, v)


def _true_vjps(world, x, z, v):
    return (
        world.jacobian(lambda u: v @ (u + z), x),
        world.jacobian(lambda s: v @ (x + s), z),
        world.jacobian(lambda u: v @ (u * z), x),
        world.jacobian(lambda s: v @ (x * s), z),
    )


_VJP = "cotangents of x and z, x+z and xz"

_3_2_3 = Item(
    "3.2.3",
    "Derivative of a scalar expansion",
    "1:37:20",
    r"\frac{\partial(x+z)}{\partial x}=I,\ \frac{\partial(x+z)}{\partial z}=\mathbf 1,\ "
    r"\frac{\partial(xz)}{\partial x}=zI,\ \frac{\partial(xz)}{\partial z}=x;\qquad \bar z=\mathbf 1^{\mathsf T}v,\ \bar z=x^{\mathsf T}v",
    "x: (n,), z scalar; ∂y/∂x: (n, n), ∂y/∂z: (n,)",
    "z does not depend on x (else the total derivative)",
    ("elementwise.expansion_jacobians", "elementwise.expansion_vjp"),
    (
        _expansion("x+z", _diagonal(1, 1, 1), [1, 1, 1]),
        _expansion("z-x", _diagonal(-1, -1, -1), [1, 1, 1]),
        _expansion("xz", _diagonal(3, 3, 3), X),
        _expansion("x/z", _diagonal("1/3", "1/3", "1/3"), ["-4/9", "-7/9", "2/9"]),
        Claim(
            _VJP,
            ("x", "z", "v"),
            ("x̄ of x+z", "z̄ of x+z", "x̄ of xz", "z̄ of xz"),
            _vjps,
            _true_vjps,
            _with_scalar,
            (Golden((X, 3, V), (V, 2, [3, 6, -3], 20)),),
        ),
    ),
    (
        Mistake("z̄ not reduced: v ⊙ x", _VJP, lambda x, z, v: (v, v, v * z, v * x)),
        Mistake("Σv for the product too", _VJP, lambda x, z, v: (v, v.sum(), v * z, v.sum()), (0, (V, 2, [3, 6, -3], 2))),
        Mistake("diag(x) for ∂(xz)/∂z", "y = xz", lambda x, z, v: (np.diag(z + 0 * x), np.diag(x))),
        Mistake("z1 for zI", "y = xz", lambda x, z, v: (z + 0 * x, x)),
        Mistake("sign lost in z - x", "y = z-x", lambda x, z, v: (np.diag(0 * x + 1), 0 * x + 1)),
        Mistake("∂(x/z)/∂z without its square", "y = x/z", lambda x, z, v: (np.diag((0 * x + 1) / z), -x / z)),
    ),
)

# --- 3.2.4 -----------------------------------------------------------------------------------------------------------


def _maps(rng, sizes):
    m, n = sizes[:2]
    return rng.standard_normal((m, n)), rng.standard_normal(n)


def _scaled(rng, sizes):
    return rng.standard_normal(sizes[-1]), rng.standard_normal()


_SUM, _XZ, _COMMON = "y = Σ_i f_i(x), f = Ax²", "y = sum(xz)", "y = sum(x²), mean(x), wᵀx"


def _jacobian_of_squares(A, x):
    return A * (2 * x)  # f = A(x ⊙ x), J_f = A diag(2x)


def _common(w, x):
    squares = code.sum_jacobian(np.diag(2 * x))  # 1ᵀ diag(2x)
    dot = code.sum_jacobian(np.diag(x))  # ∂wᵀx/∂w = 1ᵀ diag(x)
    return squares, code.mean_jacobian(x), dot


def _true_common(world, w, x):
    return (
        world.jacobian(lambda u: (u * u).sum(), x),
        world.jacobian(lambda u: u.sum() / x.shape[0], x),
        world.jacobian(lambda u: u @ x, w),
    )


_3_2_4 = Item(
    "3.2.4",
    "Derivative of a sum",
    "1:47:47",
    r"y=\sum_if_i(x):\quad \frac{\partial y}{\partial x}=\mathbf 1^{\mathsf T}J_f,\qquad "
    r"\frac{\partial}{\partial z}\mathrm{sum}(xz)=\mathrm{sum}(x),\qquad \bar x=\bar y\,\mathbf 1",
    "J_f: (m, n) → (n,); a sum in forward is a broadcast in reverse",
    "each f_i differentiable",
    ("elementwise.sum_jacobian", "elementwise.scaled_sum_jacobians", "elementwise.mean_jacobian", "elementwise.sum_vjp"),
    (
        Claim(
            _SUM,
            ("A", "x"),
            ("∂y/∂x",),
            lambda A, x: code.sum_jacobian(_jacobian_of_squares(A, x)),
            lambda world, A, x: world.jacobian(lambda u: (A @ (u * u)).sum(), x),
            _maps,
            (Golden(([[1, 2, 0], [0, 1, 1]], X), ([8, 42, -4],)),),
        ),
        Claim(
            _XZ,
            ("x", "z"),
            ("∂y/∂x", "∂y/∂z"),
            code.scaled_sum_jacobians,
            lambda world, x, z: (
                world.jacobian(lambda u: (u * z).sum(), x),
                world.jacobian(lambda s: (x * s).sum(), z),
            ),
            _scaled,
            (Golden((X, 3), ([3, 3, 3], 9)),),
        ),
        Claim(
            _COMMON,
            ("w", "x"),
            ("∇sum(x²)", "∇mean(x)", "∂wᵀx/∂w"),
            _common,
            _true_common,
            _two,
            (Golden((W, X), ([8, 14, -4], ["1/3", "1/3", "1/3"], X)),),
        ),
        Claim(
            "x̄ = ȳ1",
            ("x", "ȳ"),
            ("x̄",),
            code.sum_vjp,
            lambda world, x, y_bar: world.jacobian(lambda u: y_bar * u.sum(), x),
            _scaled,
            (Golden((X, 5), ([5, 5, 5],)),),
        ),
    ),
    (
        Mistake("mean for sum", _XZ, lambda x, z: ((z + 0 * x) / len(x), x.sum() / len(x)), (0, ([1, 1, 1], 3))),
        Mistake("identity matrix for 1ᵀ", "x̄ = ȳ1", lambda x, y_bar: y_bar * np.eye(len(x), dtype=int)),
        Mistake("n for sum(x)", _XZ, lambda x, z: (z + 0 * x, x.sum() * 0 + len(x)), (0, ([3, 3, 3], 3))),
        Mistake("a scalar instead of a vector", "x̄ = ȳ1", lambda x, y_bar: y_bar * len(x)),
        Mistake("summed over the argument, not over the results", _SUM, lambda A, x: _jacobian_of_squares(A, x).sum(axis=1)),
        Mistake("sum for mean", _COMMON, lambda w, x: (2 * x, 0 * x + 1, x)),
        Mistake("∂wᵀx/∂w = w", _COMMON, lambda w, x: (2 * x, (0 * x + 1) / len(x), w)),
    ),
)

ITEMS = (_3_2_1, _3_2_2, _3_2_3, _3_2_4)
