"""Each VJP against the definition of the derivative: central differences of the forward in balls, whose step is 2⁻²⁰⁰.

The forward is the same text in three arithmetics, so what is judged here is the rule of differentiation: by hand where kernels start
from stored results, by the tape elsewhere. Neither knows of the other, and neither knows of balls.
"""

from typing import Any

import numpy as np
import pytest

from gradref_balls import midpoints, to_balls
from gradref_balls.convert import precision
from gradref_reference.error_model import contract_for
from gradref_reference.primitives import Bounded
from gradref_reference.primitives.operations import OPERATIONS, pullback_of

STEP, BITS = 200, 700
S = (3, 4)

Draw = tuple[str, tuple[int, ...]]


def normal(*shape: int) -> Draw:
    return "normal", shape


def positive(*shape: int) -> Draw:
    return "positive", shape


def share(*shape: int) -> Draw:
    return "share", shape


def beyond(*shape: int) -> Draw:
    return "beyond", shape


POINTWISE = (
    *("negative", "square", "exp", "exp2", "expm1", "sin", "cos", "arctan", "sinh", "cosh", "arcsinh", "erf", "absolute"),
    *("relu", "sigmoid", "tanh", "silu", "gelu", "mish", "log_sigmoid", "softplus", "hard_sigmoid", "hard_swish", "elu", "celu"),
    *("leaky_relu", "hard_tanh", "soft_shrink", "hard_shrink"),
)
CASES: dict[str, list[tuple[tuple[Draw, ...], dict[str, Any]]]] = {
    **{name: [((normal(*S),), {})] for name in POINTWISE},
    **{
        name: [((positive(*S),), {})]
        for name in ("reciprocal", "square_root", "reciprocal_root", "log", "log1p", "log2", "log10")
    },
    **{name: [((share(*S),), {})] for name in ("tan", "arcsin", "arccos", "arctanh")},
    "arccosh": [((beyond(*S),), {})],
    "add": [((normal(*S), normal(4)), {"alpha": 0.5})],
    "subtract": [((normal(*S), normal(3, 1)), {})],
    "multiply": [((normal(*S), normal(3, 1)), {})],
    "divide": [((normal(*S), positive(4)), {})],
    "power": [((positive(*S),), {"exponent": 2.5}), ((normal(*S),), {"exponent": 3.0})],
    "add_product": [((normal(*S), normal(*S), normal(4)), {"value": 0.5})],
    "add_quotient": [((normal(*S), normal(*S), positive(*S)), {"value": 0.5})],
    "logaddexp": [((normal(*S), normal(*S)), {})],
    "hypotenuse": [((normal(*S), normal(*S)), {})],
    "interpolate": [((normal(*S), normal(*S), share(*S)), {})],
    "maximum": [((normal(*S), normal(*S)), {})],
    "clip": [((normal(*S),), {"low": -0.5, "high": 0.75})],
    "gated": [((normal(*S),), {"axis": 1})],
    "parametric_relu": [((normal(*S), normal(4)), {})],
    "softmax": [((normal(*S),), {"axis": 1}), ((normal(*S),), {"axis": 0})],
    "log_softmax": [((normal(*S),), {"axis": 1})],
    "logsumexp": [((normal(*S),), {"axis": (1,), "keepdims": False})],
    "mean_square": [((normal(*S), normal(*S)), {"reduction": 1})],
    "mean_absolute": [((normal(*S), normal(*S)), {"reduction": 1})],
    "huber": [((normal(*S), normal(*S)), {"reduction": 1, "delta": 0.5})],
    "smooth_absolute": [((normal(*S), normal(*S)), {"reduction": 2, "beta": 0.5})],
    "binary_entropy": [((share(*S), share(*S)), {"reduction": 1})],
    "binary_entropy_with_logits": [((normal(*S), share(*S)), {"reduction": 1})],
    "sum": [((normal(2, 3, 4),), {"axis": (0, 2)})],
    "mean": [((normal(2, 3, 4),), {"axis": (1,), "keepdims": True})],
    "variance": [((normal(*S),), {"axis": (1,), "correction": 1.0})],
    "deviation": [((normal(*S),), {"axis": (0,), "correction": 0.0})],
    "norm": [((normal(*S),), {"order": 2.0, "axis": (1,)}), ((normal(*S),), {"order": 3.0, "axis": (1,)})],
    "product": [((normal(*S),), {"axis": (1,)})],
    "cumulative_sum": [((normal(*S),), {"axis": 1})],
    "cumulative_product": [((normal(*S),), {"axis": 1})],
    "matmul": [((normal(2, 3, 4), normal(2, 4, 5)), {}), ((normal(3, 4), normal(4)), {})],
    "affine": [((normal(5), normal(3, 4), normal(4, 5)), {"beta": 0.5, "alpha": 2.0})],
    "layer": [((normal(2, 3, 4), normal(5, 4), normal(5)), {})],
    "layer_norm": [((normal(3, 5), normal(5), normal(5)), {"normalized_shape": (5,), "eps": 2.25})],
    "group_norm": [((normal(2, 4, 3), normal(4), normal(4)), {"groups": 2, "eps": 2.25})],
    "batch_norm": [((normal(4, 3, 2), normal(3), normal(3)), {"eps": 2.25})],
    "rms_norm": [((normal(3, 5), normal(5)), {"normalized_shape": (5,), "eps": 2.25})],
    "attention": [((normal(1, 2, 3, 4), normal(1, 2, 5, 4), normal(1, 2, 5, 4)), {"scale": 0.5})],
    "convolution": [
        (
            (normal(2, 4, 5, 5), normal(6, 2, 3, 2), normal(6)),
            {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2},
        ),
        ((normal(2, 4, 3, 3), normal(4, 3, 3, 2), normal(3)), {"stride": (2, 2), "padding": (1, 0), "transposed": True}),
    ],
    "lstm": [((normal(3, 2, 3), normal(16, 3), normal(16, 4), normal(16), normal(16), normal(2, 4), normal(2, 4)), {})],
    "average_pool": [((normal(1, 2, 5, 6),), {"kernel": (3, 3), "stride": (2, 2), "padding": (1, 1)})],
    "pad": [((normal(*S),), {"widths": (1, 2, 0, 1)})],
    "diagonal_matrix": [((normal(*S),), {"offset": 1})],
}


def draw(what: Draw, rng: np.random.Generator) -> np.ndarray:
    kind, shape = what
    u = rng.random(shape)
    return {"normal": rng.standard_normal(shape), "positive": 0.25 + u, "share": 0.1 + 0.8 * u, "beyond": 1.1 + u}[kind]


def balls(x: np.ndarray) -> Any:
    return to_balls({"x": np.asarray(x)}, BITS)["x"]


def along(name: str, inputs: list[np.ndarray], ways: list[np.ndarray], attributes: dict, g: np.ndarray) -> float:
    """d/dt Σ g forward(inputs + t ways) at 0, by the definition."""
    with precision(BITS):
        sides = []
        for sign in (1, -1):
            moved = [balls(x) + balls(v) * (sign * 2.0**-STEP) for x, v in zip(inputs, ways, strict=True)]
            result = OPERATIONS[name].forward(*moved, **attributes)
            result = result[0] if isinstance(result, tuple) else result
            sides.append((result * balls(g)).sum(keepdims=True))
        return float(midpoints(((sides[0] - sides[1]) * 2.0 ** (STEP - 1)).reshape(1))[0])


@pytest.mark.parametrize(("name", "number"), [(name, k) for name, cases in CASES.items() for k in range(len(cases))])
def test_vjp_is_the_limit_of_differences(name: str, number: int) -> None:
    draws, attributes = CASES[name][number]
    rng = np.random.default_rng(number + 11)
    inputs = [draw(d, rng) for d in draws]
    contract = contract_for("numpy", "float64")
    operands = [Bounded(x, contract) for x in inputs]
    seen = OPERATIONS[name].forward(*inputs, **attributes)
    seen = seen if isinstance(seen, tuple) else (seen,)
    outputs = [Bounded(np.asarray(y, float), contract) for y in seen]
    g = rng.standard_normal(outputs[0].shape)
    cotangents = [Bounded(g, contract), *(None for _ in outputs[1:])]
    found = pullback_of(OPERATIONS[name], operands, attributes, outputs, cotangents, [True] * len(inputs))
    for slot, contribution in enumerate(found):
        ways = [rng.standard_normal(x.shape) if k == slot else np.zeros(x.shape) for k, x in enumerate(inputs)]
        right = along(name, inputs, ways, attributes, g)
        terms = contribution.value * ways[slot]
        bound = 0.0 if contribution.bound is None else float((contribution.bound * np.abs(ways[slot])).sum())
        assert abs(terms.sum() - right) <= bound + 1e-14 * np.abs(terms).sum(), (name, slot, terms.sum(), right)
