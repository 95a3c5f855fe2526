"""Items 1.5.1, 1.5.2: gradients and Jacobians."""

import numpy as np

from .. import matrix_calculus as code
from ..item import Claim, Golden, Item, Mistake
from ..layer_jacobian import jacobian_by_rows, jacobian_tensor

__all__ = ["ITEMS"]


def _form(rng, sizes):
    n = sizes[0]
    return rng.standard_normal((n, n)), rng.standard_normal(n)


def _symmetric_form(rng, sizes):
    A, x = _form(rng, sizes)
    return A + A.T, x


def _two_vectors(rng, sizes):
    return rng.standard_normal(sizes[-1]), rng.standard_normal(sizes[-1])


def _pair(rng, sizes):
    return (rng.standard_normal(2),)


def _scalar(rng, sizes):
    return (1.0 + 2.0 * rng.random(),)


# --- 1.5.1 -----------------------------------------------------------------------------------------------------------


def _slopes(t):
    """Slopes of f = x²y/(x²+y²) at the origin along (1,0), (0,1), (1,1): f is homogeneous, so they are the same at every t > 0."""
    return (np.array([0, 0, 1]) + 0 * t) / 2


def _true_slopes(world, t):
    def f(x, y):
        return x * x * y / (x * x + y * y)

    axis1 = world.jacobian(lambda s: f(s, 0 * s), t)
    axis2 = world.jacobian(lambda s: f(0 * s, s), t)
    return world.stack([axis1, axis2, world.jacobian(lambda s: f(s, s), t)])


_QUADRATIC = Claim(
    "∇(xᵀAx) = (A + Aᵀ)x",
    ("A", "x"),
    ("∇",),
    code.gradient_quadratic_form,
    lambda world, A, x: world.jacobian(lambda v: v @ A @ v, x),
    _form,
    (Golden(([[1, 2], [4, 3]], [1, 2]), ([14, 18],)),),
)

_1_5_1 = Item(
    "1.5.1",
    "Gradients",
    "0:10:34",
    r"\nabla f(x)=\left(\frac{\partial f}{\partial x_1},\dots,\frac{\partial f}{\partial x_n}\right)^{\mathsf T},\qquad "
    r"\mathrm df=\nabla f^{\mathsf T}\mathrm dx",
    "f: Rⁿ → R; ∇f has the shape of x",
    "f differentiable: partial derivatives alone are not enough for the chain rule, continuous ones are",
    (
        "matrix_calculus.gradient_linear_form",
        "matrix_calculus.gradient_quadratic_form",
        "matrix_calculus.gradient_half_squared_distance",
    ),
    (
        _QUADRATIC,
        Claim("∇(xᵀAx), A symmetric", ("A", "x"), ("∇",), _QUADRATIC.code, _QUADRATIC.truth, _symmetric_form),
        Claim(
            "∇(cᵀx) = c",
            ("c", "x"),
            ("∇",),
            code.gradient_linear_form,
            lambda world, c, x: world.jacobian(lambda v: c @ v, x),
            _two_vectors,
            (Golden(([3, -1], [5, 5]), ([3, -1],)),),
        ),
        Claim(
            "∇½‖x - y‖² = x - y",
            ("x", "y"),
            ("∇",),
            code.gradient_half_squared_distance,
            lambda world, x, y: world.jacobian(lambda v: (v - y) @ (v - y) / 2, x),
            _two_vectors,
            (Golden(([4, 1], [1, 3]), ([3, -2],)),),
        ),
        Claim(
            "∇(x₁²x₂ + 4x₂)",
            ("x",),
            ("∇",),
            lambda x: np.array([2 * x[0] * x[1], x[0] ** 2 + 4]),
            lambda world, x: world.jacobian(lambda v: v[0] * v[0] * v[1] + 4 * v[1], x),
            _pair,
            (Golden(([3, -2],), ([-12, 13],)),),
        ),
        Claim(
            "slopes of x²y/(x²+y²) at 0",
            ("t",),
            ("slopes",),
            _slopes,
            _true_slopes,
            _scalar,
            (Golden((1,), ([0, 0, "1/2"],)),),
        ),
    ),
    (
        Mistake("2Ax", "∇(xᵀAx) = (A + Aᵀ)x", lambda A, x: 2 * A @ x, (0, [10, 20])),
        Mistake("2Aᵀx", "∇(xᵀAx) = (A + Aᵀ)x", lambda A, x: 2 * A.T @ x, (0, [18, 16])),
        Mistake(
            "2Ax, seen on symmetric A only",
            "∇(xᵀAx), A symmetric",
            lambda A, x: 2 * A @ x,
            blind_to={"all": "for symmetric A the three formulas 2Ax, 2Aᵀx and (A + Aᵀ)x are the same"},
        ),
        Mistake("a row of shape (1, n)", "∇(xᵀAx) = (A + Aᵀ)x", lambda A, x: (x @ (A + A.T))[None, :]),
        Mistake("the 2 of the square kept", "∇½‖x - y‖² = x - y", lambda x, y: 2 * (x - y)),
        Mistake("∇(cᵀx) = x", "∇(cᵀx) = c", lambda c, x: x + 0 * c),
        Mistake(
            "the chain rule from partial derivatives alone",
            "slopes of x²y/(x²+y²) at 0",
            lambda t: np.array([0, 0, 0]) + 0 * t,
        ),
    ),
)

# --- 1.5.2 -----------------------------------------------------------------------------------------------------------


def _maps(rng, sizes):
    n, m = sizes[:2]
    return rng.standard_normal((m, n, n)), rng.standard_normal((m, n)), rng.standard_normal(n)


def _quadratic_map(B, c, v):
    """f_i(v) = vᵀB_i v + c_i·v."""
    return (B @ v) @ v + c @ v


def _rows(B, c, x):
    gradients = [code.gradient_quadratic_form(B[i], x) + c[i] for i in range(len(B))]
    return code.jacobian_from_gradients(gradients)


def _affine(rng, sizes):
    n, m = sizes[:2]
    return rng.standard_normal((m, n)), rng.standard_normal(n)


def _products(rng, sizes):
    n, m = sizes[:2]
    return rng.standard_normal((m, n)), rng.standard_normal(m), rng.standard_normal(n), rng.standard_normal(n)


def _true_products(world, A, v, u, x):
    """vᵀJ and Ju of f(x) = Ax, each as the derivative of one function: of v·f, and of f along the line x + tu."""
    reverse = world.jacobian(lambda w: v @ (A @ w), x)
    forward = world.jacobian(lambda t: A @ (x + t * u), world.array(0.0))
    return reverse, forward


_EXAMPLE = "J of (x₁x₂, x₁² - x₂, 3x₁ + x₂³)"


def _example_jacobian(x):
    x1, x2 = x
    return np.array([[x2, x1], [2 * x1, x1 * 0 - 1], [x1 * 0 + 3, 3 * x2**2]])


def _true_example(world, x):
    return world.jacobian(lambda v: world.stack([v[0] * v[1], v[0] * v[0] - v[1], 3 * v[0] + v[1] * v[1] * v[1]]), x)


_1_5_2 = Item(
    "1.5.2",
    "Jacobians",
    "0:14:10",
    r"J_{ij}=\frac{\partial f_i}{\partial x_j},\qquad f(x)=Ax\ \Rightarrow\ J=A",
    "f: Rⁿ → Rᵐ, J: (m, n); row i is (∇f_i)ᵀ; Ju with u (n,), vᵀJ with v (m,)",
    "f differentiable at x",
    (
        "matrix_calculus.jacobian_of_affine_map",
        "matrix_calculus.jacobian_from_gradients",
        "matrix_calculus.jvp",
        "matrix_calculus.vjp",
    ),
    (
        Claim(
            "row i is (∇f_i)ᵀ",
            ("B", "c", "x"),
            ("J",),
            _rows,
            lambda world, B, c, x: world.jacobian(lambda v: _quadratic_map(B, c, v), x),
            _maps,
        ),
        Claim(
            "∂(Ax)/∂x = A",
            ("A", "x"),
            ("J",),
            code.jacobian_of_affine_map,
            lambda world, A, x: world.jacobian(lambda v: A @ v, x),
            _affine,
            (Golden(([[1, 2], [3, 4], [5, 6]], [7, 8]), ([[1, 2], [3, 4], [5, 6]],)),),
        ),
        Claim(
            _EXAMPLE,
            ("x",),
            ("J",),
            _example_jacobian,
            _true_example,
            _pair,
            (Golden(([2, -1],), ([[-1, 2], [4, -1], [3, 3]],)),),
        ),
        Claim(
            "∂(Wx)/∂W is no matrix: (m, m, n)",
            ("W", "x"),
            ("∂(Wx)/∂W",),
            lambda W, x: jacobian_tensor(x, len(W)),
            lambda world, W, x: world.jacobian(lambda V: V @ x, W),
            _affine,
            (
                Golden(
                    ([[0, 0], [0, 0], [0, 0]], [1, 2]),
                    ([[[1, 2], [0, 0], [0, 0]], [[0, 0], [1, 2], [0, 0]], [[0, 0], [0, 0], [1, 2]]],),
                ),
            ),
        ),
        Claim(
            "vᵀJ and Ju",
            ("J", "v", "u", "x"),
            ("vᵀJ", "Ju"),
            lambda J, v, u, x: (code.vjp(v, J), code.jvp(J, u)),
            _true_products,
            _products,
            (Golden(([[-1, 2], [4, -1], [3, 3]], [1, -1, 2], [1, 2], [2, -1]), ([1, 9], [3, 2, 9])),),
        ),
    ),
    (
        Mistake("transposed (denominator layout)", _EXAMPLE, lambda x: _example_jacobian(x).T, (0, [[-1, 4, 3], [2, -1, 3]])),
        Mistake("columns swapped", _EXAMPLE, lambda x: _example_jacobian(x)[:, ::-1]),
        Mistake("transposed ∂(Ax)/∂x = Aᵀ", "∂(Ax)/∂x = A", lambda A, x: (A + 0 * x).T),
        Mistake("gradients as columns", "row i is (∇f_i)ᵀ", lambda B, c, x: np.stack(list(_rows(B, c, x)), axis=1)),
        Mistake("a gradient asked of a vector: the rows summed", "row i is (∇f_i)ᵀ", lambda B, c, x: _rows(B, c, x).sum(axis=0)),
        Mistake(
            "∂(Wx)/∂W taken for a matrix",
            "∂(Wx)/∂W is no matrix: (m, m, n)",
            lambda W, x: jacobian_by_rows(x, len(W)),
            (0, [[1, 2, 0, 0, 0, 0], [0, 0, 1, 2, 0, 0], [0, 0, 0, 0, 1, 2]]),
        ),
        Mistake("Ju and vᵀJ exchanged", "vᵀJ and Ju", lambda J, v, u, x: (J.T @ v, u @ J.T + J @ u)),
    ),
)

ITEMS = (_1_5_1, _1_5_2)
