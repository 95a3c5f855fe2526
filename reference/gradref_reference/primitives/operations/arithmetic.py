"""Sums, products, quotients, powers and elementary functions, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...special import normal_cdf
from .. import pointwise as p
from ..movement import unbroadcast
from .operation import Operation, constant, plain

__all__ = ["ARITHMETIC"]


def from_result(primitive: Callable, slope: Callable) -> Operation:
    """An elementary function whose kernel forms the VJP from its stored result: x̄ = g slope(x, y)."""
    return Operation(primitive, lambda g, y, x: (g * slope(x, y),))


def elementary(*arguments: Any, **options: Any) -> Operation:
    """An elementary function that has no further name here."""
    return Operation(p.elementary(*arguments, **options))


def add(x: Any, y: Any, alpha: float = 1) -> Any:
    return x + (y if alpha == 1 else y * constant(alpha, x))


def subtract(x: Any, y: Any, alpha: float = 1) -> Any:
    return x - (y if alpha == 1 else y * constant(alpha, x))


def reversed_subtract(x: Any, y: Any, alpha: float = 1) -> Any:
    return y - (x if alpha == 1 else x * constant(alpha, x))


def divide(x: Any, y: Any, rounding_mode: str | None = None) -> Any:
    if rounding_mode is None:
        return x / y
    return {"floor": np.floor, "trunc": np.trunc}[rounding_mode](plain(x) / plain(y))


def power(x: Any, exponent: float) -> Any:
    return p.power(x, exponent)


def power_of_two(x: Any, exponent: Any) -> Any:
    """x^y with arrays for both (x > 0): exp(y ln x)."""
    return _general_power(x, exponent)


def _power_bounded(x: Any, y: Any) -> Any:
    model = p.model_of(x, y)
    a, b = plain(x), plain(y)
    value = a**b
    return p.rounded(model, value, ((b * a ** (b - 1), x), (value * np.log(np.abs(a)), y)), 8.0, 0.0, 1.0)


_general_power = p.Primitive(
    lambda x, y: x**y,
    _power_bounded,
    lambda g, r, x, y: (
        lambda: unbroadcast(g * (y * _general_power(x, y - 1.0)), x),
        lambda: unbroadcast(p.choose(plain(x) == 0, 0.0, g * (r * p.log(p.choose(plain(x) == 0, 1.0, x)))), y),
    ),
)


def power_of_number(x: Any, base: float) -> Any:
    """c^x for a number c."""
    return p.exp(x * float(np.log(base)))


def add_product(x: Any, a: Any, b: Any, value: float = 1) -> Any:
    return x + (a * b if value == 1 else a * b * constant(value, x))


def add_quotient(x: Any, a: Any, b: Any, value: float = 1) -> Any:
    return x + (a / b if value == 1 else a / b * constant(value, x))


def interpolate(x: Any, end: Any, weight: Any) -> Any:
    """x + w (end - x), formed from the nearer end."""
    w = constant(weight, x) if isinstance(weight, float) else weight
    near = np.abs(plain(w)) < 0.5
    return p.choose(near, x + w * (end - x), end - (end - x) * (1.0 - w))


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """x between two limits; at a limit every slope from 0 to 1 is right."""
    if low is not None:
        x = p.larger(x, constant(low, x) if isinstance(low, (int, float)) else low)
    if high is not None:
        x = p.smaller(x, constant(high, x) if isinstance(high, (int, float)) else high)
    return x


def clip_by(x: Any, low: Any = None, high: Any = None) -> Any:
    """x between two arrays."""
    x = x if low is None else p.larger(x, low)
    return x if high is None else p.smaller(x, high)


def logaddexp(x: Any, y: Any) -> Any:
    """ln(eˣ + eʸ), from the larger of the two."""
    top = np.maximum(plain(x), plain(y))
    return p.log(p.exp(x - top) + p.exp(y - top)) + top


def x_log_y(x: Any, y: Any) -> Any:
    """x ln y, 0 where x is 0."""
    zero = plain(x) == 0
    return p.choose(zero, 0.0, x * p.log(p.choose(zero, 1.0, y)))


def flat(function: Callable) -> Operation:
    """A step function: its derivative is 0 wherever there is one."""
    return Operation(lambda x: function(plain(x)), lambda g, y, x: (g * 0.0,))


def _erfc(x: Any) -> Any:
    return 1 - x.erf() if x.dtype == object else 2 * normal_cdf(-np.sqrt(2.0) * x)


def hypotenuse(x: Any, y: Any) -> Any:
    return p.square_root(x * x + y * y)


ROOT_TWO_LN = float(np.log(2.0))
LN_TEN = float(np.log(10.0))

ARITHMETIC: dict[str, Operation] = {
    "add": Operation(add),
    "subtract": Operation(subtract),
    "reversed_subtract": Operation(reversed_subtract),
    "multiply": Operation(lambda x, y: x * y),
    "divide": Operation(divide),
    "remainder": Operation(p.remainder),
    "truncated_remainder": Operation(p.truncated_remainder),
    "negative": Operation(lambda x: -x),
    "absolute": Operation(p.absolute),
    "square": Operation(p.square),
    "reciprocal": from_result(p.reciprocal, lambda x, y: -(y * y)),
    "square_root": from_result(p.square_root, lambda x, y: 0.5 / y),
    "reciprocal_root": Operation(lambda x: 1.0 / p.square_root(x), lambda g, y, x: (g * (-0.5 * (y * y * y)),)),
    "power": Operation(power),
    "power_of_tensors": Operation(power_of_two),
    "power_of_number": Operation(power_of_number),
    "exp": from_result(p.exp, lambda x, y: y),
    "exp2": Operation(lambda x: p.exp(x * ROOT_TWO_LN), lambda g, y, x: (g * (y * ROOT_TWO_LN),)),
    "expm1": from_result(p.exponential_minus_one, lambda x, y: y + 1.0),
    "log": Operation(p.log),
    "log1p": Operation(p.log_one_plus),
    "log2": elementary(np.log2, lambda x, y: 1.0 / (x * ROOT_TWO_LN), 4.0, 1.0, lambda x: np.minimum(np.abs(x - 1), 1.0)),
    "log10": elementary(np.log10, lambda x, y: 1.0 / (x * LN_TEN), 4.0, 1.0, lambda x: np.minimum(np.abs(x - 1), 1.0)),
    "sin": Operation(p.sine),
    "cos": Operation(p.cosine),
    "tan": elementary(np.tan, lambda x, y: 1.0 + y * y, 8.0),
    "arctan": Operation(p.arctan),
    "arcsin": elementary(np.arcsin, lambda x, y: 1.0 / p.square_root(1.0 - x * x), 4.0),
    "arccos": elementary(np.arccos, lambda x, y: -1.0 / p.square_root(1.0 - x * x), 4.0, 2.0, lambda x: np.ones_like(x)),
    "sinh": elementary(np.sinh, lambda x, y: 0.5 * (p.exp(x) + p.exp(-x)), 6.0),
    "cosh": elementary(np.cosh, lambda x, y: 0.5 * (p.exp(x) - p.exp(-x)), 6.0),
    "arcsinh": elementary(np.arcsinh, lambda x, y: 1.0 / p.square_root(x * x + 1.0), 6.0, 2.0),
    "arccosh": elementary(np.arccosh, lambda x, y: 1.0 / p.square_root(x * x - 1.0), 6.0, 2.0),
    "arctanh": elementary(np.arctanh, lambda x, y: 1.0 / (1.0 - x * x), 6.0, 2.0),
    "arctan2": Operation(p.arctan2),
    "erf": Operation(p.erf),
    "erfc": elementary(_erfc, lambda x, y: -(p.TWO_OVER_ROOT_PI * p.exp(-(x * x))), 8.0, 2.0),
    "maximum": Operation(p.larger),
    "minimum": Operation(p.smaller),
    "clip": Operation(clip),
    "clip_by": Operation(clip_by),
    "where": Operation(lambda mask, x, y: p.choose(plain(mask), x, y)),
    "add_product": Operation(add_product),
    "add_quotient": Operation(add_quotient),
    "interpolate": Operation(interpolate),
    "logaddexp": Operation(logaddexp),
    "x_log_y": Operation(x_log_y),
    "hypotenuse": Operation(hypotenuse),
    "sign": flat(np.sign),
    "floor": flat(np.floor),
    "ceil": flat(np.ceil),
    "round": flat(np.rint),
    "trunc": flat(np.trunc),
}
