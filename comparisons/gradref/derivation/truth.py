"""The true derivative of somebody's `forward` along directions, with its error, by the best method that works for it.

1. Complex step in extended precision: Im C(x + i h t) / h, exact to rounding since h is 1e-30 (no subtraction).
2. Differences with Richardson extrapolation in extended precision, for code that complex numbers cannot pass.
Ball arithmetic (`balls`) decides over both: exact, but a hundred times slower.

The error of 1 is measured, not assumed: the same step is taken again with every operation disturbed (`probe`). A complex step
that disagrees with plain differences, because some function in the code drops imaginary parts, is not used.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from .guard import Failed
from .probe import Probe, Settings, probing, strip
from .program import Inputs, Program

__all__ = ["Slope", "Truth"]

H = 2.0**-100
SAFETY = 32.0  # multiple of a measured spread that is allowed for
Direction = dict[str, np.ndarray]
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
    _complex: bool | None = field(default=None, repr=False)

    # --- the public questions -------------------------------------------------------------------------------------

    def slope(self, direction: Direction, both_sides: bool = True) -> Slope:
        """The derivative of the cost along `direction`, a dict of arrays; inputs it lacks stay fixed."""
        if self._complex is None:
            self._prepare()
        if not self._complex:
            return self._richardson(direction)
        values = [self._step(direction, Settings())]
        unit = EXTENDED_UNIT if self.wide else 2.0**-52
        error = SAFETY * abs(self._step(direction, Settings(noise=1, unit=unit)) - values[0])
        if self.kinked and both_sides:
            values += self._sides(direction)
        self._note(values[0], error)
        return Slope(min(values), max(values), error)

    @property
    def digits(self) -> int:
        """Decimal digits of the least accurate slope so far."""
        return int(min(18 if self.wide else 15, -np.log10(max(self.worst, 1e-18))))

    # --- complex step ---------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Try the complex step along one random direction: does it work, does it agree with differences, is there a kink?"""
        rng = np.random.default_rng(20)
        total = {n: rng.standard_normal(np.shape(self.inputs[n])) for n in self.names}
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
            self._complex = False
            return
        self._complex = True
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
        inputs: Inputs = {}
        for name, value in self.inputs.items():
            if name in direction:
                moved = np.asarray(value).astype(complex_)
                moved = np.array(moved + np.asarray(direction[name], real) * complex_(1j * H), dtype=complex_)
                inputs[name] = moved.view(Probe)
            elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
                inputs[name] = value.astype(real).view(Probe)
            else:
                inputs[name] = value.copy() if isinstance(value, np.ndarray) else value
        start = perf_counter()
        with probing(how):
            self.program.wide_refresh()
            function = self.program.wide("forward")
            result = self.program.call(_strictly(function), inputs)
        self.seconds += perf_counter() - start
        number = np.asarray(strip(result))
        if number.size != 1 or number.dtype.kind not in "fc":
            raise NotAnalytic
        number = number.reshape(())
        slope = float(number.imag / real(H)) if number.dtype.kind == "c" else 0.0
        if not np.isfinite(float(number.real)) or not np.isfinite(slope):
            raise NotAnalytic
        return slope

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
        self.method = "differences, Richardson extrapolation"
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
            self.worst = max(self.worst, min(1.0, abs(error / value) / SAFETY))


def scalar(value: Any) -> float:
    """The cost as a float; `Failed` when it is not one number."""
    array = np.asarray(strip(value))
    if array.size != 1 or array.dtype.kind not in "fiub":
        raise Failed(f"returned {describe(value)}, not one number")
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
