"""For code that balls cannot follow: differences in float64 with Richardson's extrapolation, and an estimate of their error."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np

from .convert import NotBallable
from .slopes import Slope, slope_along

__all__ = ["differentiate"]

LEVELS = 7  # steps h, h/2, ..., h/64
FIRST = 2.0**-6  # relative to the size of the inputs that move


def differentiate(forward: Callable, inputs: Mapping[str, Any], directions: Mapping[str, Any]) -> Slope:
    """`slope_along`, or an estimate in float64 where the code cannot be run on balls; `Slope.method` says which, and why.

    The estimate's `radius` is the disagreement of neighbouring extrapolations plus what rounding the cost can do: measured, not
    proven. Left and right are extrapolated separately, so that a kink at the point itself still shows.
    """
    try:
        return slope_along(forward, inputs, directions)
    except NotBallable as reason:
        return _differences(forward, inputs, directions, str(reason))


def _differences(forward: Callable, inputs: Mapping[str, Any], directions: Mapping[str, Any], reason: str) -> Slope:
    size = max([1.0, *(float(np.abs(np.asarray(inputs[k])).max(initial=0.0)) for k in directions)])
    longest = max(float(np.abs(np.asarray(d)).max(initial=0.0)) for d in directions.values())
    first = FIRST * size / max(longest, 2.0**-500)

    def cost(t: float) -> float:
        moved = {k: np.asarray(v) + t * np.asarray(directions[k]) if k in directions else deepcopy(v) for k, v in inputs.items()}
        return float(forward(moved))

    here = cost(0.0)
    steps = [first * 2.0**-k for k in range(LEVELS)]
    right, left = [(cost(h) - here) / h for h in steps], [(here - cost(-h)) / h for h in steps]
    central = [(p + q) / 2 for p, q in zip(right, left, strict=True)]
    nearby = [k * first * 2.0**-44 for k in (-3, -2, -1, 1, 2, 3)]
    scatter = max(abs(cost(t) - here - central[3] * t) for t in nearby)  # rounding of the cost, measured
    unit = max(2.0**-53 * abs(here), scatter, 2.0**-553)
    (value, error), (low, low_error), (high, high_error) = (
        _extrapolate(q, order, unit, steps) for q, order in ((central, 2), (left, 1), (right, 1))
    )
    gap = abs(high - low)
    smooth = bool(gap <= 8 * (error + low_error + high_error))
    radius = error if smooth else max(error, low_error, high_error)
    digits = max(0.0, float(-np.log10(radius / max(abs(value), 2.0**-500)))) if radius > 0 else 15.0
    finite = bool(np.isfinite([value, low, high]).all())
    sides = (value, value) if smooth else (low, high)
    return Slope(value, *sides, radius, min(digits, 15.0), smooth, finite, method=f"float64 differences, because {reason}")


def _extrapolate(quotients: list[float], order: int, unit: float, steps: list[float]) -> tuple[float, float]:
    """The best entry of Richardson's table for an error in powers h^order, h^(2 order)..., and an estimate of its error."""
    best, best_error = quotients[0], np.inf
    row: list[float] = []
    for k, quotient in enumerate(quotients):
        new, noise = [quotient], 4 * unit / steps[k]
        for j, before in enumerate(row):
            new.append(new[-1] + (new[-1] - before) / (2.0 ** (order * (j + 1)) - 1))
            error = max(abs(new[-1] - new[-2]), abs(new[-1] - before)) + noise
            if error <= best_error:
                best, best_error = new[-1], error
        row = new
    return best, best_error
