"""The reference gradient: exact goldens, first principles in ball arithmetic, random networks, purity and refusals."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from support.truths import BALL_ACTIVATIONS

from gradref_reference import (
    ACTIVATIONS,
    COSTS,
    Batch,
    DataError,
    Network,
    Parameters,
    ShapeError,
    SpecificationError,
    backprop,
    forward,
    gradients,
    initialize,
)
from gradref_reference.backpropagation import MODES

U = 2.0**-53
GOLDEN = json.loads((Path(__file__).parent / "goldens.json").read_text())


def _golden(name, columns=True):
    """Parameters and batch of a golden; the file keeps samples as columns."""
    g = GOLDEN[name]
    parameters = Parameters(g["W"], [np.ravel(b) for b in g["b"]])
    x, y = (np.array(g.get(upper, g.get(lower)), float) for upper, lower in (("X", "x"), ("Y", "y")))
    return g, parameters, Batch(x.T if x.ndim == 2 else x[None], y.T if y.ndim == 2 else y[None])


# --- goldens ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_g1_is_exact_in_every_bit(mode):
    g, parameters, batch = _golden("G1")
    trace = backprop(Network((2, 3, 2), "square"), parameters, batch, mode=mode)
    assert trace.cost == g["C"] == 2.5
    for l in (1, 2):
        np.testing.assert_array_equal(trace.z[l], np.transpose(g["Z"][l - 1]))
        np.testing.assert_array_equal(trace.a[l], np.transpose(g["A"][l]))
        np.testing.assert_array_equal(trace.delta[l], np.transpose(g["delta"][l - 1]))
        np.testing.assert_array_equal(trace.dW[l], g["dW"][l - 1])
        np.testing.assert_array_equal(trace.db[l], np.ravel(g["db"][l - 1]))
    assert sum((v**2).sum() for v in (*trace.dW.values(), *trace.db.values())) == 109740
    np.testing.assert_array_equal(trace.delta[1] @ parameters.W[1], [[44, 144]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_g2_is_exact_up_to_the_rounding_of_one_fifth(dtype):
    g, parameters, batch = _golden("G2")
    trace = backprop(Network((2, 4, 3), "square"), parameters, batch, dtype)
    u = U if dtype == "float64" else 2.0**-24
    np.testing.assert_allclose(trace.cost, 2.3, rtol=2 * u)
    for l in (1, 2):
        np.testing.assert_array_equal(trace.z[l], np.transpose(g["Z"][l - 1]))  # integers below 2^24
        np.testing.assert_array_equal(trace.a[l], np.transpose(g["A"][l]))
        delta = np.transpose(g["delta"][l - 1]) / 5  # the golden is per sample and without 1/m
        np.testing.assert_allclose(trace.delta[l], delta, rtol=0, atol=8 * u * np.abs(delta).max())
        size = np.abs(delta).T @ np.abs(trace.a[l - 1])
        assert (np.abs(trace.dW[l] - g["dW"][l - 1]) <= 16 * u * np.maximum(size, np.abs(delta).max())).all()
        assert (np.abs(trace.db[l] - np.ravel(g["db"][l - 1])) <= 16 * u * np.abs(delta).sum(axis=0).max()).all()


GS_FRACTIONS = {
    "quadratic": (
        "-3/125 -2/125 -4/375 9/256 3/128 1/64",
        "741/64000 741/32000 -3/256 -3/128 631/36000 631/18000",
        "-4/125 3/64",
        "741/64000 -3/256 631/36000",
    ),
    "nielsen_cross_entropy": (
        "-3/20 -1/10 -1/15 3/16 1/8 1/12",
        "9/160 9/80 -1/16 -1/8 1/10 1/5",
        "-1/5 1/4",
        "9/160 -1/16 1/10",
    ),
}


@pytest.mark.parametrize("cost", GS_FRACTIONS)
def test_gs_gives_the_rational_gradient_of_the_sigmoid(cost):
    _, parameters, batch = _golden("GS_quadratic")  # both costs share their parameters
    trace = backprop(Network((2, 3, 2), "sigmoid", cost), parameters, batch)
    actual = (trace.dW[2], trace.dW[1], trace.db[2], trace.db[1])
    for array, text in zip(actual, GS_FRACTIONS[cost], strict=True):
        exact = [Fraction(v) for v in text.split()]
        for value, fraction in zip(array.ravel(), exact, strict=True):
            # the logits are rounded logarithms of size 4: that alone moves a sigmoid by 8 u
            assert abs(Fraction(float(value)) - fraction) <= 64 * Fraction(U) * max(abs(fraction), Fraction(1, 50))


X34 = Batch([[1, 2], [3, -1], [-2, 1], [0, 1]], [[4], [3], [1], [5]])


@pytest.mark.parametrize(
    ("activation", "C", "dW", "db"),
    [("identity", 6.5, [3, -3.25], -2.5), ("relu", 3.5, [0.5, -0.75], 0), ("square", 55.5, [145.5, -41], 3.5)],
)
def test_one_neuron_gives_the_numbers_of_lecture_3_4(activation, C, dW, db):
    trace = backprop(Network((2, 1), activation), Parameters([[[2, 1]]], [[-1]]), X34)
    assert trace.cost == C
    np.testing.assert_array_equal(trace.dW[1], [dW])
    np.testing.assert_array_equal(trace.db[1], [db])


def test_a_chain_of_single_units_gives_its_golden_numbers():
    trace = backprop(Network((1, 1, 1), "square"), Parameters([[[3]], [[-1]]], [[-1], [7]]), Batch([[1]], [[6]]))
    assert (trace.cost, trace.dW[1][0, 0], trace.db[1][0], trace.dW[2][0, 0], trace.db[2][0]) == (4.5, -72, -72, 72, 18)


def test_five_saturating_sigmoids_in_a_chain_scale_by_a_quarter_each():
    network = Network((1,) * 6, "sigmoid")
    parameters = Parameters([[[1.0]]] * 5, [[0.0], *([[-0.5]] * 4)])  # every z is 0
    trace = backprop(network, parameters, Batch([[0.0]], [[-0.5]]))
    assert trace.delta[1][0, 0] == 0.25**5


# --- first principles: the limit definition in balls, written without any of the reference's formulas ------------------------


def _ball_cost(network, W, b, x, y):
    total, K = arb(0), network.sizes[-1]
    for row, target in zip(x, y, strict=True):
        a = [arb(float(v)) for v in row]
        for l, name in enumerate(network.activations, start=1):
            z = [sum((w * v for w, v in zip(weights, a, strict=True)), bias) for weights, bias in zip(W[l], b[l], strict=True)]
            if name == "softmax":
                e = [v.exp() for v in z]
                a = [v / sum(e, arb(0)) for v in e]
            else:
                a = [BALL_ACTIVATIONS[name](v) for v in z]
        t = [arb(float(v)) for v in target]
        if network.cost in ("quadratic", "mse_samples", "mse_elements"):
            total += sum(((p - q) ** 2 for p, q in zip(a, t, strict=True)), arb(0))
        elif network.cost == "cross_entropy":
            total -= sum((q * p.log() for p, q in zip(a, t, strict=True)), arb(0))
        else:
            total -= sum((q * p.log() + (1 - q) * (1 - p).log() for p, q in zip(a, t, strict=True)), arb(0))
    m = len(x)
    scale = {"quadratic": 2 * m, "mse_samples": m, "mse_elements": m * K, "binary_cross_entropy": m * K}.get(network.cost, m)
    penalty = sum((w * w for l in W for weights in W[l] for w in weights), arb(0)) * arb(network.l2) / 2
    return total / scale + penalty


def _assert_slope_is_the_limit(network, parameters, batch, rng, mode="reference"):
    """⟨∇C, v⟩ of the reference equals (C(θ + hv) - C(θ - hv))/2h at 600 bits and h = 2^-150, for a random direction v."""
    trace = backprop(network, parameters, batch, mode=mode)
    y = network.targets(batch)
    v = {key: rng.choice([-1.0, -0.5, 0.5, 1.0], np.shape(g)) for key, g in [(("W", l), trace.dW[l]) for l in trace.dW]}
    v |= {("b", l): rng.choice([-1.0, -0.5, 0.5, 1.0], trace.db[l].shape) for l in trace.db}
    before, ctx.prec = ctx.prec, 600
    try:
        h = arb(2) ** -150
        costs = []
        for sign in (1, -1):
            W = {
                l: [
                    [arb(float(w)) + sign * h * float(s) for w, s in zip(r, q, strict=True)]
                    for r, q in zip(M, v["W", l], strict=True)
                ]
                for l, M in parameters.W.items()
            }
            b = {
                l: [arb(float(w)) + sign * h * float(s) for w, s in zip(r, v["b", l], strict=True)]
                for l, r in parameters.b.items()
            }
            costs.append(_ball_cost(network, W, b, batch.x, y))
        limit = float((costs[0] - costs[1]) / (2 * h))
    finally:
        ctx.prec = before
    slope = sum(float((trace.dW[l] * v["W", l]).sum() + (trace.db[l] * v["b", l]).sum()) for l in trace.dW)
    size = _size_of_the_gradients_terms(network, parameters, batch, trace)
    assert abs(slope - limit) <= ROUNDINGS * U * size, f"off by {abs(slope - limit) / (U * size):.0f} units"


ROUNDINGS = 2
"""Roundings allowed for a directional slope, in units of u times the generous sum of its terms; the largest seen is 0.3."""


def _size_of_the_gradients_terms(network, parameters, batch, trace):
    """Σ of |terms| of the gradient when every product and sum is replaced by its absolute value."""
    error = np.abs(trace.delta[network.L]) + 1.0 / len(batch)
    total = 0.0
    for l in range(network.L, 0, -1):
        total += float((error.T @ (np.abs(trace.a[l - 1]) + 1)).sum()) + float(error.sum())
        if l > 1:
            scale = np.maximum(1.0, np.abs(network.sigma[l - 1].derivative(trace.z[l - 1], trace.a[l - 1])))
            error = (error @ np.abs(parameters.W[l])) * scale * (1 + np.abs(trace.z[l - 1]))
    return total + network.l2 * sum(float(np.abs(w).sum()) for w in parameters.W.values())


def _batch_for(network, m, rng):
    x = rng.normal(size=(m, network.sizes[0]))
    K = network.sizes[-1]
    if network.cost == "cross_entropy":
        return Batch(x, rng.integers(0, K, m))
    return Batch(x, rng.random((m, K)))


CASES = [(hidden, "quadratic", "identity") for hidden in ACTIVATIONS]
CASES += [("tanh", cost, COSTS[cost].output or "sigmoid") for cost in COSTS]
CASES += [("tanh", "quadratic", "softmax"), ("softmax", "mse_elements", "softmax")]


@pytest.mark.parametrize("l2", [0.0, 0.3], ids=["plain", "l2"])
@pytest.mark.parametrize(("hidden", "cost", "output"), CASES, ids=["-".join(c) for c in CASES])
def test_gradient_is_the_limit_of_its_definition(hidden, cost, output, l2):
    network = Network((3, 5, 4, 2), (hidden, hidden, output), cost, l2)
    rng = np.random.default_rng(6)
    for mode in MODES:
        _assert_slope_is_the_limit(network, initialize(network, rng), _batch_for(network, 3, rng), rng, mode)


@st.composite
def _networks(draw):
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    cost = draw(st.sampled_from(list(COSTS)))
    names = draw(st.lists(st.sampled_from(list(ACTIVATIONS)), min_size=len(sizes) - 1, max_size=len(sizes) - 1))
    if COSTS[cost].output:
        names[-1] = COSTS[cost].output
    return Network(sizes, names, cost, draw(st.sampled_from([0.0, 0.1])))


@given(network=_networks(), m=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_random_networks_have_the_gradient_of_the_definition(network, m, seed):
    rng = np.random.default_rng(seed)
    parameters = initialize(network, rng)  # with biases: behind a dead relu a zero bias would sit on the kink
    _assert_slope_is_the_limit(network, parameters, _batch_for(network, m, rng), rng, list(MODES)[seed % 2])


# --- facts that need no oracle ---------------------------------------------------------------------------------------------------

NETWORK = Network((7, 5, 3), ("gelu", "softmax"), "cross_entropy", 0.01)


def _case(m=11):
    rng = np.random.default_rng(9)
    return initialize(NETWORK, rng), Batch(rng.normal(size=(m, 7)), rng.integers(0, 3, m))


def _close(p, q):
    scale = max(np.abs(v).max() for v in p.dW.values())
    for l in p.dW:
        np.testing.assert_allclose(p.dW[l], q.dW[l], rtol=0, atol=64 * U * scale)
        np.testing.assert_allclose(p.db[l], q.db[l], rtol=0, atol=64 * U * scale)


def test_duplicating_or_permuting_the_batch_keeps_the_gradient():
    parameters, batch = _case()
    trace = backprop(NETWORK, parameters, batch)
    twice = Batch(np.vstack([batch.x, batch.x]), np.concatenate([batch.y, batch.y]))
    order = np.random.default_rng(0).permutation(11)
    _close(trace, backprop(NETWORK, parameters, twice))
    _close(trace, backprop(NETWORK, parameters, Batch(batch.x[order], batch.y[order])))


def test_unequal_batches_average_to_the_whole_when_weighted_by_size():
    parameters, batch = _case()
    plain = Network(NETWORK.sizes, NETWORK.activations, NETWORK.cost)
    whole = backprop(plain, parameters, batch)
    parts = [(rows, backprop(plain, parameters, Batch(batch.x[rows], batch.y[rows]))) for rows in (slice(0, 8), slice(8, 11))]
    for l in whole.dW:
        mean = sum((rows.stop - rows.start) / 11 * part.dW[l] for rows, part in parts)
        np.testing.assert_allclose(mean, whole.dW[l], rtol=0, atol=64 * U)


def test_a_bias_free_relu_network_has_one_inner_product_for_all_layers():
    network = Network((3, 4, 5, 2), ("relu", "relu", "identity"))
    rng = np.random.default_rng(12)
    parameters = initialize(network, rng, "he")
    trace = backprop(network, parameters, Batch(rng.normal(size=(6, 3)), rng.normal(size=(6, 2))))
    products = [float((parameters.W[l] * trace.dW[l]).sum()) for l in (1, 2, 3)]
    np.testing.assert_allclose(products, products[0], rtol=1e-13)


def test_zero_error_means_exactly_zero_gradient():
    network = Network((3, 4, 2), "tanh")
    rng = np.random.default_rng(1)
    parameters = initialize(network, rng)
    x = rng.normal(size=(5, 3))
    a, _ = forward(network, parameters.W, parameters.b, x)
    trace = backprop(network, parameters, Batch(x, a[2]))
    assert not any(v.any() for v in (*trace.dW.values(), *trace.db.values()))


# --- conduct -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("cost", COSTS)
def test_backprop_writes_to_no_input_and_repeats_its_bits(cost, dtype):
    network = Network((7, 5, 3), ("sigmoid", COSTS[cost].output or "tanh"), cost, 0.1)
    rng = np.random.default_rng(2)
    parameters, batch = initialize(network, rng), _batch_for(network, 11, rng)
    parameters, batch = parameters.astype(dtype), batch.astype(dtype)
    for array in (batch.x, batch.y, *parameters.W.values(), *parameters.b.values()):
        array.flags.writeable = False
    first, second = (backprop(network, parameters, batch, dtype) for _ in range(2))
    assert first.cost == second.cost
    for name in ("a", "z", "delta", "dW", "db"):
        for l, value in getattr(first, name).items():
            np.testing.assert_array_equal(value, getattr(second, name)[l])


@pytest.mark.parametrize(
    ("dtype", "name"),
    [(np.float32, "float32"), (np.dtype("f4"), "float32"), ("f4", "float32"), (np.float64, "float64"), (float, "float64")],
)
def test_a_dtype_may_be_written_as_numpy_writes_it(dtype, name):
    parameters, batch = _case()
    trace, expected = backprop(NETWORK, parameters, batch, dtype), backprop(NETWORK, parameters, batch, name)
    assert trace.dtype == name
    assert trace.cost == expected.cost
    np.testing.assert_array_equal(trace.dW[1], expected.dW[1])


@pytest.mark.parametrize(
    ("dtype", "says"),
    [
        ("int64", "must be one of float64, float32, got 'int64'"),
        (np.longdouble, "must be one of float64, float32, got"),
        (None, "got 'None'"),
        ("float23", "Did you mean 'float32'"),
        ("float16", r"gradref.compare\(..., dtypes=\['float16'\]\)"),
        (np.float16, r"gradref.compare\(..., dtypes=\['float16'\]\)"),
        ("bfloat16", r"gradref.compare\(..., dtypes=\['bfloat16'\]\)"),
    ],
)
def test_backprop_computes_in_no_other_dtype(dtype, says):
    with pytest.raises(SpecificationError, match=says) as caught:
        backprop(NETWORK, *_case(), dtype)
    assert "\n" not in str(caught.value)


def test_the_textbook_computes_in_float64_only():
    with pytest.raises(SpecificationError, match="dtype must be float64 in mode 'textbook', got 'float32'"):
        backprop(NETWORK, *_case(), "float32", "textbook")
    with pytest.raises(SpecificationError, match="mode must be one of reference, textbook, got 'textbok'"):
        backprop(NETWORK, *_case(), mode="textbok")


def test_gradients_stay_in_the_dtype_of_their_arrays():
    parameters, batch = _case()
    p, data = parameters.astype(np.float32), batch.astype(np.float32)
    *layers, C = gradients(NETWORK, p.W, p.b, data.x, NETWORK.targets(data, np.float32))
    assert C.dtype == np.float32
    for dictionary in layers:
        assert {v.dtype for v in dictionary.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("cost", COSTS)
def test_logits_of_a_thousand_give_finite_gradients_without_warnings(cost):
    network = Network((2, 3, 2), ("sigmoid", COSTS[cost].output or "tanh"), cost)
    parameters = Parameters([np.full((3, 2), 500.0), np.full((2, 3), -700.0)], [np.zeros(3), np.zeros(2)])
    batch = Batch([[1.0, 1.0], [-1.0, -1.0]], [1, 0] if cost == "cross_entropy" else [[1.0, 0.0], [0.0, 1.0]])
    y = network.targets(batch)
    _, _, _, dW, db, C = gradients(network, parameters.W, parameters.b, batch.x, y)  # a warning is an error here
    assert np.isfinite(C)
    assert all(np.isfinite(v).all() for v in (*dW.values(), *db.values()))


@pytest.mark.parametrize(
    ("parameters", "batch", "error", "says"),
    [
        pytest.param(
            ([np.ones((2, 3)), np.ones((2, 2))],), ([[1, 2, 3]], [[1, 2]]), ShapeError, "must be (2, 3, 1)", id="widths"
        ),
        pytest.param(([np.ones((3, 2)), np.ones((1, 3))],), ([[1, 2, 3]], [[1]]), ShapeError, "x: must have 2 columns", id="x"),
        pytest.param(([np.ones((3, 2)), np.ones((1, 3))],), ([[1, 2]], [[1, 2]]), ShapeError, "y: must have 1 columns", id="y"),
    ],
)
def test_backprop_refuses_what_does_not_fit(parameters, batch, error, says):
    W = parameters[0]
    with pytest.raises(error) as caught:
        backprop(Network((2, 3, 1), "tanh"), Parameters(W, [np.zeros(len(w)) for w in W]), Batch(*batch))
    assert says in str(caught.value)


def test_labels_out_of_range_are_named():
    parameters, batch = _case()
    for bad in (3, -1):
        labels = batch.y.copy()
        labels[4] = bad
        with pytest.raises(DataError) as caught:
            backprop(NETWORK, parameters, Batch(batch.x, labels))
        assert f"labels must lie in 0..2, got {bad}" in str(caught.value)
