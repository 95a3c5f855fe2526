"""How functions that are not analytic, or lose digits on complex numbers, act on x + i h t: the value at x, the slope along t.

Every function takes the plain operands and the side of a kink, and returns a complex array. A comparison of equal real parts
is decided by the imaginary parts ("along" the direction), or always for the lower or the higher branch; see `probe`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["CONTINUED", "continued_maximum", "is_complex"]

# Products of two perturbed numbers leave -h² in the real part: below this share of h a real part is taken as zero.
NEAR_ZERO = 1e-45


def is_complex(x: Any) -> bool:
    """True for complex arrays and scalars."""
    return (getattr(x, "dtype", None) is not None and x.dtype.kind == "c") or isinstance(x, complex)


def _parts(x: Any) -> tuple[Any, Any]:
    return (x.real, x.imag) if is_complex(x) else (x, 0.0)


def _dual(value: Any, slope: Any) -> Any:
    value, slope = np.broadcast_arrays(value, slope)
    kind = np.result_type(value.dtype, slope.dtype)
    out = np.empty(value.shape, np.clongdouble if kind == np.longdouble else np.complex128)
    out.real, out.imag = value, slope
    return out[()]


def _rule(value, slope):
    def act(raw, side):
        re, im = _parts(raw[0])
        return _dual(value(re), np.where(im == 0, 0, im * slope(re)))

    return act


def _greater(a: Any, b: Any, side: str) -> Any:
    """True where a > b; ties go by the side."""
    (ar, ai), (br, bi) = _parts(a), _parts(b)
    difference = ar - br
    with np.errstate(invalid="ignore"):
        tie = np.abs(difference) < NEAR_ZERO
        tie = tie | ((ar == br) & np.isinf(ar))
    if side == "along":
        return np.where(tie, ai > bi, difference > 0)
    return np.where(tie, side == "high", difference > 0)


def _moving(a: Any, b: Any) -> Any:
    (_, ai), (_, bi) = _parts(a), _parts(b)
    return np.not_equal(ai, bi)


def _compare(operator):
    def act(raw, side):
        a, b = raw
        ar, br = _parts(a)[0], _parts(b)[0]
        plain = operator(ar, br)
        with np.errstate(invalid="ignore"):
            tie = (np.abs(ar - br) < NEAR_ZERO) & (_moving(a, b))
        if not np.any(tie):
            return plain
        above = _greater(a, b, side)
        return np.where(tie, operator(np.where(above, 1, 0), np.where(above, 0, 1)), plain)

    return act


def _maximum(raw, side):
    a, b = raw
    return np.where(_chosen(a, b, _greater(a, b, side), side), a, b)


def _minimum(raw, side):
    a, b = raw
    return np.where(_chosen(a, b, ~_greater(a, b, side), side), a, b)


def _chosen(a: Any, b: Any, first: Any, side: str) -> Any:
    """Where the first of two is taken; of two tied ones, one a constant, "high" is the moving one and "low" the constant."""
    if side == "along" or (is_complex(a) and is_complex(b)):
        return first
    with np.errstate(invalid="ignore"):
        tie = np.abs(_parts(a)[0] - _parts(b)[0]) < NEAR_ZERO
    return np.where(tie, is_complex(a) == (side == "high"), first)


def _clip(raw, side):
    x, low, high = raw
    x = x if low is None else _maximum((x, low), side)
    return x if high is None else _minimum((x, high), side)


def _absolute(raw, side):
    (x,) = raw
    return np.where(_greater(x, 0.0, side), x, -x)


def _power(raw, side):
    x, p = raw
    if is_complex(p):
        p_re, p_im = _parts(p)
        if np.any(p_im != 0):
            return np.exp(p * np.log(np.asarray(x) + 0j))
        p = p_re
    re, im = _parts(x)
    with np.errstate(all="ignore"):
        slope = np.where(np.equal(p, 0), 0, p * np.power(re, np.where(np.equal(p, 0), 1, p) - 1.0))
        return _dual(np.power(re, p), np.where(im == 0, 0, im * slope))


def _logaddexp(raw, side):
    high, low = _maximum(raw, side), _minimum(raw, side)
    (hr, hi), (lr, li) = _parts(high), _parts(low)
    e = np.exp(lr - hr)
    return _dual(hr + np.log1p(e), (hi + e * li) / (1 + e))


def _hypot(raw, side):
    a, b = raw
    return np.sqrt(a * a + b * b)


def _arctan2(raw, side):
    (y, yi), (x, xi) = _parts(raw[0]), _parts(raw[1])
    return _dual(np.arctan2(y, x), (x * yi - y * xi) / (x * x + y * y))


def _flat(function):
    def act(raw, side):
        return function(*[_parts(x)[0] for x in raw])

    return act


def _sign(raw, side):
    re, im = _parts(raw[0])
    plain = np.sign(re)
    tie = (np.abs(re) < NEAR_ZERO) & (im != 0)
    return np.where(tie, np.where(_greater(raw[0], 0.0, side), 1.0, -1.0), plain) if np.any(tie) else plain


def _remainder(function):
    def act(raw, side):
        (x, xi), (y, _) = _parts(raw[0]), _parts(raw[1])
        return _dual(function(x, y), xi + 0 * y)

    return act


def _erf_value(z, name="erf"):
    """erf or erfc in the precision of z: NumPy has neither, and `math` only doubles."""
    from flint import arb, ctx

    def exactly(x):
        high = float(x)
        if not np.isfinite(high):
            return getattr(math, name)(high)
        y = getattr(arb(high) + arb(float(x - high)), name)()
        top = float(y)
        return np.longdouble(top) + np.longdouble(float(y - arb(top)))

    if np.asarray(z).dtype != np.longdouble:
        return np.vectorize(getattr(math, name), otypes=[float])(np.asarray(z, np.float64))
    before, ctx.prec = ctx.prec, 120
    try:
        return np.vectorize(exactly, otypes=[np.longdouble])(z)
    finally:
        ctx.prec = before


def _erfc_value(z):
    return _erf_value(z, "erfc")


def _expit(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def _expit_slope(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def _tanh_slope(z):
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


_TWO_BY_ROOT_PI = 2 / np.sqrt(np.longdouble(np.pi) + np.longdouble(1.2246467991473532e-16))

CONTINUED = {
    "absolute": _absolute,
    "fabs": _absolute,
    "sign": _sign,
    "maximum": _maximum,
    "minimum": _minimum,
    "fmax": _maximum,
    "fmin": _minimum,
    "clip": _clip,
    "greater": _compare(np.greater),
    "greater_equal": _compare(np.greater_equal),
    "less": _compare(np.less),
    "less_equal": _compare(np.less_equal),
    "equal": _flat(np.equal),
    "not_equal": _flat(np.not_equal),
    "floor": _flat(np.floor),
    "ceil": _flat(np.ceil),
    "rint": _flat(np.rint),
    "trunc": _flat(np.trunc),
    "signbit": _flat(np.signbit),
    "heaviside": _flat(np.heaviside),
    "floor_divide": _flat(np.floor_divide),
    "logical_and": _flat(np.logical_and),
    "logical_or": _flat(np.logical_or),
    "logical_not": _flat(np.logical_not),
    "remainder": _remainder(np.remainder),
    "fmod": _remainder(np.fmod),
    "conjugate": lambda raw, side: raw[0],
    "power": _power,
    "float_power": _power,
    "logaddexp": _logaddexp,
    "hypot": _hypot,
    "arctan2": _arctan2,
    "tanh": _rule(np.tanh, _tanh_slope),
    "log1p": _rule(np.log1p, lambda z: 1 / (1 + z)),
    "expm1": _rule(np.expm1, np.exp),
    "exp2": _rule(np.exp2, lambda z: np.exp2(z) * np.log(np.longdouble(2))),
    "arctan": _rule(np.arctan, lambda z: 1 / (1 + z * z)),
    "arcsin": _rule(np.arcsin, lambda z: 1 / np.sqrt(1 - z * z)),
    "arccos": _rule(np.arccos, lambda z: -1 / np.sqrt(1 - z * z)),
    "arcsinh": _rule(np.arcsinh, lambda z: 1 / np.sqrt(1 + z * z)),
    "arctanh": _rule(np.arctanh, lambda z: 1 / (1 - z * z)),
    "cosh": _rule(np.cosh, np.sinh),
    "sinh": _rule(np.sinh, np.cosh),
    "cbrt": _rule(np.cbrt, lambda z: 1 / (3 * np.cbrt(z) ** 2)),
    "erf": _rule(_erf_value, lambda z: _TWO_BY_ROOT_PI * np.exp(-z * z)),
    "erfc": _rule(_erfc_value, lambda z: -_TWO_BY_ROOT_PI * np.exp(-z * z)),
    "expit": _rule(_expit, _expit_slope),
}
"""NumPy and SciPy ufuncs by name; every other one is applied to the complex numbers as it is."""


def continued_maximum(x: Any, name: str, side: str, kwargs: dict) -> Any:
    """max or min along an axis; among tied entries the one whose imaginary part wins, or the first, or the last."""
    axis, keepdims = kwargs.get("axis", 0), bool(kwargs.get("keepdims", False))
    sign = 1 if name == "maximum" else -1
    if kwargs.get("initial") is not None and "initial" in kwargs and not isinstance(kwargs["initial"], (int, float)):
        kwargs = {k: v for k, v in kwargs.items() if k != "initial"}
    if axis is None or isinstance(axis, tuple):
        axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in axis)
        rest = [a for a in range(x.ndim) if a not in axes]
        flat = np.transpose(x, [*rest, *axes]).reshape([*(x.shape[a] for a in rest), -1])
        result = continued_maximum(flat, name, side, {"axis": -1})
        if keepdims:
            result = np.reshape(result, [1 if a in axes else x.shape[a] for a in range(x.ndim)])
        return result
    re = sign * x.real
    best = re.max(axis=axis, keepdims=True)
    tied = np.abs(re - best) < NEAR_ZERO
    if side == "along":
        score = np.where(tied, sign * x.imag, -np.inf)
        index = np.argmax(score, axis=axis)
    elif side == "low":
        index = np.argmax(tied, axis=axis)
    else:
        index = x.shape[axis] - 1 - np.argmax(np.flip(tied, axis=axis), axis=axis)
    index = np.expand_dims(index, axis)
    result = np.take_along_axis(x, index, axis)
    return result if keepdims else np.squeeze(result, axis)[()]
