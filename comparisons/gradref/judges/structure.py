"""Structure first: which tensors a trace must hold and in which shape, before any value is looked at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradref_reference import Network, Trace

__all__ = ["Key", "input_problem", "label", "problem", "required_shapes"]

Key = tuple[str, int]
"""(tensor, layer) of a trace: ("dW", 2). ("cost", L) is the cost."""


def label(key: Key) -> str:
    """How a tensor is called in a report.

    >>> label(("dW", 2)), label(("cost", 3))
    ('dW[2]', 'cost')
    """
    name, l = key
    return name if name == "cost" else f"{name}[{l}]"


def required_shapes(network: Network, m: int) -> dict[Key, tuple[int, ...]]:
    """(tensor, layer) -> shape, for every tensor of a trace on m samples."""
    shapes: dict[Key, tuple[int, ...]] = {}
    for l in range(1, network.L + 1):
        n, before = network.sizes[l], network.sizes[l - 1]
        shapes["z", l] = shapes["a", l] = shapes["delta", l] = (m, n)
        shapes["dW", l], shapes["db", l] = (n, before), (n,)
    return shapes


def problem(trace: Trace, name: str, l: int, shape: tuple[int, ...]) -> str | None:
    """What is wrong with the structure of trace.<name>[l], as the end of a sentence; None when nothing is."""
    tensors = getattr(trace, name)
    if not isinstance(tensors, Mapping):
        return f"must be a dict keyed by layer, got {type(tensors).__name__}"
    if l not in tensors:
        return f"must be present, got layers {sorted(tensors) or 'none'}"
    tensor = tensors[l]
    if not isinstance(tensor, np.ndarray):
        return f"must be a NumPy array, got {type(tensor).__name__}"
    if tensor.dtype != np.float64:
        return f"must be the float64 view of the framework's tensor, got dtype {tensor.dtype}"
    if tensor.shape != shape:
        turned = " (transposed)" if tensor.shape == shape[::-1] else ""
        return f"must have shape {shape}, got {tensor.shape}{turned}"
    return None


def input_problem(trace: Trace, x: np.ndarray) -> str | None:
    """What is wrong with trace.a[0], which must be the input x, rounded to the trace's dtype and bit for bit; None when nothing is."""
    wrong = problem(trace, "a", 0, x.shape)
    if wrong is not None:
        return wrong
    differing = trace.a[0] != x  # NaN differs
    if not differing.any():
        return None
    at = tuple(int(i) for i in np.argwhere(differing)[0])
    turned = ", which is the batch in reverse order" if np.array_equal(trace.a[0], x[::-1]) else ""
    return (
        f"must be the input rounded to {trace.dtype}, got {np.count_nonzero(differing)} of {x.size} entries that differ, the first at "
        f"{list(at)}: {trace.a[0][at]:.9g} where {x[at]:.9g} was given{turned}"
    )
