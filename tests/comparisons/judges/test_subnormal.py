"""Honest gradients far below the smallest normal number: what underflow took on the way is enlarged by σ', and no more than that."""

import numpy as np
import pytest

import gradref
from gradref_adapters.registry import available
from gradref_reference import Batch, Network, Parameters


def problem(seed):
    """silu of z in the hundreds under weights near the end of float64: v s(z) is subnormal before it is multiplied by 1 + z (1 - s)."""
    rng = np.random.default_rng(seed)
    network = Network((2, 3, 2), ("silu", "identity"), "mse_samples")
    W = [rng.standard_normal((3, 2)) * 10 ** rng.uniform(0, 2), rng.standard_normal((2, 3)) * 10 ** rng.uniform(-320, -280)]
    x = rng.standard_normal((4, 2)) * 10 ** rng.uniform(0, 2)
    return network, Parameters(W, [np.zeros(3), np.zeros(2)]), Batch(x, rng.standard_normal((4, 2)))


@pytest.mark.parametrize("framework", [name for name in available() if name != "numpy"])
@pytest.mark.parametrize("seed", [*range(12), 298])
def test_silu_of_subnormal_errors_does_not_alarm(framework, seed):
    frame = gradref.compare(*problem(seed), frameworks=[framework], dtypes=["float64"])
    assert not (frame.verdict == "fail").any(), frame.message[frame.verdict == "fail"].iloc[0]


def test_a_wrong_subnormal_error_still_alarms():
    """Where z is of order one the same subnormal numbers are judged to a few of their last bits."""
    network, p, batch = problem(298)
    batch = Batch(batch.x * 1e-3, batch.y)
    trace = gradref.backprop(network, p, batch)
    trace.delta[1][...] *= -1
    frame = gradref.certify(network, p, batch, trace)
    assert set(frame.equation[frame.verdict == "fail"]) >= {"BP2"}
