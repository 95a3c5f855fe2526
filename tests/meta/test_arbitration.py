"""Seeded faults: a wrong entry and a TF32 product are errors, a convention of ½ is none, a slope outside the kink is one."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.arbitration import CONVENTION, ERROR, OVERFLOW, ROUNDING, arbitrate
from gradref_reference import Batch, Network, Parameters, Trace, backprop, initialize

NETWORK = Network((17, 13, 7), ("tanh", "softmax"), "cross_entropy")
KINKED = (
    Network((2, 3, 1), ("relu", "identity"), "quadratic"),
    Parameters({1: [[1.0, -1.0], [2.0, 1.0], [1.0, 1.0]], 2: [[1.0, 2.0, -1.0]]}, {1: [0.0, 0.0, 0.0], 2: [0.0]}),
    Batch([[1.0, 1.0], [2.0, 1.0]], [[1.0], [3.0]]),
)


def problem(m=11):
    rng = np.random.default_rng(4)
    return initialize(NETWORK, rng), Batch(rng.standard_normal((m, 17)), rng.integers(0, 7, m))


def honest(dtype="float32", mode="reference"):
    return replace(backprop(NETWORK, *problem(), dtype), mode=mode)


def rule(*traces):
    return arbitrate(NETWORK, *problem(), list(traces))


def ruling(result, parameter):
    return next(r for r in result.rulings if r.parameter == parameter)


def test_one_wrong_entry_is_an_error_of_that_tensor_only():
    bad = honest(mode="suspect")
    bad.dW[1][3, 5] *= 1.01
    result = rule(honest(), bad)
    r = ruling(result, "layer1.W")
    assert r.decision == ERROR
    assert r.wrong == ("numpy suspect",)
    assert r.nearest == "numpy reference"
    assert "numpy suspect is wrong" in r.sentence
    assert "worst at [3, 5]" in r.sentence
    assert "BP4 1" in r.sentence
    assert "numpy reference is right" in r.sentence
    assert [r.decision for r in result.rulings].count(ERROR) == 1


@pytest.mark.parametrize("fault", ["sign", "zeros", "nan", "mean", "reversed", "shape"])
def test_seeded_fault_is_an_error(fault):
    change = {
        "sign": lambda g: -g,
        "zeros": np.zeros_like,
        "nan": lambda g: np.where(g == g.max(), np.nan, g),
        "mean": lambda g: g / 11,
        "reversed": lambda g: g[::-1],
        "shape": lambda g: g.T,
    }[fault]
    trace = honest(mode="suspect")
    result = rule(honest(), replace(trace, dW={1: trace.dW[1], 2: change(trace.dW[2])}))
    assert result.wrong == ("numpy suspect",)
    assert [r.parameter for r in result.rulings if r.decision == ERROR] == ["layer2.W"]


def tf32(x):
    """x with the ten fraction bits that tensor cores keep."""
    bits = np.asarray(x, dtype=np.float32).view(np.uint32)
    return ((bits + 0x0FFF + ((bits >> 13) & 1)) & np.uint32(0xFFFFE000)).view(np.float32)


def test_tf32_in_one_product_is_an_error_at_its_equation():
    parameters, batch = problem()
    p, x = parameters.astype(np.float32), batch.x.astype(np.float32)
    y, m = NETWORK.targets(batch, np.float32), np.float32(len(x))
    z = {1: tf32(x) @ tf32(p.W[1]).T + p.b[1]}  # the one product
    a = {0: x, 1: np.tanh(z[1])}
    z[2] = a[1] @ p.W[2].T + p.b[2]
    e = np.exp(z[2] - z[2].max(axis=1, keepdims=True))
    a[2] = e / e.sum(axis=1, keepdims=True)
    delta = {2: (a[2] - y) / m}
    delta[1] = (delta[2] @ p.W[2]) * (1 - a[1] ** 2)
    dW, db = {l: delta[l].T @ a[l - 1] for l in (1, 2)}, {l: delta[l].sum(axis=0) for l in (1, 2)}
    wide = [{l: v.astype(np.float64) for l, v in d.items()} for d in (a, z, delta, dW, db)]
    result = rule(honest(), Trace(*wide, honest().cost, "float32", "numpy", "tf32"))
    assert result.wrong == ("numpy tf32",)
    assert all(r.decision == ERROR for r in result.rulings)
    assert all("the first equation that no rounding explains is LIN 1" in r.sentence for r in result.rulings)
    assert all("numpy reference is right" in r.sentence for r in result.rulings)


def with_slope(slope):
    """A run of the kinked network that takes relu'(0) = slope."""
    network, parameters, batch = KINKED
    trace = backprop(network, parameters, batch)
    above = trace.delta[2] @ parameters.W[2]
    delta = {1: above * np.where(trace.z[1] == 0, slope, trace.z[1] > 0), 2: trace.delta[2]}
    dW, db = {1: delta[1].T @ batch.x, 2: trace.dW[2]}, {1: delta[1].sum(axis=0), 2: trace.db[2]}
    return replace(trace, delta=delta, dW=dW, db=db, mode=f"slope {slope:g}")


def test_a_convention_of_one_half_is_no_error():
    result = arbitrate(*KINKED, [with_slope(0.0), with_slope(0.5), with_slope(1.0)])
    r = ruling(result, "layer1.W")
    assert r.decision == CONVENTION
    assert [dict(f.slopes)["relu"] for f in r.findings] == [0.0, 0.5, 1.0]
    assert "numpy slope 0.5 takes relu'(0) = 0.5" in r.sentence
    assert "none is wrong" in r.sentence
    assert r.undecided == ((0, 0), (0, 1))
    assert result.wrong == ()
    assert ruling(result, "layer2.W").decision not in (CONVENTION, ERROR)


@pytest.mark.parametrize("slope", [-0.25, 1.25])
def test_a_slope_outside_the_one_sided_derivatives_is_an_error(slope):
    result = arbitrate(*KINKED, [with_slope(0.0), with_slope(slope)])
    assert ruling(result, "layer1.W").decision == ERROR
    assert result.wrong == (f"numpy slope {slope:g}",)


def overflowing(dtype="float16"):
    """A square network whose z[2] reaches 90,000: too much for float16."""
    network = Network((1, 1, 1), ("square", "identity"), "quadratic")
    parameters, batch = Parameters({1: [[300.0]], 2: [[1.0]]}, {1: [0.0], 2: [0.0]}), Batch([[1.0]], [[0.0]])
    trace = replace(backprop(network, parameters, batch), dtype=dtype)
    for layers in (trace.z, trace.a, trace.delta, trace.dW, trace.db):
        for l, v in layers.items():
            layers[l] = np.where(np.abs(v) > 65504, np.inf, v)
    return (network, parameters, batch), replace(trace, cost=float("inf"))


def test_infinity_is_an_overflow_only_where_the_exact_numbers_leave_the_range():
    problem, trace = overflowing()
    result = arbitrate(*problem, [trace])
    assert {r.decision for r in result.rulings} == {OVERFLOW}
    assert "the exact a[1] leaves the range of float16 (6.55e+04)" in result.rulings[0].sentence
    assert result.wrong == ()
    problem, trace = overflowing("float32")
    assert arbitrate(*problem, [trace]).wrong == ("numpy reference",)


def test_rounding_of_another_order_is_no_error():
    trace = honest(mode="reordered")
    delta, a = trace.delta[1].astype(np.float32), trace.a[0].astype(np.float32)
    total = np.zeros_like(trace.dW[1], dtype=np.float32)
    for i in range(len(a))[::-1]:
        total += np.outer(delta[i], a[i])
    result = rule(honest(), replace(trace, dW={1: total.astype(np.float64), 2: trace.dW[2]}))
    assert ruling(result, "layer1.W").decision == ROUNDING
    assert result.wrong == ()
