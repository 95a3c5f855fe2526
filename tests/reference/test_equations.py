"""The four equations entry by entry, against sums written out, on pairwise different sizes."""

from __future__ import annotations

import numpy as np
import pytest

from gradref_reference import activation, bp1, bp2, bp3, bp4

RNG = np.random.default_rng(11)
M, BEFORE, HERE, NEXT = 11, 7, 5, 3
Z, A = RNG.normal(size=(M, HERE)), RNG.normal(size=(M, HERE))
W_NEXT = RNG.integers(-4, 5, (NEXT, HERE)).astype(float)
DELTA = RNG.integers(-9, 10, (M, HERE)).astype(float)
DELTA_NEXT = RNG.integers(-9, 10, (M, NEXT)).astype(float)
A_BEFORE = RNG.integers(-9, 10, (M, BEFORE)).astype(float)
for array in (Z, A, W_NEXT, DELTA, DELTA_NEXT, A_BEFORE):
    array.flags.writeable = False
TANH = activation("tanh")


def test_bp1_multiplies_by_the_derivative_at_z():
    out = bp1(DELTA, TANH, Z, A)
    slope = TANH.derivative(Z, A)
    for i in range(M):
        for j in range(HERE):
            assert out[i, j] == DELTA[i, j] * slope[i, j]


def test_bp2_carries_the_error_back_through_the_next_weights():
    out = bp2(W_NEXT, DELTA_NEXT, TANH, Z, A)
    slope = TANH.derivative(Z, A)
    for i in range(M):
        for j in range(HERE):
            total = sum(W_NEXT[k, j] * DELTA_NEXT[i, k] for k in range(NEXT))  # integers: exact in any order
            assert out[i, j] == total * slope[i, j]


def test_bp3_sums_over_the_samples():
    assert bp3(DELTA).tolist() == [sum(DELTA[i, j] for i in range(M)) for j in range(HERE)]


def test_bp4_is_error_out_times_activation_in():
    out = bp4(DELTA, A_BEFORE)
    assert out.shape == (HERE, BEFORE)
    for j in range(HERE):
        for k in range(BEFORE):
            assert out[j, k] == sum(DELTA[i, j] * A_BEFORE[i, k] for i in range(M))


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "softmax"])
def test_a_derivative_known_already_changes_nothing(name):
    sigma = activation(name)
    _, sigma_prime = sigma.value_and_derivative(Z)
    a = sigma.value(Z)
    np.testing.assert_array_equal(bp1(DELTA, sigma, Z, a), bp1(DELTA, sigma, Z, a, sigma_prime))
    np.testing.assert_array_equal(bp2(W_NEXT, DELTA_NEXT, sigma, Z, a), bp2(W_NEXT, DELTA_NEXT, sigma, Z, a, sigma_prime))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_equations_keep_the_dtype(dtype):
    z, a, delta, W = (v.astype(dtype) for v in (Z, A, DELTA, W_NEXT))
    assert bp1(delta, TANH, z, a).dtype == dtype
    assert bp2(W, DELTA_NEXT.astype(dtype), TANH, z, a).dtype == dtype
    assert bp3(delta).dtype == dtype
    assert bp4(delta, A_BEFORE.astype(dtype)).dtype == dtype


def test_bp3_adds_a_million_rows_in_blocks():
    delta = np.full((1_000_000, 3), 0.1, np.float32)
    exact = 1_000_000 * float(np.float32(0.1))
    row_after_row = np.abs(np.add.reduce(delta, axis=0) - exact).max() / exact
    assert row_after_row > 8e-3  # what bp3 avoids: one per cent
    assert np.abs(bp3(delta) - exact).max() / exact < row_after_row / 3
