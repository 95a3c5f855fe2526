"""Scalar: one ball with the arithmetic, the comparisons and the rounding of np.float64.

Nothing here rounds to float64: `float(ball)` raises, unless the stand-in of `scalar_types` is in the way.
"""

from typing import Any, Self

import numpy as np
from flint import arb

from .dispatch import Dispatch

__all__ = ["FLOAT64", "Scalar"]

FLOAT64 = np.dtype(np.float64)


def _number(v: Any) -> Any:
    """A scalar operand as something arb computes with; None for arrays and strangers."""
    if isinstance(v, Scalar):
        return v.ball
    if isinstance(v, (int, float, arb)):
        return v
    if isinstance(v, np.generic) and v.dtype.kind in "fiub":
        return v.item()
    return None


def _binary(operation):
    """An operator that arb has itself."""

    def method(self, other):
        v = _number(other)
        return NotImplemented if v is None else type(self)(operation(self.ball, v))

    return method


def _comparison(name: str):
    """A comparison with a number or an array, by the ufunc `name`."""

    def method(self, other):
        if _number(other) is None and not isinstance(other, np.ndarray):
            return NotImplemented
        return getattr(np, name)(self, other)

    return method


def _via(name: str, swap: bool = False):
    """An operator with a number, by the ufunc `name`, whose conventions NumPy sets."""

    def method(self, other):
        if _number(other) is None:
            return NotImplemented
        return getattr(np, name)(*((other, self) if swap else (self, other)))

    return method


class Scalar(Dispatch):
    """One ball, immutable, that behaves like np.float64; `Ball` adds what needs arrays.

    Attributes
    ----------
    ball : the `flint.arb`.
    """

    __slots__ = ("ball",)
    shape, ndim, size, dtype = (), 0, 1, FLOAT64

    def __init__(self, ball: arb):
        self.ball = ball

    __add__ = __radd__ = _binary(lambda x, y: x + y)
    __mul__ = __rmul__ = _binary(lambda x, y: x * y)
    __sub__ = _binary(lambda x, y: x - y)
    __rsub__ = _binary(lambda x, y: y - x)
    __truediv__ = _binary(lambda x, y: x / y)
    __rtruediv__ = _binary(lambda x, y: y / x)
    __pow__, __rpow__ = _via("power"), _via("power", swap=True)
    __floordiv__, __rfloordiv__ = _via("floor_divide"), _via("floor_divide", swap=True)
    __mod__, __rmod__ = _via("remainder"), _via("remainder", swap=True)
    __gt__, __ge__, __lt__, __le__ = (_comparison(n) for n in ("greater", "greater_equal", "less", "less_equal"))
    __eq__, __ne__ = _comparison("equal"), _comparison("not_equal")
    __hash__ = object.__hash__

    def __neg__(self):
        return type(self)(-self.ball)

    def __pos__(self):
        return self

    def __divmod__(self, other):
        return self // other, self % other

    def __abs__(self):
        return np.abs(self)

    def __bool__(self):
        return bool(self != 0)

    def __int__(self):
        return int(float(np.trunc(self).ball))

    def __floor__(self):
        return int(np.floor(self))

    def __ceil__(self):
        return int(np.ceil(self))

    def __trunc__(self):
        return int(self)

    def __repr__(self):
        return f"Ball({float(self.ball)!r})"

    def __str__(self):
        return str(float(self.ball))

    def __format__(self, spec):
        return format(float(self.ball), spec)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def item(self) -> Self:
        """Itself: the Python number of a ball is the ball."""
        return self

    def tolist(self) -> Self:
        """Itself, as np.float64.tolist() is a float."""
        return self

    def copy(self) -> Self:
        """Itself: balls are immutable."""
        return self

    def is_integer(self) -> bool:
        """Whether the ball is exactly one whole number."""
        return self.ball.is_integer()
