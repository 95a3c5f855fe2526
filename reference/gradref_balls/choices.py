"""Choosing among balls and rounding them: where, clip, comparisons with a tolerance, interpolation, counting."""

from collections.abc import Callable

import numpy as np
from flint import arb

from .array import Ball, BallArray, wrap
from .convert import as_ball, as_objects, choose, midpoints
from .dispatch import NO_VALUE, given
from .order import compare, extremum_of_two, sign_of_difference

__all__ = ["CHOICES", "on_midpoints"]


def _where(condition, *branches):
    c = compare("not_equal", condition, 0.0) if isinstance(condition, (Ball, BallArray)) else np.asarray(condition)
    return choose(c, *map(as_objects, branches)) if branches else np.nonzero(c)


def _clip(x, a_min=None, a_max=None, out=None, *, min=NO_VALUE, max=NO_VALUE, **_kwargs):
    low, high = (new if given(new) else old for old, new in ((a_min, min), (a_max, max)))
    x = as_objects(x)
    if given(low):
        x = extremum_of_two("maximum", x, low)
    if given(high):
        x = extremum_of_two("minimum", x, high)
    if out is not None:
        out[...] = x
        return out
    return x


def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    x = as_objects(x)
    keys = midpoints(x)
    result = choose(np.isnan(keys), arb(float(nan)), x)
    infinite = np.array([not v.is_finite() for v in x.ravel()], dtype=bool).reshape(x.shape) & ~np.isnan(keys)
    big = np.finfo(np.float64).max
    result = choose(infinite & (keys > 0), arb(big if posinf is None else posinf), result)
    return choose(infinite & (keys < 0), arb(-big if neginf is None else neginf), result)


def _round(x, decimals=0, out=None):
    scale = 10**decimals
    return as_objects(np.rint(wrap(as_objects(x)) * scale) / scale)


def _interp(x, xp, fp, left=None, right=None, period=None):
    x, xp, fp = as_objects(x), as_objects(xp), as_objects(fp)
    keys = midpoints(xp)
    at = np.clip(np.searchsorted(keys, midpoints(x), side="right") - 1, 0, len(keys) - 2)
    inside = fp[at] + (x - xp[at]) * (fp[at + 1] - fp[at]) / (xp[at + 1] - xp[at])
    below, above = compare("less", x, xp[0]), compare("greater", x, xp[-1])
    result = choose(below, as_ball(left) if left is not None else fp[0], inside)
    return choose(above, as_ball(right) if right is not None else fp[-1], result)


def _bincount(x, /, weights=None, minlength=0):
    labels = np.asarray(x)
    result = as_objects(np.zeros(max(minlength, int(labels.max(initial=-1)) + 1)))
    np.add.at(result, labels, as_objects(weights))
    return result


def _close(x, y, rtol=1e-5, atol=1e-8, equal_nan=False):
    return np.isclose(midpoints(as_objects(x)), midpoints(as_objects(y)), rtol, atol, equal_nan)


def on_midpoints(function: Callable) -> Callable:
    """A function of floats, applied to midpoints."""

    def apply(*args, **kwargs):
        return function(*(midpoints(as_objects(v)) if isinstance(v, (Ball, BallArray)) else v for v in args), **kwargs)

    return apply


def _on_truth(function: Callable) -> Callable:
    """A function of bools, applied to x != 0."""
    return lambda x, *args, **kwargs: function(compare("not_equal", x, 0.0), *args, **kwargs)


CHOICES: dict[Callable, Callable] = {
    np.where: _where,
    np.clip: _clip,
    np.nan_to_num: _nan_to_num,
    np.round: _round,
    np.around: _round,
    np.interp: _interp,
    np.bincount: _bincount,
    np.isclose: _close,
    np.allclose: lambda *a, **k: bool(np.all(_close(*a, **k))),
    np.array_equal: lambda x, y, **_k: np.shape(x) == np.shape(y) and bool(np.all(compare("equal", x, y))),
    np.nonzero: _on_truth(np.nonzero),
    np.count_nonzero: _on_truth(np.count_nonzero),
    np.flatnonzero: _on_truth(np.flatnonzero),
    np.argwhere: _on_truth(np.argwhere),
    np.any: _on_truth(np.any),
    np.all: _on_truth(np.all),
    np.searchsorted: on_midpoints(np.searchsorted),
    np.digitize: on_midpoints(np.digitize),
    np.sign: lambda x: sign_of_difference(as_objects(x), as_objects(0.0), "sign"),
    np.nansum: lambda x, *a, **k: np.sum(wrap(_nan_to_num(x)), *a, **k),
}
"""NumPy function -> the same on balls."""
