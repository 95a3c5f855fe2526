"""How NumPy hands a call over to balls: its two protocols, and the table of the functions that answer them.

`Ball` and `BallArray` inherit from `Dispatch`; what ufuncs and functions do to them stands in `ufunc_methods` and `functions`, which
need those classes. Both register here, so that neither the classes nor the rules have to know the other.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import refuse_float

__all__ = ["NO_VALUE", "Dispatch", "answers", "given"]

NO_VALUE: Any = np._NoValue
"""NumPy's own mark of an argument that was left out."""

_ANSWERS: dict[str, Callable] = {}


def answers(protocol: str) -> Callable[[Callable], Callable]:
    """Register the function below as the answer to one of NumPy's protocols.

    "__array_ufunc__" is asked with (ufunc, method, inputs, kwargs), "__array_function__" with (function, args, kwargs).
    """

    def register(function: Callable) -> Callable:
        _ANSWERS[protocol] = function
        return function

    return register


def given(argument: Any) -> bool:
    """Whether an optional argument of a NumPy function was given."""
    return argument is not None and argument is not NO_VALUE


class Dispatch:
    """What `Ball` and `BallArray` share: NumPy's two protocols and the refusal to become a float."""

    __slots__ = ()
    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return _ANSWERS["__array_ufunc__"](ufunc, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return _ANSWERS["__array_function__"](func, args, kwargs)

    def __float__(self):
        raise refuse_float("float()")

    def __complex__(self):
        raise refuse_float("complex()")
