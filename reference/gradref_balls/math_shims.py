"""The functions of `math` that balls pass through; floats go to the real ones."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, is_ball, wrap
from .convert import as_ball
from .elementary import BINARY, UNARY
from .ufuncs import apply_rule

__all__ = ["MATH", "for_balls"]


def for_balls(real: Callable, on_balls: Callable) -> Callable:
    """`on_balls` where an argument is a ball, `real` otherwise."""

    def function(*args, **kwargs):
        return on_balls(*args, **kwargs) if any(map(is_ball, args)) else real(*args, **kwargs)

    function.__name__ = function.__qualname__ = getattr(real, "__name__", "function")
    return function


def _unary(name: str) -> Callable:
    f = UNARY[name]
    return lambda x: Ball(f(as_ball(x)))


def _binary(name: str) -> Callable:
    f = BINARY[name]
    return lambda x, y: Ball(f(as_ball(x), as_ball(y)))


def _positive(name: str) -> Callable:
    """A logarithm or root, which raises outside its domain as math does, where numpy gives NaN."""
    f = UNARY[name]

    def checked(x: Any) -> Ball:
        x = as_ball(x)
        result = f(x)
        if not result.is_finite() and x.is_finite() and (x.is_zero() or x < 0):
            raise ValueError("math domain error")
        return Ball(result)

    return checked


def _log(x: Any, base: Any = None) -> Ball:
    value = _positive("log")(x)
    return value if base is None else value / Ball(as_ball(base).log())


def _hypot(*values: Any) -> Ball:
    return Ball(sum((as_ball(x) ** 2 for x in values), arb(0)).sqrt())


def _sum(values: Any) -> Any:
    values = list(values)
    return sum(values, 0.0) if any(map(is_ball, values)) else math.fsum(values)


def _product(values: Any, *, start: Any = 1) -> Any:
    for v in values:
        start = start * v
    return start


def _distance(p: Sequence, q: Sequence) -> Any:
    differences = [x - y for x, y in zip(p, q, strict=True)]
    return _hypot(*differences) if any(map(is_ball, differences)) else math.hypot(*differences)


_SAME_NAME = "exp exp2 expm1 cbrt sin cos tan sinh cosh tanh erf erfc gamma degrees radians".split()  # noqa: SIM905
_OTHER_NAME = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "lgamma": "gammaln",
}
_ON_BALLS: dict[str, Callable] = {
    **{name: _unary(name) for name in _SAME_NAME},
    **{name: _unary(theirs) for name, theirs in _OTHER_NAME.items()},
    **{name: _positive(name) for name in ("sqrt", "log2", "log10", "log1p")},
    "log": _log,
    "hypot": _hypot,
    "pow": _binary("power"),
    "atan2": _binary("arctan2"),
    "fmod": _binary("fmod"),
    "copysign": lambda x, y: wrap(apply_rule("copysign", x, y)),
    "fabs": lambda x: abs(Ball(as_ball(x))),
    "floor": lambda x: int(np.floor(Ball(as_ball(x)))),
    "ceil": lambda x: int(np.ceil(Ball(as_ball(x)))),
    "trunc": lambda x: int(Ball(as_ball(x))),
    "isnan": lambda x: as_ball(x).is_nan(),
    "isfinite": lambda x: as_ball(x).is_finite(),
    "isinf": lambda x: not as_ball(x).is_finite() and not as_ball(x).is_nan(),
    "isclose": lambda x, y, **k: math.isclose(float(as_ball(x)), float(as_ball(y)), **k),
}

MATH: dict[str, Callable] = {
    **{name: for_balls(getattr(math, name), function) for name, function in _ON_BALLS.items()},
    "fsum": _sum,
    "prod": _product,
    "dist": _distance,
}
"""name in `math` -> the stand-in."""
