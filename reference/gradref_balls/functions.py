"""What NumPy's functions do to balls: tables for those that need help, and one rule for those that only move elements."""

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, BallArray, wrap
from .choices import CHOICES, on_midpoints
from .convert import as_ball, as_objects
from .dispatch import answers
from .errors import NotBallable, refuse_storing
from .linear_algebra import LINEAR_ALGEBRA
from .products import dot, einsum, inner, matmul, outer, tensordot, vdot
from .statistics import STATISTICS

__all__ = ["FUNCTIONS", "apply_function"]


def _like(value: float | None) -> Callable:
    """zeros_like and its siblings; None is full_like, whose value is an argument."""

    def make(x, *args, dtype=None, shape=None, **_kwargs):
        fill = value if value is not None else args[0]
        dtype = args[0] if value is not None and args else dtype
        shape = np.shape(x) if shape is None else shape
        if dtype is not None and np.dtype(dtype).kind not in "fO":
            return np.full(shape, fill, dtype)
        return np.broadcast_to(as_objects(fill), shape).copy()

    return make


def _copyto(target, source, casting="same_kind", where=True):
    if not isinstance(target, BallArray):
        raise refuse_storing("copyto")
    np.copyto(target.view(np.ndarray), as_objects(source), where=where)


def _filling(func: Callable) -> Callable:
    """A function that writes numbers into its first argument: the numbers become balls first."""

    def fill(target, *args, **kwargs):
        if not isinstance(target, BallArray):
            raise refuse_storing(func.__name__, np.asarray(target).dtype)
        *indices, values = args
        return func(target.view(np.ndarray), *indices, as_objects(values), **kwargs)

    return fill


def _put_along_axis(target, indices, values, axis):
    return np.put_along_axis(target.view(np.ndarray), indices, as_objects(values), axis)


def _apply_along_axis(func1d, axis, arr, *args, **kwargs):
    x = np.moveaxis(as_objects(arr), axis, -1)
    results = {at: func1d(wrap(x[at]), *args, **kwargs) for at in np.ndindex(x.shape[:-1])}
    first = as_objects(next(iter(results.values())))
    new = np.empty((*x.shape[:-1], *first.shape), dtype=object)
    for at, r in results.items():
        new[at] = as_objects(r) if first.ndim else as_ball(r)
    return np.moveaxis(new, -1, axis) if first.ndim == 1 else new


def _dot(x, y, out=None):
    return dot(x, y) if out is None else _copyto(out, dot(x, y)) or out


_PRINTING = (np.array2string, np.array_repr, np.array_str, np.save, np.savetxt)
_ASSERTIONS = ("assert_allclose", "assert_array_almost_equal", "assert_almost_equal", "assert_array_equal", "assert_equal")
_ON_MIDPOINTS = (*_PRINTING, *(getattr(np.testing, name) for name in _ASSERTIONS))

FUNCTIONS: dict[Callable, Callable] = {
    **LINEAR_ALGEBRA,
    **STATISTICS,
    **CHOICES,
    **{function: on_midpoints(function) for function in _ON_MIDPOINTS},
    np.einsum: einsum,
    np.tensordot: tensordot,
    np.dot: _dot,
    np.inner: inner,
    np.outer: lambda x, y, out=None: outer(x, y),
    np.vdot: vdot,
    np.zeros_like: _like(0.0),
    np.ones_like: _like(1.0),
    np.empty_like: _like(0.0),
    np.full_like: _like(None),
    np.copyto: _copyto,
    np.put: _filling(np.put),
    np.putmask: _filling(np.putmask),
    np.place: _filling(np.place),
    np.fill_diagonal: _filling(np.fill_diagonal),
    np.put_along_axis: _put_along_axis,
    np.isreal: lambda x: np.ones(np.shape(x), bool),
    np.iscomplexobj: lambda x: False,
    np.result_type: lambda *a: np.dtype(np.float64),
    np.real: lambda x: x,
    np.apply_along_axis: _apply_along_axis,
    np.sinc: lambda x: np.frompyfunc(arb.sinc_pi, 1, 1)(as_objects(x)),
    np.linalg.matmul: matmul,
}
"""NumPy function -> the same on balls; what is not here only moves elements and runs as it is."""


def _plain(x: Any) -> Any:
    """An argument for a function that only moves elements."""
    if isinstance(x, BallArray):
        return x.view(np.ndarray)
    if type(x) is Ball:
        return as_objects(x.ball)
    if type(x) in (list, tuple):
        return type(x)([_plain(v) for v in x])
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return as_objects(x)
    return x


def _settle(x: Any) -> Any:
    """Object arrays from NumPy's own code may hold zeros of other types: make every element a ball."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return wrap(as_objects(x))
    if type(x) in (tuple, list):
        return type(x)([_settle(v) for v in x])
    return wrap(x)


@answers("__array_function__")
def apply_function(func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
    """NumPy's protocol: `func` from the table, or run as it is on the objects."""
    rule = FUNCTIONS.get(func)
    if rule is not None:
        return _settle(rule(*args, **kwargs))
    if getattr(func, "__module__", "").startswith(("numpy.fft", "numpy.random", "numpy.linalg")):
        raise NotBallable(f"{func.__module__}.{func.__name__}: has no counterpart in ball arithmetic. Use float64 differences.")
    return _settle(func(*map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()}))
