"""NumPy's makers of arrays (array, zeros, full, r_, ...): what they make in float64 becomes balls, so that balls can be stored in it."""

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .array import Ball, BallArray, from_numpy, is_ball, wrap
from .convert import as_ball, as_objects
from .scalar_types import SCALARS

__all__ = ["CONSTRUCTORS", "array_of", "contains_ball", "vectorize"]


def _wants_float(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype).kind == "f"


def contains_ball(x: Any) -> bool:
    """Whether `x`, or a list in it at any depth, holds balls."""
    if isinstance(x, (list, tuple)):
        return any(map(contains_ball, x))
    return is_ball(x)


def array_of(x: Any, dtype: Any = None, *args, copy: Any = True, ndmin: int = 0, **_kwargs) -> Any:
    """np.array, np.asarray and friends."""
    if isinstance(x, types.GeneratorType):
        x = list(x)
    if contains_ball(x):
        if dtype is not None and np.dtype(dtype) == object:
            return _container(x)
        if not _wants_float(dtype):
            return array_of(x).astype(dtype)
        result = (x.copy() if copy else x) if isinstance(x, BallArray) else _nested(x)
    else:
        result = from_numpy(np.array(x, dtype=dtype, copy=copy or None))
    while result.ndim < ndmin:
        result = result[None]
    return result


def _container(x: Any) -> np.ndarray:
    """What the user wanted as an array of objects: a list of arrays of any shapes, or of numbers."""
    if isinstance(x, np.ndarray) or not isinstance(x, (list, tuple)):
        return array_of(x)
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
    return array_of(x, dtype, copy=False)


def _contiguous(x: Any, dtype: Any = None, **_kwargs) -> Any:
    result = array_of(x, dtype, copy=False)
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
        if not any(map(contains_ball, pieces)) or any(isinstance(p, str) for p in pieces):
            return from_numpy(self._real[key])
        arrays = [array_of(self._real[p]) if isinstance(p, slice) else np.atleast_1d(array_of(p)) for p in pieces]
        return np.column_stack(arrays) if self._real is np.c_ else np.concatenate(arrays)


CONSTRUCTORS: dict[str, Any] = {
    "r_": _Joiner(np.r_),
    "c_": _Joiner(np.c_),
    "array": array_of,
    "asarray": _no_copy,
    "asanyarray": _no_copy,
    "ascontiguousarray": _contiguous,
    "asfortranarray": _no_copy,
    "asarray_chkfinite": _no_copy,
    "fromiter": lambda it, dtype=None, count=-1, **_k: array_of(list(it), dtype),
    "zeros": _made(np.zeros),
    "ones": _made(np.ones),
    "empty": _made(np.empty),
    "full": _full,
    "vectorize": vectorize,
    "isscalar": lambda x: isinstance(x, Ball) or np.isscalar(x),
    **SCALARS,
    "double": SCALARS["float64"],
}
"""name in numpy -> the stand-in that makes balls where numpy makes float64."""
