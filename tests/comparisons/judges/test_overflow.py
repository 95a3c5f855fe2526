"""Near the ends of a format's range: what overflows is undecided, never an alarm and never a pass; what underflows is allowed for."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.judges import Subject, certify_case, reference
from gradref.judges.measure import measure
from gradref.verdict import FAIL, PASS, UNDECIDED
from gradref_adapters import registry
from gradref_reference import FORMATS, Batch, Case, Network, Parameters, initialize
from gradref_reference.error_model.rounding import Estimate
from gradref_reference.fast import forward

FRAMEWORKS = ("numpy", "torch", "jax")


def certified(case):
    """The trace of a case and its certificates; a skip where the framework is missing or cannot run it."""
    if case.framework != "numpy":
        pytest.importorskip(case.framework)
    adapter = registry.get(case.framework)
    case = replace(case, mode=adapter.modes()[0])
    if (reason := adapter.supports(case)) is not None:
        pytest.skip(reason)
    with np.errstate(all="ignore"):
        trace = adapter.run(case)
    return trace, certify_case(case, trace)


def random_case(network, dtype, framework, size=5, weights=1.0, bias=1.0, seed=1):
    rng = np.random.default_rng(seed)
    drawn = initialize(network, rng)
    parameters = Parameters({l: weights * W for l, W in drawn.W.items()}, {l: bias * b for l, b in drawn.b.items()})
    K = network.sizes[-1]
    y = rng.integers(0, K, size) if network.cost == "cross_entropy" else rng.standard_normal((size, K))
    return Case(network, parameters, Batch(rng.standard_normal((size, network.sizes[0])), y), dtype, framework)


def test_gradient_that_overflows_is_undecided_and_said_to():
    parameters = Parameters([[[1.0]], [[1e20]]], [[0.0], [0.0]])
    case = Case(Network((1, 1, 1), "identity"), parameters, Batch([[1.0]], [[0.0]]), "float32")
    trace, certificates = certified(case)
    assert np.isinf(trace.db[1]).all()
    rows = {v.parameter: v for v in certificates.verdicts}
    for name in ("db[1]", "dW[1]"):
        assert (rows[name].verdict, rows[name].rule, rows[name].blind) == (UNDECIDED, "overflow", 1)
        assert f"1 of 1 entries of {name} cannot be judged" in rows[name].message
        assert "overflows float32" in rows[name].message
    assert rows["z[2]"].verdict == PASS
    assert certificates.root is None
    assert all(v.verdict != FAIL for v in reference.rows(Subject.of(case, trace)))


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("sigma", ["leaky_relu(1e9)", "leaky_relu(1e5)", "elu(1e5)", "leaky_relu(1e-9)", "elu(1e-9)"])
def test_slope_that_the_format_cannot_hold_raises_no_alarm(sigma, dtype, framework):
    _, certificates = certified(random_case(Network((3, 4, 2), (sigma, "identity")), dtype, framework))
    assert certificates.root is None, certificates.root.message
    rules = {v.rule for v in certificates.verdicts}
    number = float(sigma.partition("(")[2].rstrip(")"))
    assert ("overflow" in rules) == (number > FORMATS[dtype].largest)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", FORMATS)
def test_penalty_that_the_format_cannot_hold_raises_no_alarm(dtype, framework):
    case = random_case(Network((3, 4, 2), ("tanh", "identity"), l2=1e39), dtype, framework)
    trace, certificates = certified(case)
    rows = {v.parameter: v for v in certificates.verdicts}
    assert certificates.root is None, certificates.root.message
    assert rows["dW[1]"].verdict == (PASS if dtype == "float64" else UNDECIDED)
    assert rows["delta[1]"].verdict == PASS
    assert all(v.verdict != FAIL for v in reference.rows(Subject.of(case, trace)))


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize(("l2", "weights"), [(1e-6, 1.0), (1e-6, 10.0), (3e-6, 3.0), (1e-42, 100.0)])
def test_penalty_rounded_to_a_subnormal_number_raises_no_alarm(l2, weights, dtype, framework):
    network = Network((3, 4, 1), ("relu", "identity"), l2=l2)
    case = random_case(network, dtype, framework, weights=weights)
    dead = {1: np.full(4, -100.0 * weights), 2: np.zeros(1)}  # nothing but the penalty is left of dW
    case = replace(case, parameters=Parameters(case.parameters.W, dead))
    trace, certificates = certified(case)
    assert certificates.root is None, certificates.root.message
    assert all(v.verdict != FAIL for v in reference.rows(Subject.of(case, trace)))


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_missing_or_doubled_penalty_still_fails(dtype):
    framework = "torch" if dtype == "float16" else "numpy"
    case = random_case(Network((3, 4, 1), ("relu", "identity"), l2=1e-3), dtype, framework)
    case = replace(case, parameters=Parameters(case.parameters.W, {1: np.full(4, -100.0), 2: np.zeros(1)}))
    trace, _ = certified(case)
    for factor in (0.0, 2.0, -1.0):
        root = certify_case(case, replace(trace, dW={**trace.dW, 1: factor * trace.dW[1]})).root
        assert root is not None
        assert (root.equation, root.layer) == ("BP4", 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize(("name", "equation"), [("z", "LIN"), ("a", "ACT"), ("delta", "BP2"), ("db", "BP3"), ("dW", "BP4")])
def test_first_number_that_is_not_finite_fails_and_its_consequences_do_not(name, equation, value):
    case = random_case(Network((3, 4, 2), ("tanh", "identity")), "float32", "numpy")
    trace, _ = certified(case)
    spoilt = getattr(trace, name)[1].copy()
    spoilt.flat[0] = value
    failing = [
        v for v in certify_case(case, replace(trace, **{name: {**getattr(trace, name), 1: spoilt}})).verdicts if v.verdict == FAIL
    ]
    assert (failing[0].equation, failing[0].layer, failing[0].rule) == (equation, 1, "finite")
    assert all(np.isfinite(v.expected) and np.isfinite(v.allowance) for v in failing)


def test_nan_in_every_tensor_fails_at_the_first_equation_alone():
    case = random_case(Network((3, 4, 2), ("tanh", "identity")), "float32", "numpy")
    trace, _ = certified(case)
    lost = {
        name: {l: np.full_like(v, np.nan) for l, v in getattr(trace, name).items() if l}
        for name in ("z", "a", "delta", "dW", "db")
    }
    lost["a"][0] = trace.a[0]
    certificates = certify_case(case, replace(trace, **lost, cost=np.nan))
    assert [(v.equation, v.layer) for v in certificates.verdicts if v.verdict == FAIL] == [("LIN", 1)]


def test_sum_whose_parts_overflow_is_undecided_and_one_that_overflows_alone_is_judged():
    network = Network((2, 1), "identity")
    for W, verdict in (([[1e20, -1e20]], UNDECIDED), ([[1e20, 1e19]], PASS)):
        case = Case(network, Parameters([W], [[0.0]]), Batch([[1e20, 1e20]], [[0.0]]), "float32")
        trace, certificates = certified(case)
        rows = {v.equation: v for v in certificates.verdicts}
        assert rows["LIN"].verdict == verdict
        assert certificates.root is None
        finite = replace(trace, z={1: np.zeros_like(trace.z[1])})
        rows = {v.equation: v for v in certify_case(case, finite).verdicts}
        assert rows["LIN"].verdict == (UNDECIDED if verdict == UNDECIDED else FAIL)


@pytest.mark.parametrize("actual", [0.0, -1e300, np.nan, np.inf], ids=str)
def test_infinite_allowance_proves_nothing(actual):
    tensor = np.array([[actual, 1.0]])
    estimate = Estimate(np.ones((1, 2)), np.array([[np.inf, 1e-9]]), np.full((1, 2), 1e-9))
    m = measure(tensor, estimate.rows, FORMATS["float32"])
    assert (m.verdict, m.rule, m.overflowed, m.blind) == (UNDECIDED, "overflow", 1, 0.5)
    assert measure(tensor * 2, estimate.rows, FORMATS["float32"]).verdict == FAIL  # the other entry is judged all the same


@pytest.mark.parametrize("factor", [-1.0, 3e5, 0.0, 1 + 1e-9])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_tiny_probability_is_seen_in_float64(framework, factor):
    """δ = 4e-44 is far from the smallest normal number of float64."""
    network = Network((1, 3), ("softmax",), "cross_entropy")
    case = Case(network, Parameters([np.zeros((3, 1))], [[100.0, 0.0, 0.0]]), Batch([[1.0]], [0]), "float64", framework)
    trace, certificates = certified(case)
    assert certificates.root is None, certificates.root.message
    delta = trace.delta[1] * np.array([1.0, factor, 1.0])
    root = certify_case(case, replace(trace, delta={1: delta}, dW={1: delta.T @ case.batch.x}, db={1: delta.sum(axis=0)})).root
    assert root is not None
    assert (root.equation, root.layer) == ("BP1", 1)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("dtype", FORMATS)
def test_probability_that_underflows_raises_no_alarm(dtype, framework):
    network = Network((1, 3), ("softmax",), "cross_entropy")
    for top in (*np.linspace(80, 110, 7), *np.linspace(700, 750, 11)):
        case = Case(network, Parameters([np.zeros((3, 1))], [[top, 0.0, 0.3]]), Batch([[1.0]], [1]), dtype, framework)
        _, certificates = certified(case)
        assert certificates.root is None, certificates.root.message


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("sigma", ["square", "silu", "gelu"])
def test_errors_stored_as_subnormal_numbers_raise_no_alarm(sigma, framework):
    """δ[L] = 2/(mK) (a - y) σ'(z) of a large batch in float16: what is stored before it meets σ' is rounded to multiples of 6e-8."""
    rng = np.random.default_rng(0)
    network = Network((4, 8), sigma, "mse_elements")
    parameters = initialize(network, rng)
    x = 2 * rng.standard_normal((3000, 4))
    _, z = forward(network, parameters.W, parameters.b, x)
    y = network.sigma[1].value(z[1]) + 1e-3 * rng.standard_normal((3000, 8))
    _, certificates = certified(Case(network, parameters, Batch(x, y), "float16", framework))
    assert certificates.root is None, certificates.root.message


def test_sums_whose_squares_underflow_raise_no_alarm():
    """With terms of 1e-200 the sum of squares is 0, and says nothing of the spread."""
    rng = np.random.default_rng(0)
    network = Network((7, 40), "identity")
    scaled = Parameters([1e-200 * rng.uniform(1, 2, (40, 7))], [np.zeros(40)])
    case = Case(network, scaled, Batch(rng.uniform(1, 2, (3000, 7)), np.zeros((3000, 40))))
    trace, certificates = certified(case)
    assert certificates.root is None, certificates.root.message
    one_after_another = np.zeros((40, 7))
    for delta, x in zip(trace.delta[1], trace.a[0], strict=True):
        one_after_another += np.outer(delta, x)
    root = certify_case(case, replace(trace, dW={1: one_after_another})).root
    assert root is None, root.message
