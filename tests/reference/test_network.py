"""Network: what it says of itself, and everything it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from gradref_reference import Batch, DataError, Network, Parameters, ShapeError, SpecificationError


def test_network_names_one_activation_for_all_layers():
    assert Network((2, 3, 1), "tanh").activations == ("tanh", "tanh")
    assert Network([2, 3, 1], ["relu", "identity"]) == Network((2, 3, 1), ("relu", "identity"))


@pytest.mark.parametrize(
    ("sizes", "count"), [((2, 3, 2), 17), ((2, 3, 2, 1), 20), ((784, 30, 10), 23_860), ((784, 128, 64, 10), 109_386)]
)
def test_parameters_are_counted(sizes, count):
    assert Network(sizes).parameter_count == count


@pytest.mark.parametrize(
    ("cost", "output", "fused"),
    [("cross_entropy", "softmax", True), ("binary_cross_entropy", "sigmoid", True), ("quadratic", "softmax", False)],
)
def test_cross_entropies_are_fused_with_their_output(cost, output, fused):
    assert Network((2, 3, 2), ("tanh", output), cost).fused is fused


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(((2,),), "sizes: must list the input width and at least one layer, got (2,)", id="one-width"),
        pytest.param(("23",), "got '23'", id="string-for-sizes"),
        pytest.param(((2, 0, 1),), "sizes[1]: must be a whole number >= 1, got 0", id="empty-layer"),
        pytest.param(((2, 3.0, 1),), "sizes[1]: must be a whole number >= 1, got 3.0", id="fractional-width"),
        pytest.param(((2, True),), "got True", id="bool-width"),
        pytest.param(
            ((2, 3, 1), ["tanh"]), "activations: must name one function per layer, 2 for sizes (2, 3, 1), got 1", id="few"
        ),
        pytest.param(((2, 3, 1), "sigmod"), "Did you mean 'sigmoid'?", id="misspelt-activation"),
        pytest.param(((2, 3, 1), "tanh", "quadric"), "Did you mean 'quadratic'?", id="misspelt-cost"),
        pytest.param(
            ((2, 3, 2), "tanh", "cross_entropy"), "cost: cross_entropy must follow a softmax output layer, got 'tanh'", id="pair"
        ),
        pytest.param(
            ((2, 3, 2), ("tanh", "softmax"), "binary_cross_entropy"), "must follow a sigmoid output layer", id="pair-binary"
        ),
        pytest.param(((2, 1), "tanh", "quadratic", -0.1), "l2: must be a finite number >= 0, got -0.1", id="negative-l2"),
        pytest.param(((2, 1), "tanh", "quadratic", np.nan), "l2: must be a finite number >= 0, got nan", id="nan-l2"),
    ],
)
def test_a_network_that_cannot_be_is_refused(arguments, says):
    with pytest.raises(SpecificationError) as caught:
        Network(*arguments)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


SOFTMAX = Network((2, 3), "softmax", "cross_entropy")
THREE = Parameters([np.ones((3, 2))], [np.zeros(3)])


@pytest.mark.parametrize(
    ("network", "parameters", "batch", "error", "says"),
    [
        pytest.param(Network((2, 4), "tanh"), THREE, None, ShapeError, "widths must be (2, 4), got (2, 3)", id="parameters"),
        pytest.param(SOFTMAX, THREE, Batch([[1, 2, 3]], [0]), ShapeError, "x: must have 2 columns, one per input, got 3", id="x"),
        pytest.param(SOFTMAX, THREE, Batch([[1, 2]], [3]), DataError, "labels must lie in 0..2, got 3", id="label-high"),
        pytest.param(SOFTMAX, THREE, Batch([[1, 2]], [-1]), DataError, "labels must lie in 0..2, got -1", id="label-low"),
        pytest.param(
            SOFTMAX, THREE, Batch([[1, 2]], [[1, 0]]), ShapeError, "y: must have 3 columns, one per output, got 2", id="y"
        ),
    ],
)
def test_check_names_what_does_not_fit(network, parameters, batch, error, says):
    with pytest.raises(error) as caught:
        network.check(parameters, batch)
    assert says in str(caught.value)


def test_a_vector_of_targets_for_one_output_is_refused_with_advice():
    one = Network((2, 1), "tanh")
    with pytest.raises(ShapeError, match=r"y\[:, None\]"):
        one.check(Parameters([np.ones((1, 2))], [[0.0]]), Batch([[1, 2]], [1]))


def test_targets_are_one_hot_labels_or_the_numbers_themselves():
    assert SOFTMAX.targets(Batch(np.zeros((2, 2)), [2, 0])).tolist() == [[0, 0, 1], [1, 0, 0]]
    soft = [[0.2, 0.3, 0.5]]
    assert SOFTMAX.targets(Batch([[1, 2]], soft)).tolist() == soft
    assert SOFTMAX.targets(Batch([[1, 2]], [1]), np.float32).dtype == np.float32
