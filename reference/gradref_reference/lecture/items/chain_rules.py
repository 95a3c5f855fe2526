"""Items 1.5.3, 1.5.4: the scalar chain rule and the Jacobian chain rule."""

import numpy as np

from .. import matrix_calculus as code
from ..item import Claim, Golden, Item, Mistake

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


# --- 1.5.3 -----------------------------------------------------------------------------------------------------------

_TWO_PATHS = "y = uv, u = x², v = 3x + 1"


def _two_paths(x):
    return code.total_derivative(np.array([3 * x + 1, x * x]), np.array([2 * x, 3 + 0 * x]))


def _cube(x):
    return code.scalar_chain(np.array([3 * (2 * x * x + 1) ** 2, 4 * x]))


def _paths(rng, sizes):
    n = sizes[0]
    return rng.standard_normal(n), rng.standard_normal(n), rng.standard_normal()


def _many_paths(c, d, x):
    """y = Π u_i with u_i = c_i x + d_i x²: one path for each i."""
    u = c * x + d * x * x
    others = np.array([np.prod(np.delete(u, i)) for i in range(len(u))])
    return code.total_derivative(others, c + 2 * d * x)


def _true_many_paths(world, c, d, x):
    def y(s):
        product = c[0] * s + d[0] * s * s
        for i in range(1, len(c)):
            product = product * (c[i] * s + d[i] * s * s)
        return product

    return world.jacobian(y, x)


_1_5_3 = Item(
    "1.5.3",
    "New way of seeing the scalar chain rule",
    "0:24:00",
    r"\frac{\mathrm dy}{\mathrm dx}=\frac{\mathrm df_1}{\mathrm df_2}\frac{\mathrm df_2}{\mathrm df_3}\cdots"
    r"\frac{\mathrm df_m}{\mathrm dx},\qquad \frac{\mathrm dy}{\mathrm dx}=\sum_i\frac{\partial y}{\partial u_i}"
    r"\frac{\mathrm du_i}{\mathrm dx}",
    "scalars: a product of 1 x 1 Jacobians; a sum over paths",
    "each factor at the value of its own input; each u_i differentiable at x, y differentiable at u(x)",
    ("matrix_calculus.scalar_chain", "matrix_calculus.total_derivative"),
    (
        Claim(
            "y = (3x + 1)²",
            ("x",),
            ("dy/dx",),
            lambda x: code.scalar_chain(np.array([2 * (3 * x + 1), 3 + 0 * x])),
            lambda world, x: world.jacobian(lambda t: (3 * t + 1) * (3 * t + 1), x),
            _scalar,
            (Golden((2,), (42,)),),
        ),
        Claim(
            "y = (2x² + 1)³",
            ("x",),
            ("dy/dx",),
            _cube,
            lambda world, x: world.jacobian(lambda t: (2 * t * t + 1) * (2 * t * t + 1) * (2 * t * t + 1), x),
            _scalar,
            (Golden((1,), (108,)),),
        ),
        Claim(
            _TWO_PATHS,
            ("x",),
            ("dy/dx",),
            _two_paths,
            lambda world, x: world.jacobian(lambda t: t * t * (3 * t + 1), x),
            _scalar,
            (Golden((2,), (40,)),),
        ),
        Claim(
            "y = x + x²",
            ("x",),
            ("dy/dx",),
            lambda x: code.total_derivative(np.array([1 + 0 * x, 1 + 0 * x]), np.array([1 + 0 * x, 2 * x])),
            lambda world, x: world.jacobian(lambda t: t + t * t, x),
            _scalar,
            (Golden((1,), (3,)),),
        ),
        Claim("y = Π u_i(x)", ("c", "d", "x"), ("dy/dx",), _many_paths, _true_many_paths, _paths),
    ),
    (
        Mistake("first path only", _TWO_PATHS, lambda x: (3 * x + 1) * 2 * x, (0, 28)),
        Mistake("second path only", _TWO_PATHS, lambda x: x * x * 3, (0, 12)),
        Mistake("product of the derivatives", _TWO_PATHS, lambda x: 2 * x * 3, (0, 12)),
        Mistake("outer derivative at x instead of u", "y = (3x + 1)²", lambda x: 2 * x * 3, (0, 12)),
        Mistake("outer derivative at x, three levels", "y = (2x² + 1)³", lambda x: 3 * x**2 * 4 * x, (0, 12)),
        Mistake("paths merged by a product because y is one", "y = Π u_i(x)", lambda c, d, x: np.prod(c + 2 * d * x)),
    ),
)

# --- 1.5.4 -----------------------------------------------------------------------------------------------------------

_COMPOSITION = "J of h∘g, polynomials"


def _g(world_stack, x):
    return world_stack([x[0] + 2 * x[1], x[0] * x[1], x[1] * x[1]])


def _h(world_stack, u):
    return world_stack([u[0] * u[2], u[1] - u[2] * u[2]])


def _J_g(x):
    one = 0 * x[0] + 1
    return np.array([[one, 2 * one], [x[1], x[0]], [0 * one, 2 * x[1]]])


def _J_h(u):
    one = 0 * u[0] + 1
    return np.array([[u[2], 0 * one, u[0]], [0 * one, one, -2 * u[2]]])


def _composed(x):
    return code.chain(_J_h(_g(np.array, x)), _J_g(x))


def _private_chains(x):
    """Each output treated as its own chain: h_i's own g_i only, the sum over the intermediates dropped."""
    J_h, J_g = _J_h(_g(np.array, x)), _J_g(x)
    return np.array([J_h[i, i] * J_g[i] for i in range(2)])


def _tanh_stack(rng, sizes):
    n, k, m = sizes[:3]
    return rng.standard_normal((m, k)), rng.standard_normal((k, n)), rng.standard_normal(n)


def _tanh_chain(P, Q, x):
    return code.chain(P, (1 - np.tanh(Q @ x) ** 2)[:, None] * Q)


def _linear_maps(rng, sizes):
    n, k, m = sizes[:3]
    return rng.standard_normal((m, k)), rng.standard_normal((k, n)), rng.standard_normal(n)


_LINEAR = "J of x ↦ P(Qx)"

_1_5_4 = Item(
    "1.5.4",
    "The Jacobian chain rule",
    "0:27:12",
    r"J_{h\circ g}(x)=J_h(g(x))\,J_g(x),\qquad (J)_{ij}=\sum_{r=1}^k\frac{\partial h_i}{\partial g_r}"
    r"\frac{\partial g_r}{\partial x_j}",
    "(m, k)(k, n) → (m, n); left to right is output to input",
    "g differentiable at x, h differentiable at g(x)",
    ("matrix_calculus.chain",),
    (
        Claim(
            _COMPOSITION,
            ("x",),
            ("J",),
            _composed,
            lambda world, x: world.jacobian(lambda v: _h(world.stack, _g(world.stack, v)), x),
            _pair,
            (Golden(([1, 2],), ([[4, 28], [2, -31]],)),),
        ),
        Claim(
            "J of x ↦ P tanh(Qx)",
            ("P", "Q", "x"),
            ("J",),
            _tanh_chain,
            lambda world, P, Q, x: world.jacobian(lambda v: P @ world.sigma("tanh")(Q @ v), x),
            _tanh_stack,
        ),
        Claim(
            _LINEAR,
            ("P", "Q", "x"),
            ("J",),
            lambda P, Q, x: code.chain(P, Q),
            lambda world, P, Q, x: world.jacobian(lambda v: P @ (Q @ v), x),
            _linear_maps,
            (Golden(([[0, 1], [0, 0]], [[1, 2], [3, 4]], [1, 1]), ([[3, 4], [0, 0]],)),),
        ),
    ),
    (
        Mistake(
            "reversed order",
            _COMPOSITION,
            lambda x: _J_g(x) @ _J_h(_g(np.array, x)),
            (0, [[4, 2, -11], [8, 1, 2], [0, 4, -32]]),
        ),
        Mistake("reversed order, square", _LINEAR, lambda P, Q, x: Q @ P, (0, [[0, 1], [0, 3]])),
        Mistake("Hadamard product of the Jacobians", _LINEAR, lambda P, Q, x: P * Q, (0, [[0, 2], [0, 0]])),
        Mistake("the sum over the intermediates dropped", _COMPOSITION, _private_chains, (0, [[4, 8], [2, 1]])),
        Mistake(
            "J_h evaluated at x", "J of x ↦ P tanh(Qx)", lambda P, Q, x: P @ ((1 - np.tanh(Q @ (0 * x + 1)) ** 2)[:, None] * Q)
        ),
        Mistake("J_h evaluated at x, polynomials", _COMPOSITION, lambda x: _J_h(np.append(x, 0 * x[:1])) @ _J_g(x)),
    ),
)

ITEMS = (_1_5_3, _1_5_4)
