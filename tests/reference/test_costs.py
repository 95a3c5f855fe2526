"""Every cost and the error it sends back, against ball arithmetic, at ordinary logits and at |z| = 1000."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx

from gradref_reference import COSTS, SpecificationError, activation, cost_function

U = 2.0**-53
FACTORS = {  # in front of (a - y), for m = 6 samples and K = 3 outputs
    "quadratic": 1 / 6,
    "mse_samples": 2 / 6,
    "mse_elements": 2 / 18,
    "cross_entropy": 1 / 6,
    "binary_cross_entropy": 1 / 18,
    "nielsen_cross_entropy": 1 / 6,
}


@pytest.fixture(autouse=True)
def _precise():
    before, ctx.prec = ctx.prec, 3000
    yield
    ctx.prec = before


def _inputs(name, kind, dtype=np.float64):
    """z, a and y for a cost; "saturated" puts logits at ±1000 on both sides of the target."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(6, 3)) * 2 if kind != "saturated" else rng.choice([-1000.0, -30.0, 0.0, 30.0, 1000.0], (6, 3))
    if COSTS[name].output == "softmax":
        y = rng.dirichlet(np.ones(3), 6) if kind == "soft" else np.eye(3)[rng.integers(0, 3, 6)]
    else:
        y = rng.random((6, 3)) if kind == "soft" else rng.integers(0, 2, (6, 3)).astype(float)
    z, y = z.astype(dtype), y.astype(dtype)
    for array in (z, y):
        array.flags.writeable = False
    return z, activation(COSTS[name].output or "tanh").value(z), y


def _exact(name, z, a, y):
    """C from its definition in balls, and the sum of the sizes of its terms."""
    m, K = z.shape
    Z, A, Y = ([[arb(float(v)) for v in row] for row in array] for array in (z, a, y))
    if name in ("quadratic", "mse_samples", "mse_elements"):
        total = sum(((p - q) ** 2 for r, s in zip(A, Y, strict=True) for p, q in zip(r, s, strict=True)), arb(0))
        value = total / {"quadratic": 2 * m, "mse_samples": m, "mse_elements": m * K}[name]
        return value, value
    if name == "cross_entropy":
        total = size = arb(0)
        for row, target in zip(Z, Y, strict=True):
            log_sum = sum((v.exp() for v in row), arb(0)).log()
            total += sum((t * (log_sum - v) for v, t in zip(row, target, strict=True)), arb(0))
            size += sum((t * (abs(log_sum) + abs(v)) for v, t in zip(row, target, strict=True)), arb(0))
        return total / m, size / m
    total = size = arb(0)
    for row, target in zip(Z, Y, strict=True):
        for v, t in zip(row, target, strict=True):
            total += t * (-v).exp().log1p() + (1 - t) * v.exp().log1p()
            size += abs(v) + 1
    n = m if name == "nielsen_cross_entropy" else m * K
    return total / n, size / n


@pytest.mark.parametrize("kind", ["hard", "soft", "saturated"])
@pytest.mark.parametrize("name", COSTS)
def test_cost_value_is_right_to_rounding(name, kind):
    z, a, y = _inputs(name, kind)
    exact, size = _exact(name, z, a, y)
    error = float(abs(arb(float(COSTS[name].value(z, a, y))) - exact))
    assert error <= 2 * z.size * U * float(size)  # at most one rounding a term in each of two sums


@pytest.mark.parametrize("kind", ["hard", "soft", "saturated"])
@pytest.mark.parametrize("name", COSTS)
def test_float32_costs_stay_float32_and_finite(name, kind):
    z, a, y = _inputs(name, kind, np.float32)
    value = COSTS[name].value(z, a, y)
    assert value.dtype == np.float32
    assert np.isfinite(value)


@pytest.mark.parametrize("kind", ["hard", "soft", "saturated"])
@pytest.mark.parametrize("name", COSTS)
def test_error_is_the_factor_times_output_minus_target(name, kind):
    _, a, y = _inputs(name, kind)
    cost = COSTS[name]
    error = cost.fused_delta(a, y) if cost.output else cost.nabla_a(a, y)
    weight = y.sum(axis=1, keepdims=True) if cost.output == "softmax" else 1.0
    np.testing.assert_allclose(error, (weight * a - y) * FACTORS[name], rtol=4 * U, atol=4 * U)


@pytest.mark.parametrize("name", COSTS)
def test_error_is_the_slope_of_the_exact_cost(name):
    z, a, y = _inputs(name, "soft")
    cost, h = COSTS[name], 2.0**-20
    error = cost.fused_delta(a, y) if cost.output else cost.nabla_a(a, y)
    for i, j in [(0, 0), (2, 1), (5, 2)]:
        step = np.zeros_like(z)
        step[i, j] = h
        moved = [(z + s * step, a) if cost.output else (z, a + s * step) for s in (-2, -1, 1, 2)]  # 2⁻²⁰ is added exactly
        ll, l, r, rr = (_exact(name, zz, aa, y)[0] for zz, aa in moved)
        slope = float((8 * (r - l) - (rr - ll)) / (12 * arb(h)))  # error of order h⁴ = 1e-24
        assert abs(error[i, j] - slope) <= 1e-13


def test_soft_targets_that_do_not_sum_to_one_weigh_the_softmax():
    z = np.array([[0.3, -1.0, 0.5]])
    a, y = activation("softmax").value(z), np.array([[0.2, 0.5, 0.1]])
    np.testing.assert_allclose(COSTS["cross_entropy"].fused_delta(a, y), 0.8 * a - y, atol=4 * U)


def test_an_unknown_cost_is_refused_with_the_nearest_name():
    with pytest.raises(SpecificationError) as caught:
        cost_function("quadratik")
    assert "Did you mean 'quadratic'?" in str(caught.value)
