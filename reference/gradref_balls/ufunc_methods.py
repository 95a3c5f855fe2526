"""The methods of a ufunc on balls: call, reduce, accumulate, reduceat, outer and at, and where the result is stored."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .array import BallArray, wrap
from .convert import as_ball, as_objects, choose
from .dispatch import NO_VALUE, answers, given
from .errors import NotBallable, refuse_storing
from .order import EXTREMA, axes_of, extremum, extremum_of_two, keep_dims
from .ufuncs import LOGICAL, apply_rule, apply_ufunc_by_name, truth

__all__ = ["apply_ufunc"]

_SUMS = {"add": 0, "multiply": 1}  # NumPy's own loops over objects serve these; with the neutral element
_IN_PLACE = ("add", "subtract", "multiply", "divide")


def _call(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any], out: Any) -> Any:
    where = kwargs.get("where", True)
    result = apply_ufunc_by_name(ufunc, *inputs)
    if where is True:
        return result
    return choose(where, as_objects(result), as_objects(0.0 if out is None else out))


def _reduce(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any], out: Any) -> Any:
    """ufunc.reduce(x, axis=0, dtype=None, out=None, keepdims=False, initial, where)."""
    name, x = ufunc.__name__, inputs[0]
    axis = inputs[1] if len(inputs) > 1 else kwargs.get("axis", 0)
    keepdims = bool(kwargs.get("keepdims", False))
    if name in LOGICAL:
        return ufunc.reduce(np.asarray(truth(x)), axis=axis, keepdims=keepdims)
    rule = _sum_or_product if name in _SUMS else _largest_or_smallest if name in EXTREMA else _fold
    return rule(name, as_objects(x), axis, keepdims, kwargs)


def _sum_or_product(name: str, x: np.ndarray, axis: Any, keepdims: bool, kwargs: dict[str, Any]) -> Any:
    passed = {k: kwargs[k] for k in ("initial", "where") if k in kwargs and kwargs[k] is not NO_VALUE}
    if passed:
        passed["initial"] = as_ball(passed.get("initial", _SUMS[name]))
    return as_objects(getattr(np, name).reduce(x, axis=axis, keepdims=keepdims, **passed))


def _largest_or_smallest(name: str, x: np.ndarray, axis: Any, keepdims: bool, kwargs: dict[str, Any]) -> Any:
    where, initial = kwargs.get("where", True), kwargs.get("initial", NO_VALUE)
    if where is not True and where is not NO_VALUE:
        x = choose(where, x, as_ball(initial))
    result = extremum(x, axis, keepdims, EXTREMA[name])
    return extremum_of_two(name, result, initial) if given(initial) else result


def _fold(name: str, x: np.ndarray, axis: Any, keepdims: bool, kwargs: dict[str, Any]) -> Any:
    """Any other ufunc of two arguments, from the first element to the last."""
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    lanes = x.transpose(list(axes) + rest).reshape(-1, *(x.shape[i] for i in rest))
    result = lanes[0]
    for lane in lanes[1:]:
        result = np.asarray(apply_rule(name, result, lane), dtype=object)
    return keep_dims(result, x.shape, axis) if keepdims else result


def _accumulate(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any], out: Any) -> Any:
    x, axis = as_objects(inputs[0]), inputs[1] if len(inputs) > 1 else kwargs.get("axis", 0)
    if ufunc.__name__ in _SUMS:
        return ufunc.accumulate(x, axis=axis)
    result = np.moveaxis(x.copy(), axis, 0)
    for i in range(1, len(result)):
        result[i] = apply_rule(ufunc.__name__, result[i - 1], result[i])
    return np.moveaxis(result, 0, axis)


def _reduceat(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any], out: Any) -> Any:
    return ufunc.reduceat(as_objects(inputs[0]), *inputs[1:], axis=kwargs.get("axis", 0))


def _outer(ufunc: np.ufunc, inputs: tuple, kwargs: dict[str, Any], out: Any) -> Any:
    x, y = map(as_objects, inputs)
    return apply_rule(ufunc.__name__, x.reshape(x.shape + (1,) * y.ndim), y)


def _at(ufunc: np.ufunc, inputs: tuple) -> None:
    """ufunc.at(target, where, values), in place, one after the other where an index repeats."""
    target, where, *values = inputs
    name = ufunc.__name__
    if not isinstance(target, BallArray):
        raise refuse_storing(f"{name}.at", target.dtype)
    bare = target.view(np.ndarray)
    if name in _IN_PLACE:
        ufunc.at(bare, where, *map(as_objects, values))
        return
    index = np.arange(target.size).reshape(target.shape)[where]
    flat, operands = bare.reshape(-1), [np.broadcast_to(as_objects(v), index.shape) for v in values]
    for at in np.ndindex(index.shape):
        result = apply_rule(name, flat[index[at]], *(v[at] for v in operands))
        flat[index[at]] = as_ball(np.asarray(result, dtype=object))
    bare[...] = flat.reshape(target.shape)


_METHODS: dict[str, Callable] = {
    "__call__": _call,
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
}


def _store(result: Any, out: Any) -> Any:
    """The result, written into `out` where one was given."""
    if out is None:
        return wrap(result)
    whole = isinstance(result, np.ndarray) and result.dtype.kind in "biu" and out.dtype.kind in "biu"
    if not (isinstance(out, BallArray) or whole):
        raise refuse_storing("in-place operation", out.dtype)
    out[...] = result
    return out


@answers("__array_ufunc__")
def apply_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, kwargs: dict[str, Any]) -> Any:
    """NumPy's protocol: the ufunc applied to operands of which at least one is a ball."""
    if method == "at":
        return _at(ufunc, inputs)
    out = kwargs.get("out")
    out = out[0] if isinstance(out, tuple) else out
    if method not in _METHODS:
        raise NotBallable(f"{ufunc.__name__}.{method}: has no counterpart in ball arithmetic. Use float64 differences.")
    return _store(_METHODS[method](ufunc, inputs, kwargs, out), out)
