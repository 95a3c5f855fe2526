"""Item 3.7: why descent works and how far one may step."""

import numpy as np

from .. import gradient_descent as code
from ..item import Claim, Golden, Item, Mistake
from ..matrix_calculus import gradient_quadratic_form
from .one_neuron import DATA

__all__ = ["ITEMS"]

# --- 3.7 -------------------------------------------------------------------------------------------------------------


def _gradient(x):
    """∇(x₁²x₂ + 4x₂)."""
    return np.array([2 * x[0] * x[1], x[0] * x[0] + 4])


def _f(x):
    return x[0] * x[0] * x[1] + 4 * x[1]


def _point(rng, sizes):
    return (rng.standard_normal(2),)


def _point_and_direction(rng, sizes):
    u = rng.standard_normal(2)
    return rng.standard_normal(2), u / np.sqrt(u @ u)


def _form(rng, sizes):
    n = sizes[0]
    u = rng.standard_normal(n)
    return rng.standard_normal((n, n)), rng.standard_normal(n), u / np.sqrt(u @ u)


def _true_slope(world, x):
    """dC/dη at η = 0 of f(x - η∇f(x)), with this world's own gradient."""
    gradient = world.jacobian(_f, x)
    return world.jacobian(lambda eta: _f(x - eta * gradient), world.array(0.0))


def _small_step(x, eta):
    return _f(code.descend(x, _gradient(x), eta)) - _f(x)


def _bowl_inputs(rng, sizes):
    n = sizes[0]
    return rng.standard_normal(n), 0.5 + rng.random(n), 0.1 + 0.2 * rng.random()


def _bowl(curvature, v):
    return (curvature * v * v).sum() / 2


def _three_steps(descend):
    def path(v, curvature, eta):
        costs = []
        for _ in range(3):
            v = descend(v, curvature * v, eta)
            costs.append(_bowl(curvature, v))
        return (*costs, v)

    return path


def _true_three_steps(world, v, curvature, eta):
    costs = []
    for _ in range(3):
        v = v - eta * world.jacobian(lambda u: _bowl(curvature, u), v)
        costs.append(_bowl(curvature, v))
    return (*costs, v)


def _regression(rng, sizes):
    N, n = sizes[:2]
    return rng.standard_normal((N, n)), rng.standard_normal(N), rng.standard_normal(n), rng.standard_normal(), rng.random()


def _true_iteration(world, X, y, w, b, eta):
    """The Jacobian of the step map θ ↦ θ - η∇C(θ), θ = [w; b], ∇C written out for the linear neuron."""

    def moved(theta):
        e = X @ theta[:-1] + theta[-1] - y
        by_w, by_b = e @ X / X.shape[0], e.sum() / X.shape[0]
        return world.join([theta[:-1] - eta * by_w, theta[-1] - eta * by_b])

    return world.jacobian(moved, world.join([w, b]))


def _limit_inputs(rng, sizes):
    return (rng.standard_normal((sizes[-1] + 4, sizes[0])),)


def _true_limit(world, X):
    """2/λ_max by the power method on the Hessian that differentiating ∇C gives: H^(2^12), scaled by its trace."""

    def gradient(theta):
        e = X @ theta[:-1] + theta[-1]
        return world.join([e @ X / X.shape[0], e.sum() / X.shape[0]])

    n = X.shape[1] + 1
    H = world.jacobian(gradient, world.array(np.zeros(n)))
    identity, P = world.array(np.eye(n)), H
    for _ in range(12):
        P = P @ P
        P = P / (identity * P).sum()
    return 2 * (identity * P).sum() / (H * P).sum()


_SLOPE, _STEP, _BOWL, _ITERATION, _LIMIT = (
    "dC/dη = -‖∇C‖² at η = 0",
    "f(x - η∇f) - f(x)",
    "three steps down ½Σ c_i v_i²",
    "∂(θ - η∇C)/∂θ = I - ηH",
    "2/λ_max of the linear neuron",
)

_3_7 = Item(
    "3.7",
    "Gradient descent intuition",
    "2:56:54",
    r"D_uf=\nabla f^{\mathsf T}u\le\lVert\nabla f\rVert,\qquad \theta\leftarrow\theta-\eta\nabla C,\qquad "
    r"\Delta C=-\eta\lVert\nabla C\rVert^2+O(\eta^2),\qquad 0<\eta<\frac2{\lambda_{\max}(H)}",
    "∇f, u, θ: (n,); H: (n, n)",
    "‖u‖ = 1; the limit on η is for a quadratic cost with Hessian H",
    (
        "gradient_descent.directional_derivative",
        "gradient_descent.descend",
        "gradient_descent.predicted_change",
        "gradient_descent.hessian",
        "gradient_descent.iteration_matrix",
        "gradient_descent.step_size_limit",
    ),
    (
        Claim(
            "D_u(xᵀAx) = ∇fᵀu",
            ("A", "x", "u"),
            ("D_u f",),
            lambda A, x, u: code.directional_derivative(gradient_quadratic_form(A, x), u),
            lambda world, A, x, u: world.jacobian(lambda t: (x + t * u) @ A @ (x + t * u), world.array(0.0)),
            _form,
        ),
        Claim(
            "D_u(x₁²x₂ + 4x₂)",
            ("x", "u"),
            ("D_u f",),
            lambda x, u: code.directional_derivative(_gradient(x), u),
            lambda world, x, u: world.jacobian(lambda t: _f(x + t * u), world.array(0.0)),
            _point_and_direction,
            (Golden(([3, -2], ["3/5", "4/5"]), ("16/5",)),),
        ),
        Claim(
            _SLOPE,
            ("x",),
            ("dC/dη",),
            lambda x: code.predicted_change(_gradient(x)),
            _true_slope,
            _point,
            (Golden(([3, -2],), (-313,)),),
        ),
        Claim(
            _STEP,
            ("x", "η"),
            ("change",),
            _small_step,
            lambda world, x, eta: _f(x - eta * world.jacobian(_f, x)) - _f(x),
            lambda rng, sizes: (rng.standard_normal(2), 0.1 * rng.random()),
            (Golden((np.array([3.0, -2.0]), 1e-4), ("-0.03131224",), exact=False, digits=8),),
        ),
        Claim(
            _BOWL,
            ("v", "c", "η"),
            ("C₁", "C₂", "C₃", "v₃"),
            _three_steps(code.descend),
            _true_three_steps,
            _bowl_inputs,
            (
                Golden(([10, 1], [1, 10], "1/10"), ("81/2", "32.805", "26.57205", None)),
                Golden(([10, 1], [1, 10], "1/5"), (37, "25.48", "18.1072", ["128/25", -1])),
                Golden(
                    (np.array([10.0, 1.0]), np.array([1.0, 10.0]), 0.25),
                    ("39.375", "41.132812", "65.852051", None),
                    exact=False,
                    digits=6,
                ),
            ),
        ),
        Claim(
            _ITERATION,
            ("X", "y", "w", "b", "η"),
            ("I - ηH",),
            lambda X, y, w, b, eta: code.iteration_matrix(code.hessian(X), eta),
            _true_iteration,
            _regression,
            (Golden((*DATA, 4), ([[-13, 3, -2], [3, -6, -3], [-2, -3, -3]],)),),
        ),
        Claim(
            _LIMIT,
            ("X",),
            ("η_max",),
            lambda X: np.asarray(code.step_size_limit(code.hessian(X))),
            _true_limit,
            _limit_inputs,
            (Golden((np.array(DATA[0], float),), ("0.52699186",), exact=False, digits=8),),
            on_balls=False,
        ),
    ),
    (
        Mistake("ascent", _BOWL, _three_steps(lambda v, g, eta: v + eta * g)),
        Mistake(
            "normalised step",
            _BOWL,
            _three_steps(lambda v, g, eta: v - eta * g / max(abs(g))),
        ),
        Mistake("sign step", _BOWL, _three_steps(lambda v, g, eta: v - eta * (2 * np.where(g > 0, 1, 0) - 1))),
        Mistake(
            "only one layer updated",
            _BOWL,
            _three_steps(lambda v, g, eta: np.append(v[:1] - eta * g[:1], v[1:])),
        ),
        Mistake("1/m applied twice", _ITERATION, lambda X, y, w, b, eta: code.iteration_matrix(code.hessian(X) / len(X), eta)),
        Mistake("1/λ_max", _LIMIT, lambda X: np.asarray(code.step_size_limit(code.hessian(X)) / 2)),
        Mistake("the bias left out of H", _LIMIT, lambda X: np.asarray(code.step_size_limit(X.T @ X / len(X)))),
        Mistake("u not divided by its length", "D_u(x₁²x₂ + 4x₂)", lambda x, u: 5 * code.directional_derivative(_gradient(x), u)),
        Mistake("-‖∇C‖ for -‖∇C‖²", _SLOPE, lambda x: -sum(abs(_gradient(x)))),
    ),
)

ITEMS = (_3_7,)
