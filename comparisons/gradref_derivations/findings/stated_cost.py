"""`--network NET.toml`: does forward compute the cost that was asked for? A derivation can agree with itself and with nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gradref_reference import Batch, Network, Parameters, backprop
from gradref_reference.errors import GradrefError, SpecificationError

from ..program.program import Inputs
from ..truth.truth import scalar
from .report import Conduct
from .trial import Trial

__all__ = ["network_inputs", "stated_cost"]

_X = ("x", "X", "inputs", "data", "a0")
_Y = ("y", "Y", "t", "T", "target", "targets", "labels", "label")
AGREE = 1e-9  # relative; two formulas for one cost differ by rounding only


def stated_cost(trial: Trial, path: str | Path) -> list[Conduct]:
    """One fault when the cost of `forward` is not the network's; empty when it is.

    The inputs must be called x, y, W1, b1, W2...; matrices and batches may lie either way. `SpecificationError` otherwise.
    """
    network = Network.from_toml(path)
    parameters, batch = network_inputs(network, trial.inputs)
    try:
        expected = backprop(network, parameters, batch).cost
    except GradrefError as error:
        raise SpecificationError(f"--network: the inputs must fit {path}, but {error}") from None
    actual = scalar(trial.program.forward(trial.inputs))
    if abs(actual - expected) <= AGREE * max(abs(actual), abs(expected)):
        return []
    text = (
        f"forward computes {actual:.10g} where the cost of {Path(path).name} is {expected:.10g}{_ratio(actual, expected, batch)}"
    )
    return [Conduct("different cost", text)]


def network_inputs(network: Network, inputs: Inputs) -> tuple[Parameters, Batch]:
    """Parameters and batch of a network from inputs with the usual names."""
    W, b = {}, {}
    for l in range(1, network.L + 1):
        shape = (network.sizes[l], network.sizes[l - 1])
        weight = _matrix(inputs, l, shape)
        bias = _named(inputs, rf"(b|bias|biases)_?{l}")
        W[l] = weight
        b[l] = np.zeros(shape[0]) if bias is None else np.asarray(bias, np.float64).reshape(-1)
    x = next((inputs[k] for k in _X if k in inputs), None)
    y = next((inputs[k] for k in _Y if k in inputs), None)
    if x is None or y is None:
        raise SpecificationError(
            f"--network: the inputs must hold x and y, got {', '.join(map(str, inputs))}. Call the data x and the targets y."
        )
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 1:
        x = x[None, :]
    if x.ndim == 2 and x.shape[1] != network.sizes[0] and x.shape[0] == network.sizes[0]:
        x, y = x.T, (y.T if y.ndim == 2 else y)  # one sample a column
    if y.ndim == 1 and (network.sizes[-1] == 1 or len(y) != len(x)) and y.size == network.sizes[-1] * len(x):
        y = y.reshape(len(x), -1)
    return Parameters(W, b), Batch(x, y)


def _matrix(inputs: Inputs, l: int, shape: tuple[int, int]) -> np.ndarray:
    weight = _named(inputs, rf"(w|weights?|kernel)_?{l}")
    if weight is None:
        raise SpecificationError(
            f"--network: the inputs must hold W{l}, got {', '.join(map(str, inputs))}. Call the weights W1, W2..."
        )
    weight = np.asarray(weight, np.float64)
    if weight.shape == shape:
        return weight
    if weight.shape == shape[::-1]:
        return weight.T
    raise SpecificationError(f"--network: W{l} must have shape {shape}, got {weight.shape}. Use the network it belongs to.")


def _named(inputs: Inputs, pattern: str) -> np.ndarray | None:
    return next((v for k, v in inputs.items() if re.fullmatch(pattern, str(k), re.IGNORECASE)), None)


def _ratio(actual: float, expected: float, batch: Batch) -> str:
    if not expected:
        return ""
    ratio = actual / expected
    for value, text in ((2.0, "twice"), (0.5, "half of"), (-1.0, "minus")):
        if abs(ratio - value) <= AGREE * abs(value):
            return f": it is {text} that"
    for n, what in ((len(batch), "the batch size"), (batch.y.size, "the number of targets")):
        for value, text in ((n, f"{n} times ({what})"), (1 / n, f"1/{n} of ({what})")):
            if n > 1 and abs(ratio - value) <= AGREE * value:
                return f": it is {text} that"
    return ""
