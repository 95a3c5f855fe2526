"""Parameters and Batch: what they accept, and one clear sentence for everything else."""

from __future__ import annotations

import numpy as np
import pytest

from gradref_reference import Batch, DataError, Network, Parameters, ShapeError, SpecificationError, backprop

W1, W2 = np.ones((3, 2)), np.ones((1, 3))
B1, B2 = np.zeros(3), np.zeros(1)


def test_parameters_are_keyed_by_layer_from_lists_and_dicts():
    from_lists, from_dicts = Parameters([W1, W2], [B1, B2]), Parameters({2: W2, 1: W1}, {1: B1, 2: B2})
    assert list(from_lists.W) == list(from_dicts.W) == [1, 2]
    assert from_lists.sizes == (2, 3, 1)
    assert from_lists.count == 13


def test_dtypes_are_kept_or_widened_to_float64():
    assert Parameters([W1.astype(np.float32)], [B1.astype(np.float32)]).W[1].dtype == np.float32
    assert Parameters([[[1, 2]]], [[3]]).W[1].dtype == np.float64
    assert Batch([[1, 2]], [0]).x.dtype == np.float64
    assert Batch([[1.0]], [1]).y.dtype == np.int64
    assert Batch(np.ones((1, 2), np.float16), [[1.0]]).x.dtype == np.float64


def test_astype_rounds_numbers_and_leaves_labels():
    batch = Batch([[0.1, 0.2]], [1]).astype(np.float32)
    assert batch.x.dtype == np.float32
    assert batch.y.dtype == np.int64
    assert Parameters([[[0.1]]], [[0.2]]).astype(np.float32).W[1][0, 0] == np.float32(0.1)


def test_what_was_checked_stays_true_when_the_users_arrays_change():
    w, bias, x, y = W1.copy(), B1.copy(), np.ones((4, 2)), np.ones((4, 3))
    parameters, batch = Parameters([w], [bias]), Batch(x, y)
    labels = np.zeros(4, np.int64)
    classes = Batch(x, labels)
    before = backprop(Network((2, 3), "tanh"), parameters, batch).cost
    for array in (w, bias, x, y):
        array[...] = np.nan
    labels[...] = -7
    assert backprop(Network((2, 3), "tanh"), parameters, batch).cost == before
    assert classes.y.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_arrays_are_read_only_copies(dtype):
    parameters, batch = Parameters([W1], [B1]).astype(dtype), Batch(np.ones((4, 2)), np.ones((4, 3))).astype(dtype)
    for array in (parameters.W[1], parameters.b[1], batch.x, batch.y, Batch([[1.0]], [0]).astype(dtype).y):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    assert W1.flags.writeable


@pytest.mark.parametrize("dtype", ["int64", "float16", "bfloat16", "longdouble", np.complex128, "float23", None])
def test_astype_knows_only_what_numpy_computes_in(dtype):
    for given in (Parameters([W1], [B1]), Batch([[1.0]], [0])):
        with pytest.raises(SpecificationError, match="dtype"):
            given.astype(dtype)


class Tensor:
    """Stands for a framework's tensor that NumPy cannot read."""

    def __init__(self, error):
        self.error = error

    def __array__(self, dtype=None, copy=None):
        raise self.error


@pytest.mark.parametrize(
    "error", [RuntimeError("Can't call numpy() on Tensor that requires grad."), TypeError("Got unsupported ScalarType BFloat16")]
)
def test_a_tensor_that_numpy_cannot_read_is_refused_with_what_to_write(error):
    for make in (lambda t: Batch(t, [0]), lambda t: Batch([[1.0]], t), lambda t: Parameters([t], [[0.0]])):
        with pytest.raises(DataError, match=r"got a Tensor that it cannot.*\.detach\(\)\.cpu\(\)\.numpy\(\)"):
            make(Tensor(error))


def test_the_first_value_that_is_not_finite_is_carried_by_its_index():
    with pytest.raises(DataError) as caught:
        Batch([[1, 2], [3, np.inf]], [0, 0])
    assert caught.value.at == (1, 1)


def test_inputs_are_never_written_to():
    arrays = [W1.copy(), B1.copy(), np.ones((4, 2)), np.ones((4, 3))]
    for array in arrays:
        array.flags.writeable = False
    Parameters([arrays[0]], [arrays[1]])
    Batch(arrays[2], arrays[3])


@pytest.mark.parametrize(
    ("W", "b", "error", "says"),
    [
        pytest.param([], [], ShapeError, "W: must have at least one layer, got none", id="no-layers"),
        pytest.param([W1, W2], [B1], ShapeError, "b: must have the layers of W, [1, 2], got [1]", id="missing-bias"),
        pytest.param({1: W1, 3: W2}, {1: B1, 3: B2}, ShapeError, "layers must be numbered 1..2, got [1, 3]", id="gap"),
        pytest.param([np.ones(3)], [B1], ShapeError, "W[1]: must be a matrix (n[1], n[0]), got shape (3,)", id="vector"),
        pytest.param(
            [W1], [np.zeros(2)], ShapeError, "b[1]: must have shape (3,), one bias per row of W[1], got (2,)", id="bias"
        ),
        pytest.param([W1], [np.zeros((3, 1))], ShapeError, "Drop the extra axis with .ravel()", id="column-bias"),
        pytest.param([W1, np.ones((1, 4))], [B1, B2], ShapeError, "W[2]: must have 3 columns", id="chain"),
        pytest.param([W1, np.ones((3, 1))], [B1, B1], ShapeError, "It looks transposed", id="transposed"),
        pytest.param([[[1, 2], [3]]], [[0, 0]], ShapeError, "W[1]: must be a rectangular array, got ragged rows", id="ragged"),
        pytest.param([W1 * np.nan], [B1], DataError, "W[1]: must be finite, got nan at index (0, 0)", id="nan"),
        pytest.param([W1], [[0, np.inf, 0]], DataError, "b[1]: must be finite, got inf at index (1,)", id="infinite"),
        pytest.param([[["a", "b"]]], [[0]], DataError, "must hold real numbers, got dtype", id="strings"),
        pytest.param(5, 5, ShapeError, "W: must be a dict keyed by layer or a list, got 5", id="number"),
        pytest.param({1: W1, "two": W2}, {}, ShapeError, "numbered 1..2, got [1, 'two']", id="word"),
        pytest.param([np.ones((1, 2)) * 1j], [[0]], DataError, "must hold real numbers, got dtype complex128", id="complex"),
    ],
)
def test_parameters_that_cannot_be_are_refused(W, b, error, says):
    with pytest.raises(error) as caught:
        Parameters(W, b)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("x", "y", "error", "says"),
    [
        pytest.param(np.zeros((0, 2)), [], DataError, "batch: must hold at least one sample, got 0", id="empty"),
        pytest.param([1, 2], [1], ShapeError, "One sample is x[None, :]", id="one-sample"),
        pytest.param([[1, 2]], [[[1]]], ShapeError, "y: must have shape (batch, n[L]), or (batch,) for labels", id="cube"),
        pytest.param([[1, 2]], [0, 1], ShapeError, "y: must have 1 rows, one per sample of x, got 2", id="rows"),
        pytest.param(
            [[1, 2]], [0.5], ShapeError, "a vector must hold integer class labels, got fractional numbers", id="fractional"
        ),
        pytest.param([[1, 2]] * 2, [0, 1e30], DataError, "class numbers counted from 0, got 1e+30 at index 1", id="huge-label"),
        pytest.param(
            [[1, 2]] * 2,
            np.array([0, 2**64 - 1], np.uint64),
            DataError,
            "class numbers counted from 0, got 1.84467e+19 at index 1",
            id="huge-unsigned-label",
        ),
        pytest.param([[1, np.nan]], [0], DataError, "x: must be finite, got nan at index (0, 1)", id="nan"),
        pytest.param([[1, 2]], [[np.inf]], DataError, "y: must be finite, got inf at index (0, 0)", id="infinite-target"),
        pytest.param([[1, 2], [3]], [0, 1], ShapeError, "x: must be a rectangular array, got ragged rows", id="ragged"),
    ],
)
def test_batches_that_cannot_be_are_refused(x, y, error, says):
    with pytest.raises(error) as caught:
        Batch(x, y)
    assert says in str(caught.value)
