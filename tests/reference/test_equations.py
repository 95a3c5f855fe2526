"""The four equations entry by entry, against sums written out, on pairwise different sizes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import gradref_reference
from gradref_reference import activation
from gradref_reference.equations import bp1, bp2, bp3, bp4, times_softmax_jacobian

README = Path(__file__).parents[2] / "README.md"

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
    slope = TANH.derivative(Z, A)
    out = bp1(DELTA, slope)
    for i in range(M):
        for j in range(HERE):
            assert out[i, j] == DELTA[i, j] * slope[i, j]


def test_bp2_carries_the_error_back_through_the_next_weights():
    slope = TANH.derivative(Z, A)
    out = bp2(W_NEXT, DELTA_NEXT, slope)
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


def test_the_error_at_a_softmax_layer_is_multiplied_by_its_jacobian():
    a = activation("softmax").value(Z)
    for i, out in enumerate(times_softmax_jacobian(DELTA, a)):
        np.testing.assert_allclose(out, DELTA[i] @ (np.diag(a[i]) - np.outer(a[i], a[i])), rtol=0, atol=1e-14)


def test_the_error_of_a_saturated_softmax_layer_keeps_its_digits():
    out = times_softmax_jacobian(np.array([[1.0, 2.0]]), activation("softmax").value(np.array([[30.0, 0.0]])))
    exact = np.exp(-30.0) / (1 + np.exp(-30.0)) ** 2  # a₁ a₂ (v₁ - v₂) with v = (1, 2)
    np.testing.assert_allclose(out, [[-exact, exact]], rtol=2e-15)


@pytest.mark.parametrize("name", ["tanh", "softmax"])
def test_the_former_arguments_of_bp1_and_bp2_still_work_and_warn(name):
    sigma = activation(name)
    a = sigma.value(Z)
    with pytest.warns(DeprecationWarning, match="the last argument must be σ'"):
        np.testing.assert_array_equal(gradref_reference.bp1(DELTA, sigma, Z, a), sigma.pullback(DELTA, Z, a))
    with pytest.warns(DeprecationWarning, match="Write activation.derivative"):
        out = gradref_reference.bp2(W_NEXT, DELTA_NEXT, sigma, Z, a)
    np.testing.assert_array_equal(out, sigma.pullback(DELTA_NEXT @ W_NEXT, Z, a))
    np.testing.assert_array_equal(gradref_reference.bp1(DELTA, A), DELTA * A)  # and the new ones do not
    np.testing.assert_array_equal(gradref_reference.bp2(W_NEXT, DELTA_NEXT, A), bp2(W_NEXT, DELTA_NEXT, A))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_equations_keep_the_dtype(dtype):
    z, a, delta, W = (v.astype(dtype) for v in (Z, A, DELTA, W_NEXT))
    assert bp1(delta, TANH.derivative(z, a)).dtype == dtype
    assert bp2(W, DELTA_NEXT.astype(dtype), z).dtype == dtype
    assert times_softmax_jacobian(delta, a).dtype == dtype
    assert bp3(delta).dtype == dtype
    assert bp4(delta, A_BEFORE.astype(dtype)).dtype == dtype


# --- the table of the README ---------------------------------------------------------------------------------------------


def _quoted(text):
    """function -> the code that the table says it consists of."""
    table = text.partition("## Equation ↔ code")[2].partition("\n## ")[0]
    return {function: code for code, function in re.findall(r"\| `([^`|]+)` in `(bp\d)` \|", table)}


def _misquoted(text):
    return [f.__name__ for f in (bp1, bp2, bp3, bp4) if f"return {_quoted(text).get(f.__name__)}  # " not in inspect.getsource(f)]


def test_the_readme_quotes_the_equations_as_they_are():
    assert _misquoted(README.read_text("utf-8")) == []


def test_a_wrong_or_missing_quote_is_seen():
    text = README.read_text("utf-8")
    assert _misquoted(text.replace("nabla_a *", "delta_a *")) == ["bp1"]
    assert _misquoted(text.replace("| BP3 |", "| BP3 ").replace(" in `bp3`", "")) == ["bp3"]


def test_every_equation_is_one_line_with_its_shapes():
    for f in (bp1, bp2, bp3, bp4):
        *_, documentation, line = inspect.getsource(f).strip().split("\n")
        assert documentation.endswith('"""')
        assert re.fullmatch(r"    return [^#]+  # .* -> \(.+\)", line)
