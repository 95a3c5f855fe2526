"""Each deviation of a contract is needed: honest traces fail without it and pass with it."""

from functools import cache

import numpy as np
import pytest

from gradref.judges import certify_case
from gradref_adapters import registry
from gradref_reference import Batch, Case, Network, Parameters, initialize
from gradref_reference.error_model import contract_for

F32 = 2.0**-24


@cache
def run(framework, mode, dtype, kind):
    """A case that needs the deviation, and its honest trace."""
    pytest.importorskip(framework)
    rng = np.random.default_rng(3)
    match kind:
        case "softplus":
            network = Network((4, 40), "softplus")
            x = 25 * rng.standard_normal((30, 4))
            y = rng.standard_normal((30, 40))
        case "entropy":
            network = Network((4, 40), "sigmoid", "binary_cross_entropy")
            x = 25 * rng.standard_normal((30, 4))
            y = np.zeros((30, 40))
        case "tiny":
            network = Network((40, 40, 3), ("identity", "identity"))
            x = rng.standard_normal((30, 40)) * 2.0**-128
            y = np.zeros((30, 3))
        case "cancels":
            network = Network((4, 60), "square", "mse_elements")
            x = rng.standard_normal((30, 4))
            y = np.zeros((30, 60))
        case "softmax":
            network = Network((35, 39, 22), ("softmax", "identity"), "mse_samples")
            x = 3 * rng.standard_normal((50, 35))
            y = 300 * rng.standard_normal((50, 22))
        case _:
            network = Network((20, 60, 10), ("tanh", "softmax"), "cross_entropy")
            x = rng.standard_normal((256, 20))
            y = rng.integers(0, 10, 256)
    parameters = initialize(network, rng, "glorot")
    if kind == "cancels":  # targets close to what the network gives
        y = np.square(x @ parameters.W[1].T) * (1 + 1e-4)
    if kind == "tiny":
        parameters = Parameters(parameters.W, {l: np.zeros_like(v) for l, v in parameters.b.items()})
    case = Case(network, parameters, Batch(x, y), dtype, framework, mode)
    return case, registry.get(framework).run(case)


NEEDED = {
    "softplus threshold": ("torch", "eager", "float64", "softplus", {"softplus_threshold": np.inf}, ("ACT", 1)),
    "entropy cancels": ("torch", "func", "float64", "entropy", {"entropy_cancels": False}, ("BP1", 1)),
    "subnormal numbers flushed": ("jax", "grad", "float32", "tiny", {"flush_to_zero": False}, ("LIN", 1)),
    "bias sums in the storage format": ("jax", "grad", "bfloat16", "sums", {"bias_accumulator": F32}, ("BP3", 1)),
    "fused multiply-add": ("jax", "jit", "float32", "cancels", {"fused_multiply_add": False}, ("BP1", 1)),
    "excess precision": ("jax", "grad", "float16", "softmax", {"excess_precision": False}, ("BP2", 1)),
    "float32 accumulators": ("torch", "eager", "bfloat16", "sums", {"accumulator": 2.0**-8}, "wider"),
}


@pytest.mark.parametrize(("framework", "mode", "dtype", "kind", "without", "root"), NEEDED.values(), ids=NEEDED)
def test_deviation_is_needed(framework, mode, dtype, kind, without, root):
    case, trace = run(framework, mode, dtype, kind)
    contract = registry.get(framework).contract(case)
    assert contract == contract_for(framework, dtype, mode)
    honest = certify_case(case, trace, contract)
    assert honest.root is None, honest.root
    changed = certify_case(case, trace, contract.but(**without))
    if root == "wider":  # a too permissive contract sees less: the blind fraction grows
        assert sum(v.blind for v in changed.verdicts) > sum(v.blind for v in honest.verdicts)
        return
    assert changed.root is not None
    if root is not None:
        assert (changed.root.equation, changed.root.layer) == root
