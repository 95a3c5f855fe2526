"""A stand-in for the numpy module: whatever it returns in float64 becomes balls, so that results can be stored in it."""

import types
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from .array import Ball, BallArray, from_numpy, wrap
from .convert import as_ball, as_objects
from .shims import is_ball

__all__ = ["RandomProxy", "UfuncProxy", "numpy_proxy", "proxied", "vectorize"]

_UNTOUCHED = ("numpy.testing", "numpy.typing", "numpy.exceptions", "numpy.ctypeslib", "numpy.version", "numpy.ma")


class _ScalarMeta(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, (cls.real, Ball))

    def __subclasscheck__(cls, subclass):
        return issubclass(subclass, cls.real)

    def __call__(cls, x=0.0, /):
        if is_ball(x):
            return x if isinstance(x, BallArray) and x.ndim else Ball(as_ball(x))
        return from_numpy(cls.real(x))

    def __eq__(cls, other):
        return other is cls.real or type.__eq__(cls, other)

    __hash__ = type.__hash__

    def __getattr__(cls, name: str) -> Any:
        return getattr(type.__getattribute__(cls, "real"), name)


def _scalar_type(real: type) -> type:
    return _ScalarMeta(real.__name__, (), {"real": real, "dtype": np.dtype(real)})


def _wants_float(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype).kind == "f"


def _contains_ball(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(_contains_ball, x))
    return is_ball(x)


def _array(x: Any, dtype: Any = None, *args, copy: Any = True, ndmin: int = 0, **_kwargs) -> Any:
    """np.array, np.asarray and friends."""
    if isinstance(x, types.GeneratorType):
        x = list(x)
    if _contains_ball(x):
        if dtype is not None and np.dtype(dtype) == object:
            return _container(x)
        if not _wants_float(dtype):
            return _array(x).astype(dtype)
        result = (x.copy() if copy else x) if isinstance(x, BallArray) else _nested(x)
    else:
        result = from_numpy(np.array(x, dtype=dtype, copy=copy or None))
    while result.ndim < ndmin:
        result = result[None]
    return result


def _container(x: Any) -> np.ndarray:
    """What the user wanted as an array of objects: a list of arrays of any shapes, or of numbers."""
    if isinstance(x, np.ndarray) or not isinstance(x, (list, tuple)):
        return _array(x)
    new = np.empty(len(x), dtype=object)
    for i, v in enumerate(x):
        new[i] = v
    return new


def _nested(x: Any) -> BallArray:
    """Nested lists of balls, ball arrays and numbers."""
    if isinstance(x, (list, tuple)):
        parts = [_nested(v) for v in x]
        return np.stack([p.view(np.ndarray) for p in parts]).view(BallArray) if parts else as_objects([]).view(BallArray)
    return (as_objects(as_ball(x)) if not isinstance(x, np.ndarray) else as_objects(x)).view(BallArray)


def _no_copy(x: Any, dtype: Any = None, *args, **kwargs) -> Any:
    return _array(x, dtype, copy=False)


def _contiguous(x: Any, dtype: Any = None, **_kwargs) -> Any:
    result = _array(x, dtype, copy=False)
    return result if result.flags.c_contiguous and result.ndim else np.array(result, subok=True, ndmin=1).view(type(result))


def _full(shape, fill_value, dtype=None, order="C", **_kwargs) -> Any:
    if is_ball(fill_value) and _wants_float(dtype):
        return np.broadcast_to(as_objects(fill_value), shape).copy().view(BallArray)
    return from_numpy(np.full(shape, fill_value, dtype))


def _made(real: Callable) -> Callable:
    """zeros, ones, empty: float unless another dtype is asked for."""

    def make(shape, dtype=None, *_args, **_kwargs):
        return (
            from_numpy(np.zeros(shape, dtype) if real is np.empty else real(shape, dtype))
            if _wants_float(dtype)
            else real(shape, dtype)
        )

    return make


def vectorize(function=None, *_args, **_kwargs):
    """np.vectorize without its rounding to an output dtype."""
    if function is None:
        return lambda f: vectorize(f)

    def call(*arrays):
        results = np.frompyfunc(lambda *v: as_ball(function(*map(wrap, v))), len(arrays), 1)(*map(as_objects, arrays))
        return wrap(results)

    return call


class _Joiner:
    """np.r_ and np.c_ for pieces that hold balls."""

    def __init__(self, real: Any):
        self._real = real

    def __getitem__(self, key: Any) -> Any:
        pieces = key if isinstance(key, tuple) else (key,)
        if not any(map(_contains_ball, pieces)) or any(isinstance(p, str) for p in pieces):
            return from_numpy(self._real[key])
        arrays = [_array(self._real[p]) if isinstance(p, slice) else np.atleast_1d(_array(p)) for p in pieces]
        return np.column_stack(arrays) if self._real is np.c_ else np.concatenate(arrays)


_CHANGES: dict[str, Any] = {
    "r_": _Joiner(np.r_),
    "c_": _Joiner(np.c_),
    "array": _array,
    "asarray": _no_copy,
    "asanyarray": _no_copy,
    "ascontiguousarray": _contiguous,
    "asfortranarray": _no_copy,
    "asarray_chkfinite": _no_copy,
    "fromiter": lambda it, dtype=None, count=-1, **_k: _array(list(it), dtype),
    "zeros": _made(np.zeros),
    "ones": _made(np.ones),
    "empty": _made(np.empty),
    "full": _full,
    "vectorize": vectorize,
    "isscalar": lambda x: isinstance(x, Ball) or np.isscalar(x),
    **{t.__name__: _scalar_type(t) for t in (np.float64, np.float32, np.float16, np.longdouble)},
    "double": _scalar_type(np.float64),
}


@lru_cache(maxsize=1024)
def proxied(real: Callable) -> Callable:
    """A NumPy function whose float results are balls."""
    change = _CHANGES.get(getattr(real, "__name__", ""))
    if change is not None and getattr(np, real.__name__, None) is real:
        return change

    joins = getattr(real, "__name__", "") in _JOINING

    @wraps(real)
    def function(*args, **kwargs):
        if real is not np.block:
            args = tuple(_listed(v, joins) if type(v) in (list, tuple) else v for v in args)
        return from_numpy(real(*args, **kwargs))

    return function


_JOINING = {"concatenate", "stack", "vstack", "hstack", "dstack", "column_stack", "einsum", "multi_dot"}


def _listed(x: Any, joins: bool = False) -> Any:
    """A list that holds balls as an array; for functions that join a list of arrays, each item."""
    if joins:
        return type(x)(_listed(v) if type(v) in (list, tuple) else v for v in x)
    return _array(x) if _contains_ball(x) else x


class NumpyProxy(types.ModuleType):
    """numpy, or one of its submodules, seen through `from_numpy`."""

    def __init__(self, real: types.ModuleType):
        super().__init__(real.__name__, real.__doc__)
        self.__dict__["_real"] = real
        if real is np:
            self.__dict__.update(_CHANGES)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__dict__["_real"], name)
        if value is np.random:
            value = RandomProxy(value)
        elif isinstance(value, types.ModuleType):
            value = value if value.__name__.startswith(_UNTOUCHED) else numpy_proxy(value)
        elif (
            isinstance(value, (types.FunctionType, types.BuiltinFunctionType))
            or type(value).__name__ == "_ArrayFunctionDispatcher"
        ):
            value = proxied(value)
        elif isinstance(value, np.ufunc):
            value = UfuncProxy(value)
        self.__dict__[name] = value
        return value

    def __dir__(self):
        return dir(self.__dict__["_real"])


class RandomProxy:
    """numpy.random or a generator, whose float draws are balls, so that results can be stored in them."""

    def __init__(self, real: Any):
        self._real = real

    @property
    def __class__(self):  # isinstance(rng, np.random.Generator) stays true
        return type(self._real)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        if name in ("default_rng", "RandomState"):
            return lambda *args, **kwargs: RandomProxy(value(*args, **kwargs))
        if isinstance(value, type) or not callable(value):
            return value
        return lambda *args, **kwargs: from_numpy(value(*args, **kwargs))


class UfuncProxy:
    """A ufunc whose float array results are balls; reduce, at and the rest are the ufunc's own."""

    def __init__(self, real: np.ufunc):
        self._real = real
        self.__name__ = real.__name__

    def __call__(self, *args, **kwargs):
        args = tuple(_listed(v) if type(v) in (list, tuple) else v for v in args)
        return from_numpy(self._real(*args, **kwargs))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@lru_cache(maxsize=64)
def numpy_proxy(real: types.ModuleType = np) -> NumpyProxy:
    """The stand-in for numpy or one of its submodules."""
    return NumpyProxy(real)
