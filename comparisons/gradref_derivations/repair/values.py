"""Atom: an expression with its value; and when two values are the same."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["Atom", "evaluate", "fingerprint", "is_number", "usable"]


@dataclass(frozen=True)
class Atom:
    """An expression with its value (of the last environment) and how far-fetched it is."""

    text: str
    node: ast.expr
    value: Any
    cost: float
    sibling: bool = False  # a piece of the file, renamed for another member of a family

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; () for a number."""
        return np.shape(self.value)

    @cached_property
    def is_array(self) -> bool:
        """True for arrays with axes."""
        return isinstance(self.value, np.ndarray) and self.value.ndim > 0

    @cached_property
    def is_number(self) -> bool:
        """True for numbers and arrays without axes."""
        return is_number(self.value)

    @cached_property
    def is_whole(self) -> bool:
        """True for whole numbers, which may count or index."""
        return isinstance(self.value, (int, np.integer))

    @cached_property
    def is_floating(self) -> bool:
        """True for arrays of floating point numbers."""
        return self.is_array and self.value.dtype.kind == "f"


def is_number(value: Any) -> bool:
    """True for plain numbers and arrays without axes."""
    return (isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf"
    )


def evaluate(node: ast.expr, scopes: list[dict[str, Any]]) -> list[Any] | None:
    """The values of an expression in each scope, or None if it raises or gives nothing usable."""
    try:
        code = compile(ast.Expression(node), "<candidate>", "eval")
        return [eval(code, dict(scope)) for scope in scopes]
    except Exception:
        return None


def fingerprint(values: list[Any]) -> Any:
    """Equal for expressions with equal values, up to rounding of the last bits."""
    parts = []
    for value in values:
        array = np.asarray(value)
        if array.dtype.kind in "fc":
            with np.errstate(all="ignore"):
                mantissa, exponent = np.frexp(array.astype(np.float64))
                array = np.ldexp(np.round(mantissa, 12), exponent) + 0.0
        parts.append((array.shape, array.dtype.kind in "fc", array.astype(np.float64).tobytes()))
    return tuple(parts)


def usable(value: Any) -> bool:
    """Arrays and numbers; no NaN."""
    if is_number(value):
        return bool(np.isfinite(value))
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size > 0 and bool(np.isfinite(value).all())
