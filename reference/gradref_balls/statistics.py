"""Sums, means, variances, extrema and orders of arrays of balls."""

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from .array import wrap
from .convert import as_ball, as_objects, choose
from .dispatch import NO_VALUE, given
from .errors import NotBallable
from .order import argextremum, argsort, axes_of, extremum, in_lanes, keep_dims
from .products import matmul

__all__ = ["STATISTICS"]


def _mean(x, axis=None, dtype=None, out=None, keepdims=False, *, where: Any = NO_VALUE):
    x, keepdims = as_objects(x), bool(keepdims) and keepdims is not NO_VALUE
    if given(where):
        count = np.add.reduce(np.broadcast_to(where, x.shape).astype(int), axis=axis, keepdims=keepdims)
        return np.add.reduce(choose(where, x, arb(0)), axis=axis, keepdims=keepdims) / as_objects(count)
    axes = axes_of(axis, x.ndim)
    count = int(np.prod([x.shape[a] for a in axes]))
    return np.add.reduce(x, axis=axes, keepdims=keepdims) / arb(count)


def _var(x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=NO_VALUE, mean=NO_VALUE, correction=NO_VALUE):
    x, keepdims = as_objects(x), bool(keepdims) and keepdims is not NO_VALUE
    ddof = correction if given(correction) else ddof
    if given(where):
        raise NotBallable("var: `where` is not supported on balls. Select the entries first.")
    axes = axes_of(axis, x.ndim)
    count = int(np.prod([x.shape[a] for a in axes]))
    centre = as_objects(mean) if given(mean) else as_objects(np.add.reduce(x, axis=axes, keepdims=True) / arb(count))
    return np.add.reduce((x - centre) * (x - centre), axis=axes, keepdims=keepdims) / arb(count - ddof)


def _std(*args, **kwargs):
    return np.sqrt(wrap(as_objects(_var(*args, **kwargs))))


def _average(x, axis=None, weights=None, returned=False, *, keepdims=False):
    x = as_objects(x)
    if weights is None:
        return _mean(x, axis, keepdims=keepdims)
    w = as_objects(weights)
    if w.shape != x.shape and axis is not None:
        w = w.reshape([n if i in axes_of(axis, x.ndim) else 1 for i, n in enumerate(x.shape)])
    axes = axes_of(axis, x.ndim)
    total = np.add.reduce(np.broadcast_to(w, x.shape), axis=axes, keepdims=bool(keepdims))
    return np.add.reduce(x * w, axis=axes, keepdims=bool(keepdims)) / total


def _reduction(ufunc: np.ufunc) -> Callable:
    call: Any = ufunc.reduce

    def reduce(x, axis=None, dtype=None, out=None, keepdims=False, initial=NO_VALUE, where=NO_VALUE):
        extra = {k: v for k, v in (("initial", initial), ("where", where)) if given(v)}
        return call(wrap(as_objects(x)), axis=axis, keepdims=keepdims is not NO_VALUE and bool(keepdims), out=out, **extra)

    return reduce


def _extremum(largest: bool) -> Callable:
    ufunc = np.maximum if largest else np.minimum

    def reduce(x, axis=None, out=None, keepdims=False, initial=NO_VALUE, where=NO_VALUE):
        return _reduction(ufunc)(x, axis, None, out, keepdims, initial, where)

    return reduce


def _argextremum(largest: bool) -> Callable:
    def arg(x, axis=None, out=None, *, keepdims=False):
        x = as_objects(x)
        result = argextremum(x, axis, largest)
        if keepdims is True:
            result = np.expand_dims(result, axis) if axis is not None else result.reshape((1,) * x.ndim)
        return int(result) if result.ndim == 0 else result

    return arg


def _ptp(x, axis=None, out=None, keepdims=False):
    x, k = as_objects(x), bool(keepdims) and keepdims is not NO_VALUE
    return extremum(x, axis, k, True) - extremum(x, axis, k, False)


def _sort(x, axis=-1, kind=None, order=None, *, stable=None):
    x = as_objects(x)
    if axis is None:
        x, axis = x.ravel(), -1
    return np.take_along_axis(x, argsort(x, axis), axis)


def _argsort(x, axis=-1, kind=None, order=None, *, stable=None):
    x = as_objects(x)
    return argsort(x.ravel(), -1) if axis is None else argsort(x, axis)


def _quantile(x, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, **_kwargs):
    if method != "linear" or np.ndim(q):
        raise NotBallable(f"quantile: one quantile with method 'linear' is supported, got {method!r}. Take the others apart.")
    x = as_objects(x)
    lanes = _sort(in_lanes(x, axis))
    place = float(as_ball(q)) * (lanes.shape[-1] - 1)
    low = int(np.floor(place))
    high = min(low + 1, lanes.shape[-1] - 1)
    result = lanes[..., low] + (lanes[..., high] - lanes[..., low]) * arb(place - low)
    return keep_dims(result, x.shape, axis) if keepdims is True else result


def _median(x, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _quantile(x, 0.5, axis, keepdims=keepdims)


def _cov(m, y=None, rowvar=True, bias=False, ddof=None, **_kwargs):
    x = as_objects(m) if y is None else np.concatenate([np.atleast_2d(as_objects(v)) for v in (m, y)])
    x = np.atleast_2d(x) if rowvar or x.ndim == 1 else x.T
    ddof = (0 if bias else 1) if ddof is None else ddof
    centred = x - np.add.reduce(x, axis=1, keepdims=True) / arb(x.shape[1])
    return (matmul(centred, centred.T) / arb(x.shape[1] - ddof)).squeeze()


def _corrcoef(x, y=None, rowvar=True, **_kwargs):
    c = np.atleast_2d(_cov(x, y, rowvar))
    spread = np.sqrt(wrap(np.diagonal(c)))
    return as_objects(wrap(c) / spread[:, None] / spread[None, :]).squeeze()


STATISTICS: dict[Callable, Callable] = {
    np.mean: _mean,
    np.var: _var,
    np.std: _std,
    np.average: _average,
    np.sum: _reduction(np.add),
    np.prod: _reduction(np.multiply),
    np.max: _extremum(True),
    np.min: _extremum(False),
    np.amax: _extremum(True),
    np.amin: _extremum(False),
    np.argmax: _argextremum(True),
    np.argmin: _argextremum(False),
    np.ptp: _ptp,
    np.sort: _sort,
    np.argsort: _argsort,
    np.median: _median,
    np.quantile: _quantile,
    np.percentile: lambda x, q, *a, **k: _quantile(x, q / 100, *a, **k),
    np.cov: _cov,
    np.corrcoef: _corrcoef,
}
"""NumPy function -> the same on balls."""
