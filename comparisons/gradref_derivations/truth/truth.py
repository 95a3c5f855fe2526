"""The true derivative of somebody's `forward` along directions, with its error, by the best method that works for it.

1. Ball arithmetic (`gradref_balls`): the limit of difference quotients, right to 30 digits with proof, for the random
   directions of small problems, and for whatever 2 cannot do.
2. Complex step in extended precision: Im C(x + i h t) / h, exact to rounding since h is 1e-30 (no subtraction).
3. Differences with Richardson extrapolation, for code that neither can pass.

The error of 2 is measured, not assumed: the same step is taken again with every operation disturbed (`probe`). A complex step
that disagrees with plain differences, because some function in the code drops imaginary parts, is not used.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from ..program.guard import Failed
from ..program.program import Inputs, Program
from .probe import Probe, Settings, probing, strip
from .proxies import WIDENED

__all__ = ["Slope", "Truth"]

H = 2.0**-100
TINY_H = np.longdouble(2) ** (-3000 if np.finfo(np.longdouble).maxexp > 4000 else -100)  # for inputs themselves near 1e-30
SAFETY = 32.0  # multiple of a measured spread that is allowed for
Direction = dict[str, np.ndarray]
BALLS = "ball arithmetic, by the limit definition"
SMALL = 20_000  # numbers in all inputs together up to which more than double precision is tried
BALL_SECONDS = 0.08  # for one slope
ROUGH = 1e-12  # error of a complex step, relative to the largest slope, above which balls are asked whatever they cost
BALL_CONFIRMS = 20_000  # numbers in the inputs up to which balls have the last word
EXTENDED_UNIT = float(np.finfo(np.longdouble).eps)


@dataclass(frozen=True)
class Slope:
    """A directional derivative: every value a convention at kinks may give lies in [low, high], up to `error`."""

    low: float
    high: float
    error: float

    @property
    def value(self) -> float:
        return 0.5 * (self.low + self.high) if self.low != self.high else self.low


class NotAnalytic(Exception):
    """Complex numbers cannot pass through this code, or lose their imaginary part on the way."""


@dataclass
class Truth:
    """Derivatives of `program.forward` at `inputs`. `method` and `digits` say how and how well, after first use."""

    program: Program
    inputs: Inputs
    names: tuple[str, ...]
    cost: float
    wide: bool = True  # extended precision, until it turns out to be slow
    method: str = ""
    kinked: bool = False
    seconds: float = 0.0
    worst: float = 0.0  # largest error relative to its slope
    exact: bool = True  # use balls, until they turn out to be slow or impossible
    ball_digits: float = np.inf
    analytic: bool | None = field(default=None, repr=False)  # complex numbers can pass through forward; None until it was tried
    _whole: bool = field(
        default=False, repr=False
    )  # every parameter goes in complex: code that adds one to another in place needs it
    _refused: bool = field(default=False, repr=False)  # balls cannot run this forward
    _error: float = field(default=0.0, repr=False)
    _largest: float = field(default=0.0, repr=False)
    _balls: Any = field(default=None, repr=False)

    # --- the public questions -------------------------------------------------------------------------------------

    def slope(self, direction: Direction, quick: bool = False) -> Slope:
        """The derivative of the cost along `direction`, a dict of arrays; inputs it lacks stay fixed.

        `quick`: by complex step, with four times the error measured along the directions before this one: half the work.
        """
        if self.analytic is None:
            self._prepare()
        wanted = self.exact and not quick if self.analytic else not self._refused  # nothing else is left but differences
        exact = self._ball(direction) if wanted else None
        if exact is not None and not self.kinked:
            return exact
        if not self.analytic:
            return exact or self._richardson(direction)
        try:
            values = [self._step(direction, Settings())]
        except (Failed, NotAnalytic):  # this direction, unlike the one tried first, cannot pass
            self.analytic, self.method = False, "" if self.method != BALLS else BALLS
            return self.slope(direction, quick)
        if quick and self._error:
            error = 4 * self._error
        else:
            unit = EXTENDED_UNIT if self.wide else 2.0**-52
            error = SAFETY * abs(self._step(direction, Settings(noise=1, unit=unit)) - values[0])
            self._error = max(self._error, error)
        if exact is not None:  # at a kink the conventions matter too
            values, error = [values[0], exact.low, exact.high], max(error, exact.error)
        if self.kinked:
            values += self._sides(direction)
        self._note(values[0], error)
        slope = Slope(min(values), max(values), error)
        self._largest = max(self._largest, abs(values[0]))
        rough = exact is None and not self._refused and error > ROUGH * self._largest
        return self.confirmed(direction, slope) if rough else slope

    def confirmed(self, direction: Direction, slope: Slope) -> Slope:
        """`slope` as ball arithmetic has it, before anything is called wrong: a complex step through cancelling code
        (log(1 - a) of a saturated unit) has lost digits of its own. The same slope where balls cannot say."""
        if self._refused or sum(np.size(v) for v in self.inputs.values()) > BALL_CONFIRMS:
            return slope
        sure = self._by_balls(direction)
        if sure is None:
            return slope
        sides = (sure.left, sure.right, sure.central)
        if not sure.finite or not np.isfinite(sides).all():
            return slope
        low, high = (sure.central, sure.central) if sure.smooth else (min(sides), max(sides))
        if self.kinked:  # other conventions at kinks stay right
            low, high = min(low, slope.low), max(high, slope.high)
        return Slope(low, high, sure.radius + 2.0**-52 * max(abs(low), abs(high)))

    @property
    def digits(self) -> int:
        """Decimal digits of the least accurate slope along a random direction so far."""
        if self.method == BALLS:
            return int(min(self.ball_digits, 100))
        return int(min(18 if self.wide else 15, -np.log10(max(self.worst, 1e-18))))

    # --- balls ----------------------------------------------------------------------------------------------------

    def _ball(self, direction: Direction) -> Slope | None:
        """The slope in ball arithmetic, or None; one that takes long is the last that is tried."""
        if self.analytic and not self.wide:
            self.exact = False
            return None
        start = perf_counter()
        slope = self._by_balls(direction)
        if slope is None:
            return None
        if self.analytic and perf_counter() - start > BALL_SECONDS:
            self.exact = False
        if not slope.finite or not np.isfinite(slope.left) or not np.isfinite(slope.right):
            return None
        if self.analytic and self.method != BALLS and not self._confirms(slope, direction):
            self.exact = False
            return None
        self.method = BALLS
        if abs(slope.central) > 1e-15 * abs(self.cost) + 10 * slope.radius:  # what is zero has no digits
            self.ball_digits = min(self.ball_digits, slope.digits)
        low, high = min(slope.left, slope.right), max(slope.left, slope.right)
        if slope.smooth:
            low = high = slope.central
        return Slope(low, high, slope.radius + 2.0**-52 * max(abs(low), abs(high)))

    def _by_balls(self, direction: Direction) -> Any:
        """What balls say of the slope along `direction`, or None, and then never again, where they cannot run this forward."""
        from gradref_balls import BallFunction

        try:
            if self._balls is None:
                self._balls = BallFunction(self.program.namespace["forward"], self.inputs)
            self.program.refresh()
            return self.program.call(self._balls.slope, direction)
        except (Failed, Exception):  # NotBallable, or whatever an unusual forward makes of balls
            self.exact, self._refused = False, True
            return None
        finally:
            self.program.refresh()

    def _confirms(self, slope: Any, direction: Direction) -> bool:
        """Balls and complex step, which share nothing, must agree: else one was run on code it does not understand."""
        values = [self._step(direction, Settings()), *(self._sides(direction) if self.kinked else [])]
        noise = abs(self._step(direction, Settings(noise=1, unit=EXTENDED_UNIT if self.wide else 2.0**-52)) - values[0])
        slack = 1e3 * noise + 1e-9 * max(abs(v) for v in values) + 1e-15 * abs(self.cost)
        return min(values) - slack <= slope.central <= max(values) + slack

    # --- complex step ---------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Try the complex step along one random direction: does it work, does it agree with differences, is there a kink?"""
        entries = sum(v.size for v in self.inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f")
        self.wide = self.wide and entries <= SMALL
        rng = np.random.default_rng(20)
        total = {n: _size(self.inputs[n]) * rng.standard_normal(np.shape(self.inputs[n])) for n in self.names}
        try:
            start = perf_counter()
            value = self._step(total, Settings())
            if perf_counter() - start > 0.06:
                self.wide = False
                value = self._step(total, Settings())
            sides = self._sides(total)
            spread = max([value, *sides]) - min([value, *sides])
            scale = max(abs(value), *(abs(s) for s in sides), 1e-300)
            unit = EXTENDED_UNIT if self.wide else 2.0**-52
            noise = abs(self._step(total, Settings(noise=1, unit=unit)) - value)
            self.kinked = spread > SAFETY * noise + 64 * unit * scale
            self._agree([value, *sides], total)
        except (Failed, NotAnalytic):
            self.analytic = False
            return
        self.analytic = True
        self.method = f"complex step, {'extended' if self.wide else 'double'} precision"

    def _agree(self, slopes: list[float], total: Direction) -> None:
        """Refuse a complex step that plain differences contradict."""
        h = 1e-6
        try:
            central = (self._plain(total, h) - self._plain(total, -h)) / (2 * h)
            finer = (self._plain(total, h / 8) - self._plain(total, -h / 8)) / (h / 4)
        except Failed:
            return
        low, high = min(slopes), max(slopes)
        slack = 1e-5 * (abs(low) + abs(high)) + 1e-7 * abs(self.cost) + 20 * abs(central - finer)
        if np.isfinite(finer) and not low - slack <= finer <= high + slack:
            raise NotAnalytic

    def _step(self, direction: Direction, how: Settings) -> float:
        real, complex_ = (np.longdouble, np.clongdouble) if self.wide else (np.float64, np.complex128)
        h = real(TINY_H if self.wide and self._tiny() else H)
        inputs: Inputs = {}
        for name, value in self.inputs.items():
            if name in direction or (self._whole and name in self.names):
                moved: Any = np.array(value, dtype=complex_)
                moved.imag = np.asarray(direction.get(name, 0.0), real) * h
                inputs[name] = moved.view(Probe)
            elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
                inputs[name] = value.astype(real).view(Probe)
            else:
                inputs[name] = value.copy() if isinstance(value, np.ndarray) else value
        start = perf_counter()
        with probing(how):
            function = self.program.seen_through(WIDENED)["forward"]
            try:
                result = self.program.call(_strictly(function), inputs)
            except Failed:
                if self._whole or direction.keys() >= set(self.names):
                    raise
                self._whole = True
                return self._step(direction, how)
        self.seconds += perf_counter() - start
        number: Any = np.asarray(strip(result))
        if number.size != 1 or number.dtype.kind not in "fc":
            raise NotAnalytic
        number = number.reshape(())
        slope = float(number.imag / h) if number.dtype.kind == "c" else 0.0
        if not np.isfinite(float(number.real)) or not np.isfinite(slope):
            raise NotAnalytic
        return slope

    def _tiny(self) -> bool:
        """True when some input is not large beside the usual step."""
        floats = [
            np.abs(v[v != 0]) for v in self.inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f" and v.any()
        ]
        return bool(floats) and min(float(v.min()) for v in floats) < 1e-15

    def _sides(self, direction: Direction) -> list[float]:
        """The slopes that other conventions at kinks give: from the left, always the low branch, always the high one."""
        back = {n: -np.asarray(d) for n, d in direction.items()}
        return [
            -self._step(back, Settings()),
            self._step(direction, Settings(side="low")),
            self._step(direction, Settings(side="high")),
        ]

    # --- differences ----------------------------------------------------------------------------------------------

    def _richardson(self, direction: Direction) -> Slope:
        """Central differences at h, h/2, h/4..., extrapolated (Ridders 1982); the error is that of the best entry, doubled."""
        self.method = self.method or "differences, Richardson extrapolation"
        scale = max(float(np.max(np.abs(d), initial=0.0)) for d in direction.values()) or 1.0
        h, best, error = 2.0**-6 / scale, np.nan, np.inf
        table: list[list[float]] = []
        for i in range(9):
            row = [(self._plain(direction, h) - self._plain(direction, -h)) / (2 * h)]
            for j in range(1, i + 1):
                row.append(row[j - 1] + (row[j - 1] - table[i - 1][j - 1]) / (4.0**j - 1))
                change = max(abs(row[j] - row[j - 1]), abs(row[j] - table[i - 1][j - 1]))
                rounding = abs(self.cost) * 2.0**-51 / h
                if max(change, rounding) < error:
                    best, error = row[j], max(change, rounding)
            table.append(row)
            h /= 2
        self._note(best, 4 * error)
        return Slope(best, best, 4 * error)

    def _plain(self, direction: Direction, h: float) -> float:
        inputs = dict(self.inputs)
        for name, d in direction.items():
            inputs[name] = np.asarray(self.inputs[name]) + h * np.asarray(d)
        return scalar(self.program.forward(inputs))

    def _note(self, value: float, error: float) -> None:
        if error and value:
            self.worst = max(self.worst, min(1.0, error / max(abs(value), abs(self.cost)) / SAFETY))


def _size(value: Any) -> float:
    """The largest entry of an input, so that a step along all of them is felt by each; 1 for zeros."""
    return float(np.max(np.abs(value), initial=0.0)) or 1.0


def scalar(value: Any) -> float:
    """The cost as a float; `Failed` when it is not one number."""
    array = np.asarray(strip(value))
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise Failed(f"returned {describe(value)}, not one number", kind="returned")
    return float(array.reshape(()))


def describe(value: Any) -> str:
    """What somebody's function returned, in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "None" if value is None else f"a {type(value).__name__}"


def _strictly(function: Any) -> Any:
    """The function with 'imaginary part discarded' turned into an error."""

    def strict(inputs: Inputs) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            return function(inputs)

    return strict
