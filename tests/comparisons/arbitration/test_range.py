"""Runs that are far out of range are ruled on without a warning reaching anybody."""

from dataclasses import replace

import numpy as np

from gradref.arbitration import ERROR, arbitrate
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
