"""Comparisons, logic and integer arithmetic: forward only, exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from .operation import Operation, plain

__all__ = ["INTEGERS"]


def compared(function: Any) -> Operation:
    return Operation(lambda *x: function(*(plain(v) for v in x)))


def along(function: Any) -> Operation:
    """A reduction to integers or truth values along an axis."""

    def forward(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
        return function(plain(x), axis=axis, keepdims=keepdims)

    return Operation(forward)


INTEGERS: dict[str, Operation] = {
    "equal": compared(np.equal),
    "not_equal": compared(np.not_equal),
    "less": compared(np.less),
    "less_equal": compared(np.less_equal),
    "greater": compared(np.greater),
    "greater_equal": compared(np.greater_equal),
    "logical_and": compared(np.logical_and),
    "logical_or": compared(np.logical_or),
    "logical_xor": compared(np.logical_xor),
    "logical_not": compared(np.logical_not),
    "bitwise_and": compared(np.bitwise_and),
    "bitwise_or": compared(np.bitwise_or),
    "bitwise_not": compared(np.bitwise_not),
    "is_nan": compared(np.isnan),
    "is_finite": compared(np.isfinite),
    "is_infinite": compared(np.isinf),
    "truth": compared(lambda x: x != 0),
    "whole": compared(lambda x: x.astype(np.int64)),
    "any": along(np.any),
    "all": along(np.all),
}
