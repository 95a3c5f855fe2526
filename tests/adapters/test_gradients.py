"""Every activation, cost, mode and dtype of every adapter: against the four equations and against complex steps."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import erf

from gradref.judges import certify_case
from gradref_adapters import registry
from gradref_reference import COSTS, FORMATS, Batch, Case, Network, SpecificationError, Trace

HIDDEN = ["identity", "square", "sigmoid", "tanh", "relu", "leaky_relu(0.125)", "elu(0.75)", "softplus", "silu", "gelu"]
HIDDEN += ["gelu_tanh", "softmax"]

STEP = 1e-30  # imaginary: nothing cancels, so it may be as small as it likes
ENOUGH = 1e-12  # rounding of two evaluations of a network of 58 parameters, as a share of the terms of the directional derivative


def table(every: int) -> list[Network]:
    """Each activation hidden, with each cost (or every n-th of them), and each as an output too; a penalty on some."""
    networks = []
    for i, name in enumerate(HIDDEN):
        for j, cost in enumerate(COSTS):
            if (i + j) % every == 0:
                output = COSTS[cost].output or HIDDEN[(i + j + 1) % len(HIDDEN)]
                networks.append(Network((7, 5, 3), (name, output), cost, l2=0.125 * (i % 2)))
    return networks


def every_pair(first: str, second: str) -> list[tuple[Network, str]]:
    """Each activation with each cost in the first mode; in the second every third, in which each of them occurs."""
    return [(network, first) for network in table(1)] + [(network, second) for network in table(3)]


def name_of(value: object) -> str | None:
    return f"{'-'.join(value.activations)}-{value.cost}" if isinstance(value, Network) else None


@pytest.mark.parametrize(("network", "mode"), every_pair("eager", "func"), ids=name_of)
def test_torch_gradients_equal_complex_steps(network, mode, problem):
    check_against_complex_step(problem(network, labels=network.l2 > 0 and network.fused).on("torch", mode))


@pytest.mark.parametrize("mode", ["jit", "vmap"])
@pytest.mark.parametrize("network", table(6), ids=name_of)
def test_jax_gradients_equal_complex_steps(network, mode, problem):
    check_against_complex_step(problem(network, labels=network.l2 > 0 and network.fused).on("jax", mode))


@pytest.mark.parametrize("network", table(36), ids=name_of)
def test_jax_gradients_without_jit_equal_complex_steps(network, problem):
    check_against_complex_step(problem(network).on("jax", "grad"))


@pytest.mark.parametrize(("network", "mode"), every_pair("reference", "textbook"), ids=name_of)
def test_numpy_gradients_equal_complex_steps(network, mode, problem):
    check_against_complex_step(problem(network, labels=network.l2 > 0 and network.fused).on("numpy", mode))


DTYPES_OF = [
    (pair, dtype) for pair in [("torch", "eager"), ("torch", "func"), ("jax", "jit"), ("jax", "vmap")] for dtype in FORMATS
]
DTYPES_OF += [(("numpy", "reference"), "float64"), (("numpy", "reference"), "float32"), (("numpy", "textbook"), "float64")]
DTYPES_OF += [(("jax", "grad"), "bfloat16")]  # compiles every operation on its own: seconds for each format


@pytest.mark.parametrize(("pair", "dtype"), DTYPES_OF, ids=lambda value: value if isinstance(value, str) else "-".join(value))
def test_every_equation_is_certified_in_every_dtype(pair, dtype, small):
    adapter, case = registry.get(pair[0]), small.on(*pair, dtype)
    certificates = certify_case(case, adapter.run(case), adapter.contract(case))
    assert certificates.passed, [v.message for v in certificates.verdicts if v.verdict == "fail"]


def test_the_contract_covers_sums_that_add_row_after_row(problem):
    case = problem(Network((2, 3, 1), "sigmoid"), m=100_000)
    shares = {}
    for mode in ("reference", "textbook"):
        adapter, asked = registry.get("numpy"), case.on("numpy", mode)
        certificates = certify_case(asked, adapter.run(asked), adapter.contract(asked))
        assert certificates.passed
        shares[mode] = max(v.share for v in certificates.verdicts if v.equation == "BP3")
    assert shares["reference"] < shares["textbook"] <= 1


def test_textbook_refuses_float32_and_says_why(small):
    with pytest.raises(
        SpecificationError, match="dtype must be float64 in mode textbook, which adds row after row, got 'float32'"
    ):
        registry.get("numpy").run(small.on("numpy", "textbook", "float32"))


@pytest.mark.parametrize(("framework", "mode"), [("torch", "eager"), ("torch", "func"), ("jax", "grad"), ("jax", "vmap")])
def test_soft_labels_and_integer_labels_of_the_same_classes_give_the_same_gradients(framework, mode, small, problem):
    one_hot = replace(small, batch=Batch(small.batch.x, small.network.targets(small.batch)))
    adapter = registry.get(framework)
    labels, soft = adapter.run(small.on(framework, mode)), adapter.run(one_hot.on(framework, mode))
    for l in labels.dW:
        np.testing.assert_allclose(labels.dW[l], soft.dW[l], rtol=0, atol=ENOUGH * np.abs(labels.dW[l]).max())


FAULTS = {
    "sign": lambda t: replace(t, dW={**t.dW, 1: -t.dW[1]}),
    "one entry": lambda t: replace(t, dW={**t.dW, 2: t.dW[2] + 1e-9 * np.eye(3, 5)}),
    "bias averaged": lambda t: replace(t, db={l: v / 11 for l, v in t.db.items()}),
    "zeros": lambda t: replace(t, dW={l: 0 * v for l, v in t.dW.items()}),
    "NaN": lambda t: replace(t, db={**t.db, 2: np.nan * t.db[2]}),
    "cost": lambda t: replace(t, cost=t.cost * (1 + 1e-9)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_complex_step_check_can_fail(fault, small):
    case = small.on("numpy", "reference")
    trace = registry.get("numpy").run(case)
    assert_complex_step(case, trace)
    with pytest.raises(AssertionError, match="the cost" if fault == "cost" else "the gradient"):
        assert_complex_step(case, FAULTS[fault](trace))


# --- the second opinion: the cost as an analytic function of complex numbers, no derivative rule anywhere -----------------------


def check_against_complex_step(case: Case) -> None:
    adapter = registry.get(case.framework)
    trace = adapter.run(case)
    certificates = certify_case(case, trace, adapter.contract(case))
    assert certificates.passed, [v.message for v in certificates.verdicts if v.verdict == "fail"]
    assert_complex_step(case, trace)


def assert_complex_step(case: Case, trace: Trace) -> None:
    """The derivative of the cost in a random direction through all parameters is Im C(θ + i·step·direction)/step."""
    rng = np.random.default_rng(7)
    W, b, x, _ = case.rounded()
    y = case.network.targets(case.batch)
    toward_W = {l: rng.standard_normal(v.shape) for l, v in W.items()}
    toward_b = {l: rng.standard_normal(v.shape) for l, v in b.items()}
    moved_W = {l: W[l] + 1j * STEP * toward_W[l] for l in W}
    moved_b = {l: b[l] + 1j * STEP * toward_b[l] for l in b}
    moved = complex_cost(case.network, moved_W, moved_b, x, y)
    terms = [toward_W[l] * trace.dW[l] for l in W] + [toward_b[l] * trace.db[l] for l in b]
    size = sum(np.abs(term).sum() for term in terms)
    assert abs(moved.imag / STEP - sum(term.sum() for term in terms)) <= ENOUGH * size, "the gradient"
    assert abs(moved.real - trace.cost) <= ENOUGH * max(abs(trace.cost), 1), "the cost"


def complex_cost(network, W, b, x, y) -> complex:
    a, z = x, x
    for l, sigma in network.sigma.items():
        z = a @ W[l].T + b[l]
        a = complex_activation(sigma.kind, sigma.parameter, z)
    m, K = y.shape
    squares = ((a - y) ** 2).sum()
    match network.cost:
        case "quadratic":
            C = squares / (2 * m)
        case "mse_samples":
            C = squares / m
        case "mse_elements":
            C = squares / (m * K)
        case "cross_entropy":
            C = -(y * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum() / m
        case entropy:
            C = (np.log(1 + np.exp(z)) - y * z).sum() / (m if entropy == "nielsen_cross_entropy" else m * K)
    return C + network.l2 / 2 * sum((W[l] ** 2).sum() for l in W)


def complex_activation(kind, alpha, z):
    match kind:
        case "identity":
            return z
        case "square":
            return z * z
        case "sigmoid":
            return 1 / (1 + np.exp(-z))
        case "tanh":
            return np.tanh(z)
        case "relu":
            return np.where(z.real > 0, z, 0)
        case "leaky_relu":
            return np.where(z.real > 0, z, alpha * z)
        case "elu":
            return np.where(z.real > 0, z, alpha * (np.exp(z) - 1))
        case "softplus":
            return np.log(1 + np.exp(z))
        case "silu":
            return z / (1 + np.exp(-z))
        case "gelu":
            return z / 2 * (1 + erf(z / np.sqrt(2)))
        case "gelu_tanh":
            return z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
        case "softmax":
            return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    raise NotImplementedError(kind)


@pytest.mark.parametrize(("framework", "mode"), [("torch", "eager"), ("torch", "func"), ("jax", "jit"), ("jax", "vmap")])
@pytest.mark.parametrize("cost", ["quadratic", "mse_samples", "mse_elements"])
def test_a_cost_that_float16_holds_does_not_overflow_on_its_way(framework, mode, cost, problem):
    """Squares of 10,000 in a batch of 32: their mean fits into float16, their sum does not."""
    case = problem(Network((7, 5, 1), ("tanh", "identity"), cost), m=32)
    case = replace(case, batch=Batch(case.batch.x, case.batch.y + 100)).on(framework, mode, "float16")
    trace = registry.get(framework).run(case)
    assert np.isfinite(trace.cost)
    assert certify_case(case, trace, registry.get(framework).contract(case)).passed


@pytest.mark.parametrize("cost", ["quadratic", "mse_samples", "nielsen_cross_entropy"])
def test_gradients_of_many_outputs_do_not_underflow_on_their_way(cost, problem):
    """1/(m n[L]) is lost among float16's subnormal numbers, 1/m is not."""
    output = COSTS[cost].output or "identity"
    case = problem(Network((7, 5, 784), ("tanh", output), cost), m=7).on("torch", "eager", "float16")
    trace = registry.get("torch").run(case)
    assert certify_case(case, trace, registry.get("torch").contract(case)).passed
