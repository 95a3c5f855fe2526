"""Structure first: which tensors a trace must hold and in which shape, before any value is looked at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradref_reference import Network, Trace

__all__ = ["problem", "required_shapes"]


def required_shapes(network: Network, m: int) -> dict[tuple[str, int], tuple[int, ...]]:
    """(tensor, layer) -> shape, for every tensor of a trace on m samples."""
    shapes: dict[tuple[str, int], tuple[int, ...]] = {}
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
