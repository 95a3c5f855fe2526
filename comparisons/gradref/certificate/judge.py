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
    expected, bound, spread = estimate.value, estimate.bound, estimate.spread
    undecided = 0
    if estimate.kink is not None and estimate.low is not None and estimate.high is not None:
        undecided = int(np.count_nonzero(estimate.kink))
        expected = np.where(estimate.kink, np.clip(actual, estimate.low, estimate.high), expected)
    size = np.abs(expected)
    residual = np.abs(actual - expected)
    shares = residual / bound
    if not bound.all():  # nothing may be lost there: 0/0 is agreement
        shares = np.where(residual == 0, 0.0, shares)
    accepted = residual <= bound
    if not np.isfinite(actual).all():  # an infinity is right where the truth rounds to it
        beyond = (size + bound > form.largest) | np.isinf(expected)
        right = np.isinf(actual) & beyond & (np.sign(actual) == np.sign(expected))
        accepted, shares, residual = accepted | right, np.where(right, 0.0, shares), np.where(right, 0.0, residual)
    passes = bool(accepted.all())
    verdict, rule = (UNDECIDED, "kink") if undecided else (PASS, "none")
    failing = 0
    if not passes:
        failing = int(accepted.size - np.count_nonzero(accepted))
        shares = np.where(np.isnan(shares), np.inf, shares)
        verdict, rule = FAIL, ("bound" if np.isfinite(actual[~accepted]).all() else "finite")
    deviation = residual / spread
    if not spread.all():
        deviation = deviation[spread > 0]
    count = deviation.size
    rms = float(np.sqrt(np.vdot(deviation, deviation) / count)) if count else 0.0
    most = float(deviation.max()) if count else 0.0
    if passes and statistics and count >= ENTRIES and not (rms <= LARGEST_RMS and most <= LARGEST_SIGMA):
        verdict, rule = FAIL, "statistics"
        failing = int(np.count_nonzero(deviation > (LARGEST_SIGMA if most > LARGEST_SIGMA else LARGEST_RMS)))
        ranked = np.where(spread > 0, residual / spread, 0.0)
    else:
        ranked = shares
    worst = np.unravel_index(int(np.argmax(ranked)), actual.shape)
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
        float(residual.max()),
        _largest_relative(residual, size),
        float((residual / _spacing(size, form)).max()),
        float(shares.max()),
        rms,
        most,
        float(np.count_nonzero(size < bound - estimate.floor) / actual.size),
        shares,
    )


def _largest_relative(residual: np.ndarray, size: np.ndarray) -> float:
    """Largest residual / |expected| over the entries that are not 0; 0 when all are."""
    ratio = residual / size
    if not size.all():
        ratio = ratio[size > 0]
    return float(ratio.max()) if ratio.size else 0.0


def _spacing(size: np.ndarray, form: Format) -> np.ndarray:
    """One unit in the last place of `form` at each size >= 0, from the exponent bits of float64."""
    if size.ndim == 0:
        size = size[None]
    powers = (np.ascontiguousarray(size).view(np.int64) & 0x7FF0000000000000).view(np.float64)
    return (np.maximum(powers, form.tiny) * (2 * form.u)).reshape(size.shape)
