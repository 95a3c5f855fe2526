"""Derivatives from their definition: the limit of difference quotients, taken in ball arithmetic.

No rule of differentiation is used. At h = 2^-120 the truncation error of a smooth function is about 1e-36 of its curvature, the
cancellation costs 120 of 400 bits, and the balls bound everything else. Left and right quotients are formed separately: for a
smooth function they differ by h times the second derivative, at a kink by the jump.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, isfinite, log10
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, BallArray
from .convert import as_ball, as_objects, precision
from .errors import NotBallable
from .evaluate import run, to_balls
from .kinks import Kinks, recording
from .namespaces import user_namespaces

__all__ = ["BallFunction", "Slope", "slope_along", "slopes"]

STEP = 120  # h = 2^-STEP
MOST_BITS = 6400


@dataclass(frozen=True)
class Slope:
    """A directional derivative.

    Attributes
    ----------
    central, left, right : float64, correctly rounded from the balls; `central` is their mean. left: h -> 0 from below.
    radius : bound on the rounding error of the three quotients (balls) plus the difference of the quotients at h and h/2
        where the function is smooth: the truncation error with room to spare.
    digits : decimal digits of `central` that are certain; where it cannot be told from zero, digits relative to f(x); inf for
        an exact result.
    smooth : left and right agree within the truncation error of a smooth function.
    finite : False where a one-sided limit does not exist (a vertical tangent, a pole).
    kinks : ties met at the point itself, by source line.
    ball : `central` as a ball, for whoever wants more than 53 bits.
    """

    central: float
    left: float
    right: float
    radius: float
    digits: float
    smooth: bool = True
    finite: bool = True
    kinks: Kinks = field(default_factory=Kinks)
    ball: Any = None

    def contains(self, value: float, allowance: float = 0.0) -> bool:
        """Whether `value` lies between the one-sided derivatives, give or take `allowance`. NaN never does."""
        low, high = min(self.left, self.right), max(self.left, self.right)
        return low - allowance - self.radius <= value <= high + allowance + self.radius


class BallFunction:
    """`forward` at one point, ready to be differentiated along many directions; f(x) and the balls of x are made once.

    Parameters
    ----------
    forward : inputs -> cost.
    inputs : dict of arrays; never written to.
    bits : working precision; raised by itself when the balls grow too wide.
    step : h = 2^-step.
    check : once, test that no value was rounded to float64 on the way (`NotBallable` if so).
    """

    def __init__(self, forward: Callable, inputs: Mapping[str, Any], bits: int = 400, step: int = STEP, check: bool = True):
        self.forward, self.inputs, self.bits, self.step = forward, dict(inputs), bits, step
        self._namespaces = user_namespaces(forward)
        self._balls = to_balls(inputs, bits)
        self._values: dict[int, tuple[arb, Kinks]] = {}
        self._unchecked = check
        self._last: tuple[Mapping[str, Any], dict[str, tuple[Any, Any]]] | None = None

    def _fresh(self) -> dict[str, Any]:
        return {k: _copy(v) for k, v in self._balls.items()}

    def _at(self, bits: int) -> tuple[arb, Kinks]:
        if bits not in self._values:
            with precision(bits), recording() as log:
                self._values[bits] = run(self.forward, self._fresh(), self._namespaces), log
        return self._values[bits]

    def value(self) -> arb:
        """f(x) as a ball."""
        return self._at(self.bits)[0]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Inputs that can be differentiated: float arrays and floats."""
        return tuple(k for k, v in self.inputs.items() if isinstance(v, (np.ndarray, float)) and np.asarray(v).dtype.kind == "f")

    def _exact(self, directions: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """name -> (indices that move, direction there as balls); remembered for the directions asked last."""
        if self._last is None or self._last[0] is not directions:
            prepared = {}
            for name, direction in directions.items():
                d = np.asarray(direction, dtype=np.float64)
                if name not in self._balls:
                    raise NotBallable(f"slope_along: directions must name inputs, got {name!r}. Known: {', '.join(self._balls)}.")
                if d.shape != np.shape(self._balls[name]):
                    shape = np.shape(self._balls[name])
                    raise NotBallable(f"slope_along: the direction of {name} must have shape {shape}, got {d.shape}. Reshape it.")
                at = ... if d.all() or not d.ndim else np.nonzero(d)
                prepared[name] = at, as_objects(d[at])
            self._last = directions, prepared
        return self._last[1]

    def _moved(self, directions: Mapping[str, Any], scale: arb) -> dict[str, Any]:
        """x + scale·d, exactly."""
        new = self._fresh()
        for name, (at, d) in self._exact(directions).items():
            here = new[name]
            if not isinstance(here, BallArray) or not here.ndim:
                new[name] = Ball(as_ball(here) + scale * as_ball(d)) if d.size else here
            else:
                base = here.view(np.ndarray)
                base[at] = base[at] + d * scale
        return new

    def _difference(self, directions: Mapping[str, Any], step: int, sign: int, bits: int, away: int | None = None) -> arb:
        """(f(x + h d) - f(x)) / h for h = sign 2^-step; with `away` at x + 2^-away d."""
        with precision(bits):
            h = arb(sign) * arb(2) ** -step
            here = arb(0) if away is None else arb(2) ** -away
            f = run(self.forward, self._moved(directions, here + h), self._namespaces)
            base = self._at(bits)[0] if away is None else run(self.forward, self._moved(directions, here), self._namespaces)
            return (f - base) / h

    def _refuse_leaks(self, directions: Mapping[str, Any], fine: tuple[arb, arb] | None) -> None:
        """A value rounded to float64 hides from a step of 2^-120 but not from one of 2^-40: the quotients then disagree.

        They disagree too where a kink lies within 2^-40; so the same is asked at two points beside this one, where it does not.
        """
        if self._hides(directions, fine, None) and all(
            self._hides(directions, self._quotients(directions, self.step, away), away) for away in (20, 8)
        ):
            raise NotBallable(
                "forward: some value is rounded to float64 on the way, which hides the derivative. "
                "Look for arrays made outside forward, item assignment into them, or a library written in C; use float64 differences."
            )

    def _hides(self, directions: Mapping[str, Any], fine: tuple[arb, arb] | None, away: int | None) -> bool:
        coarse = self._quotients(directions, 40, away)
        if coarse is None or fine is None:
            return False
        scale = max(abs(float(fine[0])), abs(float(fine[1])), abs(float(self.value())), 2.0**-60)
        return not max(abs(float(c - f)) for c, f in zip(coarse, fine, strict=True)) <= scale * 2.0**-26

    def _check_all_leaks(self) -> None:
        rng = np.random.default_rng(20260101)
        directions = {name: rng.integers(1, 8, np.shape(self.inputs[name])) / 8.0 for name in self.names}
        self._refuse_leaks(directions, self._quotients(directions, self.step))

    def _quotients(self, directions: Mapping[str, Any], step: int, away: int | None = None) -> tuple[arb, arb] | None:
        """Left and right quotients, at the first precision whose balls are narrow; None when none is.

        With `away`, at the point x + 2^-away d instead of x.
        """
        bits = self.bits
        while bits <= MOST_BITS:
            left, right = (self._difference(directions, step, sign, bits, away) for sign in (-1, 1))
            if _narrow(left) and _narrow(right):
                return left, right
            bits *= 2
        return None

    def slope(self, directions: Mapping[str, Any], check: bool = False) -> Slope:
        """The derivative along `directions` (name -> array of the input's shape); names left out do not move.

        `check` repeats the rounding test along these directions.

        Raises `NotBallable` when `forward` cannot be run on balls, or only with a loss of precision.
        """
        if self._unchecked:
            self._unchecked = False
            self._check_all_leaks()
        quotients = self._quotients(directions, self.step)
        kinks = self._at(self.bits)[1]
        if quotients is None:
            nan = float("nan")
            return Slope(nan, nan, nan, inf, 0.0, False, False, kinks)
        if check:
            self._refuse_leaks(directions, quotients)
        with precision(self.bits):
            return self._judge(*quotients, directions, kinks)

    def _judge(self, left: arb, right: arb, directions: Mapping[str, Any], kinks: Kinks) -> Slope:
        central = (left + right) / 2
        rounding = max(float(left.rad()), float(right.rad()))
        gap = abs(float((right - left).mid()))
        size = max(abs(float(left)), abs(float(right)))
        if _same(left, right, 2.0 ** (-self.step / 2)) or gap <= 2.0 ** (-self.step / 2) * min(
            1.0, abs(float(self._at(self.bits)[0].mid()))
        ):
            radius = gap + rounding
            return Slope(
                float(central), float(left), float(right), radius, self._digits(float(central), radius), kinks=kinks, ball=central
            )
        again = self._quotients(directions, self.step + 8)  # a kink, or no limit at all: does the quotient settle?
        moved = inf if again is None else max(abs(float(again[0] - left)), abs(float(again[1] - right)))
        finite = isfinite(size) and moved <= 2.0**-20 * size
        radius = (moved if isfinite(moved) else size) + rounding
        return Slope(float(central), float(left), float(right), radius, self._digits(size, radius), False, finite, kinks, central)

    def _digits(self, value: float, radius: float) -> float:
        """Certain digits of a slope; of one that may be exactly zero, digits after the leading one of f(x)."""
        if radius == 0:
            return inf
        scale = abs(value) if abs(value) > radius else max(abs(float(self.value())), 1e-300)
        return max(0.0, log10(scale / radius)) if radius < inf else 0.0

    def slopes(self, name: str, indices: Iterable[Any]) -> list[Slope]:
        """The derivative with respect to each entry `index` of the input `name`."""
        shape = np.shape(self.inputs[name])
        results = []
        for index in indices:
            d = np.zeros(shape)
            d[index] = 1.0
            results.append(self.slope({name: d}))
        return results


def _copy(v: Any) -> Any:
    if isinstance(v, np.ndarray):
        return v.copy()
    if isinstance(v, dict):
        return {k: _copy(w) for k, w in v.items()}
    return type(v)(_copy(w) for w in v) if type(v) in (list, tuple) else v


def _narrow(q: arb) -> bool:
    return q.is_finite() and float(q.rad()) <= max(abs(float(q)), 1e-30) * 1e-30


def _same(x: arb, y: arb, tolerance: float) -> bool:
    return abs(float((x - y).mid())) <= tolerance * max(abs(float(x)), abs(float(y)))


def slope_along(
    forward: Callable, inputs: Mapping[str, Any], directions: Mapping[str, Any], bits: int = 400, step: int = STEP
) -> Slope:
    """The derivative of `forward` at `inputs` along `directions`, from the definition; see `Slope` and `BallFunction`.

    >>> slope_along(lambda inputs: (inputs["x"] ** 3).sum(), {"x": np.array([1.0, 2.0])}, {"x": np.array([1.0, 0.0])}).central
    3.0
    """
    return BallFunction(forward, inputs, bits, step, check=False).slope(directions, check=True)


def slopes(
    forward: Callable, inputs: Mapping[str, Any], name: str, indices: Iterable[Any] | None = None, **options: Any
) -> list[Slope]:
    """The derivative with respect to the entries `indices` of input `name` (all of them by default), in order."""
    function = BallFunction(forward, inputs, **options)
    return function.slopes(name, np.ndindex(np.shape(inputs[name])) if indices is None else indices)
