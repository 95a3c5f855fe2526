"""Seeded faults: each must fail, with the right equation and layer named as the root and the mistake recognised in the message."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from gradref.judges import Subject, certify_case, reference
from gradref.verdict import FAIL
from gradref_adapters import registry
from gradref_reference import Batch, Case, Network, initialize
from gradref_reference.fast import forward

SQUARE = Network((7, 7, 7, 7), ("tanh", "sigmoid", "gelu"), "quadratic", l2=0.01)
COPRIME = Network((7, 5, 4, 3), ("sigmoid", "tanh", "softmax"), "cross_entropy")
BATCH = 11


@cache
def honest(network, dtype="float64", framework="numpy", seed=0, batch=BATCH):
    """A case and the trace an adapter gives for it."""
    rng = np.random.default_rng(seed)
    parameters = initialize(network, rng)
    K = network.sizes[-1]
    y = rng.integers(0, K, batch) if network.cost == "cross_entropy" else rng.standard_normal((batch, K))
    adapter = registry.get(framework)
    case = Case(
        network, parameters, Batch(rng.standard_normal((batch, network.sizes[0])), y), dtype, framework, adapter.modes()[0]
    )
    return case, adapter.run(case)


def with_tensor(trace, name, l, value):
    """The trace with one tensor replaced."""
    return replace(trace, **{name: {**getattr(trace, name), l: value}})


def resume(case, trace, l, delta):
    """The trace with δ[l] replaced and everything that follows from it computed honestly: a fault with its consequences."""
    network, (W, _, x, _) = case.network, case.rounded()
    deltas, dW, db = {**trace.delta, l: delta}, dict(trace.dW), dict(trace.db)
    a = {**trace.a, 0: x}
    for k in range(l, 0, -1):
        if k < l:
            deltas[k] = network.sigma[k].pullback(deltas[k + 1] @ W[k + 1], trace.z[k], trace.a[k])
        dW[k] = deltas[k].T @ a[k - 1] + network.l2 * W[k]
        db[k] = deltas[k].sum(axis=0)
    return replace(trace, delta=deltas, dW=dW, db=db)


# name -> (network, (case, trace) -> faulty trace, equation and layer of the root, words of the message)
def _sign(case, trace):
    return resume(case, trace, 2, -trace.delta[2])


def _no_derivative(case, trace):
    return resume(case, trace, 2, trace.delta[3] @ case.parameters.W[3])


def _derivative_at_a(case, trace):
    sigma = case.network.sigma[2]
    return resume(case, trace, 2, (trace.delta[3] @ case.parameters.W[3]) * sigma.derivative(trace.a[2], sigma.value(trace.a[2])))


def _transposed(case, trace):
    sigma = case.network.sigma[2]
    return resume(case, trace, 2, sigma.pullback(trace.delta[3] @ case.parameters.W[3].T, trace.z[2], trace.a[2]))


def _wrong_layer(case, trace):
    sigma = case.network.sigma[1]
    return resume(case, trace, 1, sigma.pullback(trace.delta[2] @ case.parameters.W[3], trace.z[1], trace.a[1]))


def _no_mean(case, trace):
    return resume(case, trace, 3, trace.delta[3] * BATCH)


def _transposed_forward(case, trace):
    W, b, x, _ = case.rounded()
    W = {**W, 2: W[2].T}
    a, z = forward(case.network, W, b, x)
    return replace(trace, a=a, z=z)


def _no_bias(case, trace):
    return with_tensor(trace, "z", 1, trace.z[1] - case.parameters.b[1])


def _dropped_row(case, trace):
    delta, a = trace.delta[2], trace.a[1]
    short = with_tensor(trace, "dW", 2, trace.dW[2] - np.outer(delta[4], a[4]))
    return short


def _dropped_bias_row(case, trace):
    return with_tensor(trace, "db", 2, trace.db[2] - trace.delta[2][4])


def _short_batch(case, trace):
    return with_tensor(trace, "delta", 2, trace.delta[2][:-1])


def _averaged_bias(case, trace):
    return with_tensor(trace, "db", 2, trace.db[2] / BATCH)


def _gradient_transposed(case, trace):
    return with_tensor(trace, "dW", 2, trace.dW[2].T.copy())


def _no_penalty(case, trace):
    return with_tensor(trace, "dW", 1, trace.dW[1] - case.network.l2 * case.parameters.W[1])


def _nan(case, trace):
    dW = trace.dW[2].copy()
    dW[1, 2] = np.nan
    return with_tensor(trace, "dW", 2, dW)


def _infinite(case, trace):
    delta = trace.delta[2].copy()
    delta[1, 2] = np.inf
    return with_tensor(trace, "delta", 2, delta)


def _zeros(case, trace):
    return with_tensor(trace, "dW", 2, np.zeros_like(trace.dW[2]))


def _missing(case, trace):
    return replace(trace, delta={l: v for l, v in trace.delta.items() if l != 2})


def _zero_input(case, trace):
    return with_tensor(trace, "a", 0, np.zeros_like(trace.a[0]))


def _no_input(case, trace):
    return replace(trace, a={l: v for l, v in trace.a.items() if l})


def _input_off(case, trace):
    x = trace.a[0].copy()
    x[3, 2] = np.nextafter(x[3, 2], 9)
    return with_tensor(trace, "a", 0, x)


def _activation(case, trace):
    return with_tensor(trace, "a", 2, trace.z[2])


def _cost(case, trace):
    return replace(trace, cost=trace.cost * BATCH)


def _smoothed(case, trace):
    smooth = np.full(trace.delta[3].shape, 1e-5 / 3)
    return resume(case, trace, 3, trace.delta[3] - (smooth - 1e-5 * (case.batch.y[:, None] == np.arange(3))) / BATCH)


FAULTS = {
    "sign": (SQUARE, _sign, ("BP2", 2), "a sign"),
    "no derivative": (SQUARE, _no_derivative, ("BP2", 2), "σ'(z[2]) is missing"),
    "derivative at a": (SQUARE, _derivative_at_a, ("BP2", 2), "σ' taken at a[2] instead of z[2]"),
    "transposed weights": (SQUARE, _transposed, ("BP2", 2), "transposed"),
    "weights of the wrong layer": (SQUARE, _wrong_layer, ("BP2", 1), "W[3] in the place of W[2]"),
    "no mean over the batch": (SQUARE, _no_mean, ("BP1", 3), "mean over the batch is missing"),
    "no mean, cross-entropy": (COPRIME, _no_mean, ("BP1", 3), "mean over the batch is missing"),
    "transposed forward": (SQUARE, _transposed_forward, ("LIN", 2), "transposed"),
    "no bias": (SQUARE, _no_bias, ("LIN", 1), "bias is missing"),
    "dropped row": (SQUARE, _dropped_row, ("BP4", 2), "without sample 4"),
    "dropped row of the bias": (COPRIME, _dropped_bias_row, ("BP3", 2), "without sample 4"),
    "short batch": (COPRIME, _short_batch, ("BP2", 2), "must have shape (11, 4), got (10, 4)"),
    "averaged bias": (COPRIME, _averaged_bias, ("BP3", 2), "taken twice"),
    "transposed gradient": (SQUARE, _gradient_transposed, ("BP4", 2), "transposed"),
    "no L2 term": (SQUARE, _no_penalty, ("BP4", 1), "without the L2 term"),
    "NaN": (COPRIME, _nan, ("BP4", 2), "NaN is never right"),
    "infinity": (COPRIME, _infinite, ("BP2", 2), "NaN or infinite"),
    "zeros": (COPRIME, _zeros, ("BP4", 2), "All of it is zero"),
    "missing layer": (COPRIME, _missing, ("BP2", 2), "must be present"),
    "zero input": (COPRIME, _zero_input, ("LIN", 1), "a[0] must be the input rounded to float"),
    "missing input": (COPRIME, _no_input, ("LIN", 1), "a[0] must be present, got layers [1, 2, 3]"),
    "one input a bit off": (COPRIME, _input_off, ("LIN", 1), "got 1 of 77 entries that differ, the first at [3, 2]"),
    "no activation": (COPRIME, _activation, ("ACT", 2), "activation is missing"),
    "cost not averaged": (COPRIME, _cost, ("COST", 3), "C = C(a[3], y)"),
    "label smoothing 1e-5": (COPRIME, _smoothed, ("BP1", 3), "further off"),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("network", "fault", "root", "words"), FAULTS.values(), ids=FAULTS)
def test_seeded_fault_fails_with_equation_layer_and_mistake_named(network, fault, root, words, dtype):
    case, trace = honest(network, dtype)
    certificates = certify_case(case, fault(case, trace))
    first = certificates.root
    assert first is not None
    assert (first.equation, first.layer) == root
    assert words in first.message
    assert f"layer {root[1]}" in first.message


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize(
    "name", ["sign", "derivative at a", "transposed weights", "dropped row", "averaged bias", "NaN", "no mean over the batch"]
)
def test_seeded_fault_in_a_frameworks_trace_fails(framework, name):
    pytest.importorskip(framework)
    network, fault, root, words = FAULTS[name]
    case, trace = honest(network, "float32", framework)
    first = certify_case(case, fault(case, trace)).root
    assert first is not None
    assert (first.equation, first.layer) == root
    assert words in first.message
    assert first.message.startswith(framework)


@pytest.mark.parametrize(("dtype", "relative"), [("float32", 1e-4), ("float64", 1e-12)])
@pytest.mark.parametrize(("tensor", "equation"), [("dW", "BP4"), ("db", "BP3"), ("delta", "BP2"), ("z", "LIN"), ("a", "ACT")])
def test_one_entry_slightly_off_fails_and_is_the_worst_index(tensor, equation, dtype, relative):
    case, trace = honest(COPRIME, dtype)
    value = getattr(trace, tensor)[2].copy()
    at = np.unravel_index(np.argmax(np.abs(value)), value.shape)
    value[at] *= 1 + relative
    first = certify_case(case, with_tensor(trace, tensor, 2, value)).root
    assert first is not None
    assert (first.equation, first.layer, first.rule) == (equation, 2, "bound")
    assert first.worst_index == str([int(i) for i in at])
    assert first.failing == 1
    assert f"1 of {value.size} entries" in first.message


def test_common_factor_within_the_bound_fails_by_statistics():
    network = Network((60, 50, 40), ("tanh", "identity"))
    case, trace = honest(network, "float32", batch=128)
    verdict = next(
        v for v in certify_case(case, with_tensor(trace, "dW", 1, trace.dW[1] * (1 + 1e-6))).verdicts if v.equation == "BP4"
    )
    assert (verdict.verdict, verdict.rule) == (FAIL, "statistics")
    assert "σ" in verdict.message


def test_leaky_slope_for_relu_fails_at_the_activation():
    case, trace = honest(Network((7, 5, 3), "relu"), "float32")
    leaky = with_tensor(trace, "a", 1, np.maximum(trace.z[1], np.float32(1e-6) * trace.z[1]))
    first = certify_case(case, leaky).root
    assert first is not None
    assert (first.equation, first.layer) == ("ACT", 1)


def test_wrong_input_fails_at_the_first_equation():
    case, trace = honest(COPRIME)
    reversed_batch = replace(case, batch=Batch(case.batch.x[::-1], case.batch.y[::-1]))
    first = certify_case(reversed_batch, trace).root
    assert first is not None
    assert (first.equation, first.layer) == ("LIN", 1)
    assert "reverse order" in first.message


def test_wrong_gradient_fails_against_the_reference():
    case, trace = honest(COPRIME)
    rows = reference.rows(Subject.of(case, with_tensor(trace, "dW", 2, trace.dW[2] * (1 + 1e-9))))
    assert [(v.layer, v.parameter) for v in rows if v.verdict == FAIL] == [(2, "dW[2]")]


@pytest.mark.parametrize("framework", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("network", [SQUARE, COPRIME], ids=["square", "coprime"])
def test_honest_trace_passes_every_equation(framework, network):
    pytest.importorskip(framework)
    case, trace = honest(network, "float32", framework)
    assert [v.message for v in certify_case(case, trace).verdicts if v.verdict == FAIL] == []
    assert [v.message for v in reference.rows(Subject.of(case, trace)) if v.verdict == FAIL] == []
