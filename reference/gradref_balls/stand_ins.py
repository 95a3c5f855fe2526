"""What stands in for a global of the user's module while balls run through it: one rule per kind of value, tried in order."""

import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .array import BallArray
from .constructors import vectorize
from .convert import as_objects
from .math_shims import MATH, for_balls
from .numpy_proxy import RandomProxy, UfuncProxy, is_function, numpy_proxy, proxied
from .overlay import overlay
from .scalar_types import FLOAT, SCALARS
from .scipy_shims import SIGNAL, SPECIAL, NormShim, scipy_stand_in

__all__ = ["stand_in"]

_LARGEST = 100_000  # entries of a constant that is worth having as balls


def _module(value: Any) -> Any:
    """numpy and its submodules, math, scipy.

    >>> type(stand_in(np)).__name__
    'NumpyProxy'
    """
    if not isinstance(value, types.ModuleType):
        return None
    if value is np.random:
        return RandomProxy(value)
    if value is np or (value.__name__.startswith("numpy.") and "random" not in value.__name__):
        return numpy_proxy(value)
    return overlay(math, MATH) if value is math else scipy_stand_in(value)


def _type(value: Any) -> Any:
    """`float`, and NumPy's scalar types of single and double precision."""
    if value is float:
        return FLOAT
    return SCALARS[value.__name__] if isinstance(value, type) and value in (np.float64, np.float32) else None


def _function(value: Any) -> Any:
    """A function imported by name: `from math import exp`, `from numpy import sum`, `from scipy.special import softmax`."""
    if not is_function(value):
        return None
    home, name = str(getattr(value, "__module__", "") or ""), getattr(value, "__name__", "")
    if home == "math":
        return MATH.get(name)
    if home.startswith("numpy"):
        return None if "random" in home else proxied(value)
    for where, table in (("scipy.special", SPECIAL), ("scipy.signal", SIGNAL)):
        if home.startswith(where) and name in table:
            return for_balls(value, table[name])
    return None


def _ufunc(value: Any) -> Any:
    """A ufunc imported by name; SciPy's, and those made by np.frompyfunc, ask the protocol by themselves."""
    return UfuncProxy(value) if isinstance(value, np.ufunc) and getattr(np, value.__name__, None) is value else None


def _vectorized(value: Any) -> Any:
    """An np.vectorize, whose output would be rounded to a dtype."""
    return vectorize(stand_in(value.pyfunc)) if isinstance(value, np.vectorize) else None


def _generator(value: Any) -> Any:
    """A random generator, whose draws become balls."""
    return RandomProxy(value) if isinstance(value, (np.random.Generator, np.random.RandomState)) else None


def _constant(value: Any) -> Any:
    """An array made outside forward, so that balls can be written into it."""
    exact = type(value) is np.ndarray and value.dtype.kind == "f" and value.size <= _LARGEST
    return as_objects(value).view(BallArray) if exact else None


def _normal(value: Any) -> Any:
    """`from scipy.stats import norm`."""
    kind = type(value)
    return NormShim(value) if kind.__name__ == "norm_gen" and kind.__module__.startswith("scipy.stats") else None


RULES: tuple[Callable[[Any], Any], ...] = (_module, _type, _function, _ufunc, _vectorized, _generator, _constant, _normal)
"""Each gives the stand-in of a value of its kind, and None for any other value."""


def stand_in(value: Any) -> Any:
    """What stands in for a global; the value itself when nothing has to."""
    for rule in RULES:
        found = rule(value)
        if found is not None:
            return found
    return value
