"""JSON that every reader takes: full precision, and no NaN or Infinity tokens, which JSON lacks.

The rule: NaN (a number that does not exist) is null; an infinity is the text "Infinity" or "-Infinity". Python's `float` reads it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite, isnan
from typing import Any

__all__ = ["dumps"]


def dumps(value: Any, indent: int | None = 1) -> str:
    """`value` as JSON text; floating numbers with as many digits as it takes to read back the same bits.

    >>> dumps({"small": 1.234567890123e-17, "none": float("nan"), "far": [float("inf"), -float("inf")]}, indent=None)
    '{"small": 1.234567890123e-17, "none": null, "far": ["Infinity", "-Infinity"]}'
    """
    return json.dumps(_strict(value), indent=indent, ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    if isinstance(value, float):
        value = float(value)  # NumPy's own float64 is a float too, and prints otherwise
        return value if isfinite(value) else None if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {key: _strict(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(inner) for inner in value]
    return value
