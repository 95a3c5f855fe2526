"""A stand-in for the numpy module: whatever it returns in float64 becomes balls, so that results can be stored in it."""

import types
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from .array import from_numpy
from .constructors import CONSTRUCTORS, array_of, contains_ball

__all__ = ["RandomProxy", "UfuncProxy", "is_function", "numpy_proxy", "proxied"]

_UNTOUCHED = ("numpy.testing", "numpy.typing", "numpy.exceptions", "numpy.ctypeslib", "numpy.version", "numpy.ma")


def is_function(value: Any) -> bool:
    """Whether `value` is a function, as Python or as NumPy writes them, and no ufunc, class or callable object."""
    plain = isinstance(value, (types.FunctionType, types.BuiltinFunctionType))
    return plain or type(value).__name__ == "_ArrayFunctionDispatcher"


@lru_cache(maxsize=1024)
def proxied(real: Callable) -> Callable:
    """A NumPy function whose float results are balls."""
    change = CONSTRUCTORS.get(getattr(real, "__name__", ""))
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
    return array_of(x) if contains_ball(x) else x


class NumpyProxy(types.ModuleType):
    """numpy, or one of its submodules, seen through `from_numpy`."""

    def __init__(self, real: types.ModuleType):
        super().__init__(real.__name__, real.__doc__)
        self.__dict__["_real"] = real
        if real is np:
            self.__dict__.update(CONSTRUCTORS)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__dict__["_real"], name)
        if value is np.random:
            value = RandomProxy(value)
        elif isinstance(value, types.ModuleType):
            value = value if value.__name__.startswith(_UNTOUCHED) else numpy_proxy(value)
        elif is_function(value):
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
