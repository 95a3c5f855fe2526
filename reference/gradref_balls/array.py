"""Ball, BallArray and Plain: one ball, an array of balls, and labels or masks that can become one, with the manners of float64.

`BallArray` is an ndarray of dtype object whose every element is an `arb`; towards Python code it calls its dtype float64, so that
`np.zeros(n, x.dtype)` and `np.finfo(x.dtype)` mean what the author meant.
"""

from typing import Any

import numpy as np
from flint import arb

from .convert import as_ball, as_objects, midpoints
from .dispatch import Dispatch
from .errors import NotBallable, refuse_float
from .scalar import FLOAT64, Scalar

__all__ = ["Ball", "BallArray", "Plain", "from_numpy", "is_ball", "wrap"]


def is_ball(x: Any) -> bool:
    """Whether `x` is, or holds, balls."""
    return isinstance(x, (Ball, BallArray, arb))


def wrap(x: Any) -> Any:
    """A result as the user sees it: object arrays become BallArray (0-d ones Ball), index and bool arrays Plain."""
    if type(x) is arb:
        return Ball(x)
    if isinstance(x, np.ndarray):
        if x.view(np.ndarray).dtype == object:
            return x.view(BallArray) if x.ndim else Ball(as_ball(x))
        return x.view(Plain) if x.dtype.kind in "iub" and type(x) is np.ndarray else x
    if type(x) in (tuple, list):
        return type(x)(wrap(v) for v in x)
    return x


def from_numpy(x: Any) -> Any:
    """What NumPy made without balls, as the user's code sees it: float arrays as balls, index arrays as Plain, the rest as it is."""
    if isinstance(x, np.ndarray) and not isinstance(x, (BallArray, Plain)):
        kind = x.dtype.kind
        if kind == "O":
            return wrap(as_objects(x)) if x.size and all(map(_is_number, x.ravel())) else x
        if kind == "f":
            return as_objects(x).view(BallArray)
        return x.view(Plain) if kind in "iub" else x
    if type(x) in (list, tuple):
        return type(x)([from_numpy(v) for v in x])
    return x


def _is_number(v: Any) -> bool:
    return is_ball(v) or isinstance(v, (int, float, np.generic))


class Ball(Scalar):
    """One ball, immutable, with the manners of np.float64: arithmetic, comparison, and an array's methods."""

    __slots__ = ()

    @property
    def array(self) -> Any:
        """This number as a 0-d `BallArray`."""
        new = np.empty((), dtype=object)
        new[()] = self.ball
        return new.view(BallArray)

    def astype(self, dtype: Any, *args, **kwargs) -> Any:
        """Itself for a float dtype; otherwise the number converted, as `BallArray.astype` does."""
        kind = np.dtype(dtype).kind
        return self if kind in "fO" else self.array.astype(dtype)[()]

    def __round__(self, digits=None):
        return int(np.rint(self)) if digits is None else np.round(self.array, digits)

    def __getitem__(self, key):
        return self.array[key]

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.array, name)


class Plain(np.ndarray):
    """An integer or bool array (labels, masks) whose `astype(float)` gives balls, so that a one-hot matrix can be worked on."""

    def astype(self, dtype, *args, **kwargs):
        """Balls for a float dtype; otherwise NumPy's own."""
        if np.dtype(dtype).kind == "f":
            return as_objects(self).view(BallArray)
        return super().astype(dtype, *args, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        if any(issubclass(t, Dispatch) for t in types):  # ndarray's own rule would run NumPy's code on the objects
            return NotImplemented
        return super().__array_function__(func, types, args, kwargs)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        out = kwargs.get("out", ())
        if any(isinstance(v, Dispatch) for v in (*inputs, *out)):
            return NotImplemented
        if out:
            kwargs["out"] = tuple(map(_bare, out))
        result = getattr(ufunc, method)(*map(_bare, inputs), **{k: _bare(v) for k, v in kwargs.items()})
        return out[0] if len(out) == 1 else from_numpy(result)

    def __setitem__(self, key, value):
        if isinstance(value, (Ball, BallArray)):
            raise refuse_float(f"assignment into a {self.dtype} array")
        super().__setitem__(key, value)


def _bare(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, Plain) else x


class BallArray(Dispatch, np.ndarray):
    """An array of balls that calls its dtype float64; see the module."""

    all_balls = True
    __hash__ = None  # type: ignore[assignment]

    @property
    def dtype(self):
        """float64: what the author's code would see."""
        return FLOAT64

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
        """A copy for a float dtype, `Plain` for whole numbers and bools; raises `NotBallable` for any other."""
        kind = np.dtype(dtype).kind
        if kind in "fO":
            return self.copy()
        if kind == "b":
            return self != 0
        if kind in "iu":
            return midpoints(np.trunc(self)).astype(dtype).view(Plain)
        raise NotBallable(f"astype: balls are real numbers, got dtype {dtype}. Complex numbers cannot be enclosed.")

    def view(self, *args, **kwargs):
        """Another class of array on the same balls; raises `NotBallable` where the bits of a float64 are asked for."""
        for kind in (*args, *kwargs.values()):
            if not (isinstance(kind, type) and issubclass(kind, np.ndarray)):
                if np.dtype(kind).kind == "f":
                    return np.ndarray.view(self)
                raise refuse_float(f"view({kind})")
        return np.ndarray.view(self, *args, **kwargs)

    def tobytes(self, *args, **kwargs):
        """Refused: balls have no bytes."""
        raise refuse_float("tobytes()")

    tofile = dump = dumps = tobytes

    def item(self, *args):
        """One element as a `Ball`."""
        return Ball(self.view(np.ndarray).item(*args))

    def tolist(self):
        """Nested lists of `Ball`."""
        return _wrap_nested(self.view(np.ndarray).tolist())

    def fill(self, value):
        """Every element becomes `value`."""
        self[...] = value

    def dot(self, other, out=None):
        """np.dot, which asks the protocol; ndarray's own method does not."""
        return np.dot(self, other, out=out)

    def sort(self, axis=-1, kind=None, order=None):
        """Sort in place, stably."""
        self[...] = np.sort(self, axis=axis)

    def take(self, indices, axis=None, out=None, mode: Any = "raise"):
        """Elements by index, as ndarray.take."""
        return wrap(np.ndarray.take(self.view(np.ndarray), indices, axis=axis, mode=mode))

    def trace(self, *args, **kwargs):
        """The sum of a diagonal, as ndarray.trace."""
        return wrap(self.view(np.ndarray).trace(*args, **kwargs))

    def round(self, decimals=0, out=None):
        """np.round."""
        return np.round(self, decimals)

    def clip(self, min=None, max=None, out=None, **kwargs):
        """np.clip."""
        return np.clip(self, min, max, out=out)

    def put(self, indices, values, mode: Any = "raise"):
        """Write into flat indices, as ndarray.put."""
        np.ndarray.put(self.view(np.ndarray), indices, as_objects(values), mode=mode)


def _wrap_nested(x):
    return [_wrap_nested(v) for v in x] if isinstance(x, list) else Ball(x)


def _method(name: str):
    """The method of an array that is NumPy's function of the same name."""

    def method(self, *args, **kwargs):
        return getattr(np, name)(self, *args, **kwargs)

    method.__name__ = name
    return method


for _name in (
    "mean var std max min argmax argmin argsort sum prod cumsum cumprod all any nonzero searchsorted ptp".split()  # noqa: SIM905
):
    setattr(BallArray, _name, _method(_name))
