"""Stand-ins for `float`, `math`, `scipy.special` and `scipy.stats.norm` that let balls pass and leave everything else alone."""

import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, BallArray, wrap
from .convert import NotBallable, as_ball, as_objects
from .elementary import BINARY, UNARY
from .products import tensordot
from .ufuncs import apply_ufunc

__all__ = ["MATH", "SIGNAL", "SPECIAL", "FloatShim", "NormShim", "is_ball", "math_shim", "overlay"]


def is_ball(x: Any) -> bool:
    """Whether `x` is, or holds, balls."""
    return isinstance(x, (Ball, BallArray, arb))


class _FloatMeta(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, (float, Ball))

    def __subclasscheck__(cls, subclass):
        return issubclass(subclass, float)

    def __call__(cls, x=0.0, /):
        return Ball(as_ball(x)) if is_ball(x) else float(x)

    def __eq__(cls, other):
        return other is float or other is _FloatMeta or type.__eq__(cls, other)

    __hash__ = type.__hash__


class FloatShim(metaclass=_FloatMeta):
    """`float`, but `float(ball)` is the ball; still good as a dtype."""

    dtype = np.dtype(np.float64)
    fromhex = float.fromhex


def _shim(name: str, real: Callable, on_balls: Callable) -> Callable:
    def function(*args, **kwargs):
        return on_balls(*args, **kwargs) if any(map(is_ball, args)) else real(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    return function


def _unary(f: Callable[[arb], arb]) -> Callable:
    return lambda x: Ball(f(as_ball(x)))


def _binary(f: Callable[[arb, arb], arb]) -> Callable:
    return lambda x, y: Ball(f(as_ball(x), as_ball(y)))


def _domain(name: str) -> Callable:
    f = UNARY[name]

    def checked(x: arb) -> arb:
        result = f(x)
        if not result.is_finite() and x.is_finite() and (x.is_zero() or x < 0):
            raise ValueError("math domain error")  # as math does
        return result

    return checked


_FROM_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}


def _log(x: Any, base: Any = None) -> Ball:
    value = Ball(_domain("log")(as_ball(x)))
    return value if base is None else value / Ball(as_ball(base).log())


def math_shim() -> dict[str, Callable]:
    """name -> replacement of a function of `math`."""
    unary = "exp exp2 expm1 log2 log10 log1p sqrt cbrt sin cos tan sinh cosh tanh erf erfc gamma degrees radians".split()  # noqa: SIM905
    table = {name: _unary(_domain(name) if name.startswith(("log", "sqrt")) else UNARY[name]) for name in unary}
    table |= {name: _unary(UNARY[theirs]) for name, theirs in _FROM_NUMPY.items()}
    table |= {
        "log": _log,
        "lgamma": _unary(UNARY["gammaln"]),
        "fabs": lambda x: abs(Ball(as_ball(x))),
        "pow": _binary(BINARY["power"]),
        "atan2": _binary(BINARY["arctan2"]),
        "fmod": _binary(BINARY["fmod"]),
        "copysign": lambda x, y: apply_ufunc(np.copysign, "__call__", (Ball(as_ball(x)), y), {}),
        "hypot": lambda *v: Ball(sum((as_ball(x) ** 2 for x in v), arb(0)).sqrt()),
        "isnan": lambda x: as_ball(x).is_nan(),
        "isfinite": lambda x: as_ball(x).is_finite(),
        "isinf": lambda x: not as_ball(x).is_finite() and not as_ball(x).is_nan(),
        "floor": lambda x: int(np.floor(Ball(as_ball(x)))),
        "ceil": lambda x: int(np.ceil(Ball(as_ball(x)))),
        "trunc": lambda x: int(Ball(as_ball(x))),
        "isclose": lambda x, y, **k: math.isclose(float(as_ball(x)), float(as_ball(y)), **k),
    }
    shims = {name: _shim(name, getattr(math, name), f) for name, f in table.items() if hasattr(math, name)}
    shims["fsum"] = lambda v: sum(v := list(v), 0.0) if any(map(is_ball, v)) else math.fsum(v)
    shims["prod"] = lambda v, *, start=1: _product(list(v), start)
    shims["dist"] = lambda p, q: shims["hypot"](*(x - y for x, y in zip(p, q, strict=True)))
    return shims


def _product(values: list, start: Any) -> Any:
    for v in values:
        start = start * v
    return start


MATH = math_shim()


# --- scipy ----------------------------------------------------------------------------------------------------------


def _logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    a = as_objects(a).view(BallArray)
    top = np.max(a, axis=axis, keepdims=True)
    e = np.exp(a - top)
    total = np.log(np.sum(e if b is None else e * b, axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def _softmax(x, axis=None):
    return np.exp(x - _logsumexp(x, axis, keepdims=True))


def _log_softmax(x, axis=None):
    return x - _logsumexp(x, axis, keepdims=True)


def _by_ufunc(name: str) -> Callable:
    named: Any = types.SimpleNamespace(__name__=name)  # the table looks up the name only
    return lambda *args: apply_ufunc(named, "__call__", args, {})


SPECIAL: dict[str, Callable] = {
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "digamma": _by_ufunc("psi"),
    "loggamma": _by_ufunc("gammaln"),
}
"""scipy.special functions that are no ufuncs (its ufuncs reach the table by themselves)."""


def _correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """scipy.signal.correlate2d with a border of zeros."""
    return _slide(in1, as_objects(in2), mode, boundary, fillvalue, [n // 2 for n in np.shape(in2)])


def _convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """scipy.signal.convolve2d with a border of zeros."""
    return _slide(in1, as_objects(in2)[::-1, ::-1], mode, boundary, fillvalue, [(n - 1) // 2 for n in np.shape(in2)])


def _slide(image, kernel, mode, boundary, fillvalue, start):
    if boundary != "fill" or fillvalue != 0:
        raise NotBallable(f"scipy.signal: only a border of zeros is supported on balls, got {boundary!r}. Pad the image first.")
    x, (h, w) = as_objects(image), kernel.shape
    if mode != "valid":
        x = as_objects(np.pad(x, ((h - 1, h - 1), (w - 1, w - 1))))
    full = wrap(tensordot(np.lib.stride_tricks.sliding_window_view(x, (h, w)), kernel, 2))
    (top, left), (rows, columns) = start, np.shape(image)
    return full[top : top + rows, left : left + columns] if mode == "same" else full


SIGNAL: dict[str, Callable] = {"correlate2d": _correlate2d, "convolve2d": _convolve2d}
"""scipy.signal functions on balls; its correlate and convolve run on objects as they are."""


class NormShim:
    """The four functions of `scipy.stats.norm` that activations use, standard normal only."""

    def __init__(self, real: Any):
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def cdf(self, x, *args, **kwargs):
        return _by_ufunc("ndtr")(x) if is_ball(x) and not args and not kwargs else self._real.cdf(x, *args, **kwargs)

    def logcdf(self, x, *args, **kwargs):
        return np.log(self.cdf(x, *args, **kwargs)) if is_ball(x) else self._real.logcdf(x, *args, **kwargs)

    def pdf(self, x, *args, **kwargs):
        if not is_ball(x) or args or kwargs:
            return self._real.pdf(x, *args, **kwargs)
        return np.exp(-(x * x) / 2) / Ball((2 * arb.pi()).sqrt())

    def logpdf(self, x, *args, **kwargs):
        if not is_ball(x) or args or kwargs:
            return self._real.logpdf(x, *args, **kwargs)
        return -(x * x) / 2 - Ball((2 * arb.pi()).log()) / 2


def overlay(real: types.ModuleType, changes: dict[str, Any]) -> types.ModuleType:
    """A module that is `real` but for `changes`."""
    new = _Overlay(real.__name__)
    object.__setattr__(new, "_real", real)
    for name, value in changes.items():
        object.__setattr__(new, name, value)
    return new


class _Overlay(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_real"), name)

    def __dir__(self):
        return dir(object.__getattribute__(self, "_real"))
