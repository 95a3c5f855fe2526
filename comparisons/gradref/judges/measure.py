"""What one tensor gives when it is held against its estimate: a proof, a statistic, a kink, an overflow, or a pass.

Source: certificates.md, section 4.

The accepting comparison is `residual <= bound`, so NaN is refused without being looked for. An infinite bound would accept anything:
where the right value overflows, or something on the way to it, an entry is undecided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np

from gradref_reference import Format
from gradref_reference.error_model.rounding import Estimate

from ..verdict import FAIL, PASS, UNDECIDED

__all__ = ["BLOCK", "ENTRIES", "LARGEST_RMS", "LARGEST_SIGMA", "Measurement", "measure"]

LARGEST_RMS, LARGEST_SIGMA, ENTRIES = 3.0, 12.0, 30
"""FAIL by statistics: rms(residual/σ) > 3 or max > 12, on 30 different entries or more. Honest runs stayed below 1.65 and 9.8."""


EXPONENT = 0x7FF0000000000000
"""The bits of a float64 that hold its exponent."""

BLOCK = 16384
"""Entries measured at a time: a dozen float64 arrays of this size stay in the second-level cache."""


class _Entry(NamedTuple):
    """Entry `at` (flat) of the block whose first row is `start`."""

    start: int
    at: int
    expected: float
    allowance: float


@dataclass(frozen=True, eq=False)
class Measurement:
    """What one tensor gave; the fields are those of `Verdict`, and

    `worst`, the index of the worst entry, `overflowed`, the `undecided` entries without a finite bound, and `shares`, |residual| / bound
    in the shape of the tensor.
    """

    verdict: Literal["pass", "fail", "undecided"]
    rule: str
    entries: int
    failing: int
    undecided: int
    actual: float
    expected: float
    allowance: float
    max_abs: float
    max_rel: float
    max_ulp: float
    share: float
    rms_sigma: float
    max_sigma: float
    blind: float
    worst: tuple[int, ...]
    overflowed: int
    shares: np.ndarray

    def columns(self) -> dict[str, Any]:
        """The fields of a `Verdict` that are measured."""
        measured = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("worst", "overflowed", "shares")}
        return {**measured, "worst_index": str(list(self.worst))}


def measure(actual: np.ndarray, estimate: Callable[[slice], Estimate], form: Format, statistics: bool = True) -> Measurement:
    """Measure a tensor (float64, one axis or two) that an implementation computed in format `form`.

    `estimate(rows)` says what some of its rows should be; it is asked for blocks of `BLOCK` entries.
    """
    seen = _Seen(actual, form)
    step = max(1, BLOCK // (actual.size // len(actual))) if actual.ndim == 2 else len(actual)
    with np.errstate(all="ignore"):
        for start in range(0, len(actual), step):
            rows = slice(None) if step >= len(actual) else slice(start, start + step)
            seen.add(start, rows, estimate(rows))
        return seen.measurement(statistics)


class _Seen:
    """What has been seen of one tensor so far, block by block."""

    def __init__(self, actual: np.ndarray, form: Format):
        self.actual, self.form = actual, form
        self.shares = np.empty_like(actual)
        self.failing = self.undecided = self.overflowed = self.blind = self.over_rms = self.over_sigma = 0
        self.unfinished = False  # a failing entry is NaN or infinite
        self.squares = self.sigma = self.max_abs = self.max_rel = self.max_ulp = 0.0
        self.share = -1.0
        self.worst = self.worst_sigma = _Entry(0, 0, 0.0, 0.0)

    def add(self, start: int, rows: slice, estimate: Estimate) -> None:
        """Take in some rows, the first of which is row `start` of the tensor."""
        actual, expected, bound, spread = self.actual[rows], estimate.value, estimate.bound, estimate.spread
        floor = estimate.floor
        if estimate.kink is not None and estimate.low is not None and estimate.high is not None:
            self.undecided += int(np.count_nonzero(estimate.kink))
            expected = np.where(estimate.kink, np.clip(actual, estimate.low, estimate.high), expected)
        size = np.abs(expected)
        residual = actual - expected
        np.abs(residual, out=residual)
        largest = float(residual.max())
        if not (np.isfinite(largest) and float(bound.max()) < np.inf):
            residual = _forgive_overflow(actual, expected, bound, residual, self.form)
            overflow = ~(bound < np.inf) | np.isnan(expected)
            self.overflowed += int(np.count_nonzero(overflow))
            residual[overflow] = size[overflow] = 0.0
            bound, spread = np.where(overflow, np.inf, bound), np.where(overflow, np.inf, spread)
            largest = float(residual.max())
        shares, deviation = residual / bound, residual / spread
        if floor == 0:  # nothing may be lost where the bound is 0: 0/0 is agreement
            shares[residual == 0] = deviation[residual == 0] = 0.0
        at = int(np.argmax(shares))  # the first NaN, if there is one
        share = float(shares.flat[at])
        if not share <= 1:
            accepted = residual <= bound
            self.failing += int(accepted.size - np.count_nonzero(accepted))
            self.unfinished |= not np.isfinite(actual[~accepted]).all()
            shares[np.isnan(shares)] = np.inf
            share = float(shares.flat[at])
        if share > self.share:
            self.share, self.worst = share, _Entry(start, at, float(expected.flat[at]), float(bound.flat[at]))
        self.shares[rows] = shares
        self.squares += float(np.vdot(deviation, deviation))
        sigma = float(deviation.max())
        if not sigma <= LARGEST_RMS:
            self.over_rms += int(np.count_nonzero(deviation > LARGEST_RMS))
            self.over_sigma += int(np.count_nonzero(deviation > LARGEST_SIGMA))
        if sigma > self.sigma:
            at = int(np.argmax(deviation))
            self.sigma, self.worst_sigma = sigma, _Entry(start, at, float(expected.flat[at]), float(bound.flat[at]))
        if not np.all(size >= bound):
            self.blind += int(np.count_nonzero(~(size >= bound - floor)))
        self.max_abs = max(self.max_abs, largest)
        relative, ulps = _largest_relative(residual, size, self.form)
        self.max_rel, self.max_ulp = max(self.max_rel, relative), max(self.max_ulp, ulps)

    def measurement(self, statistics: bool) -> Measurement:
        """What all rows give."""
        entries = self.actual.size
        rms = float(np.sqrt(self.squares / max(entries - self.overflowed, 1)))
        verdict, rule, failing, worst = PASS, "none", self.failing, self.worst
        if failing:
            verdict, rule = FAIL, ("finite" if self.unfinished else "bound")
        elif statistics and entries >= ENTRIES and not (rms <= LARGEST_RMS and self.sigma <= LARGEST_SIGMA):
            verdict, rule, worst = FAIL, "statistics", self.worst_sigma
            failing = self.over_sigma or self.over_rms
        elif self.overflowed or self.undecided:
            verdict, rule = UNDECIDED, ("overflow" if self.overflowed else "kink")
        columns = self.actual.size // len(self.actual)
        index = tuple(int(i) for i in np.unravel_index(worst.start * columns + worst.at, self.actual.shape))
        return Measurement(
            verdict=verdict,
            rule=rule,
            entries=entries,
            failing=failing,
            undecided=self.undecided + self.overflowed,
            actual=float(self.actual[index]),
            expected=worst.expected,
            allowance=worst.allowance,
            max_abs=self.max_abs,
            max_rel=self.max_rel,
            max_ulp=self.max_ulp,
            share=self.share,
            rms_sigma=rms,
            max_sigma=self.sigma,
            blind=self.blind / entries,
            worst=index,
            overflowed=self.overflowed,
            shares=self.shares,
        )


def _forgive_overflow(
    actual: np.ndarray, expected: np.ndarray, bound: np.ndarray, residual: np.ndarray, form: Format
) -> np.ndarray:
    """The residuals, 0 where an infinity is right: the truth itself, rounded to the format, is infinite with the same sign."""
    beyond = (np.abs(expected) + bound > form.largest) | np.isinf(expected)
    right = np.isinf(actual) & beyond & (np.sign(actual) == np.sign(expected))
    return np.where(right, 0.0, residual)


def _largest_relative(residual: np.ndarray, size: np.ndarray, form: Format) -> tuple[float, float]:
    """Largest residual / |expected| over the entries that are not 0, and largest residual in units in the last place."""
    if not residual.any():
        return 0.0, 0.0
    powers = (np.ascontiguousarray(size).view(np.int64) & EXPONENT).view(np.float64)  # 2^e where 2^e <= size < 2^(e+1)
    relative = float((residual / size).max())
    if not np.isfinite(relative):
        relative = float((residual / size)[size > 0].max(initial=0))
    if float(size.min()) < form.tiny:
        np.maximum(powers, form.tiny, out=powers)
    return relative, float((residual / powers).max()) / (2 * form.u)
