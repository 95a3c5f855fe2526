"""Order of balls: comparisons, signs, extrema and sorting, decided by midpoints; ties are logged as kinks."""

from functools import cmp_to_key
from typing import Any

import numpy as np

from .convert import as_objects, choose, midpoints
from .kinks import log_kink

__all__ = ["argextremum", "argsort", "compare", "extremum_of_two", "sign_of_difference"]


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


_TESTS = {
    "greater": lambda s: s > 0,
    "greater_equal": lambda s: s >= 0,
    "less": lambda s: s < 0,
    "less_equal": lambda s: s <= 0,
    "equal": lambda s: s == 0,
    "not_equal": lambda s: ~(s == 0),
}


def compare(name: str, x, y) -> np.ndarray:
    """The comparison ufunc `name` as a bool array; NaN compares false (not_equal: true), as in NumPy."""
    return _TESTS[name](np.asarray(sign_of_difference(as_objects(x), as_objects(y), name)))


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
