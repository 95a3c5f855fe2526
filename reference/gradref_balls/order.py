"""Order of balls: comparisons, signs, extrema and sorting, decided by midpoints; ties are logged as kinks."""

from functools import cmp_to_key
from typing import Any

import numpy as np

from .convert import as_objects, choose, midpoints
from .kinks import log_kink

__all__ = [
    "COMPARISONS",
    "EXTREMA",
    "argextremum",
    "argsort",
    "axes_of",
    "compare",
    "extremum",
    "extremum_of_two",
    "in_lanes",
    "keep_dims",
    "sign_of_difference",
]


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that NumPy's `axis` argument names, from 0 on; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def in_lanes(x: np.ndarray, axis: Any) -> np.ndarray:
    """The axes that are reduced become one, the last."""
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    return x.transpose(rest + list(axes)).reshape(*(x.shape[i] for i in rest), -1)


def keep_dims(result: Any, shape: tuple[int, ...], axis: Any) -> np.ndarray:
    """A reduced array with an axis of length 1 where `shape` had one that was reduced."""
    axes = axes_of(axis, len(shape))
    return np.asarray(result, dtype=object).reshape([1 if i in axes else n for i, n in enumerate(shape)])


def sign_of_one(x: Any, y: Any) -> int:
    """-1, 0 or 1 for x - y, two balls; 0 also when the two balls cannot be told apart."""
    if x > y:
        return 1
    if x < y:
        return -1
    return 0  # the balls overlap: no decision at this precision


def sign_of_difference(x: np.ndarray, y: np.ndarray, operation: str) -> np.ndarray:
    """sign(x - y) as float64 (NaN where either is), broadcast; ties are logged under `operation`.

    Rounding to float64 keeps the order, so only pairs with equal images need the balls themselves.
    """
    kx, ky = midpoints(x), midpoints(y)
    with np.errstate(invalid="ignore"):
        result = np.sign(np.subtract(np.where(np.isinf(kx), np.sign(kx) * 2, 0), np.where(np.isinf(ky), np.sign(ky) * 2, 0)))
        finite = np.isfinite(kx) & np.isfinite(ky)
        result = np.where(finite, (kx > ky).astype(float) - (kx < ky), result)
    result = np.where(np.isnan(kx) | np.isnan(ky), np.nan, result)
    equal = np.argwhere(result == 0)
    if len(equal):
        xs, ys = np.broadcast_arrays(x, y)
        ties = 0
        for at in map(tuple, equal):
            s = sign_of_one(xs[at], ys[at])
            result[at] = s
            ties += s == 0
        log_kink(operation, ties)
    return result


COMPARISONS = {
    "greater": lambda s: s > 0,
    "greater_equal": lambda s: s >= 0,
    "less": lambda s: s < 0,
    "less_equal": lambda s: s <= 0,
    "equal": lambda s: s == 0,
    "not_equal": lambda s: ~(s == 0),
}
"""Comparison ufunc -> the same asked of sign(x - y)."""

EXTREMA = {"maximum": True, "fmax": True, "minimum": False, "fmin": False}
"""Extremum ufunc -> whether it is the larger one."""


def compare(name: str, x, y) -> np.ndarray:
    """The comparison ufunc `name` as a bool array; NaN compares false (not_equal: true), as in NumPy."""
    return COMPARISONS[name](np.asarray(sign_of_difference(as_objects(x), as_objects(y), name)))


def extremum_of_two(name: str, x, y) -> np.ndarray:
    """maximum, minimum, fmax or fmin of two arrays as an object array; at a tie the second, as NumPy does."""
    x, y = as_objects(x), as_objects(y)
    s = sign_of_difference(x, y, name)
    xs, ys = np.broadcast_arrays(x, y)
    first = s > 0 if name in ("maximum", "fmax") else s < 0
    nan = np.isnan(s)
    if nan.any():
        xnan = np.isnan(midpoints(xs))
        first = np.where(nan, ~xnan if name.startswith("f") else xnan, first)
    return choose(first, xs, ys)


def argextremum(x: np.ndarray, axis: int | None, largest: bool) -> np.ndarray:
    """Index of the first largest (smallest) element along `axis`, of the flat array when it is None."""
    operation = "max" if largest else "min"
    lanes = x.reshape(1, -1) if axis is None else np.moveaxis(x, axis, -1)
    if lanes.shape[-1] == 0:
        raise ValueError(f"zero-size array to reduction operation {operation} which has no identity")
    keys = midpoints(lanes)
    nan = np.isnan(keys)
    best = keys.max(axis=-1, keepdims=True) if largest else keys.min(axis=-1, keepdims=True)
    candidates = (keys == best) | nan
    result = np.asarray(candidates.argmax(axis=-1))
    ties = 0
    for at in map(tuple, np.argwhere((candidates.sum(axis=-1) > 1) & ~nan.any(axis=-1))):
        lane, places = lanes[at], np.flatnonzero(candidates[at])
        winner, tied = places[0], False
        for place in places[1:]:
            s = sign_of_one(lane[place], lane[winner])
            if s == 0:
                tied = True
            elif (s > 0) == largest:
                winner, tied = place, False
        result[at] = winner
        ties += tied
    log_kink(operation, ties)
    return result.reshape(()) if axis is None else result


def extremum(x: np.ndarray, axis: Any, keepdims: bool, largest: bool) -> np.ndarray:
    """max or min over axes, an object array (0-d when everything is reduced)."""
    lanes = in_lanes(x, axis)
    at = argextremum(lanes, lanes.ndim - 1, largest)
    result = np.take_along_axis(lanes, at[..., None], -1)[..., 0]
    return keep_dims(result, x.shape, axis) if keepdims else np.asarray(result, object)


def argsort(x: np.ndarray, axis: int) -> np.ndarray:
    """Stable order along `axis`."""
    lanes = np.moveaxis(x, axis, -1)
    keys = midpoints(lanes)
    order = np.argsort(keys, axis=-1, kind="stable")
    ordered = np.take_along_axis(keys, order, -1)
    for at in map(tuple, np.argwhere((ordered[..., 1:] == ordered[..., :-1]).any(axis=-1))):
        lane = lanes[at]
        order[at] = sorted(range(lane.size), key=cmp_to_key(lambda i, j, lane=lane: sign_of_one(lane[i], lane[j])))
        log_kink("sort", sum(sign_of_one(lane[i], lane[j]) == 0 for i, j in zip(order[at], order[at][1:], strict=False)))
    return np.moveaxis(order, -1, axis)
