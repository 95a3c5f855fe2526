"""Mistakes with one neuron's gradient, with descent and with a layer's Jacobian (lecture 3.4 - 3.9)."""

import numpy as np

from ..c3_4_weight_derivative import CHAIN, errors, neuron_cost, weight_derivative
from ..c3_5_weighted_average import AVERAGE, LINEAR_AVERAGE, weighted_average
from ..c3_6_bias_derivative import LAYER, OF_SQUARE, TRICK, layer_bias
from ..c3_7_descent import (
    BOWL,
    ITERATION,
    LIMIT,
    SLOPE,
    directional_derivative,
    gradient,
    hessian,
    iteration_matrix,
    step_size_limit,
    three_steps,
)
from ..c3_8_stochastic_descent import (
    EPOCH,
    FULL,
    SCHEDULES,
    TWICE,
    UNEQUAL,
    WEIGHTED,
    batch_gradient,
    combined,
    descended,
    sgd,
    visits,
)
from ..c3_9_layer_jacobian import CONTRACTED, ROWS, TENSOR, jacobian_by_columns, jacobian_by_rows
from ..item import Mistake
from ..sigmas import IDENTITY, SQUARE

__all__ = ["MISTAKES"]


def _weights(formula):
    """C as it is, ∂C/∂w by another formula of e, z, X, N with σ = square."""

    def mutant(X, y, w, b):
        z = X @ w + b
        return neuron_cost(X, y, w, b, SQUARE), formula(SQUARE(z) - y, z, X, len(y))

    return mutant


def _chain_without_inner_slope(w1, b1, w2, b2, x, y):
    z2 = w2 * SQUARE(w1 * x + b1) + b2
    by_z2 = (SQUARE(z2) - y) * SQUARE.prime(z2)
    return by_z2 * w2 * x, by_z2 * w2, by_z2 * SQUARE(w1 * x + b1), by_z2


_SQUARE, _IDENTITY, _RELU = (f"C and ∂C/∂w, σ = {s}" for s in ("square", "identity", "relu"))


def _averaged(weights):
    """1/N Σ weight_i x_i with other weights, σ = square."""

    def mutant(X, y, w, b):
        z = X @ w + b
        return weighted_average(X, weights(SQUARE(z) - y, 2 * z))

    return mutant


def _bias(formula):
    def mutant(X, y, w, b):
        z = X @ w + b
        return formula((SQUARE(z) - y) * 2 * z, X)

    return mutant


def _sequential(X, y, w, b, eta):
    for batch in SCHEDULES["one full batch"](len(y)):
        w = w - eta * batch_gradient(X, y, w, b, batch)[0]
        b = b - eta * batch_gradient(X, y, w, b, batch)[1]  # sees the new w
    return w, b


def _accumulated(X, y, w, b, eta):
    total_w, total_b = 0 * w, 0 * b
    for batch in SCHEDULES["two full batches"](len(y)):
        by_w, by_b = batch_gradient(X, y, w, b, batch)
        total_w, total_b = total_w + by_w, total_b + by_b
        w, b = w - eta * total_w, b - eta * total_b
    return w, b


def _scaled(factor):
    """The batch gradient times factor(|B|, N)."""

    def scaled_gradient(X, y, w, b, batch):
        top, bottom = factor(len(batch), len(y))
        return tuple(g * top / bottom for g in batch_gradient(X, y, w, b, batch))

    return scaled_gradient


def _last_dropped(X, y, w, b, eta):
    return sgd(X, y, w, b, SCHEDULES["a smaller last batch"](len(y))[:-1] or [range(len(y) - 1)], eta)


MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "3.4": (
        Mistake("sum for mean", _SQUARE, _weights(lambda e, z, X, N: (e * 2 * z) @ X), (0, (None, [582, -164]))),
        Mistake("no ½: a factor 2", _SQUARE, _weights(lambda e, z, X, N: 2 * (e * 2 * z) @ X / N), (0, (None, [291, -82]))),
        Mistake("sign y - a", _SQUARE, _weights(lambda e, z, X, N: -(e * 2 * z) @ X / N), (0, (None, ["-291/2", 41]))),
        Mistake("mean error times mean input", _SQUARE, _weights(lambda e, z, X, N: (e * 2 * z).sum() / N * X.sum(axis=0) / N)),
        Mistake("first sample only", _SQUARE, _weights(lambda e, z, X, N: e[0] * 2 * z[0] * X[0])),
        Mistake("σ' missing", _SQUARE, _weights(lambda e, z, X, N: e @ X / N), (0, (None, ["7/2", "7/4"]))),
        Mistake("σ'(a) for σ'(z)", _SQUARE, _weights(lambda e, z, X, N: (e * 2 * z * z) @ X / N), (0, (None, ["189/2", 61]))),
        Mistake("the inner σ' of a chain missing", CHAIN, _chain_without_inner_slope),
        Mistake(
            "no σ', seen with a linear neuron only",
            _IDENTITY,
            lambda X, y, w, b: (neuron_cost(X, y, w, b, IDENTITY), (X @ w + b - y) @ X / len(y)),
            blind_to={"all": "the identity has σ' = 1: a linear neuron cannot reveal a missing σ'"},
        ),
    ),
    "3.5": (
        Mistake(
            "|e| for e",
            LINEAR_AVERAGE,
            lambda X, y, w, b: weighted_average(X, abs(errors(X, y, w, b, IDENTITY))),
            (0, ["-3/2", "11/4"]),
        ),
        Mistake("unweighted mean of the inputs", AVERAGE, _averaged(lambda e, slope: 0 * e + 1), (0, ["1/2", "3/4"])),
        Mistake("sign", AVERAGE, _averaged(lambda e, slope: -e * slope), (0, ["-291/2", 41])),
        Mistake("weights normalised to sum 1", AVERAGE, _averaged(lambda e, slope: e * slope * len(e) / (e * slope).sum())),
        Mistake("saturation counted once", "saturation: ∂a₅/∂x = 4⁻⁵", lambda x: (0 * x + 1) / 4),
    ),
    "3.6": (
        Mistake("sum for mean", OF_SQUARE, _bias(lambda d, X: d.sum()), (0, 14)),
        Mistake("0", OF_SQUARE, _bias(lambda d, X: d.sum() * 0)),
        Mistake("1", OF_SQUARE, _bias(lambda d, X: d.sum() * 0 + 1)),
        Mistake("first sample only", OF_SQUARE, _bias(lambda d, X: d[0]), (0, 30)),
        Mistake("multiplied by x", OF_SQUARE, _bias(lambda d, X: d @ X / len(X))),
        Mistake("the column of ones forgotten in the trick", TRICK, lambda X, y, w, b: weight_derivative(X, y, w, b, IDENTITY)),
        Mistake("layer: one scalar for all units", LAYER, layer_bias(lambda E: E[:, :1] * 0 + E.sum() / E.shape[1])),
        Mistake("layer: wrong axis", LAYER, layer_bias(lambda E: E.sum(axis=0, keepdims=True).T / E.shape[1])),
        Mistake("layer: not summed at all", LAYER, layer_bias(lambda E: E / E.shape[1])),
    ),
    "3.7": (
        Mistake("ascent", BOWL, three_steps(lambda v, g, eta: v + eta * g)),
        Mistake(
            "normalised step",
            BOWL,
            three_steps(lambda v, g, eta: v - eta * g / max(abs(g))),
        ),
        Mistake("sign step", BOWL, three_steps(lambda v, g, eta: v - eta * (2 * np.where(g > 0, 1, 0) - 1))),
        Mistake(
            "only one layer updated",
            BOWL,
            three_steps(lambda v, g, eta: np.append(v[:1] - eta * g[:1], v[1:])),
        ),
        Mistake("1/m applied twice", ITERATION, lambda X, y, w, b, eta: iteration_matrix(hessian(X) / len(X), eta)),
        Mistake("1/λ_max", LIMIT, lambda X: np.asarray(step_size_limit(hessian(X)) / 2)),
        Mistake("the bias left out of H", LIMIT, lambda X: np.asarray(step_size_limit(X.T @ X / len(X)))),
        Mistake("u not divided by its length", "D_u(x₁²x₂ + 4x₂)", lambda x, u: 5 * directional_derivative(gradient(x), u)),
        Mistake("-‖∇C‖ for -‖∇C‖²", SLOPE, lambda x: -sum(abs(gradient(x)))),
    ),
    "3.8": (
        Mistake("no 1/|B|", FULL, descended(FULL, _scaled(lambda B, N: (B, 1))), (0, (["4/5", "23/10"], 0))),
        Mistake("1/N for 1/|B|", UNEQUAL, descended(UNEQUAL, _scaled(lambda B, N: (B, N)))),
        Mistake("the smaller last batch dropped", UNEQUAL, _last_dropped),
        Mistake(
            "the last batch scaled by the full batch size", UNEQUAL, descended(UNEQUAL, _scaled(lambda B, N: (B, N // 2 + 1)))
        ),
        Mistake("w updated before ∂b is computed", FULL, _sequential, (0, (["17/10", "53/40"], "-243/320"))),
        Mistake("plain mean of unequal batches", WEIGHTED, combined(lambda g, sizes: sum(g) / len(g)), (0, ([2, "-23/6"], None))),
        Mistake("not shuffled", EPOCH, visits(lambda rng, N: list(range(N)))),
        Mistake("drawn with replacement", EPOCH, visits(lambda rng, N: [int(i) for i in rng.integers(0, N, N)])),
        Mistake("gradients accumulated over the steps", TWICE, _accumulated),
    ),
    "3.9": (
        Mistake("column-major order where rows are meant", ROWS, lambda a, delta: jacobian_by_columns(a, len(delta))),
        Mistake("∂z/∂W taken for the vector aᵀ", ROWS, lambda a, delta: a, (0, [1, 2])),
        Mistake("tile for Kronecker", ROWS, lambda a, delta: np.tile(a, (len(delta), len(delta)))),
        Mistake("transposed", ROWS, lambda a, delta: jacobian_by_rows(a, len(delta)).T),
        Mistake("T_ijk = δ_ik a_j", TENSOR, lambda a, delta: np.eye(len(delta), dtype=int)[:, None, :] * a[None, :, None]),
        Mistake("aδᵀ for δaᵀ", CONTRACTED, lambda a, delta: np.outer(a, delta)),
    ),
}
