"""What a NumPy or SciPy ufunc does to balls: one table by name."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .array import Ball, BallArray
from .convert import as_objects, choose, midpoints
from .elementary import BINARY, UNARY
from .errors import NotBallable
from .kinks import log_kink
from .order import COMPARISONS, EXTREMA, compare, extremum_of_two, sign_of_difference
from .products import matmul

__all__ = ["LOGICAL", "apply_rule", "apply_ufunc_by_name", "truth"]

LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")
_VECTORIZED = " (vectorized)"  # how NumPy names what np.frompyfunc made

_absolute = np.frompyfunc(abs, 1, 1)
_box = np.frompyfunc(Ball, 1, 1)


def truth(x: Any) -> Any:
    """x != 0 for balls; anything else as it is."""
    return compare("not_equal", x, 0.0) if isinstance(x, (Ball, BallArray)) else x


def _native(ufunc: np.ufunc) -> Callable:
    """NumPy's own loop over objects, which calls arb's operators."""
    return lambda *inputs: ufunc(*map(_operand, inputs))


def _operand(x: Any) -> Any:
    if isinstance(x, BallArray):
        return x.view(np.ndarray)
    if type(x) is Ball:
        return x.ball
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype == object):
        return as_objects(x)
    return x


def _each(function: Callable, count: int) -> Callable:
    """A function of `count` balls, applied to every element."""
    elements = np.frompyfunc(function, count, 1)
    return lambda *inputs: elements(*map(as_objects, inputs))


def _test(function: Callable) -> Callable:
    """A yes-or-no question to every ball."""
    elements = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(elements(as_objects(x)), dtype=bool)


def _comparison(name: str) -> Callable:
    return lambda x, y: compare(name, x, y)


def _extremum(name: str) -> Callable:
    return lambda x, y: extremum_of_two(name, x, y)


def _logical(name: str) -> Callable:
    return lambda *inputs: getattr(np, name)(*map(truth, inputs))


def _power(x: Any, y: Any) -> Any:
    """x ** y, exact for small whole powers: arb's power goes through exp and log where it need not."""
    if isinstance(y, (int, float, np.integer, np.floating)):
        base = as_objects(x)
        if y == 2:
            return base * base
        if y == 0.5:
            return _ELEMENTS["sqrt"](base)
        if float(y).is_integer() and y > 0:
            return base ** int(y)
    return _ELEMENTS["power"](x, y)


def _abs(x: Any) -> Any:
    x = as_objects(x)
    zeros = midpoints(x) == 0
    if zeros.any():
        log_kink("abs", sum(v.contains(0) for v in x[zeros].ravel()) if x.ndim else 1)
    return _absolute(x)


def _sign(x: Any) -> Any:
    return as_objects(sign_of_difference(as_objects(x), as_objects(0.0), "sign"))


def _heaviside(x: Any, at_zero: Any) -> Any:
    s = sign_of_difference(as_objects(x), as_objects(0.0), "heaviside")
    return choose(s == 0, as_objects(at_zero), as_objects((s > 0).astype(float)))


def _copysign(x: Any, y: Any) -> Any:
    size, s = _absolute(as_objects(x)), sign_of_difference(as_objects(y), as_objects(0.0), "copysign")
    return choose(s < 0, -size, size)


def _vecdot(x: Any, y: Any) -> Any:
    return np.add.reduce(as_objects(x) * as_objects(y), axis=-1)


def _matvec(A: Any, x: Any) -> Any:
    return matmul(A, as_objects(x)[..., None])[..., 0]


def _vecmat(x: Any, A: Any) -> Any:
    return matmul(as_objects(x)[..., None, :], A)[..., 0, :]


def _divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return _ELEMENTS["floor_divide"](x, y), _ELEMENTS["remainder"](x, y)


def _modf(x: Any) -> tuple[Any, Any]:
    whole = _ELEMENTS["trunc"](x)
    return as_objects(x) - whole, whole


def _clip(x: Any, low: Any, high: Any) -> Any:
    return extremum_of_two("minimum", extremum_of_two("maximum", x, low), high)


_ELEMENTS: dict[str, Callable] = {
    **{name: _each(function, 1) for name, function in UNARY.items()},
    **{name: _each(function, 2) for name, function in BINARY.items()},
}

RULES: dict[str, Callable] = {
    **_ELEMENTS,
    **{name: _comparison(name) for name in COMPARISONS},
    **{name: _extremum(name) for name in EXTREMA},
    **{name: _logical(name) for name in LOGICAL},
    "add": _native(np.add),
    "subtract": _native(np.subtract),
    "multiply": _native(np.multiply),
    "divide": _native(np.divide),
    "true_divide": _native(np.divide),
    "power": _power,
    "float_power": _power,
    "absolute": _abs,
    "fabs": _abs,
    "sign": _sign,
    "heaviside": _heaviside,
    "copysign": _copysign,
    "matmul": matmul,
    "vecdot": _vecdot,
    "matvec": _matvec,
    "vecmat": _vecmat,
    "divmod": _divmod,
    "modf": _modf,
    "clip": _clip,
    "isnan": _test(lambda v: v.is_nan()),
    "isfinite": _test(lambda v: v.is_finite()),
    "isinf": _test(lambda v: not v.is_finite() and not v.is_nan()),
    "signbit": _test(lambda v: bool(v < 0)),
}
"""ufunc name -> the same on balls: an object or bool array, or a scalar of either."""


def apply_rule(name: str, *inputs: Any) -> Any:
    """The ufunc `name` called on `inputs`; raises `NotBallable` where balls have no counterpart."""
    rule = RULES.get(name)
    if rule is None:
        raise NotBallable(f"{name}: has no counterpart in ball arithmetic. Use float64 differences for this function.")
    return rule(*inputs)


def apply_ufunc_by_name(ufunc: np.ufunc, *inputs: Any) -> Any:
    """`ufunc` called on `inputs`; one made of a Python function by np.frompyfunc runs it on every element."""
    name = ufunc.__name__
    if not name.endswith(_VECTORIZED):
        return apply_rule(name, *inputs)
    known = UNARY.get(name.removesuffix(_VECTORIZED))  # math.erf made a ufunc, for instance
    if known is not None:
        return _each(known, 1)(*inputs)
    return as_objects(ufunc(*(np.asarray(_box(as_objects(x)), dtype=object) for x in inputs)))
