"""Weight decay and clipping by the global norm, applied to gradients before an optimiser sees them (mathematics 6.4)."""

from collections.abc import Hashable, Mapping
from numbers import Real
from sys import float_info
from typing import TypeVar

import numpy as np

from ..checks import expect, number
from ..errors import SpecificationError, shown

__all__ = ["add_weight_decay", "clip_by_global_norm", "global_norm"]

Key = TypeVar("Key", bound=Hashable)


def global_norm(gradients: Mapping[Key, np.ndarray]) -> float:
    """‖g‖ over all arrays together: one norm for the whole gradient, not one per parameter."""
    largest = max((float(np.abs(g).max(initial=0)) for g in gradients.values()), default=0.0)
    if largest == 0 or not np.isfinite(largest):
        return largest
    # scaled by the largest entry, so that no square overflows or underflows
    return largest * float(np.sqrt(sum(float(np.sum((g / largest) ** 2, dtype=np.float64)) for g in gradients.values())))


def clip_by_global_norm(gradients: Mapping[Key, np.ndarray], limit: float, eps: float = 0.0) -> dict[Key, np.ndarray]:
    """g · min(1, limit / (‖g‖ + eps)) for every array, with one norm over all of them.

    eps : 0 as in optax; PyTorch's `clip_grad_norm_` adds 1e-6.

    Raises `SpecificationError` unless limit > 0.
    """
    expect("gradients", gradients, Mapping, "Give a dict of arrays.")
    if not (isinstance(limit, Real) and limit > 0 and (limit == np.inf or limit <= float_info.max)):
        raise SpecificationError(f"clip_by_global_norm: limit must be > 0, got {shown(limit)}. Leave clipping out for none.")
    norm, eps = global_norm(gradients), number("eps", eps, "Use 0, or 1e-6 for PyTorch's.")
    scale = min(1.0, limit / (norm + eps)) if norm > 0 else 1.0
    return {name: g * g.dtype.type(scale) for name, g in gradients.items()}


def add_weight_decay(w: np.ndarray, g: np.ndarray, weight_decay: float) -> np.ndarray:
    """g + λ w, the gradient of C + λ/2 ‖w‖²; same shape. PyTorch and optax decay biases too, Nielsen does not.

    >>> w, g = np.array([2.0, -4.0]), np.array([1.0, 3.0])
    >>> w - 0.1 * add_weight_decay(w, g, 0.5)
    array([ 1.8, -4.1])
    """
    return g + w.dtype.type(weight_decay) * w
