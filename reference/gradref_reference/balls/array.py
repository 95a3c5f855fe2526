"""Ball and BallArray: a scalar and an array of flint balls that behave like np.float64 and a float64 ndarray.

`BallArray` is an ndarray of dtype object whose every element is an `arb`; towards Python code it calls its dtype float64, so that
`np.zeros(n, x.dtype)` and `np.finfo(x.dtype)` mean what the author meant. Nothing here rounds to float64: `float(x)` raises.
"""

from typing import Any

import numpy as np
from flint import arb

from .convert import NotBallable, as_ball, as_objects, midpoints

__all__ = ["Ball", "BallArray", "Plain", "wrap"]

_FLOAT64 = np.dtype(np.float64)


def wrap(x: Any) -> Any:
    """A result as the user sees it: object arrays become BallArray (0-d ones Ball), index and bool arrays Plain."""
    if type(x) is arb:
        return Ball(x)
    if isinstance(x, np.ndarray):
        if np.ndarray.dtype.__get__(x) == object:
            return x.view(BallArray) if x.ndim else Ball(as_ball(x))
        return x.view(Plain) if x.dtype.kind in "iub" and type(x) is np.ndarray else x
    if type(x) in (tuple, list):
        return type(x)(wrap(v) for v in x)
    return x


def _refuse_float(where: str) -> NotBallable:
    return NotBallable(
        f"{where}: this line rounds a ball to float64, which loses the derivative. Keep the value an array, or use float64 differences."
    )


class _Dispatch:
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
        raise _refuse_float("float()")

    def __complex__(self):
        raise _refuse_float("complex()")


class Plain(np.ndarray):
    """An integer or bool array (labels, masks) whose `astype(float)` gives balls, so that a one-hot matrix can be worked on."""

    def astype(self, dtype, *args, **kwargs):
        if np.dtype(dtype).kind == "f":
            return as_objects(self).view(BallArray)
        return super().astype(dtype, *args, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if any(issubclass(t, _Dispatch) for t in types):  # ndarray's own rule would run NumPy's code on the objects
            return NotImplemented
        return super().__array_function__(func, types, args, kwargs)

    def __setitem__(self, key, value):
        if isinstance(value, (Ball, BallArray)):
            raise _refuse_float(f"assignment into a {self.dtype} array")
        super().__setitem__(key, value)


class BallArray(_Dispatch, np.ndarray):
    """An array of balls; see the module."""

    all_balls = True
    __hash__ = None  # type: ignore[assignment]

    @property
    def dtype(self):  # what the author's code would see
        return _FLOAT64

    def __getitem__(self, key):
        item = np.ndarray.__getitem__(self, key)
        return Ball(item) if type(item) is arb else item

    def __setitem__(self, key, value):
        value = value.ball if type(value) is Ball else as_objects(value)
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value[()]
        np.ndarray.__setitem__(self.view(np.ndarray), key, value)

    def __bool__(self):
        if self.size != 1:
            raise ValueError("The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()")
        return bool(Ball(as_ball(self)))

    def __int__(self):
        return int(Ball(as_ball(self)))

    def __repr__(self):
        return f"BallArray({midpoints(self)!r})"

    __str__ = __repr__

    def __format__(self, spec):
        return format(Ball(as_ball(self)), spec) if self.size == 1 else repr(self)

    def __deepcopy__(self, memo):
        return self.copy()  # balls are immutable

    def __reduce__(self):
        raise NotBallable("pickle: a ball array cannot be pickled. Convert it with `midpoints` first.")

    def astype(self, dtype, *args, **kwargs):
        kind = np.dtype(dtype).kind
        if kind in "fO":
            return self.copy()
        if kind == "b":
            return self != 0
        if kind in "iu":
            return midpoints(np.trunc(self)).astype(dtype).view(Plain)
        raise NotBallable(f"astype: balls are real numbers, got dtype {dtype}. Complex numbers cannot be enclosed.")

    def view(self, *args, **kwargs):
        for kind in (*args, *kwargs.values()):
            if not (isinstance(kind, type) and issubclass(kind, np.ndarray)):
                if np.dtype(kind).kind == "f":
                    return np.ndarray.view(self)
                raise _refuse_float(f"view({kind})")
        return np.ndarray.view(self, *args, **kwargs)

    def tobytes(self, *args, **kwargs):
        raise _refuse_float("tobytes()")

    tofile = dump = dumps = tobytes

    def item(self, *args):
        return Ball(self.view(np.ndarray).item(*args))

    def tolist(self):
        return _wrap_nested(self.view(np.ndarray).tolist())

    def fill(self, value):
        self[...] = value

    def dot(self, other, out=None):
        return np.dot(self, other, out=out)

    def sort(self, axis=-1, kind=None, order=None):
        self[...] = np.sort(self, axis=axis)

    def take(self, indices, axis=None, out=None, mode="raise"):
        return wrap(np.ndarray.take(self.view(np.ndarray), indices, axis=axis, mode=mode))

    def trace(self, *args, **kwargs):
        return wrap(self.view(np.ndarray).trace(*args, **kwargs))

    def round(self, decimals=0, out=None):
        return np.round(self, decimals)

    def clip(self, min=None, max=None, out=None, **kwargs):
        return np.clip(self, min, max, out=out)

    def put(self, indices, values, mode="raise"):
        np.ndarray.put(self.view(np.ndarray), indices, as_objects(values), mode=mode)


def _wrap_nested(x):
    return [_wrap_nested(v) for v in x] if isinstance(x, list) else Ball(x)


def _method(name: str):
    def method(self, *args, **kwargs):
        return getattr(np, name)(self, *args, **kwargs)

    method.__name__ = name
    return method


for _name in (
    "mean var std max min argmax argmin argsort sum prod cumsum cumprod all any nonzero searchsorted ptp".split()  # noqa: SIM905
):
    setattr(BallArray, _name, _method(_name))


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


class Ball(_Dispatch):
    """One ball, immutable, with the manners of np.float64: arithmetic, comparison, and an array's methods."""

    __slots__ = ("ball",)
    shape, ndim, size, dtype = (), 0, 1, _FLOAT64

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
        return int(np.rint(self)) if digits is None else np.round(self, digits)

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
    def array(self) -> BallArray:
        """This number as a 0-d array."""
        new = np.empty((), dtype=object)
        new[()] = self.ball
        return new.view(BallArray)

    def astype(self, dtype, *args, **kwargs):
        return wrap(self.array.astype(dtype))

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.array, name)
