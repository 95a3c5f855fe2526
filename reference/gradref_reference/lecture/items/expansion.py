"""Items 3.2.3, 3.2.4: scalar expansion and sums."""

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

ITEMS = (_3_2_3, _3_2_4)
