"""Gradient descent and SGD: the exact fractions of the lecture, determinism, purity, and every refusal."""

from fractions import Fraction

import numpy as np
import pytest

from gradref.data import digits
from gradref_reference import Batch, DataError, Network, Parameters, ShapeError, SpecificationError, gradients, initialize
from gradref_reference.training import (
    Adam,
    Sgd,
    accuracy,
    gradient_descent,
    minibatches,
    predictions,
    sgd,
    train,
)

ULP = np.finfo(np.float64).eps
NEURON = Network((2, 1), "identity")
FOUR = Batch([[1, 2], [3, -1], [-2, 1], [0, 1]], [[4], [3], [1], [5]])  # the data of lecture 3.4
START = Parameters([[[2.0, 1.0]]], [[-1.0]])


def _numbers(parameters: Parameters) -> list[float]:
    return [float(v) for l in parameters.W for v in (*parameters.W[l].ravel(), *parameters.b[l])]


# --- the exact fractions of mathematics 3.8 ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "epochs", "expected"),
    [
        pytest.param(4, 1, "17/10 53/40 -3/4", id="whole-batch"),
        pytest.param(4, 2, "2427/1600 2483/1600 -171/320", id="whole-batch-twice"),
        pytest.param(2, 1, "287/200 13/8 -21/40", id="two-and-two"),
        pytest.param(3, 1, "8/5 517/300 -113/300", id="unequal-last-batch"),
        pytest.param(1, 1, "113/125 5311/2500 -539/2500", id="one-by-one"),
    ],
)
def test_sgd_gives_the_fractions_of_the_lecture(batch_size, epochs, expected):
    after, _ = sgd(NEURON, START, FOUR, epochs, batch_size, 0.1, None)
    for actual, exact in zip(_numbers(after), map(Fraction, expected.split()), strict=True):
        # at most 4 steps of about 10 roundings on numbers below 8; a wrong fraction differs by 1e-3 at least
        assert abs(Fraction(actual) - exact) <= 40 * 8 * Fraction(ULP)


def test_the_sequential_update_mutant_is_told_apart_by_the_fractions():
    def sequential(W, b, eta=0.1):  # moves W first and computes the bias gradient at the new W
        _, _, _, dW, _, _ = gradients(NEURON, {1: W}, {1: b}, FOUR.x, FOUR.y)
        W = W - eta * dW[1]
        _, _, _, _, db, _ = gradients(NEURON, {1: W}, {1: b}, FOUR.x, FOUR.y)
        return W, b - eta * db[1]

    _, mutant_b = sequential(START.W[1], START.b[1])
    assert abs(mutant_b[0] + 243 / 320) < 1e-15  # the lecture's mutant, to rounding
    after, _ = sgd(NEURON, START, FOUR, 1, 4, 0.1, None)
    assert abs(after.b[1][0] + 3 / 4) < 1e-15


def test_train_reads_every_parameter_at_the_old_point_in_a_deep_network():
    network = Network((3, 4, 2), "tanh")
    rng = np.random.default_rng(5)
    before = initialize(network, rng)
    batch = Batch(rng.normal(size=(7, 3)), rng.normal(size=(7, 2)))
    _, _, _, dW, db, _ = gradients(network, before.W, before.b, batch.x, batch.y)
    after, _ = sgd(network, before, batch, 1, 7, 0.5, None)
    for l in before.W:
        np.testing.assert_array_equal(after.W[l], before.W[l] - 0.5 * dW[l])
        np.testing.assert_array_equal(after.b[l], before.b[l] - 0.5 * db[l])


def test_history_weights_the_last_batch_by_its_size():
    _, history = sgd(NEURON, START, FOUR, 2, 3, 1e-9, None)
    assert history.size.tolist() == [3, 1, 3, 1]
    # at so small a rate the weighted mean over an epoch is the cost of the whole data, 6.5; the plain mean is 7.5
    np.testing.assert_allclose(history.epoch_cost, 6.5, rtol=1e-6)


# --- gradient descent, mathematics 3.7 -------------------------------------------------------------------------------


@pytest.mark.parametrize(("times_limit", "converges"), [(0.99, True), (1.01, False)])
def test_gradient_descent_converges_up_to_two_over_the_largest_eigenvalue(times_limit, converges):
    _, history = gradient_descent(NEURON, START, FOUR, 401, times_limit * 0.52699186)
    if converges:
        np.testing.assert_allclose(history.cost[400], 0.59036161, rtol=1e-7)
    else:
        np.testing.assert_allclose(history.cost[400], 1.3e7, rtol=0.05)


def test_a_small_step_lowers_the_cost_by_the_squared_norm_of_the_gradient():
    _, history = gradient_descent(NEURON, START, FOUR, 2, 1e-6)
    squared_norm = 3**2 + 3.25**2 + 2.5**2
    np.testing.assert_allclose((history.cost[1] - history.cost[0]) / (-1e-6 * squared_norm), 1, rtol=1e-4)


# --- batches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("samples", "size"), [(11, 3), (12, 3), (5, 9), (1, 1)])
def test_minibatches_take_every_sample_once(samples, size):
    batches = list(minibatches(samples, size, np.random.default_rng(0)))
    assert sorted(np.concatenate(batches)) == list(range(samples))
    assert all(len(rows) == size for rows in batches[:-1])
    assert 1 <= len(batches[-1]) <= size


def test_minibatches_are_drawn_anew_each_epoch():
    rng = np.random.default_rng(3)
    first, second = (np.concatenate(list(minibatches(50, 10, rng))) for _ in range(2))
    assert not np.array_equal(first, second)


# --- determinism and purity -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [Sgd(0.5), Adam(0.01)], ids=["sgd", "adam"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_training_is_bit_identical_for_a_seed_and_writes_to_no_input(optimizer, dtype):
    network = Network((5, 4, 3), ("tanh", "softmax"), "cross_entropy")
    rng = np.random.default_rng(8)
    start = initialize(network, rng)
    batch = Batch(rng.normal(size=(23, 5)), rng.integers(0, 3, 23))
    for array in (batch.x, batch.y, *start.W.values(), *start.b.values()):
        array.flags.writeable = False
    runs = [train(network, start, batch, optimizer, 2, 5, np.random.default_rng(1), dtype=dtype) for _ in range(2)]
    other, _ = train(network, start, batch, optimizer, 2, 5, np.random.default_rng(2), dtype=dtype)
    for l in start.W:
        np.testing.assert_array_equal(runs[0][0].W[l], runs[1][0].W[l])
        assert runs[0][0].W[l].dtype == dtype
        assert not np.array_equal(runs[0][0].W[l], other.W[l])
    np.testing.assert_array_equal(runs[0][1].cost, runs[1][1].cost)


def test_no_epochs_return_a_copy_of_the_parameters():
    after, history = sgd(NEURON, START, FOUR, 0, 4, 0.1, None)
    np.testing.assert_array_equal(after.W[1], START.W[1])
    assert not np.shares_memory(after.W[1], START.W[1])
    assert len(history.cost) == 0


# --- accuracy --------------------------------------------------------------------------------------------------------


def test_accuracy_counts_the_rows_whose_largest_output_is_right():
    network = Network((3, 3), "identity")
    identity = Parameters([np.eye(3)], [np.zeros(3)])
    x = [[9, 0, 0], [0, 9, 0], [0, 0, 9], [0, 9, 0]]
    assert accuracy(network, identity, Batch(x, [0, 1, 2, 2])) == 0.75
    assert accuracy(network, identity, Batch(x, np.eye(3)[[0, 1, 2, 2]])) == 0.75
    assert predictions(network, identity, np.array(x, float)).tolist() == [0, 1, 2, 1]


def test_accuracy_of_a_single_output_cuts_at_one_half():
    network = Network((1, 1), "sigmoid", "binary_cross_entropy")
    line = Parameters([[[1.0]]], [[0.0]])
    assert accuracy(network, line, Batch([[3], [-3], [4]], [[1], [0], [0]])) == pytest.approx(2 / 3)


def test_training_reaches_ninety_percent_on_held_out_digits():
    order = np.random.default_rng(0).permutation(1797)
    (x, y), seen, held_out = digits(), order[:1437], order[1437:]
    network = Network((64, 30, 10), ("tanh", "softmax"), "cross_entropy")
    start = initialize(network, np.random.default_rng(0), "glorot")
    _, history = sgd(
        network,
        start,
        Batch(x[seen], y[seen]),
        1,
        10,
        0.4,
        np.random.default_rng(2),
        held_out=Batch(x[held_out], y[held_out]),
    )
    assert history.accuracy[-1] > 0.90


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        pytest.param({"batch_size": 0}, SpecificationError, "batch_size: must be a whole number >= 1, got 0", id="batch-of-none"),
        pytest.param({"batch_size": 2.5}, SpecificationError, "got 2.5", id="fractional-batch"),
        pytest.param({"epochs": -1}, SpecificationError, "epochs: must be a whole number >= 0, got -1", id="epochs"),
        pytest.param({"learning_rate": np.nan}, SpecificationError, "learning rate of step 1 must be finite", id="nan-rate"),
        pytest.param({"learning_rate": 0.0}, SpecificationError, "finite and > 0, got 0.0", id="no-rate"),
        pytest.param({"learning_rate": lambda k: 1.0 if k < 2 else -1.0}, SpecificationError, "step 2", id="schedule"),
        pytest.param({"learning_rate": 1e200, "epochs": 9}, DataError, "Use a smaller learning rate", id="diverged"),
        pytest.param({"network": Network((3, 1), "identity")}, ShapeError, "widths must be (3, 1)", id="other-network"),
        pytest.param({"batch": Batch([[1.0]], [[1.0]])}, ShapeError, "x: must have 2 columns", id="other-data"),
    ],
)
def test_sgd_refuses_what_cannot_be_trained(change, error, says):
    arguments = {
        "network": NEURON,
        "parameters": START,
        "batch": FOUR,
        "epochs": 2,
        "batch_size": 4,
        "learning_rate": 0.1,
        "rng": None,
    }
    with pytest.raises(error) as caught:
        sgd(**(arguments | change))
    assert says in str(caught.value)
