"""The verdict on one tensor: a proof, a statistic, a kink, or a pass (certificates.md, section 4).

The accepting comparison is `residual <= bound`, so NaN is refused without being looked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradref_reference import Format
from gradref_reference.error_model.rounding import Estimate

from ..verdict import FAIL, PASS, UNDECIDED

__all__ = ["ENTRIES", "LARGEST_RMS", "LARGEST_SIGMA", "Judgement", "judge"]

LARGEST_RMS, LARGEST_SIGMA, ENTRIES = 3.0, 12.0, 30
"""FAIL by statistics: rms(residual/σ) > 3 or max > 12, on 30 entries or more. Honest runs stayed below 1.65 and 9.8."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What one tensor gave; the fields are those of `Verdict`. `shares` is |residual| / bound, same shape as the tensor."""

    verdict: str
    rule: str
    entries: int
    failing: int
    undecided: int
    worst: tuple[int, ...]
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
    shares: np.ndarray


def judge(actual: np.ndarray, estimate: Estimate, form: Format, statistics: bool = True) -> Judgement:
    """Judge a tensor (float64, any shape) that an implementation computed in format `form` against its estimate."""
    with np.errstate(all="ignore"):
        return _judge(actual, estimate, form, statistics)


def _judge(actual: np.ndarray, estimate: Estimate, form: Format, statistics: bool) -> Judgement:
    expected, bound, spread, floor = estimate.value, estimate.bound, estimate.spread, estimate.floor
    undecided = 0
    if estimate.kink is not None and estimate.low is not None and estimate.high is not None:
        undecided = int(np.count_nonzero(estimate.kink))
        expected = np.where(estimate.kink, np.clip(actual, estimate.low, estimate.high), expected)
    size = np.abs(expected)
    residual = actual - expected
    residual = np.abs(residual, out=residual) if residual.ndim else np.abs(residual)
    largest = float(residual.max())
    if not np.isfinite(largest):
        residual = _forgive_overflow(actual, expected, bound, residual, form)
        largest = float(residual.max())
    shares = residual / bound
    if floor == 0:  # nothing may be lost where the bound is 0: 0/0 is agreement
        shares = np.where(residual == 0, 0.0, shares)
    at = int(np.argmax(shares))  # the first NaN, if there is one
    share = float(shares.flat[at])
    verdict, rule, failing = (UNDECIDED, "kink", 0) if undecided else (PASS, "none", 0)
    if not share <= 1:
        accepted = residual <= bound
        failing = int(accepted.size - np.count_nonzero(accepted))
        verdict, rule = FAIL, ("bound" if np.isfinite(actual[~accepted]).all() else "finite")
        share, shares = (np.inf, np.where(np.isnan(shares), np.inf, shares)) if np.isnan(share) else (share, shares)
    deviation = residual / spread
    if floor == 0:
        deviation = np.where(residual == 0, 0.0, deviation)
    rms = float(np.sqrt(np.vdot(deviation, deviation) / deviation.size))
    most = float(deviation.max())
    if verdict != FAIL and statistics and deviation.size >= ENTRIES and not (rms <= LARGEST_RMS and most <= LARGEST_SIGMA):
        verdict, rule, at = FAIL, "statistics", int(np.argmax(deviation))
        failing = int(np.count_nonzero(deviation > (LARGEST_SIGMA if most > LARGEST_SIGMA else LARGEST_RMS)))
    worst = np.unravel_index(at, actual.shape)
    blind = int(np.count_nonzero(size < bound))
    if blind:
        blind = int(np.count_nonzero(size < bound - floor))
    return Judgement(
        verdict,
        rule,
        actual.size,
        failing,
        undecided,
        tuple(int(i) for i in worst),
        float(actual[worst]),
        float(expected[worst]),
        float(bound[worst]),
        largest,
        _largest_relative(residual, size),
        float((residual / _spacing(size, form)).max()),
        share,
        rms,
        most,
        blind / actual.size,
        shares,
    )


def _forgive_overflow(
    actual: np.ndarray, expected: np.ndarray, bound: np.ndarray, residual: np.ndarray, form: Format
) -> np.ndarray:
    """The residuals, 0 where an infinity is right: the truth itself, rounded to the format, is infinite with the same sign."""
    beyond = (np.abs(expected) + bound > form.largest) | np.isinf(expected)
    right = np.isinf(actual) & beyond & (np.sign(actual) == np.sign(expected))
    return np.where(right, 0.0, residual)


def _largest_relative(residual: np.ndarray, size: np.ndarray) -> float:
    """Largest residual / |expected| over the entries that are not 0; 0 when all are."""
    ratio = residual / size
    most = float(ratio.max())
    if np.isfinite(most):
        return most
    ratio = ratio[size > 0]
    return float(ratio.max()) if ratio.size else 0.0


def _spacing(size: np.ndarray, form: Format) -> np.ndarray:
    """One unit in the last place of `form` at each size >= 0, from the exponent bits of float64."""
    if size.ndim == 0:
        size = size[None]
    powers = (np.ascontiguousarray(size).view(np.int64) & 0x7FF0000000000000).view(np.float64)
    return (np.maximum(powers, form.tiny) * (2 * form.u)).reshape(size.shape)
