"""Marks of values: equal for expressions that come out the same, so that only one of them is tried."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from .values import fingerprint

__all__ = ["mark_of"]


def mark_of(values: Any) -> Any:
    """A mark that is equal for equal values; identity for what has no value of its own."""
    if isinstance(values, (list, tuple)):
        return (type(values).__name__, *(mark_of(v) for v in values))
    if isinstance(values, dict):
        return tuple((str(k), mark_of(v)) for k, v in values.items())
    if isinstance(values, (np.ndarray, np.generic, int, float, bool)):
        array = np.asarray(values)
        if array.dtype.kind in "fiub":
            return (fingerprint([array]), array.dtype == np.float32)
    if isinstance(values, (str, type(None), range)):
        return values
    if hasattr(values, "__next__") and not hasattr(values, "send") and not isinstance(values, type):
        return mark_of(list(values)[:50])  # type: ignore[arg-type]
    if hasattr(values, "__dict__") and not callable(values) and not isinstance(values, types.ModuleType):
        return (type(values).__name__, mark_of(dict(vars(values))))
    return id(values)
