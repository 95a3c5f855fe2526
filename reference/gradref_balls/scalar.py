"""Ball: one ball with the manners of np.float64, and what it shares with arrays of them.

Nothing here rounds to float64: `float(ball)` raises, unless the stand-in of `shims` is in the way.
"""

from typing import Any

import numpy as np
from flint import arb

from .convert import NotBallable

__all__ = ["FLOAT64", "Ball", "Dispatch", "refuse_float"]

FLOAT64 = np.dtype(np.float64)


def refuse_float(where: str) -> NotBallable:
    return NotBallable(
        f"{where}: this line rounds a ball to float64, which loses the derivative. Keep the value an array, or use float64 differences."
    )


class Dispatch:
    """What Ball and BallArray share: NumPy's two protocols and the refusal to become a float."""

    __slots__ = ()
    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        from .ufuncs import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        from .functions import apply_function

        return apply_function(func, args, kwargs)

    def __float__(self):
        raise refuse_float("float()")

    def __complex__(self):
        raise refuse_float("complex()")


def _number(v: Any) -> arb | None:
    """A scalar operand as something arb computes with; None for arrays and strangers."""
    if type(v) is Ball:
        return v.ball
    if isinstance(v, (int, float, arb)):
        return v  # type: ignore[return-value]
    if isinstance(v, np.generic) and v.dtype.kind in "fiub":
        return v.item()
    return None


def _binary(operation):
    def method(self, other):
        v = _number(other)
        return NotImplemented if v is None else Ball(operation(self.ball, v))

    return method


def _comparison(name: str):
    def method(self, other):
        from .ufuncs import apply_ufunc

        if _number(other) is None and not isinstance(other, np.ndarray):
            return NotImplemented
        return apply_ufunc(getattr(np, name), "__call__", (self, other), {})

    return method


def _via(name: str, swap: bool = False):
    def method(self, other):
        from .ufuncs import apply_ufunc

        if _number(other) is None:
            return NotImplemented
        return apply_ufunc(getattr(np, name), "__call__", (other, self) if swap else (self, other), {})

    return method


class Ball(Dispatch):
    """One ball, immutable, with the manners of np.float64: arithmetic, comparison, and an array's methods."""

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
        return Ball(-self.ball)

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

    def __round__(self, digits=None):
        return int(np.rint(self)) if digits is None else np.round(self.array, digits)

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

    def __getitem__(self, key):
        return self.array[key]

    def item(self):
        return self

    def tolist(self):
        return self

    def copy(self):
        return self

    def is_integer(self):
        return self.ball.is_integer()

    @property
    def array(self) -> Any:
        """This number as a 0-d `BallArray`."""
        from .array import BallArray

        new = np.empty((), dtype=object)
        new[()] = self.ball
        return new.view(BallArray)

    def astype(self, dtype, *args, **kwargs):
        kind = np.dtype(dtype).kind
        return self if kind in "fO" else self.array.astype(dtype)[()]

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.array, name)
