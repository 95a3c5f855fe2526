"""What judges the reference: not its own certificates, which take σ, σ' and the cost from it, but what never runs its code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradref import certify
from gradref_reference import Batch, Network, backprop, enclose, initialize


def _network(**fault):
    """A network whose tanh layer has a faulty member, where cached_property keeps it."""
    network = Network((3, 4, 2), ("tanh", "sigmoid"), "quadratic")
    network.__dict__["sigma"] = network.sigma | {1: replace(network.sigma[1], **fault)}
    return network


FAULTS = {
    "a derivative 1.5 times too large": {"derivative": lambda z, a: 1.5 * (1 - a * a)},
    "the derivative at a": {"derivative": lambda z, a: 1 - np.tanh(a) ** 2},
    "another function": {"value": lambda z: np.tanh(z) / 2, "derivative": lambda z, a: 0.5 - 2 * a * a},
}


def _run(network):
    rng = np.random.default_rng(3)
    parameters = initialize(network, rng)
    batch = Batch(rng.normal(size=(5, 3)), rng.random((5, 2)))
    trace = backprop(network, parameters, batch)
    frame = certify(network, parameters, batch, trace)
    exact = enclose(network, parameters, batch, 113)
    worst = max(
        float(np.abs(exact.dW[l].midpoint - trace.dW[l]).max() / np.abs(trace.dW[l]).max()) for l in range(1, network.L + 1)
    )
    return frame, worst


def test_a_right_reference_passes_both():
    frame, off = _run(_network())
    assert (frame["verdict"] == "pass").all()
    assert off < 1e-14


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_function_of_the_reference_passes_its_own_certificate_but_no_enclosure(fault):
    frame, off = _run(_network(**FAULTS[fault]))
    assert (frame["verdict"] == "pass").all()
    assert frame["share"].max() < 0.2  # the same formulas on the same BLAS: the same numbers but for last bits
    assert off > 0.1
