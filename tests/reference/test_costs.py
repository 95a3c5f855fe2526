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


def _inputs(name, kind, dtype: type[np.floating] = np.float64):
    """z, a and y for a cost; "saturated" puts logits at ±1000 on both sides of the target."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(6, 3)) * 2 if kind != "saturated" else rng.choice([-1000.0, -30.0, 0.0, 30.0, 1000.0], (6, 3))
    if COSTS[name].output == "softmax":
        y = rng.dirichlet(np.ones(3), 6) if kind == "soft" else np.eye(3)[rng.integers(0, 3, 6)]
    else:
        y = rng.random((6, 3)) if kind == "soft" else rng.integers(0, 2, (6, 3)).astype(float)
    if kind == "outside":
        y = rng.uniform(-3, 4, (6, 3))
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
            size += sum((abs(t) * (abs(log_sum) + abs(v)) for v, t in zip(row, target, strict=True)), arb(0))
        return total / m, size / m
    total = size = arb(0)
    for row, target in zip(Z, Y, strict=True):
        for v, t in zip(row, target, strict=True):
            total += t * (-v).exp().log1p() + (1 - t) * v.exp().log1p()
            size += (abs(v) + 1) * max(1.0, abs(2 * float(t) - 1))
    n = m if name == "nielsen_cross_entropy" else m * K
    return total / n, size / n


@pytest.mark.parametrize("kind", ["hard", "soft", "saturated", "outside"])
@pytest.mark.parametrize("name", COSTS)
def test_cost_value_is_right_to_rounding(name, kind):
    z, a, y = _inputs(name, kind)
    exact, size = _exact(name, z, a, y)
    error = float(abs(arb(float(COSTS[name].value(z, a, y))) - exact))
    assert error <= 2 * z.size * U * float(size)  # at most one rounding a term in each of two sums


@pytest.mark.parametrize(("z", "y", "exact"), [(3.5, 1.2, "-0.67024958"), (-2.0, -0.5, "-0.87307199"), (1.0, 3.0, "-1.68673831")])
@pytest.mark.parametrize("name", ["binary_cross_entropy", "nielsen_cross_entropy"])
def test_targets_outside_0_and_1_have_the_cost_of_the_formula(name, z, y, exact):
    value = COSTS[name].value(np.array([[z]]), None, np.array([[y]]))  # ln(1 + exp z) - z y, which no such y makes positive here
    assert abs(value - float(exact)) <= 5e-9


@pytest.mark.parametrize("mistake", [lambda z, y: np.abs(z) * np.abs(y - (z > 0)), lambda z, y: np.abs(z) * (y - (z > 0))])
def test_a_term_without_its_sign_is_seen(mistake):
    z, a, y = _inputs("binary_cross_entropy", "outside")
    exact, size = _exact("binary_cross_entropy", z, a, y)
    wrong = (mistake(z, y) + np.log1p(np.exp(-np.abs(z)))).sum() / z.size
    assert float(abs(arb(float(wrong)) - exact)) > 1e10 * U * float(size)


# --- relative accuracy where a network is confident ----------------------------------------------------------------------

LOGITS = {  # kind -> (generator, width) -> one row of logits
    "ordinary": lambda rng, K: rng.normal(size=K) * 10.0 ** rng.uniform(-3, 2),
    "wide": lambda rng, K: rng.uniform(-1000, 1000, K),
    "thousands": lambda rng, K: rng.choice([-1000, -990, -0.0, 0.0, 14, 30, 970, 990, 1000], K),
    "one ahead": lambda rng, K: rng.uniform(-1000, 1000) + np.append(10.0 ** rng.uniform(0, 2.8), rng.normal(size=K - 1)),
    "ties": lambda rng, K: np.full(K, rng.uniform(-1000, 1000)),
}
ENTROPIES = [name for name in COSTS if COSTS[name].output]
ULPS = {"float64": 5, "float32": 7}  # over 20 000 rows 2.8 and 2.5, with a margin for other builds of exp and log1p


def _targets(rng, name, K):
    """Hard and soft targets; on a softmax they need not sum to 1."""
    y = rng.choice([np.eye(K)[rng.integers(K)], np.eye(K)[0], rng.dirichlet(np.ones(K)), rng.random(K)])
    return y * 10.0 ** rng.uniform(-5, 1) if COSTS[name].output == "softmax" and rng.random() < 0.2 else y


def _ulps(actual, exact):
    info = np.finfo(actual.dtype)
    size = max(float(exact), float(info.tiny))  # below the normal range an ulp is the smallest subnormal
    return float(abs(arb(float(actual)) - exact)) / 2.0 ** (np.frexp(size)[1] - info.nmant - 1)


@pytest.mark.parametrize("dtype", ULPS)
@pytest.mark.parametrize("kind", LOGITS)
@pytest.mark.parametrize("name", ENTROPIES)
def test_entropy_of_a_sample_is_right_to_a_few_ulp(name, kind, dtype):
    rng = np.random.default_rng(6)
    for _ in range(80):
        K = int(rng.integers(2, 12))
        z, y = (v.astype(dtype)[None] for v in (LOGITS[kind](rng, K), _targets(rng, name, K)))
        value = COSTS[name].value(z, activation(COSTS[name].output).value(z), y)
        ulps = _ulps(value, _exact(name, z, z, y)[0])
        assert ulps <= ULPS[dtype], f"{ulps:.2f} ulp at z = {z.tolist()}, y = {y.tolist()}"


@pytest.mark.parametrize(
    ("z", "dtype", "exact"),
    [
        pytest.param((1000, 990), "float32", "4.5398899216864646769e-5", id="float32-at-1000"),
        pytest.param((30, 14), "float32", "1.1253516838717681502e-7", id="float32-below-its-unit"),
        pytest.param((1000, 970), "float64", "9.3576229688397367794e-14", id="float64-at-1000"),
        pytest.param((1000, -1000), "float64", "0", id="underflow"),
        pytest.param((-1000, 1000), "float32", "2000", id="wrong-and-sure"),
        pytest.param((1000, 1000), "float64", "0.69314718055994530942", id="tie"),
    ],
)
def test_cross_entropy_keeps_its_digits(z, dtype, exact):
    z, y = np.array([z], dtype), np.array([[1, 0]], dtype)
    assert _ulps(COSTS["cross_entropy"].value(z, z, y), arb(exact)) <= 2


def test_binary_entropy_keeps_its_digits_for_a_target_near_the_output():
    z, y = np.array([[40.3]]), np.array([[1 - 2.0**-40]])
    exact = _exact("nielsen_cross_entropy", z, z, y)[0]
    assert _ulps(COSTS["nielsen_cross_entropy"].value(z, z, y), exact) <= 2
    assert _ulps((z - z * y + np.log1p(np.exp(-z))).sum(), exact) > 1e9  # the form that subtracts


def test_the_textbook_cross_entropy_would_lose_every_digit():
    z = np.array([[1000.0, 970.0]])
    textbook = np.log(np.exp(z - z.max()).sum()) + z.max() - z[0, 0]
    assert _ulps(textbook, _exact("cross_entropy", z, z, np.array([[1.0, 0.0]]))[0]) > 1e14


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
