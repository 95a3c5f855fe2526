"""Honest runs differ by rounding or by a convention; the sentence says which, and who is nearest."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.arbitration import AGREE, CONVENTION, ROUNDING, arbitrate
from gradref_adapters.registry import available
from gradref_reference import Batch, Case, Network, Parameters, ShapeError, backprop, initialize


def problem(network, m=11, seed=0):
    rng = np.random.default_rng(seed)
    labels = network.activations[-1] == "softmax"
    y = rng.integers(0, network.sizes[-1], m) if labels else rng.standard_normal((m, network.sizes[-1]))
    return initialize(network, rng), Batch(rng.standard_normal((m, network.sizes[0])), y)


def runs(network, parameters, batch, dtypes=("float64", "float32"), names=("numpy", "torch")):
    for name in names:
        if name in available():
            adapter = available()[name]
            for dtype in dtypes:
                yield adapter.run(Case(network, parameters, batch, dtype, name, adapter.modes()[0]))


KINKED = (
    Network((2, 3, 1), ("leaky_relu(0.25)", "identity"), "quadratic"),
    Parameters({1: [[1.0, -1.0], [2.0, 1.0], [1.0, 1.0]], 2: [[1.0, 2.0, -1.0]]}, {1: [0.0, 0.0, 0.0], 2: [0.0]}),
    Batch([[1.0, 1.0], [2.0, 1.0]], [[1.0], [3.0]]),  # z[1][0, 0] is exactly 0
)


@pytest.mark.parametrize(
    "network",
    [
        Network((7, 5, 3), ("tanh", "softmax"), "cross_entropy"),
        Network((5, 7, 3, 2), ("relu", "gelu", "sigmoid"), "binary_cross_entropy", l2=0.25),
        Network((3, 4, 5), ("softmax", "elu(0.5)"), "mse_elements"),
    ],
    ids=lambda n: "-".join(n.activations),
)
def test_honest_runs_differ_by_rounding_only(network):
    parameters, batch = problem(network)
    if network.cost == "binary_cross_entropy":
        batch = Batch(batch.x, np.abs(batch.y) % 1)
    traces = list(runs(network, parameters, batch))
    result = arbitrate(network, parameters, batch, traces)
    assert len(result.rulings) == 2 * 2 * network.L
    assert {r.decision for r in result.rulings} <= {AGREE, ROUNDING}, str(result)
    assert result.wrong == ()
    assert result.undecided == 0
    for r in result.rulings:
        assert max(f.scaled_ulps for f in r.findings) < 40
        near = next(f for f in r.findings if f.label == r.nearest)
        assert near.scaled_ulps == min(f.scaled_ulps for f in r.findings)
        assert r.sentence.startswith(f"{r.dtype} layer{r.layer}.")


def test_the_reference_is_judged_like_any_other():
    network = Network((7, 5, 3), ("tanh", "softmax"), "cross_entropy")
    parameters, batch = problem(network)
    (ruling, *_) = arbitrate(network, parameters, batch, [backprop(network, parameters, batch)]).rulings
    assert ruling.decision == AGREE
    assert "numpy reference is within" in ruling.sentence
    assert "that is rounding" in ruling.sentence


def test_a_run_in_more_precision_is_the_nearest():
    network = Network((7, 5, 3), ("tanh", "softmax"), "cross_entropy")
    parameters, batch = problem(network)
    W, b, x, y = Case(network, parameters, batch, "float32").rounded()
    wide = replace(backprop(network, Parameters(W, b), Batch(x, y)), dtype="float32", mode="wide")
    narrow = backprop(network, parameters, batch, "float32")
    result = arbitrate(network, parameters, batch, [narrow, wide])
    assert {r.nearest for r in result.rulings} == {"numpy wide"}


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_leaky_relu_at_zero_is_a_convention_of_the_framework(framework):
    if framework not in available():
        pytest.skip(f"{framework} is not installed")
    network, parameters, batch = KINKED
    traces = list(runs(network, parameters, batch, ("float64",), ("numpy", framework)))
    result = arbitrate(network, parameters, batch, traces)
    first = result.rulings[0]
    slopes = {f.label.split()[0]: dict(f.slopes)["leaky_relu(0.25)"] for f in first.findings}
    assert slopes == {"numpy": 0.25, framework: {"torch": 0.25, "jax": 1.0}[framework]}
    assert first.decision == {"torch": AGREE, "jax": CONVENTION}[framework]
    assert first.undecided == ((0, 0), (0, 1))
    assert "2 entries are undecidable" in first.sentence
    assert result.wrong == ()


def test_frame_has_one_row_per_tensor_and_implementation():
    network = Network((3, 2), "tanh")
    parameters, batch = problem(network)
    frame = arbitrate(network, parameters, batch, list(runs(network, parameters, batch))).frame()
    assert len(frame) == 2 * len(list(runs(network, parameters, batch)))
    assert {"ruling", "decision", "ulps", "sentence", "undecided", "nearest"} <= set(frame.columns)


def test_no_traces_is_refused():
    network = Network((3, 2), "tanh")
    with pytest.raises(ShapeError, match="at least one run"):
        arbitrate(network, *problem(network), [])
