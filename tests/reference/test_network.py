"""Network: what it says of itself, and everything it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from gradref_reference import COSTS, Batch, DataError, Network, Parameters, ShapeError, SpecificationError, backprop


def test_network_names_one_activation_for_all_layers():
    assert Network((2, 3, 1), "tanh").activations == ("tanh", "tanh")
    assert Network([2, 3, 1], ["relu", "identity"]) == Network((2, 3, 1), ("relu", "identity"))


def test_network_takes_numpys_numbers():
    network = Network(np.array([2, 3, 1]), np.array(["relu", "tanh"]), l2=np.float32(0.5))
    assert network == Network((2, 3, 1), ("relu", "tanh"), l2=0.5)
    assert Network((np.int64(2), np.uint8(1)), l2=np.int64(1)) == Network((2, 1), l2=1.0)
    assert {type(n) for n in network.sizes} == {int}
    assert type(network.l2) is float
    assert {type(name) for name in network.activations} == {str}


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
        pytest.param(((2, 1), "tanh", "quadratic", 10**400), "l2: must be a finite number >= 0, got 1000", id="large-l2"),
        pytest.param(((2, 1), "tanh", "quadratic", 1 << 20000), "l2: must be a finite number >= 0", id="unprintable-l2"),
        pytest.param(((2, 1), "tanh", "quadratic", "0.1"), "l2: must be a finite number >= 0, got '0.1'", id="word-l2"),
        pytest.param((np.array([2.0, 1.0]),), "sizes[0]: must be a whole number >= 1, got 2.0", id="fractional-array"),
        pytest.param((np.ones((2, 2), int),), "sizes[0]: must be a whole number >= 1, got [1, 1]", id="matrix-for-sizes"),
        pytest.param(((2, 1), None), "activations: must be one name or a list of names, got None", id="no-activations"),
        pytest.param(((2, 1), [["relu"]]), "activations: must be names, got ['relu'] for layer 1", id="nested-activations"),
        pytest.param(((2, 1), "relu", ["quadratic"]), "cost: must be a name, got ['quadratic']", id="list-for-cost"),
    ],
)
def test_a_network_that_cannot_be_is_refused(arguments, says):
    with pytest.raises(SpecificationError) as caught:
        Network(*arguments)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (((2,),), "sizes"),
        (((2, 0), "tanh"), "sizes"),
        (((2, 1), "tahn"), "activations"),
        (((2, 1), ["tanh", "tanh"]), "activations"),
        (((2, 1), "leaky_relu(-1)"), "activations"),
        (((2, 1), "tanh", "quadratik"), "cost"),
        (((2, 1), "tanh", "cross_entropy"), "cost"),
        (((2, 1), "tanh", "quadratic", -1), "l2"),
    ],
)
def test_the_field_at_fault_is_carried_by_the_error(arguments, field):
    with pytest.raises(SpecificationError) as caught:
        Network(*arguments)
    assert caught.value.field == field


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


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 0], [1, 1, 1]])
@pytest.mark.parametrize("cost", [name for name in COSTS if name != "cross_entropy"])
def test_a_vector_of_targets_for_one_output_is_refused_with_advice(cost, labels):
    one, batch = Network((2, 1), "sigmoid", cost), Batch(np.ones((3, 2)), labels)
    for use in (
        lambda: one.check(Parameters([np.ones((1, 2))], [[0.0]]), batch),
        lambda: one.check_batch(batch),
        lambda: one.targets(batch),
        lambda: backprop(one, Parameters([np.ones((1, 2))], [[0.0]]), batch),
    ):
        with pytest.raises(ShapeError, match=r"one output, got a vector\. Write y\[:, None\]"):
            use()
    assert one.targets(Batch(batch.x, batch.y[:, None])).ravel().tolist() == labels


def test_one_softmax_output_has_one_class():
    one = Network((2, 1), "softmax", "cross_entropy")
    assert one.targets(Batch(np.ones((2, 2)), [0, 0])).tolist() == [[1], [1]]


@pytest.mark.parametrize(("label", "at"), [(3, 1), (-1, 0)])
def test_targets_are_never_made_of_labels_out_of_range(label, at):
    labels = [0, 0]
    labels[at] = label
    with pytest.raises(DataError, match=rf"labels must lie in 0\.\.2, got {label} at index {at}") as caught:
        SOFTMAX.targets(Batch(np.zeros((2, 2)), labels))
    assert caught.value.at == (at,)


def test_targets_are_one_hot_labels_or_the_numbers_themselves():
    assert SOFTMAX.targets(Batch(np.zeros((2, 2)), [2, 0])).tolist() == [[0, 0, 1], [1, 0, 0]]
    soft = [[0.2, 0.3, 0.5]]
    assert SOFTMAX.targets(Batch([[1, 2]], soft)).tolist() == soft
    assert SOFTMAX.targets(Batch([[1, 2]], [1]), np.float32).dtype == np.float32
