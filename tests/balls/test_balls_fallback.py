"""Code that balls cannot follow is differentiated in float64, says so, and the estimated error covers the true one."""

import numpy as np
import pytest

from gradref_balls import differentiate

A = np.random.default_rng(0).standard_normal((4, 3))
D = np.random.default_rng(1).standard_normal((4, 3))


def nuclear(i):
    return float(np.linalg.svd(i["A"])[1].sum())


def spectrum(i):
    return float(np.abs(np.fft.fft(np.tanh(i["A"]).ravel())).sum())


def test_what_balls_can_run_is_run_in_balls():
    s = differentiate(lambda i: (i["A"] ** 2).sum(), {"A": A}, {"A": D})
    assert s.method == "balls"
    assert s.central == pytest.approx(2 * np.sum(A * D), rel=1e-15)


def test_singular_values_are_differentiated_in_float64_and_it_is_said_why():
    s = differentiate(nuclear, {"A": A}, {"A": D})
    U, _, V = np.linalg.svd(A, full_matrices=False)
    truth = np.sum((U @ V) * D)
    assert s.method.startswith("float64 differences, because nuclear, line")
    assert "svd" in s.method
    assert s.smooth
    assert abs(s.central - truth) <= s.radius
    assert s.digits > 7


def test_complex_code_is_differentiated_in_float64():
    truth = sum(
        np.real(np.conj(v) * w) / np.abs(v)
        for v, w in zip(np.fft.fft(np.tanh(A).ravel()), np.fft.fft((D / np.cosh(A) ** 2).ravel()), strict=True)
    )
    s = differentiate(spectrum, {"A": A}, {"A": D})
    assert abs(s.central - truth) <= s.radius
    assert s.digits > 7


def test_kink_still_shows_in_float64():
    s = differentiate(lambda i: float(np.abs(np.fft.fft(i["x"])).sum().real), {"x": np.zeros(1)}, {"x": np.ones(1)})
    assert not s.smooth
    assert (s.left, s.right) == (-1.0, 1.0)
    assert s.contains(0.0)
    assert not s.contains(1.5)


@pytest.mark.parametrize("seed", range(8))
def test_estimated_error_covers_the_true_error(seed):
    rng = np.random.default_rng(seed)
    x, d = rng.standard_normal(5), rng.standard_normal(5)

    def forward(i):
        return float(np.sum(np.exp(np.fft.ifft(np.fft.fft(i["x"])).real) * np.sin(3 * i["x"])))

    s = differentiate(forward, {"x": x}, {"x": d})
    truth = np.sum(np.exp(x) * (np.sin(3 * x) + 3 * np.cos(3 * x)) * d)
    assert abs(s.central - truth) <= s.radius
