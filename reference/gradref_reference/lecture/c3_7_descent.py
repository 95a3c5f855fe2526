"""Gradient descent (lecture 3.7): which way is down, and how far one may step; exact on fractions."""

import numpy as np

from .c1_5_1_gradients import gradient_quadratic_form
from .c3_4_weight_derivative import DATA
from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = [
    "BOWL",
    "ITEM",
    "ITERATION",
    "LIMIT",
    "SLOPE",
    "descend",
    "directional_derivative",
    "gradient",
    "hessian",
    "iteration_matrix",
    "predicted_change",
    "step_size_limit",
    "three_steps",
]


def directional_derivative(gradient: Array, u: Array) -> Array:
    """D_u f = ∇fᵀu for a unit vector u; at most ‖∇f‖, reached at u = ∇f/‖∇f‖; (n,), (n,) -> scalar. Lecture 3.7.

    >>> round(float(directional_derivative(np.array([-12, 13]), np.array([3, 4]) / 5)), 12)
    3.2
    """
    return gradient @ u


def descend(theta: Array, gradient: Array, eta: Array) -> Array:
    """θ - η∇C, one step; the shape of θ. Lecture 3.7.

    >>> descend(np.array([10.0, 1.0]), np.array([10.0, 10.0]), 0.1)
    array([9., 0.])
    """
    return theta - eta * gradient


def predicted_change(gradient: Array) -> Array:
    """dC/dη at η = 0 of a step: -‖∇C‖², so that C changes by -η‖∇C‖² + O(η²); a scalar. Lecture 3.7.

    >>> predicted_change(np.array([-12, 13]))
    np.int64(-313)
    """
    return -(gradient * gradient).sum()


def hessian(X: Array) -> Array:
    """H = 1/N X̂ᵀX̂, X̂ = [X, 1]: second derivatives of the linear neuron's cost by (w, b); (n + 1, n + 1). Lecture 3.7.

    >>> 4 * hessian(np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]))
    array([[14., -3.,  2.],
           [-3.,  7.,  3.],
           [ 2.,  3.,  4.]])
    """
    augmented = np.concatenate([X, np.ones((len(X), 1), dtype=int)], axis=1)
    return augmented.T @ augmented / len(X)


def iteration_matrix(H: Array, eta: Array) -> Array:
    """∂(θ - η∇C)/∂θ = I - ηH: what a step does to the distance from the optimum of a quadratic; (n, n). Lecture 3.7.

    >>> iteration_matrix(np.array([[1, 0], [0, 10]]), 0.2)
    array([[ 0.8,  0. ],
           [ 0. , -1. ]])
    """
    return np.eye(len(H), dtype=int) - eta * H


def step_size_limit(H: Array) -> float:
    """2/λ_max(H): descent on a quadratic with Hessian H converges for 0 < η below it and diverges above. Lecture 3.7.

    >>> step_size_limit(np.array([[1.0, 0.0], [0.0, 10.0]]))
    0.2
    """
    return 2 / float(np.linalg.eigvalsh(np.asarray(H, float))[-1])


def gradient(x):
    """∇(x₁²x₂ + 4x₂)."""
    return np.array([2 * x[0] * x[1], x[0] * x[0] + 4])


def _f(x):
    return x[0] * x[0] * x[1] + 4 * x[1]


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
    return _f(descend(x, gradient(x), eta)) - _f(x)


def _bowl_inputs(rng, sizes):
    n = sizes[0]
    return rng.standard_normal(n), 0.5 + rng.random(n), 0.1 + 0.2 * rng.random()


def _bowl(curvature, v):
    return (curvature * v * v).sum() / 2


def three_steps(descend):
    """The costs ½Σ c_i v_i² after one, two and three steps of `descend(v, ∇, η)`, and where v is then."""

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


SLOPE, _STEP, BOWL, ITERATION, LIMIT = (
    "dC/dη = -‖∇C‖² at η = 0",
    "f(x - η∇f) - f(x)",
    "three steps down ½Σ c_i v_i²",
    "∂(θ - η∇C)/∂θ = I - ηH",
    "2/λ_max of the linear neuron",
)

ITEM = Item(
    id="3.7",
    title="Gradient descent intuition",
    timestamp="2:56:54",
    statement=r"D_uf=\nabla f^{\mathsf T}u\le\lVert\nabla f\rVert,\qquad \theta\leftarrow\theta-\eta\nabla C,\qquad "
    r"\Delta C=-\eta\lVert\nabla C\rVert^2+O(\eta^2),\qquad 0<\eta<\frac2{\lambda_{\max}(H)}",
    shapes="∇f, u, θ: (n,); H: (n, n)",
    conditions="‖u‖ = 1; the limit on η is for a quadratic cost with Hessian H",
    functions=(directional_derivative, descend, predicted_change, hessian, iteration_matrix, step_size_limit),
    claims=(
        Claim(
            name="D_u(xᵀAx) = ∇fᵀu",
            inputs=("A", "x", "u"),
            outputs=("D_u f",),
            code=lambda A, x, u: directional_derivative(gradient_quadratic_form(A, x), u),
            truth=lambda world, A, x, u: world.jacobian(lambda t: (x + t * u) @ A @ (x + t * u), world.array(0.0)),
            draw=_form,
        ),
        Claim(
            name="D_u(x₁²x₂ + 4x₂)",
            inputs=("x", "u"),
            outputs=("D_u f",),
            code=lambda x, u: directional_derivative(gradient(x), u),
            truth=lambda world, x, u: world.jacobian(lambda t: _f(x + t * u), world.array(0.0)),
            draw=_point_and_direction,
            goldens=(Golden(([3, -2], ["3/5", "4/5"]), ("16/5",)),),
        ),
        Claim(
            name=SLOPE,
            inputs=("x",),
            outputs=("dC/dη",),
            code=lambda x: predicted_change(gradient(x)),
            truth=_true_slope,
            draw=normal("2"),
            goldens=(Golden(([3, -2],), (-313,)),),
        ),
        Claim(
            name=_STEP,
            inputs=("x", "η"),
            outputs=("change",),
            code=_small_step,
            truth=lambda world, x, eta: _f(x - eta * world.jacobian(_f, x)) - _f(x),
            draw=lambda rng, sizes: (rng.standard_normal(2), 0.1 * rng.random()),
            goldens=(Golden((np.array([3.0, -2.0]), 1e-4), ("-0.03131224",), exact=False, digits=8),),
        ),
        Claim(
            name=BOWL,
            inputs=("v", "c", "η"),
            outputs=("C₁", "C₂", "C₃", "v₃"),
            code=three_steps(descend),
            truth=_true_three_steps,
            draw=_bowl_inputs,
            goldens=(
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
            name=ITERATION,
            inputs=("X", "y", "w", "b", "η"),
            outputs=("I - ηH",),
            code=lambda X, y, w, b, eta: iteration_matrix(hessian(X), eta),
            truth=_true_iteration,
            draw=_regression,
            goldens=(Golden((*DATA, 4), ([[-13, 3, -2], [3, -6, -3], [-2, -3, -3]],)),),
        ),
        Claim(
            name=LIMIT,
            inputs=("X",),
            outputs=("η_max",),
            code=lambda X: np.asarray(step_size_limit(hessian(X))),
            truth=_true_limit,
            draw=_limit_inputs,
            goldens=(Golden((np.array(DATA[0], float),), ("0.52699186",), exact=False, digits=8),),
            on_balls=False,
        ),
    ),
)
