"""Functions of a number, each with its derivatives of any order by Taylor arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .ball import arb
from .duals import Kink, OutOfDomain, taylor

__all__ = ["FUNCTIONS", "generic"]

Function = Callable[[arb, int], arb]


def _smooth(series: Callable[[Any], Any], value: Callable[[arb], arb] | None = None) -> Function:
    def f(x: arb, order: int) -> arb:
        if order:
            return taylor(series, order, x)
        result = (value or series)(x)
        if not result.is_finite():
            raise OutOfDomain("a value outside the domain")
        return result

    return f


def _sigmoid(s: Any) -> Any:
    return 1 / (1 + (-s).exp())


def _tanh(s: Any) -> Any:
    return 1 - 2 / ((2 * s).exp() + 1)


def _gelu(s: Any) -> Any:
    return s * (1 + (s / arb(2).sqrt()).erf()) / 2


def _piecewise(below: Callable[[arb, int], arb], above: Callable[[arb, int], arb], continuous: bool = True) -> Function:
    """Two branches that meet at 0, where there is no derivative."""

    def f(x: arb, order: int) -> arb:
        if x > 0:
            return above(x, order)
        if x < 0:
            return below(x, order)
        if order == 0 and continuous:
            return above(x, 0).union(below(x, 0)) if not x.is_zero() else arb(0)
        if order == 0 and x.is_zero():
            return arb(0)
        raise Kink("a derivative at a kink")

    return f


def _line(slope: Any) -> Function:
    return lambda x, order: x * slope if order == 0 else arb(slope) if order == 1 else arb(0)


def _identity(x: arb, order: int) -> arb:
    return x if order == 0 else arb(1 if order == 1 else 0)


def _square(x: arb, order: int) -> arb:
    return (x * x, 2 * x, arb(2))[order] if order < 3 else arb(0)


FUNCTIONS: dict[str, Function] = {
    "exp": _smooth(lambda s: s.exp()),
    "log": _smooth(lambda s: s.log()),
    "sin": _smooth(lambda s: s.sin()),
    "cos": _smooth(lambda s: s.cos()),
    "tan": _smooth(lambda s: s.tan()),
    "arctan": _smooth(lambda s: s.atan()),
    "erf": _smooth(lambda s: s.erf()),
    "sqrt": _smooth(lambda s: s.sqrt()),
    "sinh": _smooth(lambda s: (s.exp() - (-s).exp()) / 2),
    "cosh": _smooth(lambda s: (s.exp() + (-s).exp()) / 2),
    "tanh": _smooth(_tanh, arb.tanh),
    "sigmoid": _smooth(_sigmoid),
    "softplus": _smooth(lambda s: (1 + s.exp()).log()),
    "silu": _smooth(lambda s: s * _sigmoid(s)),
    "gelu": _smooth(_gelu),
    "relu": _piecewise(_line(0), _line(1)),
    "leakyrelu": _piecewise(_line(arb(1) / 100), _line(1)),
    "abs": _piecewise(_line(-1), _line(1)),
    "sign": _piecewise(lambda x, order: arb(-1 if order == 0 else 0), lambda x, order: arb(1 if order == 0 else 0), False),
    "identity": _identity,
    "square": _square,
}
"""Name -> (ball, order of derivative) -> ball. Raises `OutOfDomain` or `Kink`."""


def generic(coefficients: list[int], waves: bool) -> Function:
    """Any smooth function: a cubic, with a sine on top where `waves`."""

    def series(s: Any) -> Any:
        value = s * 0 + coefficients[3]
        for c in coefficients[2::-1]:
            value = value * s + c
        return value + (s * coefficients[5]).sin() * coefficients[4] if waves else value

    return _smooth(series)
