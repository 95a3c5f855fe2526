"""Every activation's value and derivative against ball arithmetic, at ordinary, tiny, saturating and absurd arguments."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx
from support.truths import BALL_ACTIVATIONS, inner, normal_cdf, sigmoid

from gradref_reference import ACTIVATIONS, SpecificationError, activation


@pytest.fixture(autouse=True)
def _precise():
    before, ctx.prec = ctx.prec, 2400  # 1 + exp(-1000) and expm1(1e-320) need their digits
    yield
    ctx.prec = before


# --- the exact functions, from their definitions ----------------------------------------------------------------------


def _sech2(z):
    return 1 / (z.cosh() * z.cosh())


def _pdf(z):
    return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


def _inner_prime(z):
    return (2 / arb.pi()).sqrt() * (1 + 3 * arb("0.044715") * z * z)


def _step(alpha):
    return lambda z: arb(1) if z > 0 else arb(alpha)


# name -> (derivative, size of the derivative's terms where they may cancel)
DERIVATIVES = {
    "identity": (lambda z: arb(1), None),
    "square": (lambda z: 2 * z, None),
    "sigmoid": (lambda z: sigmoid(z) * sigmoid(-z), None),
    "tanh": (_sech2, None),
    "relu": (_step(0), None),
    "leaky_relu": (_step(0.01), None),
    "leaky_relu(0.25)": (_step(0.25), None),
    "elu": (lambda z: arb(1) if z > 0 else z.exp(), None),
    "elu(0.5)": (lambda z: arb(1) if z > 0 else z.exp() / 2, None),
    "softplus": (sigmoid, None),
    "silu": (lambda z: sigmoid(z) * (1 + z * sigmoid(-z)), lambda z: sigmoid(z) * (1 + abs(z) * sigmoid(-z))),
    "gelu": (lambda z: normal_cdf(z) + z * _pdf(z), lambda z: normal_cdf(z) + abs(z) * _pdf(z)),
    "gelu_tanh": (
        lambda z: sigmoid(2 * inner(z)) + z / 2 * _sech2(inner(z)) * _inner_prime(z),
        lambda z: sigmoid(2 * inner(z)) + abs(z) / 2 * _sech2(inner(z)) * _inner_prime(z),
    ),
}

# The largest errors seen over 14 000 points a function, in ulp of (value, derivative), rounded up with a margin
# for other builds of NumPy's exp. gelu_tanh feeds a rounded argument of size 2u to an exponential: its tail is measured
# in units that grow with it.
ULPS = {
    "float64": {
        "identity": (0, 0),
        "square": (1, 0),
        "sigmoid": (3, 5),
        "tanh": (2, 5),
        "relu": (0, 0),
        "leaky_relu": (1, 0),
        "leaky_relu(0.25)": (0, 0),
        "elu": (2, 2),
        "elu(0.5)": (2, 2),
        "softplus": (2, 3),
        "silu": (4, 7),
        "gelu": (6, 6),
        "gelu_tanh": (6, 10),
    },
    "float32": {
        "identity": (0, 0),
        "square": (1, 0),
        "sigmoid": (4, 6),
        "tanh": (3, 6),
        "relu": (0, 0),
        "leaky_relu": (2, 1),
        "leaky_relu(0.25)": (0, 0),
        "elu": (3, 3),
        "elu(0.5)": (3, 3),
        "softplus": (4, 4),
        "silu": (5, 8),
        "gelu": (3, 4),
        "gelu_tanh": (7, 11),
    },
}


def _points(dtype):
    """Ordinary, wide, saturating and tiny arguments of both signs, the edges of exp, and ±0."""
    rng = np.random.default_rng(2)
    info = np.finfo(dtype)
    edges = [s * float(v) for s in (-1, 1) for v in (info.tiny, 0.75 * info.tiny, 3 * info.smallest_subnormal)]
    edges += [0.0, -0.0, 1e3, -1e3, 750, -750, 709.7, -709.7, 745, -745, 88.7, -88.7, 103.9, -103.9, 20, -20, 5e-324, -5e-324]
    tiny = 10.0 ** rng.uniform(-320, 0, 120) * rng.choice([-1, 1], 120)
    return np.concatenate(
        [rng.normal(size=200), rng.normal(size=150) * 8, rng.uniform(-40, 40, 150), rng.uniform(-1000, 1000, 100), tiny, edges]
    ).astype(dtype)


def _worst(actual, exact, size, z, dtype, growth):
    """Largest error in ulp of `size`, and where; below the normal range |z| + 4 of the smallest subnormals are allowed."""
    info, worst = np.finfo(dtype), (0.0, 0.0)
    for got, true, magnitude, point in zip(actual, exact, size, z, strict=True):
        error, magnitude = float(abs(arb(float(got)) - true)), float(magnitude)
        stretch = growth(float(point)) if growth else 1.0
        floor = (abs(float(point)) + 4) * stretch * float(info.smallest_subnormal)  # σ(z) is subnormal before z σ(z) is
        unit = 2.0 ** (np.frexp(magnitude)[1] - info.nmant - 1) * stretch
        worst = max(worst, (max(0.0, error - floor) / unit if error > floor else 0.0, float(point)))
    return worst


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", DERIVATIVES)
def test_activation_is_right_to_a_few_ulp(name, dtype):
    sigma, z = activation(name), _points(dtype)
    if name == "gelu_tanh":
        z = z[np.abs(z) < 300]  # beyond, cosh needs more bits than the test keeps; the saturation test covers it
    value, (derivative, size) = BALL_ACTIVATIONS[name], DERIVATIVES[name]
    balls = [arb(float(point)) for point in z]
    a = sigma.value(z)
    d = sigma.derivative(z, a)
    assert a.dtype == d.dtype == dtype
    assert a.shape == d.shape == z.shape
    growth = (lambda x: 1 + min(2 * abs(float(inner(arb(x)))), 1500.0)) if name == "gelu_tanh" else None
    for what, actual, function, magnitude, most in (
        ("value", a, value, value, ULPS[dtype][name][0]),
        ("derivative", d, derivative, size or derivative, ULPS[dtype][name][1]),
    ):
        exact = [function(ball) for ball in balls]
        sizes = [abs(magnitude(ball)) for ball in balls]
        ulps, at = _worst(actual, exact, sizes, z, dtype, growth)
        assert ulps <= most, f"{name} {what} {dtype}: {ulps:.2f} ulp at z = {at!r}, at most {most} expected"


# name -> (value, derivative) that every number of that sign and size at least 1000 rounds to
_POSITIVE = (lambda z: max(z, 0), lambda z: z > 0)
SATURATED = {
    "identity": (lambda z: z, lambda z: 1),
    "sigmoid": (lambda z: z > 0, lambda z: 0),
    "tanh": (lambda z: 1 if z > 0 else -1, lambda z: 0),
    "relu": _POSITIVE,
    "leaky_relu(0.25)": (lambda z: z if z > 0 else z / 4, lambda z: 1 if z > 0 else 0.25),
    "elu": (lambda z: z if z > 0 else -1, lambda z: z > 0),
    "elu(0.5)": (lambda z: z if z > 0 else -0.5, lambda z: z > 0),
    "softplus": _POSITIVE,
    "silu": _POSITIVE,
    "gelu": _POSITIVE,
    "gelu_tanh": _POSITIVE,
}


def test_saturation_is_said_of_every_activation():
    assert {activation(name).kind for name in SATURATED} == set(ACTIVATIONS) - {
        "square",
        "softmax",
    }  # those have tests of their own


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", SATURATED)
def test_activation_saturates_without_a_warning(name, dtype):
    sigma, most = activation(name), float(np.finfo(dtype).max)  # pytest turns any floating-point warning into an error
    sizes = [1e3, 1e5, most**0.25, 2 * most ** (1 / 3), 1e20, 2 * most**0.5, most / 4, most]
    sizes += list(10 ** np.random.default_rng(3).uniform(3, np.log10(most), 100))
    z = np.array(sizes + [-size for size in sizes], dtype)
    a = sigma.value(z)
    d = sigma.derivative(z, a)
    value, derivative = SATURATED[name]
    np.testing.assert_array_equal(a, np.array([value(point) for point in z], dtype))
    np.testing.assert_array_equal(d, np.array([derivative(point) for point in z], dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_steep_leaky_relu_does_not_overflow_on_the_side_it_does_not_take(dtype):
    z = np.array([1, 0.5, -0.5], dtype) * np.finfo(dtype).max
    np.testing.assert_array_equal(activation("leaky_relu(2)").value(z), z * np.array([1, 1, 2], dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_square_overflows_where_its_value_does(dtype):
    sigma, most = activation("square"), np.finfo(dtype).max
    z = np.sqrt(most) * np.array([-0.99, 0.99], dtype)
    np.testing.assert_allclose(sigma.value(z), 0.99**2 * most, rtol=8 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(sigma.derivative(np.array([most / 2], dtype), z), [most])
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert np.isinf(sigma.value(2 * z)).all()


def test_sigmoid_keeps_its_limits_at_infinity():
    np.testing.assert_array_equal(activation("sigmoid").value(np.array([-np.inf, np.inf])), [0.0, 1.0])


def test_the_textbook_derivative_would_lose_every_digit():
    z = np.array([40.0])
    a = activation("sigmoid").value(z)
    assert (a * (1 - a))[0] == 0.0  # what mathematics 6.2 warns about
    assert abs(activation("sigmoid").derivative(z, a)[0] / np.exp(-40.0) - 1) < 1e-14


# --- softmax -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_softmax_rows_are_right_at_a_thousand(dtype):
    rng = np.random.default_rng(3)
    z = np.concatenate([rng.normal(size=(6, 5)), rng.uniform(-1000, 1000, (6, 5)), [[1000, 1000, -1000, 0, 999]]]).astype(dtype)
    a = activation("softmax").value(z)
    u = float(np.finfo(dtype).eps) / 2
    for row, out in zip(z, a, strict=True):
        e = [arb(float(v)).exp() for v in row]
        total = sum(e, arb(0))
        for k, v in enumerate(e):
            exact = float(v / total)
            below = float(row.max()) - float(row[k])
            allowance = u * (below + 16) * exact + 4 * float(np.finfo(dtype).smallest_subnormal)  # z - max is rounded once
            assert abs(float(out[k]) - exact) <= allowance


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_softmax_of_the_largest_numbers_is_one_or_a_tie(dtype):
    most = np.finfo(dtype).max
    z = np.array([[most, -most, 0], [most, most, -most], [-most, -most, -most], [-most, 0, 1]], dtype)
    exact = np.array([[1, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1 / (1 + np.e), 1 / (1 + np.exp(-1))]])
    np.testing.assert_allclose(activation("softmax").value(z), exact, rtol=4 * np.finfo(dtype).eps)


def test_softmax_pullback_is_the_full_jacobian():
    rng = np.random.default_rng(4)
    z, v = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    sigma = activation("softmax")
    a = sigma.value(z)
    expected = [v[i] @ (np.diag(a[i]) - np.outer(a[i], a[i])) for i in range(3)]
    np.testing.assert_allclose(sigma.pullback(v, z, a), expected, rtol=0, atol=32 * 2.0**-53 * np.abs(v).max())


LOGITS = {  # kind -> (generator, width) -> one row of logits
    "ordinary": lambda rng, K: rng.normal(size=K) * 10.0 ** rng.uniform(-3, 1),
    "one ahead": lambda rng, K: np.append(10.0 ** rng.uniform(0, 2), rng.normal(size=K - 1)),
    "equal": lambda rng, K: np.zeros(K),
    "far apart": lambda rng, K: rng.choice([-1000.0, -60.0, 0.0, 60.0, 1000.0], K),
}
ERRORS = {  # kind -> (generator, width) -> one row of errors at a; the largest a is often that of index 0
    "ordinary": lambda rng, K: rng.normal(size=K),
    "nearly equal": lambda rng, K: 1 + rng.normal(size=K) * 10.0 ** rng.uniform(-15, -3),
    "one apart": lambda rng, K: np.append(5.0, 1 + 1e-10 * rng.normal(size=K - 1)),
    "of all sizes": lambda rng, K: rng.normal(size=K) * 10.0 ** rng.uniform(-6, 6, K),
    "whole numbers": lambda rng, K: rng.integers(-3, 4, K).astype(float),
}


def _worst_pullback(pullback, logits, errors, dtype):
    """The largest error of a_j Σ_k a_k (v_j - v_k) in units of Σ_k |a_j a_k (v_j - v_k)|, above underflow."""
    rng, worst, sigma = np.random.default_rng(7), 0.0, activation("softmax")
    u, floor = float(np.finfo(dtype).eps) / 2, 64 * float(np.finfo(dtype).smallest_subnormal)
    for K in [2, 3, 10, 60] * 5:
        z, v = (generator(rng, K).astype(dtype)[None] for generator in (logits, errors))
        a = sigma.value(z)
        A, V = ([arb(float(entry)) for entry in row] for row in (a[0], v[0]))
        actual = pullback(v, z, a)[0]
        assert actual.dtype == dtype
        for j in range(min(K, 12)):
            terms = [A[j] * A[k] * (V[j] - V[k]) for k in range(K)]
            size = float(sum((abs(t) for t in terms), arb(0)))
            off = float(abs(arb(float(actual[j])) - sum(terms, arb(0))))
            worst = max(worst, (off - floor) / (u * size) if off > floor else 0.0)
    return worst


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("errors", ERRORS)
@pytest.mark.parametrize("logits", LOGITS)
def test_softmax_pullback_is_right_to_a_few_units_of_its_terms(logits, errors, dtype):
    most = 10  # measured 5.8 over 30 000 entries; the sums are two of K terms each
    assert _worst_pullback(activation("softmax").pullback, LOGITS[logits], ERRORS[errors], dtype) <= most


@pytest.mark.parametrize(
    ("form", "logits", "errors", "at_least"),
    [
        pytest.param(lambda v, a: a * (v - (v * a).sum()), "one ahead", "ordinary", 1e6, id="textbook-saturated"),
        pytest.param(lambda v, a: a * (v - (v * a).sum()), "ordinary", "nearly equal", 1e6, id="textbook-equal-errors"),
        pytest.param(
            lambda v, a: a * ((v - v[:, [0]]) - ((v - v[:, [0]]) * a).sum()), "equal", "one apart", 40, id="from-the-largest-only"
        ),
        pytest.param(lambda v, a: a * (v - (v * a).sum()) * (1 + 1e-12), "ordinary", "ordinary", 1000, id="a-relative-1e-12"),
    ],
)
def test_a_less_accurate_pullback_is_seen(form, logits, errors, at_least):
    worst = _worst_pullback(lambda v, z, a: form(v, a), LOGITS[logits], ERRORS[errors], "float64")
    assert worst > at_least


def test_softmax_pullback_of_equal_errors_is_exactly_zero():
    rng = np.random.default_rng(8)
    z, v = rng.normal(size=(40, 7)) * 5, np.broadcast_to(rng.normal(size=(40, 1)), (40, 7))
    assert not activation("softmax").pullback(v, z, activation("softmax").value(z)).any()


# --- what the error model is told -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n not in ("softmax", "square")])
def test_slope_and_curvature_bound_the_function(name):
    sigma = activation(name)
    z = np.linspace(-12, 12, 24001)
    z = z[np.abs(z) > 1e-6]
    d = sigma.derivative(z, sigma.value(z))
    assert np.abs(d).max() <= sigma.slope
    bends = np.abs(np.diff(d) / np.diff(z))
    for at, _, _ in sigma.kinks:
        bends = bends[~((z[:-1] < at) & (z[1:] > at))]
    assert bends.max() <= sigma.curvature + 1e-9


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "leaky_relu(0.25)", "elu(0.5)"])
def test_kinks_name_both_one_sided_derivatives(name):
    sigma = activation(name)
    ((at, left, right),) = sigma.kinks
    z = np.array([at - 1e-9, at, at + 1e-9])
    d = sigma.derivative(z, sigma.value(z))
    np.testing.assert_allclose(d, [left, left, right], atol=1e-8)


# --- names -------------------------------------------------------------------------------------------------------------------


def test_a_parameter_is_read_from_the_name():
    assert activation("leaky_relu(0.25)").parameter == 0.25
    assert activation("leaky_relu").parameter == 0.01
    assert activation("elu(0.5)").kind == "elu"
    assert activation("elu").kinks == ()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("sigmiod", "Did you mean 'sigmoid'?", id="misspelt"),
        pytest.param("Swish!", "must be one of", id="nothing-near"),
        pytest.param("leaky_relu(x)", "must be a finite number >= 0 in brackets, got 'leaky_relu(x)'", id="not-a-number"),
        pytest.param("leaky_relu(-1)", "finite number >= 0", id="negative"),
        pytest.param("elu(inf)", "finite number >= 0", id="infinite"),
        pytest.param("elu(0.5", "finite number >= 0", id="open-bracket"),
        pytest.param("relu(2)", "must be one of", id="no-parameter-there"),
    ],
)
def test_an_unknown_activation_is_refused(name, says):
    with pytest.raises(SpecificationError) as caught:
        activation(name)
    assert says in str(caught.value)
