"""Numbers of the lecture's chapters that are not a formula's result: step sizes, costs after a step, conversions, metamorphic checks."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import gradref_reference as reference
from gradref_reference.lecture import c3_9_layer_jacobian as layer_jacobian
from gradref_reference.lecture import conversion
from gradref_reference.lecture.c3_4_weight_derivative import neuron_cost
from gradref_reference.lecture.c3_7_descent import hessian, step_size_limit
from gradref_reference.lecture.c3_8_stochastic_descent import cut, sgd
from gradref_reference.lecture.c4_1_error_of_a_node import cost_after_injection, errors_of_a_layer
from gradref_reference.lecture.c4_4_algorithm import backpropagation, step, train
from gradref_reference.lecture.item import exact
from gradref_reference.lecture.networks import G1, G2
from gradref_reference.lecture.sigmas import SIGMAS

SQUARES = {1: SIGMAS["square"], 2: SIGMAS["square"]}
X = np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 1.0], [0.0, 1.0]])
Y = np.array([4.0, 3.0, 1.0, 5.0])


def _floats(inputs):
    W, b, x, y = exact(inputs)
    as_float = lambda v: v.astype(float)  # noqa: E731
    return {l: as_float(v) for l, v in W.items()}, {l: as_float(v) for l, v in b.items()}, as_float(x), as_float(y)


def test_descent_converges_just_below_the_step_size_limit_and_diverges_above():
    limit = step_size_limit(hessian(X))

    def after_400_steps(eta):
        w, b = sgd(X, Y, np.array([2.0, 1.0]), np.float64(-1.0), [range(4)] * 400, eta)
        return neuron_cost(X, Y, w, b, SIGMAS["identity"])

    assert round(float(after_400_steps(0.99 * limit)), 8) == 0.59036161
    assert f"{after_400_steps(1.01 * limit):.1e}" == "1.3e+07"


@pytest.mark.parametrize(("eta", "cost"), [(1e-2, "4.07e+08"), (1e-3, "7.25e+03"), (1e-4, "9.98e+00"), (1e-5, "1.56e+00")])
def test_cost_of_g1_after_one_step_is_no_proof_of_a_gradient(eta, cost):
    W, b, x, y = _floats(G1.inputs)
    W, b = step(W, b, backpropagation(W, b, x, y, SQUARES), eta)
    assert f"{backpropagation(W, b, x, y, SQUARES).cost:.2e}" == cost


def test_squared_norm_of_the_gradient_of_g1():
    found = backpropagation(*exact(G1.inputs), SQUARES)
    assert sum((v * v).sum() for layers in (found.dW, found.db) for v in layers.values()) == 109740
    assert found.cost == Fraction(5, 2)
    assert backpropagation(*exact(G2.inputs), SQUARES).cost == Fraction(23, 10)


def test_errors_are_what_a_small_push_does_to_the_cost():
    W, b, x, y = _floats(G1.inputs)
    for l in W:
        delta = errors_of_a_layer(W, b, x, y, SQUARES, l)[:, 0]
        for j, expected in enumerate(delta):
            push = np.zeros((len(delta), 1))
            push[j] = 1e-5
            both = [cost_after_injection(W, b, x, y, SQUARES, l, sign * push) for sign in (1, -1)]
            assert abs((both[0] - both[1]) / 2e-5 - expected) <= 1e-6


def test_layer_jacobian_of_a_wide_layer_does_not_fit():
    assert layer_jacobian.jacobian_bytes(4096, 4096) == 512 * 2**30
    assert round(layer_jacobian.jacobian_bytes(128, 784) / 2**20) == 98
    assert round(layer_jacobian.matrix_bytes(128, 784) / 2**20, 2) == 0.77
    assert layer_jacobian.jacobian_tensor(np.ones(784), 30).nbytes == layer_jacobian.jacobian_bytes(30, 784)


# --- conversion --------------------------------------------------------------------------------------------------------

SIZES = (5, 4, 3)


def _case(seed: int, m: int):
    rng = np.random.default_rng(seed)
    network = reference.Network(SIZES, ("tanh", "sigmoid"))
    return network, _parameters(rng), reference.Batch(rng.standard_normal((m, SIZES[0])), rng.random((m, SIZES[-1])))


def _parameters(rng):
    W = [rng.standard_normal((n, before)) for before, n in pairwise(SIZES)]
    return reference.Parameters(W, [rng.standard_normal(n) for n in SIZES[1:]])


@pytest.mark.parametrize("m", [1, 2, 11])
def test_conversion_turns_a_pass_of_the_lecture_into_the_trace_of_the_reference(m):
    network, parameters, batch = _case(7, m)
    sigmas = {1: SIGMAS["tanh"], 2: SIGMAS["sigmoid"]}
    mine = conversion.to_trace(backpropagation(*conversion.to_columns(parameters, batch), sigmas))
    theirs = reference.backprop(network, parameters, batch)
    for name in ("a", "z", "delta", "dW", "db"):
        for l, expected in getattr(theirs, name).items():
            actual = getattr(mine, name)[l]
            assert actual.shape == expected.shape, (name, l)
            # both are exact up to some dozen roundings of numbers of size 1
            assert np.all(np.abs(actual - expected) <= 64 * 2.0**-53 * max(1.0, np.abs(expected).max())), (name, l)
    assert abs(mine.cost - theirs.cost) <= 64 * 2.0**-53 * max(1.0, theirs.cost)


# --- metamorphic checks (mathematics 3.5, 9.4) -------------------------------------------------------------------------


def _gradients(W, b, x, y, sigmas):
    found = backpropagation(W, b, x, y, sigmas)
    return [*found.dW.values(), *found.db.values()]


def test_duplicated_and_permuted_batches_have_the_same_gradient():
    W, b, x, y = exact(G2.inputs)
    expected = _gradients(W, b, x, y, SQUARES)
    twice = _gradients(W, b, np.concatenate([x, x], axis=1), np.concatenate([y, y], axis=1), SQUARES)
    turned = _gradients(W, b, x[:, ::-1], y[:, ::-1], SQUARES)
    for one, two, three in zip(expected, twice, turned, strict=True):
        assert np.all(one == two)
        assert np.all(one == three)


def test_bias_free_relu_network_has_the_same_inner_product_in_every_layer():
    rng = np.random.default_rng(3)
    sizes = (3, 4, 5, 2)
    W = {l: rng.integers(-3, 4, (sizes[l], sizes[l - 1])) for l in (1, 2, 3)}
    b = {l: np.zeros((sizes[l], 1), dtype=int) for l in W}
    relus = dict.fromkeys(W, SIGMAS["relu"])
    found = backpropagation(
        exact_ints(W), exact_ints(b), *exact_ints((rng.integers(-3, 4, (3, 6)), rng.integers(-9, 9, (2, 6)))), relus
    )
    inner = [(found.dW[l] * W[l]).sum() for l in W]
    assert inner[0] == inner[1] == inner[2] != 0


def exact_ints(value):
    """Integer arrays as arrays of fractions."""
    if isinstance(value, dict):
        return {l: exact_ints(v) for l, v in value.items()}
    if isinstance(value, tuple):
        return tuple(exact_ints(v) for v in value)
    return exact(value.tolist())


def test_zero_residual_has_exactly_zero_gradient():
    W, b, x, _ = exact(G2.inputs)
    a = backpropagation(W, b, x, 0, SQUARES).a[2]
    assert all(np.all(g == 0) for g in _gradients(W, b, x, a, SQUARES))


def test_three_steps_of_training_use_a_new_forward_pass_each():
    W, b, x, y = exact(G1.inputs)
    expected = W, b
    for _ in range(3):
        expected = step(*expected, backpropagation(*expected, x, y, SQUARES), Fraction(1, 1000))
    for mine, theirs in zip(train(W, b, x, y, SQUARES, Fraction(1, 1000), 3), expected, strict=True):
        assert all(np.all(mine[l] == theirs[l]) for l in mine)


def test_cut_refuses_an_empty_batch():
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        cut([0, 1], 0)
