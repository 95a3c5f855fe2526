"""Items 3.7, 3.8: why descent works and how far one may step; batch, mini-batch and stochastic descent."""

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


def _cost(X, y, w, b):
    e = X @ w + b - y
    return (e * e).sum() / (2 * X.shape[0])


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

# --- 3.8 -------------------------------------------------------------------------------------------------------------

ETA = "1/10"


def _samples(rng, sizes):
    return *_regression(rng, sizes)[:4], 0.05 + 0.1 * rng.random()


_SCHEDULES = {
    "one full batch": lambda N: [range(N)],
    "two full batches": lambda N: [range(N), range(N)],
    "two halves": lambda N: code.cut(range(N), (N + 1) // 2),
    "a smaller last batch": lambda N: code.cut(range(N), N // 2 + 1),
    "one sample at a time": lambda N: code.cut(range(N), 1),
}


def _descended(schedule, batch_gradient=None):
    """SGD over a schedule; `batch_gradient(X, y, w, b, batch, N)` replaces the right one in a mutant."""

    def path(X, y, w, b, eta):
        batches = _SCHEDULES[schedule](len(y))
        if batch_gradient is None:
            return code.sgd(X, y, w, b, batches, eta)
        for batch in batches:
            by_w, by_b = batch_gradient(X, y, w, b, batch)
            w, b = w - eta * by_w, b - eta * by_b
        return w, b

    return path


def _true_descended(schedule):
    def truth(world, X, y, w, b, eta):
        theta = {"w": w, "b": b}
        for batch in _SCHEDULES[schedule](X.shape[0]):
            rows, labels = X[batch[0] : batch[-1] + 1], y[batch[0] : batch[-1] + 1]
            by = world.jacobian(lambda p, r=rows, t=labels: _cost(r, t, p["w"], p["b"]), theta)
            theta = {key: theta[key] - eta * by[key] for key in theta}
        return theta["w"], theta["b"]

    return truth


def _schedule(name, w, b):
    return Claim(
        name,
        ("X", "y", "w", "b", "η"),
        ("w", "b"),
        _descended(name),
        _true_descended(name),
        _samples,
        (Golden((*DATA, ETA), (w, b)),),
    )


def _combined(combine):
    """The full gradient from the gradients of all samples but the last, and of the last."""

    def gradient(X, y, w, b, eta):
        batches = [range(len(y) - 1), range(len(y) - 1, len(y))]
        parts = [code.batch_gradient(X, y, w, b, batch) for batch in batches]
        return tuple(combine([part[i] for part in parts], [len(batch) for batch in batches]) for i in (0, 1))

    return gradient


def _true_full(world, X, y, w, b, eta):
    by = world.jacobian(lambda p: _cost(X, y, p["w"], p["b"]), {"w": w, "b": b})
    return by["w"], by["b"]


def _sequential(X, y, w, b, eta):
    for batch in _SCHEDULES["one full batch"](len(y)):
        w = w - eta * code.batch_gradient(X, y, w, b, batch)[0]
        b = b - eta * code.batch_gradient(X, y, w, b, batch)[1]  # sees the new w
    return w, b


def _accumulated(X, y, w, b, eta):
    total_w, total_b = 0 * w, 0 * b
    for batch in _SCHEDULES["two full batches"](len(y)):
        by_w, by_b = code.batch_gradient(X, y, w, b, batch)
        total_w, total_b = total_w + by_w, total_b + by_b
        w, b = w - eta * total_w, b - eta * total_b
    return w, b


def _scaled(factor):
    """The batch gradient times factor(|B|, N)."""

    def batch_gradient(X, y, w, b, batch):
        top, bottom = factor(len(batch), len(y))
        return tuple(g * top / bottom for g in code.batch_gradient(X, y, w, b, batch))

    return batch_gradient


def _last_dropped(X, y, w, b, eta):
    return code.sgd(X, y, w, b, _SCHEDULES["a smaller last batch"](len(y))[:-1] or [range(len(y) - 1)], eta)


def _visits(epoch):
    """How often an epoch of batches of 3 visits each sample, and whether it starts in another order than the data's."""

    def count(x):
        N = len(x)
        order = epoch(np.random.default_rng(N), N)
        seen = [i for batch in code.cut(order, 3) for i in batch]
        moved = int(list(seen) != list(range(N)))
        return np.array([seen.count(i) for i in range(N)]) + 0 * x, moved

    return count


def _true_visits(world, x):
    """Each sample's cost enters the sum over an epoch once: ∂(Σ_B Σ_{i∈B} C_i)/∂C_i = 1; shuffled: 1."""
    return world.jacobian(lambda c: c.sum(), x), world.array(1.0)


_FULL, _TWICE, _HALVES, _UNEQUAL, _SINGLES = _SCHEDULES
_WEIGHTED, _EPOCH = "∇C = Σ |B|/N ∇C_B", "an epoch visits every sample once, shuffled"

_3_8 = Item(
    "3.8",
    "Gradient descent algorithm and SGD",
    "3:08:55",
    r"\theta\leftarrow\theta-\frac\eta{|B_t|}\sum_{x\in B_t}\nabla C_x,\qquad \nabla C=\sum_B\frac{|B|}N\nabla C_B",
    "θ = (w, b): (n,) and a scalar; X: (N, n)",
    "|B| is the actual batch size; all parameters of a step start from the same old point",
    (
        "gradient_descent.cut",
        "gradient_descent.epoch",
        "gradient_descent.batch_gradient",
        "gradient_descent.combine",
        "gradient_descent.sgd",
    ),
    (
        _schedule(_FULL, ["17/10", "53/40"], "-3/4"),
        _schedule(_TWICE, ["2427/1600", "2483/1600"], "-171/320"),
        _schedule(_HALVES, ["287/200", "13/8"], "-21/40"),
        _schedule(_UNEQUAL, ["8/5", "517/300"], "-113/300"),
        _schedule(_SINGLES, ["113/125", "5311/2500"], "-539/2500"),
        Claim(
            _WEIGHTED,
            ("X", "y", "w", "b", "η"),
            ("∂C/∂w", "∂C/∂b"),
            _combined(code.combine),
            _true_full,
            _samples,
            (Golden((*DATA, ETA), ([3, "-13/4"], "-5/2")),),
        ),
        Claim(
            _EPOCH,
            ("samples",),
            ("visits", "shuffled"),
            _visits(code.epoch),
            _true_visits,
            lambda rng, sizes: (rng.standard_normal(sizes[-1] + 4),),
            skips={"golden": "the order is random"},
        ),
    ),
    (
        Mistake("no 1/|B|", _FULL, _descended(_FULL, _scaled(lambda B, N: (B, 1))), (0, (["4/5", "23/10"], 0))),
        Mistake("1/N for 1/|B|", _UNEQUAL, _descended(_UNEQUAL, _scaled(lambda B, N: (B, N)))),
        Mistake("the smaller last batch dropped", _UNEQUAL, _last_dropped),
        Mistake("the last batch scaled by the full batch size", _UNEQUAL, _descended(_UNEQUAL, _scaled(lambda B, N: (B, N // 2 + 1)))),
        Mistake("w updated before ∂b is computed", _FULL, _sequential, (0, (["17/10", "53/40"], "-243/320"))),
        Mistake("plain mean of unequal batches", _WEIGHTED, _combined(lambda g, sizes: sum(g) / len(g)), (0, ([2, "-23/6"], None))),
        Mistake("not shuffled", _EPOCH, _visits(lambda rng, N: list(range(N)))),
        Mistake("drawn with replacement", _EPOCH, _visits(lambda rng, N: [int(i) for i in rng.integers(0, N, N)])),
        Mistake("gradients accumulated over the steps", _TWICE, _accumulated),
    ),
)

ITEMS = (_3_7, _3_8)
