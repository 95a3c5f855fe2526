"""Whole gradients against what is known of them: rounding passes, a kink is undecided within its interval, the rest fails."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.judges import Subject, Truth, enclosure, judge, reference
from gradref.judges.golden import cost_bound
from gradref.judges.truth import enclosure_of, reference_trace
from gradref.suite import standard_suite
from gradref.suite.run import run_and_judge
from gradref.verdict import FAIL, PASS, SKIP, UNDECIDED
from gradref_adapters.registry import available
from gradref_reference import COSTS, Batch, Case, Network, Parameters, backprop, initialize
from gradref_reference.error_model import contract_for

SUITE = {c.name: c.case for c in standard_suite(seed=0)}
NUMPY = contract_for("numpy", "float64")

# 0.9*4 - 0.4*2 - 2.8 is 0 in float64 and 2^-53 in truth: relu' is 0 in the one and 1 in the other
NEAR = Case(
    Network((2, 1, 1), ("relu", "identity")),
    Parameters([[[0.9, -0.4]], [[1.0]]], [[-2.8], [0.0]]),
    Batch([[4.0, 2.0]], [[0.5]]),
    name="near",
)


def _underflow(activation):
    """σ(-800) is 0 in float64 and e^-800 in truth."""
    parameters = Parameters([[[1.0]], [[1.0]]], [[-800.0], [0.0]])
    return Case(Network((1, 1, 1), ("sigmoid", activation)), parameters, Batch([[0.0]], [[1.0]]), name=activation)


def _with(trace, name, l, value):
    return replace(trace, **{name: {**getattr(trace, name), l: np.array(value, np.float64)}})


def _enclosed(case, trace):
    return {v.parameter: v for v in enclosure.rows(Subject(case, trace, NUMPY, Truth(case)))}


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
@pytest.mark.parametrize("framework", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("case", [NEAR, _underflow("leaky_relu(0.25)"), _underflow("elu(0.5)")], ids=lambda c: c.name)
def test_honest_runs_within_rounding_of_a_kink_do_not_fail(framework, case, dtype):
    if framework not in available():
        pytest.skip(f"{framework} is not installed")
    adapter = available()[framework]
    asked = replace(case, framework=framework, mode=adapter.modes()[0], dtype=dtype)
    verdicts = run_and_judge(asked, adapter, Truth(asked)).verdicts
    assert [v.message for v in verdicts if v.verdict == FAIL] == []
    if (framework, dtype) == ("numpy", "float64"):
        undecided = {v.parameter for v in verdicts if v.equation == "ENC" and v.verdict == UNDECIDED}
        assert undecided >= ({"dW[1]", "db[1]"} if case is NEAR else {"db[2]"})


def _cancelling(seed):
    """Decimal weights and biases that cancel the first sample's pre-activations, or nearly: most are within rounding of a kink."""
    rng, kinds = np.random.default_rng(seed), ("relu", "leaky_relu(0.25)", "elu(0.5)", "leaky_relu")
    sizes, m = tuple(int(n) for n in rng.integers(1, 5, rng.integers(3, 6))), int(rng.integers(1, 4))
    network = Network(sizes, (*rng.choice(kinds, len(sizes) - 2).tolist(), "identity"))
    x, W, b = rng.integers(-9, 10, (m, sizes[0])) / 10, {}, {}
    a = x[0]
    for l, sigma in network.sigma.items():
        W[l] = rng.integers(-9, 10, (sizes[l], sizes[l - 1])) / 10
        b[l] = np.where(rng.random(sizes[l]) < 0.6, np.round(-(W[l] @ a), 2 * l), rng.integers(-9, 10, sizes[l]) / 10)
        a = sigma.value(np.round(W[l] @ a + b[l], 12)[None])[0]
    return Case(network, Parameters(W, b), Batch(x, rng.integers(-9, 10, (m, sizes[-1])) / 10), name=f"cancelling-{seed}")


@pytest.mark.parametrize(
    ("framework", "dtype"),
    [("numpy", "float64"), ("numpy", "float32"), ("torch", "float64"), ("torch", "float32"), ("torch", "float16")],
)
@pytest.mark.parametrize(
    "seed", [0, 1, 4, 5, 6, 7, 8, 10, 19, 96, 118, 249, 262, 304]
)  # each needs the spread, the last six all of it
def test_honest_runs_with_many_kinks_on_the_way_do_not_fail(framework, dtype, seed):
    if framework not in available():
        pytest.skip(f"{framework} is not installed")
    adapter = available()[framework]
    case = replace(_cancelling(seed), framework=framework, mode=adapter.modes()[0], dtype=dtype)
    verdicts = run_and_judge(case, adapter, Truth(case)).verdicts
    assert [v.message for v in verdicts if v.verdict == FAIL] == []


def test_entry_that_only_a_kink_excuses_is_undecided_with_its_interval():
    rows = _enclosed(NEAR, reference_trace(NEAR))
    row = rows["dW[1]"]
    assert (row.verdict, row.rule, row.undecided, row.share) == (UNDECIDED, "kink", 2, 0.0)
    assert "2 of 2 entries of dW[1] depend on a pre-activation at a kink, or nearer to it than rounding" in row.message
    assert "at [0, 0] it is 0, in [-2.00000" in row.message
    assert {rows[name].verdict for name in ("dW[2]", "db[2]")} == {PASS}


@pytest.mark.parametrize("value", [[[-2.001, -1.0]], [[0.001, 0.0]], [[-4.0, -2.0]], [[np.nan, 0.0]], [[-np.inf, 0.0]]])
def test_value_outside_the_interval_of_a_near_kink_fails(value):
    rows = _enclosed(NEAR, _with(reference_trace(NEAR), "dW", 1, value))
    assert rows["dW[1]"].verdict == FAIL
    assert rows["db[1]"].verdict == UNDECIDED


def test_both_sides_of_a_near_kink_are_right():
    exact = enclosure_of(NEAR)
    trace = reference_trace(NEAR)
    other = _with(_with(trace, "dW", 1, exact.dW[1].midpoint), "db", 1, exact.db[1].midpoint)
    assert {v.verdict for v in _enclosed(NEAR, other).values()} == {PASS}
    assert {v.verdict for v in reference.rows(Subject.of(NEAR, other))} == {PASS, UNDECIDED}


def test_entries_the_enclosure_leaves_open_are_undecided_and_use_nothing_of_the_allowance():
    case = SUITE["exact-0-1"]
    trace, exact = reference_trace(case), enclosure_of(case)
    row = _enclosed(case, trace)["db[1]"]
    assert exact.db[1].radius[0] > 41
    assert (row.verdict, row.rule, row.undecided, row.entries) == (UNDECIDED, "kink", 1, 3)
    assert row.share < 0.01
    assert row.allowance < 1e-9
    inside, outside = exact.db[1].midpoint.copy(), exact.db[1].midpoint.copy()
    inside[0] += 0.99 * exact.db[1].radius[0]
    outside[0] += 1.01 * exact.db[1].radius[0]
    assert _enclosed(case, _with(trace, "db", 1, inside))["db[1]"].verdict == UNDECIDED
    failed = _enclosed(case, _with(trace, "db", 1, outside))["db[1]"]
    assert (failed.verdict, failed.rule, failed.failing) == (FAIL, "bound", 1)


def test_entries_no_kink_touches_are_still_decided_beside_those_that_one_does():
    case = SUITE["exact-0-1"]
    trace = reference_trace(case)
    db = trace.db[1].copy()
    db[1] *= 1 + 1e-9
    assert _enclosed(case, _with(trace, "db", 1, db))["db[1]"].verdict == FAIL
    assert _enclosed(case, trace)["db[3]"].verdict == PASS


def test_interval_narrower_than_rounding_decides():
    x = 2.0**-70  # the first sample is at the kink; it adds x times its error to dW, and the whole of it to db
    parameters = Parameters([[[1.0]], [[1.0]]], [[-x], [0.0]])
    case = Case(Network((1, 1, 1), ("relu", "identity")), parameters, Batch([[x], [1.0]], [[0.5], [0.25]]), name="narrow")
    exact, trace = enclosure_of(case), reference_trace(case)
    assert exact.undecided[1].tolist() == [[True], [False]]
    assert 0 < exact.dW[1].radius[0, 0] < 1e-20 < 0.1 < exact.db[1].radius[0]
    rows = _enclosed(case, trace)
    assert (rows["dW[1]"].verdict, rows["db[1]"].verdict) == (PASS, UNDECIDED)
    assert _enclosed(case, _with(trace, "dW", 1, trace.dW[1] + 1e-12))["dW[1]"].verdict == FAIL


@pytest.mark.parametrize("name", ["dW", "db"])
@pytest.mark.parametrize("fault", [lambda g: -g, lambda g: g * (1 + 1e-11), np.zeros_like, lambda g: g + np.nan], ids=range(4))
def test_seeded_fault_in_a_smooth_network_fails(name, fault):
    case = SUITE["square-layers"]
    trace = reference_trace(case)
    rows = _enclosed(case, _with(trace, name, 2, fault(getattr(trace, name)[2])))
    assert {p for p, v in rows.items() if v.verdict == FAIL} == {f"{name}[2]"}


def test_propagated_bound_is_formed_once_for_runs_that_round_alike(monkeypatch):
    from gradref.judges import truth as known

    formed, real = [], known.propagated_bound
    monkeypatch.setattr(known, "propagated_bound", lambda *given: formed.append(given[-1]) or real(*given))
    suite_case = next(c for c in standard_suite(seed=0) if c.name == "golden-g2")
    truth = Truth(suite_case.case)
    for _ in range(3):
        judge(Subject(suite_case.case, reference_trace(suite_case.case), NUMPY, truth, suite_case.golden))
    assert formed == [NUMPY]
    flushing = NUMPY.but(flush_to_zero=True)
    judge(Subject(suite_case.case, reference_trace(suite_case.case), flushing, truth, suite_case.golden))
    assert len(formed) == 2


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("cost", list(COSTS))
def test_cost_of_a_run_lies_within_its_bound_of_the_exact_one(cost, dtype):
    network = Network((5, 7, 4), ("tanh", COSTS[cost].output or "identity"), cost, l2=0.25)
    rng = np.random.default_rng(3)
    case = Case(network, initialize(network, rng), Batch(rng.standard_normal((9, 5)), rng.uniform(0, 1, (9, 4))), dtype)
    exact = enclosure_of(case)
    W, b, x, y = case.rounded()
    trace = backprop(network, Parameters(W, b), Batch(x, y), dtype)
    bound = cost_bound(Subject(case, trace, contract_for("numpy", dtype), Truth(case)))
    assert bound.shape == (1,)
    assert abs(exact.cost.error(np.array(trace.cost))) <= bound[0] < 1000 * contract_for("numpy", dtype).u * trace.cost


def test_broken_tensor_is_a_skip_with_its_reason():
    case = SUITE["square-layers"]
    trace = _with(reference_trace(case), "db", 2, np.full(6, np.nan))
    subject = Subject(case, trace, NUMPY, Truth(case), broken={("db", 2): "finite"})
    row = {v.parameter: v for v in enclosure.rows(subject)}["db[2]"]
    assert row.verdict == SKIP
    assert row.message == (
        "numpy reference float64 · square-layers, layer 2, ENC: db[2] was not judged, because it is NaN or infinite. "
        "See the row of its own equation."
    )
