"""Faults seeded into the reference: its own tests must see each of them, and say by how much."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradref_reference import Batch, Network, fast, initialize
from gradref_reference import backpropagation as algorithm
from gradref_reference.costs import Cost

_PATH = Path(__file__).parents[1] / "reference" / "test_backpropagation.py"
_SPEC = importlib.util.spec_from_file_location("reference_test_backpropagation", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
tests = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tests)

SQUARE = Network((4, 4, 4, 4), ("tanh", "sigmoid", "tanh"), "quadratic", 0.1)
"""All widths equal, so that a transpose or the weights of another layer do not show in a shape."""

bp1, bp2, bp3, bp4 = algorithm.bp1, algorithm.bp2, algorithm.bp3, algorithm.bp4


def _judge(network=SQUARE, mode="textbook"):
    rng = np.random.default_rng(3)
    parameters = initialize(network, rng)
    batch = Batch(rng.normal(size=(5, network.sizes[0])), rng.normal(size=(5, network.sizes[-1])))
    tests._assert_slope_is_the_limit(network, parameters, batch, rng, mode)


def _nudged(gradient):
    gradient = gradient.copy()
    gradient[0, 0] += 1e-12 * max(1.0, abs(gradient[0, 0]))
    return gradient


def _without_a_row(delta, a):
    return bp4(delta[1:], a[1:])


# name -> (function of the plain loop, its faulty version)
FAULTS = {
    "sign of the error": ("bp1", lambda v, d: -bp1(v, d)),
    "no derivative in the output": ("bp1", lambda v, d: v),
    "a derivative of 1 in a hidden layer": ("bp2", lambda W, e, d: bp2(W, e, np.ones_like(d))),
    "no derivative in a hidden layer": ("bp2", lambda W, e, d: e @ W),
    "weights transposed": ("bp2", lambda W, e, d: bp2(W.T, e, d)),
    "weights made positive": ("bp2", lambda W, e, d: bp2(np.abs(W), e, d)),
    "bias averaged": ("bp3", lambda delta: delta.mean(axis=0)),
    "bias of the first sample": ("bp3", lambda delta: delta[0]),
    "gradient transposed": ("bp4", lambda delta, a: bp4(delta, a).T),
    "one entry off by 1e-12": ("bp4", lambda delta, a: _nudged(bp4(delta, a))),
    "a dropped row": ("bp4", _without_a_row),
    "all zeros": ("bp4", lambda delta, a: 0 * bp4(delta, a)),
    "NaN": ("bp4", lambda delta, a: np.nan * bp4(delta, a)),
}
column_sums, by_columns, both = fast.column_sums, fast.by_columns, fast.value_and_derivative
# name -> (form of the fast loop, its faulty version)
FAST = {
    "derivative at a": ("value_and_derivative", lambda sigma, z: (sigma.value(z), both(sigma, sigma.value(z))[1])),
    "bias averaged": ("column_sums", lambda delta: delta.mean(axis=0)),
    "bias without a row": ("column_sums", lambda delta: column_sums(delta[1:])),
    "gradient transposed": ("by_columns", lambda A, B: by_columns(A, B).T),
    "one entry off by 1e-12": ("by_columns", lambda A, B: _nudged(by_columns(A, B))),
    "a dropped row": ("by_columns", lambda A, B: by_columns(A[:, 1:], B[1:])),
    "a layer's input for all": ("by_rows", lambda A, B: np.abs(A).dot(B)),
    "NaN": ("by_columns", lambda A, B: np.nan * by_columns(A, B)),
}


@pytest.mark.parametrize("mode", algorithm.MODES)
def test_the_unhurt_reference_passes(mode):
    _judge(mode=mode)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_an_equation_is_seen(fault, monkeypatch):
    name, faulty = FAULTS[fault]
    monkeypatch.setattr(algorithm, name, faulty)
    with pytest.raises(AssertionError, match=r"off by (\d+|nan) units"):
        _judge()


@pytest.mark.parametrize("fault", FAST)
def test_a_fault_in_a_fast_form_is_seen(fault, monkeypatch):
    name, faulty = FAST[fault]
    monkeypatch.setattr(fast, name, faulty)
    with pytest.raises(AssertionError, match=r"off by (\d+|nan) units"):
        _judge(mode="reference")


def test_a_forgotten_batch_factor_is_seen(monkeypatch):
    unscaled = replace(SQUARE.cost_function, factor=lambda m, K: 1.0)
    assert isinstance(unscaled, Cost)
    network = Network(SQUARE.sizes, SQUARE.activations, SQUARE.cost, SQUARE.l2)
    network.__dict__["cost_function"] = unscaled  # where cached_property keeps it
    for mode in algorithm.MODES:
        with pytest.raises(AssertionError, match="units"):
            _judge(network, mode)


def test_a_doubled_penalty_is_seen(monkeypatch):
    network = Network(SQUARE.sizes, SQUARE.activations, SQUARE.cost, SQUARE.l2)
    gradients = algorithm.gradients

    def doubled(network, W, b, x, y):
        a, z, delta, dW, db, C = gradients(network, W, b, x, y)
        return a, z, delta, {l: dW[l] + network.l2 * W[l] for l in dW}, db, C

    monkeypatch.setitem(algorithm.MODES, "reference", doubled)
    with pytest.raises(AssertionError, match="units"):
        _judge(network, "reference")


def test_the_weights_of_the_wrong_layer_are_seen(monkeypatch):
    seen = []

    def wrong(W_next, delta_next, sigma_prime):
        seen.append(W_next)
        return bp2(seen[0], delta_next, sigma_prime)  # the last layer's weights, again and again

    monkeypatch.setattr(algorithm, "bp2", wrong)
    with pytest.raises(AssertionError, match="units"):
        _judge()
