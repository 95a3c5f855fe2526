"""Numbers with slopes: a ball, or a ball with its derivatives along some directions, nested for derivatives of derivatives.

A slope follows from Taylor arithmetic of the function that was written down. No table of derivatives is involved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .ball import arb, arb_series, fac

__all__ = ["Dual", "Kink", "OutOfDomain", "primal", "real_function", "taylor"]


class OutOfDomain(ArithmeticError):
    """A pole or a point outside a function's domain."""


class Kink(ArithmeticError):
    """A derivative at a point where there is none."""


class Dual:
    """p + Σ t[k] ε_k. Of two duals with different tags the higher is the outer one, so that nested derivatives stay apart."""

    __slots__ = ("p", "t", "tag")

    def __init__(self, tag: int, p: Any, t: dict[int, Any]) -> None:
        self.tag, self.p, self.t = tag, p, t

    def _lift(self, other: Any) -> tuple[Dual, Dual] | None:
        """Both at one tag, or None when `other` is the outer one."""
        if type(other) is Dual:
            if other.tag > self.tag:
                return None
            if other.tag == self.tag:
                return self, other
        return self, Dual(self.tag, other, {})

    def __add__(self, other: Any) -> Any:
        both = self._lift(other)
        if both is None:
            return Dual(other.tag, self + other.p, other.t)
        a, b = both
        t = dict(a.t)
        for k, v in b.t.items():
            t[k] = t[k] + v if k in t else v
        return Dual(a.tag, a.p + b.p, t)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(self.tag, -self.p, {k: -v for k, v in self.t.items()})

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    def __mul__(self, other: Any) -> Any:
        both = self._lift(other)
        if both is None:
            return Dual(other.tag, self * other.p, {k: self * v for k, v in other.t.items()})
        a, b = both
        t = {k: v * b.p for k, v in a.t.items()}
        for k, v in b.t.items():
            w = a.p * v
            t[k] = t[k] + w if k in t else w
        return Dual(a.tag, a.p * b.p, t)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self * reciprocal(other)

    def __rtruediv__(self, other: Any) -> Any:
        return other * reciprocal(self)


def reciprocal(x: Any) -> Any:
    if type(x) is Dual:
        inverse = reciprocal(x.p)
        slope = -(inverse * inverse)
        return Dual(x.tag, inverse, {k: slope * v for k, v in x.t.items()})
    x = arb(x)
    if x.contains(0):
        raise OutOfDomain("a division by zero")
    return 1 / x


def primal(x: Any) -> arb:
    """The value without its slopes."""
    while type(x) is Dual:
        x = x.p
    return x if isinstance(x, arb) else arb(x)


Taylor = Callable[[Any], Any]


def taylor(f: Taylor, order: int, x: arb) -> arb:
    """The derivative of the given order of `f` at `x`, from the power series of f(x + t)."""
    series = f(arb_series([x, 1], order + 1))
    value = series[order] * fac(order)
    if not value.is_finite():
        raise OutOfDomain("a value outside the domain")
    return value


def real_function(f: Callable[[arb, int], arb], order: int, x: Any) -> Any:
    """f^(order)(x), where `f(x, order)` gives derivatives at a ball; slopes follow by the chain rule."""
    if type(x) is Dual:
        value = real_function(f, order, x.p)
        if not x.t:
            return Dual(x.tag, value, {})
        slope = real_function(f, order + 1, x.p)
        return Dual(x.tag, value, {k: slope * v for k, v in x.t.items()})
    return f(x, order)
