"""Runs that are far out of range are ruled on without a warning reaching anybody."""

from dataclasses import replace

import numpy as np

from gradref.arbitration import ERROR, OVERFLOW, arbitrate
from gradref_reference import Batch, Network, Parameters, backprop


def test_an_error_beyond_all_units_is_a_ruling_and_no_warning():
    """Where every exact gradient is 0 the unit in the last place is subnormal, and the distance in units overflows."""
    network = Network((2, 3, 1), "tanh")
    parameters = Parameters([np.zeros((3, 2)), np.zeros((1, 3))], [np.zeros(3), np.zeros(1)])
    batch = Batch(np.ones((4, 2)), np.zeros((4, 1)))
    right = backprop(network, parameters, batch)
    wrong = replace(right, dW={l: v + 1e300 for l, v in right.dW.items()}, mode="shifted")
    rulings = arbitrate(network, parameters, batch, [right, wrong]).rulings
    assert {r.parameter: r.decision for r in rulings}["layer1.W"] == ERROR
    assert {label for r in rulings for label in r.wrong} == {"numpy shifted"}


def test_nobody_is_accused_where_the_exact_gradient_has_no_enclosure():
    """e^z of a z near 1e300 lies beyond every ball: nothing is known of the gradient, so nothing is held against it."""
    network = Network((3, 2), "softmax", "cross_entropy")
    parameters = Parameters([np.array([[0.5, -1.0, 2.0], [-0.25, 0.5, 1.0]])], [np.zeros(2)])
    batch = Batch(np.array([[1e300, 2.0, 3.0]]), np.array([1]))
    ruled = arbitrate(network, parameters, batch, [backprop(network, parameters, batch)])
    assert {r.decision for r in ruled.rulings} == {OVERFLOW}
    assert ruled.wrong == ()
    assert "leaves the range of float64" in ruled.rulings[0].sentence
