"""What must be detected in every float32 run, with equation and layer named (issue: certificates, "must show")."""

from functools import cache

import numpy as np
import pytest

from gradref.data import random_batch
from gradref.judges import certify_case
from gradref_adapters import registry
from gradref_reference import Batch, Case, Network, initialize
from gradref_studies.study.emulation import rerun
from gradref_studies.study.faults import FAULTS, HONEST

NETWORKS = {
    "relu": (Network((64, 30, 10), ("relu", "softmax"), "cross_entropy"), 100),
    "deep relu": (Network((32, 24, 24, 24, 7), ("relu", "relu", "relu", "softmax"), "cross_entropy"), 48),
    "tanh": (Network((20, 20, 20, 20), ("tanh", "tanh", "identity"), "mse_samples", l2=0.01), 16),
}
REQUIRED = {
    "dW[1] × (1+ε)": 1e-5,
    "δ[1] × (1+ε)": 1e-5,
    "one entry of dW[1] × (1+ε)": 1e-4,
    "TF32 in one product": 2.0**-11,
    "bfloat16 in one product": 2.0**-8,
    "label smoothing ε": 1e-5,
    "leaky slope ε for relu": 1e-6,
    "log(p + ε)": 1e-6,
    "one sample dropped": 1.0,
}


@cache
def honest(name, seed, framework="numpy"):
    network, size = NETWORKS[name]
    rng = np.random.default_rng(seed)
    adapter = registry.get(framework)
    case = Case(
        network, initialize(network, rng, "he"), random_batch(network, rng, size), "float32", framework, adapter.modes()[0]
    )
    return case, adapter.run(case)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("fault", REQUIRED)
def test_required_fault_is_detected_in_every_run_and_named(fault, name):
    inject = next(f.inject for f in FAULTS if f.name == fault)
    for seed in range(5):
        case, trace = honest(name, seed)
        spoilt = inject(case, trace, REQUIRED[fault], np.random.default_rng(seed))
        if spoilt is None:
            pytest.skip(f"{fault} does not apply to {name}")
        root = certify_case(case, spoilt[0]).root
        assert root is not None, f"seed {seed}"
        assert (root.equation, root.layer) == spoilt[1]


def test_required_fault_is_detected_in_a_torch_trace():
    pytest.importorskip("torch")
    case, trace = honest("relu", 0, "torch")
    for fault in FAULTS:
        if fault.name in REQUIRED:
            spoilt = fault.inject(case, trace, REQUIRED[fault.name], np.random.default_rng(0))
            assert spoilt is not None
            root = certify_case(case, spoilt[0]).root
            assert root is not None, fault.name
            assert (root.equation, root.layer) == spoilt[1]


@pytest.mark.parametrize("variant", HONEST)
@pytest.mark.parametrize("name", NETWORKS)
def test_honest_variant_raises_no_alarm(variant, name):
    for seed in range(5):
        case, trace = honest(name, seed)
        again = rerun(case, trace, HONEST[variant](case), ("LIN", 1))
        assert certify_case(case, again).root is None


def test_rerun_by_plain_arithmetic_gives_the_references_own_gradients():
    case, trace = honest("tanh", 0)
    again = rerun(case, trace, HONEST["products accumulated in float64"](case), ("BP4", 2))
    assert np.array_equal(again.dW[1], trace.dW[1])  # what does not follow from the step is kept
    assert np.abs(again.dW[2] - trace.dW[2]).max() <= 1e-6 * np.abs(trace.dW[2]).max()


def test_float64_sums_of_equal_terms_raise_no_alarm():
    """Equal terms repeat their rounding error; the statistics must not take that for a fault."""
    network = Network((3, 8, 16), ("square", "sigmoid"), "nielsen_cross_entropy")
    rng = np.random.default_rng(0)
    batch = random_batch(network, rng, 250)
    case = Case(network, initialize(network, rng), type(batch)(batch.x * 1e-35, batch.y), "float32")
    trace = registry.get("numpy").run(case)
    assert certify_case(case, trace).root is None


def test_one_rounding_error_repeated_in_every_sample_raises_no_alarm():
    """With the same sample 250 times there is one error, not 250 independent ones."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        network = Network((9, 1, 2), ("square", "tanh"))
        x = np.repeat(rng.standard_normal((1, 9)), 250, axis=0)
        case = Case(network, initialize(network, rng), Batch(x, np.ones((250, 2))), "float32")
        assert certify_case(case, registry.get("numpy").run(case)).root is None
