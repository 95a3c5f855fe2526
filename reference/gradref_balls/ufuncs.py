"""What a NumPy (or SciPy) ufunc does to balls: one table by name, and the rules for reduce, accumulate, outer and at."""

from typing import Any

import numpy as np

from .array import Ball, BallArray, wrap
from .convert import NotBallable, as_ball, as_objects, choose, midpoints
from .elementary import BINARY, UNARY
from .kinks import log_kink
from .order import argextremum, compare, extremum_of_two, sign_of_difference
from .products import matmul

__all__ = ["apply_ufunc", "axes_of", "extremum"]

_NATIVE = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "true_divide": np.true_divide, "divide": np.divide}
_COMPARISONS = {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal"}
_EXTREMA = {"maximum": True, "fmax": True, "minimum": False, "fmin": False}
_LOGICAL = {"logical_and", "logical_or", "logical_xor", "logical_not"}
_TESTS = {
    "isnan": lambda v: v.is_nan(),
    "isfinite": lambda v: v.is_finite(),
    "isinf": lambda v: not v.is_finite() and not v.is_nan(),
    "signbit": lambda v: bool(v < 0),
}
_unary = {name: np.frompyfunc(f, 1, 1) for name, f in UNARY.items()}
_binary = {name: np.frompyfunc(f, 2, 1) for name, f in BINARY.items()}
_tests = {name: np.frompyfunc(f, 1, 1) for name, f in _TESTS.items()}
_absolute = np.frompyfunc(abs, 1, 1)


def _native(x: Any) -> Any:
    """An operand for NumPy's own object loop, which calls arb's operators."""
    if isinstance(x, BallArray):
        return x.view(np.ndarray)
    if type(x) is Ball:
        return x.ball
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype == object):
        return as_objects(x)
    return x


def _truth(x: Any) -> Any:
    return compare("not_equal", x, 0.0) if isinstance(x, (Ball, BallArray)) else x


def _log_zeros(x: np.ndarray, operation: str) -> None:
    zeros = midpoints(x) == 0
    if zeros.any():
        log_kink(operation, sum(v.contains(0) for v in x[zeros].ravel()) if x.ndim else 1)


def _power(x: Any, y: Any) -> Any:
    if isinstance(y, (int, float, np.integer, np.floating)):
        base = as_objects(x)
        if y == 2:
            return base * base
        if y == 0.5:
            return _unary["sqrt"](base)
        if float(y).is_integer() and y > 0:
            return base ** int(y)
    return _binary["power"](as_objects(x), as_objects(y))


_box = np.frompyfunc(Ball, 1, 1)


def _boxed(x: Any) -> np.ndarray:
    """An object array of `Ball`, for Python functions of one element."""
    return np.asarray(_box(as_objects(x)), dtype=object)


def _call(name: str, inputs: tuple, ufunc: Any = None) -> Any:
    """The plain call of the ufunc `name`: object or bool array, or a scalar of either."""
    if name.removesuffix(" (vectorized)") in _unary:  # math.erf made a ufunc, for instance
        name = name.removesuffix(" (vectorized)")
    if name in _NATIVE:
        return _NATIVE[name](*map(_native, inputs))
    if name in _unary:
        return _unary[name](as_objects(inputs[0]))
    if name in ("power", "float_power"):
        return _power(*inputs)
    if name in _COMPARISONS:
        return compare(name, *inputs)
    if name in _EXTREMA:
        return extremum_of_two(name, *inputs)
    if name in ("absolute", "fabs"):
        x = as_objects(inputs[0])
        _log_zeros(x, "abs")
        return _absolute(x)
    if name == "sign":
        x = as_objects(inputs[0])
        return as_objects(sign_of_difference(x, as_objects(0.0), "sign"))
    if name == "heaviside":
        x, at_zero = as_objects(inputs[0]), as_objects(inputs[1])
        s = sign_of_difference(x, as_objects(0.0), "heaviside")
        return choose(s == 0, at_zero, as_objects((s > 0).astype(float)))
    if name == "copysign":
        x, s = _absolute(as_objects(inputs[0])), sign_of_difference(as_objects(inputs[1]), as_objects(0.0), "copysign")
        return choose(s < 0, -x, x)
    if name == "matmul":
        return matmul(*inputs)
    if name == "vecdot":
        return np.add.reduce(as_objects(inputs[0]) * as_objects(inputs[1]), axis=-1)
    if name == "matvec":
        return matmul(inputs[0], as_objects(inputs[1])[..., None])[..., 0]
    if name == "vecmat":
        return matmul(as_objects(inputs[0])[..., None, :], inputs[1])[..., 0, :]
    if name in _LOGICAL:
        return getattr(np, name)(*map(_truth, inputs))
    if name in _tests:
        return np.asarray(_tests[name](as_objects(inputs[0])), dtype=bool)
    if name in _binary:
        return _binary[name](*map(as_objects, inputs))
    if name in ("divmod", "modf", "frexp"):
        if name == "divmod":
            return _call("floor_divide", inputs), _call("remainder", inputs)
        if name == "modf":
            whole = _call("trunc", inputs)
            return as_objects(inputs[0]) - whole, whole
    if name == "clip":
        return extremum_of_two("minimum", extremum_of_two("maximum", inputs[0], inputs[1]), inputs[2])
    if name.endswith("(vectorized)"):  # made by np.frompyfunc: a Python function of one element
        return as_objects(ufunc(*map(_boxed, inputs)))
    raise NotBallable(f"{name}: has no counterpart in ball arithmetic. Use float64 differences for this function.")


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def extremum(x: np.ndarray, axis: Any, keepdims: bool, largest: bool) -> np.ndarray:
    """max or min over axes, an object array (0-d when everything is reduced)."""
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    lanes = x.transpose(rest + list(axes)).reshape(*(x.shape[i] for i in rest), -1)
    at = argextremum(lanes, lanes.ndim - 1, largest)
    result = np.take_along_axis(lanes, at[..., None], -1)[..., 0]
    return result.reshape([1 if i in axes else n for i, n in enumerate(x.shape)]) if keepdims else np.asarray(result, object)


def _reduce(name: str, x: Any, kwargs: dict[str, Any]) -> Any:
    axis, keepdims = kwargs.get("axis", 0), bool(kwargs.get("keepdims", False))
    if name in ("add", "multiply"):
        passed = {k: kwargs[k] for k in ("initial", "where") if k in kwargs and kwargs[k] is not np._NoValue}
        if "initial" in passed:
            passed["initial"] = as_ball(passed["initial"])
        elif "where" in passed:
            passed["initial"] = as_ball(0 if name == "add" else 1)
        result = getattr(np, name).reduce(as_objects(x), axis=axis, keepdims=keepdims, **passed)
        return as_objects(result)
    if name in _EXTREMA:
        x = as_objects(x)
        where = kwargs.get("where", True)
        if where is not True and where is not np._NoValue:
            x = choose(where, x, as_ball(kwargs["initial"]))
        result = extremum(x, axis, keepdims, _EXTREMA[name])
        initial = kwargs.get("initial", np._NoValue)
        return result if initial is np._NoValue or initial is None else extremum_of_two(name, result, initial)
    if name in _LOGICAL:
        return getattr(np, name).reduce(np.asarray(_truth(x)), axis=axis, keepdims=keepdims)
    x = as_objects(x)
    axes = axes_of(axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    lanes = x.transpose(list(axes) + rest).reshape(-1, *(x.shape[i] for i in rest))
    result = lanes[0]
    for lane in lanes[1:]:
        result = np.asarray(_call(name, (result, lane)), dtype=object)
    return np.asarray(result).reshape([1 if i in axes else n for i, n in enumerate(x.shape)]) if keepdims else result


def _accumulate(name: str, x: Any, axis: int = 0) -> Any:
    x = as_objects(x)
    if name in ("add", "multiply"):
        return getattr(np, name).accumulate(x, axis=axis)
    result = np.moveaxis(x.copy(), axis, 0)
    for i in range(1, len(result)):
        result[i] = _call(name, (result[i - 1], result[i]))
    return np.moveaxis(result, 0, axis)


def _store(result: Any, out: Any) -> Any:
    """The result, written into `out` where one was given."""
    if out is None:
        return wrap(result)
    target = out[0] if isinstance(out, tuple) else out
    if isinstance(target, BallArray) or (
        isinstance(result, np.ndarray) and result.dtype.kind in "biu" and target.dtype.kind in "biu"
    ):
        target[...] = result
    else:
        raise NotBallable(
            "in-place operation: a ball cannot be stored in a float64 array made outside forward. "
            "Make the array inside it, with np.zeros or .copy()."
        )
    return target


def apply_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, kwargs: dict[str, Any]) -> Any:
    """NumPy's protocol: the ufunc applied to operands of which at least one is a ball."""
    name, out = ufunc.__name__, kwargs.pop("out", None)
    if isinstance(out, tuple) and all(o is None for o in out):
        out = None
    if method == "__call__":
        where = kwargs.pop("where", True)
        result = _call(name, inputs, ufunc)
        if where is not True:
            base = as_objects(out[0] if isinstance(out, tuple) else out) if out is not None else as_objects(0.0)
            result = choose(where, as_objects(result), base)
        return _store(result, out)
    if method == "reduce":
        return _store(_reduce(name, inputs[0], kwargs | ({"axis": inputs[1]} if len(inputs) > 1 else {})), out)
    if method == "accumulate":
        return _store(_accumulate(name, inputs[0], kwargs.get("axis", inputs[1] if len(inputs) > 1 else 0)), out)
    if method == "reduceat":
        return _store(getattr(np, name).reduceat(as_objects(inputs[0]), *inputs[1:], axis=kwargs.get("axis", 0)), out)
    if method == "outer":
        x, y = as_objects(inputs[0]), as_objects(inputs[1])
        return _store(_call(name, (x.reshape(x.shape + (1,) * y.ndim), y)), out)
    if method == "at":
        target, where, *values = inputs
        if not isinstance(target, BallArray):
            raise NotBallable(
                f"{name}.at: a ball cannot be stored in a {target.dtype} array made outside forward. Make it inside."
            )
        if name in ("add", "subtract", "multiply", "divide"):
            getattr(np, name).at(target.view(np.ndarray), where, *map(as_objects, values))
        else:
            index = np.arange(target.size).reshape(target.shape)[where]
            flat, operands = target.view(np.ndarray).reshape(-1), [np.broadcast_to(as_objects(v), index.shape) for v in values]
            for at in np.ndindex(index.shape):
                flat[index[at]] = as_ball(np.asarray(_call(name, (flat[index[at]], *(v[at] for v in operands))), dtype=object))
            target.view(np.ndarray)[...] = flat.reshape(target.shape)
        return None
    raise NotBallable(f"{name}.{method}: has no counterpart in ball arithmetic. Use float64 differences for this function.")
