"""What NumPy's functions do to balls: a table for those that need help, and one rule for those that only move elements."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, BallArray, wrap
from .convert import NotBallable, as_ball, as_objects, midpoints
from .order import argextremum, argsort, compare, extremum_of_two, sign_of_difference
from .products import dot, einsum, inner, matmul, outer, tensordot, vdot
from .ufuncs import _axes, extremum

__all__ = ["apply_function"]

_NONE = np._NoValue
Array = np.ndarray


def _give(x: Any) -> bool:
    return x is not None and x is not _NONE


# --- statistics -----------------------------------------------------------------------------------------------------


def _mean(x, axis=None, dtype=None, out=None, keepdims=False, *, where=_NONE):
    x, keepdims = as_objects(x), bool(keepdims) and keepdims is not _NONE
    if _give(where):
        count = np.add.reduce(np.broadcast_to(where, x.shape).astype(int), axis=axis, keepdims=keepdims)
        return np.add.reduce(np.where(where, x, arb(0)), axis=axis, keepdims=keepdims) / as_objects(count)
    axes = _axes(axis, x.ndim)
    count = int(np.prod([x.shape[a] for a in axes]))
    return np.add.reduce(x, axis=axes, keepdims=keepdims) / arb(count)


def _var(x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=_NONE, mean=_NONE, correction=_NONE):
    x, keepdims = as_objects(x), bool(keepdims) and keepdims is not _NONE
    ddof = correction if _give(correction) else ddof
    if _give(where):
        raise NotBallable("var: `where` is not supported on balls. Select the entries first.")
    axes = _axes(axis, x.ndim)
    count = int(np.prod([x.shape[a] for a in axes]))
    centre = as_objects(mean) if _give(mean) else as_objects(np.add.reduce(x, axis=axes, keepdims=True) / arb(count))
    return np.add.reduce((x - centre) * (x - centre), axis=axes, keepdims=keepdims) / arb(count - ddof)


def _std(*args, **kwargs):
    return np.sqrt(wrap(as_objects(_var(*args, **kwargs))))


def _average(x, axis=None, weights=None, returned=False, *, keepdims=False):
    x = as_objects(x)
    if weights is None:
        return _mean(x, axis, keepdims=keepdims)
    w = as_objects(weights)
    if w.shape != x.shape and axis is not None:
        w = w.reshape([n if i in _axes(axis, x.ndim) else 1 for i, n in enumerate(x.shape)])
    axes = _axes(axis, x.ndim)
    total = np.add.reduce(np.broadcast_to(w, x.shape), axis=axes, keepdims=bool(keepdims))
    return np.add.reduce(x * w, axis=axes, keepdims=bool(keepdims)) / total


def _reduction(ufunc: np.ufunc) -> Callable:
    def reduce(x, axis=None, dtype=None, out=None, keepdims=False, initial=_NONE, where=_NONE):
        extra = {k: v for k, v in (("initial", initial), ("where", where)) if _give(v)}
        return ufunc.reduce(wrap(as_objects(x)), axis=axis, keepdims=keepdims is not _NONE and bool(keepdims), out=out, **extra)

    return reduce


def _extremum(largest: bool) -> Callable:
    ufunc = np.maximum if largest else np.minimum

    def reduce(x, axis=None, out=None, keepdims=False, initial=_NONE, where=_NONE):
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
    x, k = as_objects(x), bool(keepdims) and keepdims is not _NONE
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
    axes = _axes(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    lanes = _sort(x.transpose(rest + list(axes)).reshape(*(x.shape[i] for i in rest), -1))
    place = float(as_ball(q)) * (lanes.shape[-1] - 1)
    low = int(np.floor(place))
    high = min(low + 1, lanes.shape[-1] - 1)
    result = lanes[..., low] + (lanes[..., high] - lanes[..., low]) * arb(place - low)
    return as_objects(result).reshape([1 if i in axes else n for i, n in enumerate(x.shape)]) if keepdims is True else result


def _median(x, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _quantile(x, 0.5, axis, keepdims=keepdims)


# --- choice ---------------------------------------------------------------------------------------------------------


def _where(condition, *branches):
    c = compare("not_equal", condition, 0.0) if isinstance(condition, (Ball, BallArray)) else np.asarray(condition)
    return np.where(c, *map(as_objects, branches)) if branches else np.nonzero(c)


def _clip(x, a_min=None, a_max=None, out=None, *, min=_NONE, max=_NONE, **_kwargs):
    low, high = (max_ if _give(max_) else old for old, max_ in ((a_min, min), (a_max, max)))
    x = as_objects(x)
    if _give(low):
        x = extremum_of_two("maximum", x, low)
    if _give(high):
        x = extremum_of_two("minimum", x, high)
    if out is not None:
        out[...] = x
        return out
    return x


def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    x = as_objects(x)
    keys = midpoints(x)
    result = np.where(np.isnan(keys), arb(float(nan)), x)
    infinite = np.array([not v.is_finite() for v in x.ravel()], dtype=bool).reshape(x.shape) & ~np.isnan(keys)
    big = np.finfo(np.float64).max
    result = np.where(infinite & (keys > 0), arb(big if posinf is None else posinf), result)
    return np.where(infinite & (keys < 0), arb(-big if neginf is None else neginf), result)


def _round(x, decimals=0, out=None):
    scale = 10**decimals
    return as_objects(np.rint(wrap(as_objects(x)) * scale) / scale)


def _interp(x, xp, fp, left=None, right=None, period=None):
    x, xp, fp = as_objects(x), as_objects(xp), as_objects(fp)
    keys = midpoints(xp)
    at = np.clip(np.searchsorted(keys, midpoints(x), side="right") - 1, 0, len(keys) - 2)
    inside = fp[at] + (x - xp[at]) * (fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at])
    below, above = compare("less", x, xp[0]), compare("greater", x, xp[-1])
    result = np.where(below, as_ball(left) if left is not None else fp[0], inside)
    return np.where(above, as_ball(right) if right is not None else fp[-1], result)


def _cov(m, y=None, rowvar=True, bias=False, ddof=None, **_kwargs):
    x = as_objects(m) if y is None else np.concatenate([np.atleast_2d(as_objects(v)) for v in (m, y)])
    x = np.atleast_2d(x) if rowvar or x.ndim == 1 else x.T
    ddof = (0 if bias else 1) if ddof is None else ddof
    centred = x - np.add.reduce(x, axis=1, keepdims=True) / arb(x.shape[1])
    return (matmul(centred, centred.T) / arb(x.shape[1] - ddof)).squeeze()


def _bincount(x, /, weights=None, minlength=0):
    labels = np.asarray(x)
    result = as_objects(np.zeros(max(minlength, int(labels.max(initial=-1)) + 1)))
    np.add.at(result, labels, as_objects(weights))
    return result


# --- making and filling ---------------------------------------------------------------------------------------------


def _like(value: float | None) -> Callable:
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
        raise NotBallable("copyto: a ball cannot be stored in a float64 array made outside forward. Make it inside.")
    np.copyto(target.view(np.ndarray), as_objects(source), where=where)


def _filling(func: Callable) -> Callable:
    """A function that writes numbers into its first argument: the numbers become balls first."""

    def fill(target, *args, **kwargs):
        if not isinstance(target, BallArray):
            raise NotBallable(
                f"{func.__name__}: a ball cannot be stored in a {np.asarray(target).dtype} array made outside forward."
            )
        *indices, values = args
        return func(target.view(np.ndarray), *indices, as_objects(values), **kwargs)

    return fill


def _put_along_axis(target, indices, values, axis):
    return np.put_along_axis(target.view(np.ndarray), indices, as_objects(values), axis)


def _close(x, y, rtol=1e-5, atol=1e-8, equal_nan=False):
    return np.isclose(midpoints(as_objects(x)), midpoints(as_objects(y)), rtol, atol, equal_nan)


def _apply_along_axis(func1d, axis, arr, *args, **kwargs):
    x = np.moveaxis(as_objects(arr), axis, -1)
    results = {at: func1d(wrap(x[at]), *args, **kwargs) for at in np.ndindex(x.shape[:-1])}
    first = as_objects(next(iter(results.values())))
    new = np.empty((*x.shape[:-1], *first.shape), dtype=object)
    for at, r in results.items():
        new[at] = as_objects(r) if first.ndim else as_ball(r)
    return np.moveaxis(new, -1, axis) if first.ndim == 1 else new


@lru_cache(maxsize=1)
def _table() -> dict[Callable, Callable]:
    from .linear_algebra import LINEAR_ALGEBRA

    on_midpoints = lambda f: (
        lambda *a, **k: f(*(midpoints(as_objects(v)) if isinstance(v, (Ball, BallArray)) else v for v in a), **k)
    )
    truth = lambda f: lambda x, *a, **k: f(compare("not_equal", x, 0.0), *a, **k)  # noqa: E731
    table = LINEAR_ALGEBRA | {
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
        np.where: _where,
        np.clip: _clip,
        np.nan_to_num: _nan_to_num,
        np.round: _round,
        np.around: _round,
        np.interp: _interp,
        np.bincount: _bincount,
        np.cov: _cov,
        np.einsum: einsum,
        np.tensordot: tensordot,
        np.dot: lambda x, y, out=None: dot(x, y) if out is None else _copyto(out, dot(x, y)) or out,
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
        np.isclose: _close,
        np.allclose: lambda *a, **k: bool(np.all(_close(*a, **k))),
        np.array_equal: lambda x, y, **_k: np.shape(x) == np.shape(y) and bool(np.all(compare("equal", x, y))),
        np.nonzero: truth(np.nonzero),
        np.count_nonzero: truth(np.count_nonzero),
        np.flatnonzero: truth(np.flatnonzero),
        np.argwhere: truth(np.argwhere),
        np.any: truth(np.any),
        np.all: truth(np.all),
        np.isreal: lambda x: np.ones(np.shape(x), bool),
        np.iscomplexobj: lambda x: False,
        np.result_type: lambda *a: np.dtype(np.float64),
        np.real: lambda x: x,
        np.nansum: lambda x, *a, **k: np.sum(wrap(_nan_to_num(x)), *a, **k),
        np.searchsorted: on_midpoints(np.searchsorted),
        np.digitize: on_midpoints(np.digitize),
        np.apply_along_axis: _apply_along_axis,
        np.sinc: lambda x: np.frompyfunc(arb.sinc_pi, 1, 1)(as_objects(x)),
        np.linalg.matmul: matmul,
        np.sign: lambda x: sign_of_difference(as_objects(x), as_objects(0.0), "sign"),
    }
    for printing in (np.array2string, np.array_repr, np.array_str, np.save, np.savetxt):
        table[printing] = on_midpoints(printing)
    for testing in ("assert_allclose", "assert_array_almost_equal", "assert_almost_equal", "assert_array_equal", "assert_equal"):
        table[getattr(np.testing, testing)] = on_midpoints(getattr(np.testing, testing))
    return table


def _plain(x: Any) -> Any:
    """An argument for a function that only moves elements."""
    if isinstance(x, BallArray):
        return x.view(np.ndarray)
    if type(x) is Ball:
        return as_objects(x.ball)
    if type(x) in (list, tuple):
        return type(x)(_plain(v) for v in x)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return as_objects(x)
    return x


def _settle(x: Any) -> Any:
    """Object arrays from NumPy's own code may hold zeros of other types: make every element a ball."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return wrap(as_objects(x))
    if type(x) in (tuple, list):
        return type(x)(_settle(v) for v in x)
    return wrap(x)


def apply_function(func: Callable, args: tuple, kwargs: dict[str, Any]) -> Any:
    """NumPy's protocol: `func` from the table, or run as it is on the objects."""
    help_ = _table().get(func)
    if help_ is not None:
        return _settle(help_(*args, **kwargs))
    if getattr(func, "__module__", "").startswith(("numpy.fft", "numpy.random", "numpy.linalg")):
        raise NotBallable(f"{func.__module__}.{func.__name__}: has no counterpart in ball arithmetic. Use float64 differences.")
    return _settle(func(*map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()}))
