"""The Chebyshev series of the normal distribution: its coefficients again, by ball arithmetic, and its error."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx

from gradref_reference.special import CHEBYSHEV, SHIFT, normal, normal_cdf


@pytest.fixture(autouse=True)
def _precise():
    before, ctx.prec = ctx.prec, 400
    yield
    ctx.prec = before


def _series_function(t: arb) -> arb:
    """(1 + 2x) exp(x²) erfc(x) at x = k (1 + t)/(1 - t)."""
    x = arb(SHIFT) * (1 + t) / (1 - t)
    return (1 + 2 * x) * (x * x).exp() * x.erfc()


def test_chebyshev_coefficients_are_those_of_the_scaled_tail():
    nodes = 120  # the coefficients fall below 1e-40 long before, so aliasing is invisible
    angles = [arb.pi() * (2 * j + 1) / (2 * nodes) for j in range(nodes)]
    values = [_series_function(angle.cos()) for angle in angles]
    for n, stored in enumerate(CHEBYSHEV):
        exact = sum((v * (n * angle).cos() for v, angle in zip(values, angles, strict=True)), arb(0)) * 2 / nodes
        exact = exact / 2 if n == 0 else exact
        assert stored == float(exact), f"coefficient {n} must be {float(exact)!r}, got {stored!r}"


def _points(dtype):
    rng = np.random.default_rng(1)
    z = np.concatenate(
        [rng.normal(size=400), rng.uniform(-37, 37, 400), rng.uniform(-1000, 1000, 100), [0.0, -0.0, 1e-300, 5e-324]]
    )
    return z.astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "most"),
    [("float64", 6.0), ("float32", 2.0)],  # in ulp; measured 4.3 and 1.0, the series and two exponentials
)
def test_normal_distribution_and_density_are_right_to_a_few_ulp(dtype, most):
    z = _points(dtype)
    tiny, smallest = float(np.finfo(dtype).tiny), float(np.finfo(dtype).smallest_subnormal)
    cdf, pdf = normal(z)
    assert cdf.dtype == pdf.dtype == dtype
    worst = 0.0
    for point, P, p in zip(z, cdf, pdf, strict=True):
        exact_P = (-arb(float(point)) / arb(2).sqrt()).erfc() / 2
        exact_p = (-(arb(float(point)) ** 2) / 2).exp() / (2 * arb.pi()).sqrt()
        for actual, exact in ((P, exact_P), (p, exact_p)):
            size = float(exact)
            unit = max(2.0 ** (np.frexp(size)[1] - np.finfo(dtype).nmant - 1), smallest)
            if size > tiny:
                worst = max(worst, float(abs(arb(float(actual)) - exact)) / unit)
            else:
                assert abs(float(actual) - size) <= 16 * smallest, f"at {point}"
    assert worst <= most


def test_normal_distribution_is_symmetric_and_ends_in_zero_and_one():
    z = np.linspace(0, 45, 91)
    np.testing.assert_array_equal(normal_cdf(np.array([-1e3, -np.inf, 1e3, np.inf])), [0, 0, 1, 1])
    np.testing.assert_array_equal(normal(z)[1], normal(-z)[1])
    assert (np.diff(normal_cdf(-z)) <= 0).all()
