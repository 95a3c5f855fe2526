"""Python's operators for `Bounded` and `Traced`: x + y, x @ y, x[...] mean the primitives of those names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["OPERATORS", "Operators"]

OPERATORS: dict[str, Callable] = {}
"""name -> primitive; `pointwise` and `contractions` enter theirs, so that neither class has to know them."""


class Operators:
    """What an expression may write with a value of either class."""

    __slots__ = ()
    __array_ufunc__ = None  # an ndarray on the left leaves the operation to us

    def __add__(self, other: Any) -> Any:
        return OPERATORS["add"](self, other)

    def __radd__(self, other: Any) -> Any:
        return OPERATORS["add"](other, self)

    def __sub__(self, other: Any) -> Any:
        return OPERATORS["subtract"](self, other)

    def __rsub__(self, other: Any) -> Any:
        return OPERATORS["subtract"](other, self)

    def __mul__(self, other: Any) -> Any:
        return OPERATORS["multiply"](self, other)

    def __rmul__(self, other: Any) -> Any:
        return OPERATORS["multiply"](other, self)

    def __truediv__(self, other: Any) -> Any:
        return OPERATORS["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return OPERATORS["divide"](other, self)

    def __neg__(self) -> Any:
        return OPERATORS["negative"](self)

    def __matmul__(self, other: Any) -> Any:
        return OPERATORS["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return OPERATORS["matmul"](other, self)
