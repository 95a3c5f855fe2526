"""Pointwise primitives: + - * /, elementary functions with their measured errors, choices with their kinks.

Each elementary function is one line: its value, its derivative as an expression in x and y = f(x), and how far a library may be
off, in units of u: `relative` |y| + `absolute` max(|x|, 1) where it loses relative accuracy. Constants: error_model.constants, and
for the functions that table lacks `MEASURED` below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..error_model.constants import K_EXP, K_LOG
from ..special import normal
from .bounded import Bounded, carried, model_of, rounded, value_of
from .movement import unbroadcast
from .operators import OPERATORS
from .tape import Primitive

__all__ = [
    "absolute",
    "add",
    "arctan",
    "arctan2",
    "between",
    "choose",
    "coarse_erf",
    "cosine",
    "divide",
    "either",
    "elementary",
    "erf",
    "exp",
    "exponential_minus_one",
    "larger",
    "log",
    "log_one_plus",
    "model_of",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "remainder",
    "sine",
    "smaller",
    "square",
    "square_root",
    "subtract",
    "tanh",
    "truncated_remainder",
    "wider",
]

Array = np.ndarray


# ------------------------------------------------------------------------------------------------------------ arithmetic
def _add(a: Any, b: Any) -> Any:
    model = model_of(a, b)
    value = value_of(a) + value_of(b)
    same = _zero(a) or _zero(b)
    return rounded(model, value, ((None, _spread_to(a, value)), (None, _spread_to(b, value))), units=0.0 if same else 1.0)


def _subtract(a: Any, b: Any) -> Any:
    model = model_of(a, b)
    value = value_of(a) - value_of(b)
    return rounded(model, value, ((None, _spread_to(a, value)), (None, _spread_to(b, value))))


def _zero(x: Any) -> bool:
    return isinstance(x, (int, float)) and x == 0


def _spread_to(x: Any, value: Array) -> Any:
    """The errors of x in the shape of a result it was broadcast to."""
    if not isinstance(x, Bounded) or x.bound is None or x.spread is None or x.shape == value.shape:
        return x
    return x.like(
        np.broadcast_to(x.value, value.shape), np.broadcast_to(x.bound, value.shape), np.broadcast_to(x.spread, value.shape)
    )


POWERS_OF_TWO = frozenset(2.0**k for k in range(-60, 61))


def _multiply(a: Any, b: Any) -> Any:
    model = model_of(a, b)
    x, y = value_of(a), value_of(b)
    value = x * y
    terms = [(y, a), (x, b)]
    if isinstance(a, Bounded) and isinstance(b, Bounded) and a.bound is not None and b.bound is not None:
        terms.append((a.bound, Bounded(b.value, b.contract, b.bound, b.spread)))
    exact = any(isinstance(c, (int, float)) and abs(c) in POWERS_OF_TWO for c in (a, b))
    return rounded(model, value, tuple(terms), units=0.0 if exact else 1.0, floor=1.0)


def _divide(a: Any, b: Any) -> Any:
    model = model_of(a, b)
    x, y = value_of(a), value_of(b)
    value = x / y
    least = np.abs(y) - b.bound if isinstance(b, Bounded) and b.bound is not None else np.abs(y)
    least = np.where(least > 0, least, 0.0)
    return rounded(model, value, ((1 / least, a), (value / least, b)), units=2.0, floor=1.0)


def _negate(a: Bounded) -> Bounded:
    return a.like(-a.value, a.bound, a.spread, a.size)


add = Primitive(lambda a, b: a + b, _add, lambda g, y, a, b: (lambda: _to(g, a), lambda: _to(g, b)))
subtract = Primitive(lambda a, b: a - b, _subtract, lambda g, y, a, b: (lambda: _to(g, a), lambda: _to(g, b, negative=True)))
multiply = Primitive(lambda a, b: a * b, _multiply, lambda g, y, a, b: (lambda: _to(g, a, b), lambda: _to(g, b, a)))
divide = Primitive(
    lambda a, b: a / b,
    _divide,
    lambda g, y, a, b: (lambda: unbroadcast(g / b, a), lambda: unbroadcast(-(g * y) / b, b)),
)
negative = Primitive(lambda a: -a, _negate, lambda g, y, a: (-g,))
OPERATORS.update(add=add, subtract=subtract, multiply=multiply, divide=divide, negative=negative)


def _to(g: Any, x: Any, factor: Any = None, negative: bool = False) -> Any:
    """g, times a factor, summed down to the shape of x."""
    g = g if factor is None else g * factor
    return unbroadcast(-g if negative else g, x)


# --------------------------------------------------------------------------------------------------- elementary functions
def elementary(
    value: Callable,
    slope: Callable,
    relative: float = 2.0,
    absolute: float = 0.0,
    reach: Callable[[Array], Array] = np.abs,
    from_result: bool = True,
) -> Primitive:
    """A function of one number: NumPy's value, its derivative slope(x, y) in primitives, its error in units of u.

    `reach(x)` scales the absolute part; `from_result` says that the slope needs y. An argument that carries an error moves the value
    by the steepest slope in reach.
    """

    def bounded(x: Bounded) -> Bounded:
        y = value(x.value)
        off = absolute * reach(x.value) if absolute else 0.0
        if x.bound is None:
            return rounded(x, y, (), relative, off, 1.0)
        steepest = np.abs(np.asarray(slope(x.value, y)) + 0 * y)
        for z in (x.value - x.bound, x.value + x.bound):
            s = np.abs(slope(z, value(z) if from_result else y))
            steepest = np.where(s > steepest, s, steepest)
        return rounded(x, y, ((steepest, x),), relative, off, 1.0)

    return Primitive(value, bounded, lambda g, y, x: (g * slope(x, y),))


exp = elementary(np.exp, lambda x, y: y, K_EXP / 2)
log = elementary(np.log, lambda x, y: 1.0 / x, K_LOG / 2, 1.0, lambda x: np.where(np.abs(x - 1) < 0.5, np.abs(x - 1), 0.0))
exponential_minus_one = elementary(np.expm1, lambda x, y: y + 1.0, 6.0)
log_one_plus = elementary(np.log1p, lambda x, y: 1.0 / (x + 1.0), 4.0)
tanh = elementary(np.tanh, lambda x, y: 1.0 - y * y, 14.0)
square_root = elementary(np.sqrt, lambda x, y: 0.5 / y, 2.0)
square = elementary(np.square, lambda x, y: 2.0 * x, 1.0)
reciprocal = elementary(lambda x: 1.0 / x, lambda x, y: -(y * y), 1.0)
sine = elementary(np.sin, lambda x, y: cosine(x), 2.0, 2.0, lambda x: np.minimum(np.abs(x), 1.0))
cosine = elementary(np.cos, lambda x, y: -sine(x), 2.0, 2.0, lambda x: np.minimum(np.abs(x), 1.0))
arctan = elementary(np.arctan, lambda x, y: 1.0 / (x * x + 1.0), 4.0)
TWO_OVER_ROOT_PI = 2 / np.sqrt(np.pi)


def _erf(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype != object:
        z = np.abs(x) * np.sqrt(2.0)
        small = np.square(np.minimum(np.abs(x), 0.5))
        series = _ERF[-1]
        for c in reversed(_ERF[:-1]):
            series = series * small + c
        series = TWO_OVER_ROOT_PI * np.abs(x) * series
        return np.sign(x) * np.where(np.abs(x) < 0.5, series, 1 - 2 * normal(-z)[0])
    return np.vectorize(lambda b: b.erf(), otypes=[object])(x).view(type(x)) if isinstance(x, np.ndarray) else x.erf()


_ERF = tuple((-1.0) ** k / (float(np.prod(np.arange(1.0, k + 1))) * (2 * k + 1)) for k in range(15))
erf = elementary(
    _erf, lambda x, y: TWO_OVER_ROOT_PI * exp(-(x * x)), 4.0, 4.0, lambda x: np.minimum(np.abs(x), 1.0), from_result=False
)
coarse_erf = elementary(_erf, lambda x, y: TWO_OVER_ROOT_PI * exp(-(x * x)), 2.0, 8.0, np.ones_like, from_result=False)
"""erf as fused kernels approximate it, to an absolute error: 6.4 u |x| in a gelu was the most seen (error_model.constants)."""


def power(x: Any, c: float) -> Any:
    """x^c for a number c."""
    if c == 0:
        return x * 0.0 + 1.0
    if c == 1:
        return x * 1.0
    slope = lambda x, y: c * (1.0 if c == 1 else 2.0 * x / c if c == 2 else power(x, c - 1))  # noqa: E731
    return elementary(lambda v: v**c if c not in (2, 3) else v * v if c == 2 else v * v * v, slope, 4.0)(x)


# ------------------------------------------------------------------------------------------------------------- choices
def _choose_bounded(mask: Array, a: Any, b: Any) -> Bounded:
    model = model_of(a, b)
    value = np.where(mask, value_of(a), value_of(b))
    if all(not isinstance(x, Bounded) or x.bound is None for x in (a, b)):
        return model.like(value)
    pick = lambda name: np.where(mask, *(_error(x, name) for x in (a, b)))  # noqa: E731
    return model.like(value, np.broadcast_to(pick("bound"), value.shape), np.broadcast_to(pick("spread"), value.shape))


def _error(x: Any, name: str) -> Any:
    error = getattr(x, name, None)
    return 0.0 if error is None else error


choose = Primitive(
    lambda mask, a, b: np.where(mask, a, b),
    _choose_bounded,
    lambda g, y, mask, a, b: (
        None,
        lambda: unbroadcast(choose(mask, g, 0.0), a),
        lambda: unbroadcast(choose(mask, 0.0, g), b),
    ),
)
"""choose(mask, a, b): a where the mask holds, b elsewhere; without rounding."""


def wider(x: Any, half: Any) -> Any:
    """x ± half, where everything in between is right: at a kink, or where a tie may be broken either way."""
    if not isinstance(x, Bounded):
        return x
    half = np.broadcast_to(np.abs(value_of(half)), x.shape)
    if not half.any():
        return x
    bound, spread = (half, half) if x.bound is None or x.spread is None else (x.bound + half, x.spread + half)
    return x.like(x.value, bound, spread, x.size)


def _either(a: Any, b: Any) -> Any:
    """The first, with the larger of both errors."""
    if not isinstance(a, Bounded) or not isinstance(b, Bounded) or a.bound is None or b.bound is None:
        return a
    return a.like(a.value, np.maximum(a.bound, b.bound), np.maximum(_error(a, "spread"), _error(b, "spread")), a.size)


either = Primitive(lambda a, b: a, _either, lambda g, y, a, b: (g, None))
"""either(a, b): one number by two formulas, of which a kernel evaluates one; the error covers both."""


def _modulo(of: Callable, quotient: Callable) -> Primitive:
    """A remainder: x - y q with a whole q, which kernels form exactly."""

    def bounded(x: Any, y: Any) -> Bounded:
        model = model_of(x, y)
        a, b = value_of(x), value_of(y)
        value = of(a, b)
        return rounded(model, value, ((None, _spread_to(x, value)), (quotient(a / b), y)))

    return Primitive(
        of,
        bounded,
        lambda g, r, x, y: (lambda: unbroadcast(g, x), lambda: unbroadcast(-(g * quotient(value_of(x) / value_of(y))), y)),
    )


remainder = _modulo(np.remainder, np.floor)
truncated_remainder = _modulo(np.fmod, np.trunc)


def between(g: Any, left: Any, right: Any, kink: Array) -> Any:
    """g times a slope that is `right` where no kink is, and anything from `left` to `right` where one is."""
    one = g * right
    if not np.any(kink):
        return one
    middle = choose(kink, g * (0.5 * (left + right)), one)
    half = np.where(kink, 0.5 * np.abs(value_of(g)) * np.abs(right - left), 0.0)
    return wider(middle, half)


def _plain_larger(a: Any, b: Any) -> Any:
    balls = any(np.asanyarray(x).dtype.kind == "O" for x in (a, b))
    return np.where(a >= b, a, b) if balls else np.maximum(a, b)


def _larger(a: Any, b: Any) -> Bounded:
    """Either may be the larger where their errors overlap: the maximum of the two moves by at most the larger error."""
    model = model_of(a, b)
    x, y = np.broadcast_arrays(value_of(a), value_of(b))
    value = np.maximum(x, y)
    bound, spread = carried((None, _spread_to(a, value)), (None, _spread_to(b, value)))
    return model.like(value, bound, spread)


def _larger_pull(g: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    x, z = value_of(a), value_of(b)
    tie = np.abs(x - z) <= _error(a, "bound") + _error(b, "bound")
    to_a = between(g, 0.0, (x > z).astype(float) + np.where(tie, 1.0 * (x <= z), 0.0), tie)
    to_b = between(g, 0.0, (z > x).astype(float) + np.where(tie, 1.0 * (z <= x), 0.0), tie)
    return (lambda: unbroadcast(to_a, a), lambda: unbroadcast(to_b, b))


larger = Primitive(_plain_larger, _larger, _larger_pull)
"""larger(a, b): the maximum; at a tie every share of the cotangent is right."""


def smaller(a: Any, b: Any) -> Any:
    """The minimum."""
    return -larger(-a, -b)


def absolute(x: Any) -> Any:
    """|x|; at 0 every slope from -1 to 1 is right."""
    return larger(x, -x)


def arctan2(y: Any, x: Any) -> Any:
    """The angle of (x, y); its VJPs are g x/(x² + y²) and -g y/(x² + y²)."""
    return _angle(y, x)


def _angle_bounded(y: Any, x: Any) -> Bounded:
    model = model_of(y, x)
    a, b = value_of(y), value_of(x)
    r = a * a + b * b
    return rounded(model, np.arctan2(a, b), ((b / r, y), (a / r, x)), 4.0, 0.0, 1.0)


_angle = Primitive(
    np.arctan2,
    _angle_bounded,
    lambda g, r, y, x: (
        lambda: unbroadcast(g * (x / (x * x + y * y)), y),
        lambda: unbroadcast(-(g * (y / (x * x + y * y))), x),
    ),
)
