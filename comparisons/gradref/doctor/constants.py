"""The errors of library functions, measured against ball arithmetic over dense samples and compared with the error model.

Samples: special points, both signs, subnormal numbers, every magnitude of the format, and densely where the functions bend.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradref_adapters.functions import ELEMENTARY, evaluator
from gradref_reference import activation, format_of, round_to
from gradref_reference.error_model import contract_for
from gradref_reference.error_model.constants import K_EXP, K_LOG
from gradref_reference.error_model.functions import activation_estimate, derivative_error

__all__ = ["FUNCTIONS", "Measurement", "measure", "samples", "truth"]

FUNCTIONS = (
    *ELEMENTARY,
    "sigmoid",
    "tanh",
    "softplus",
    "silu",
    "gelu",
    "gelu_tanh",
    "elu",
    "elu(0.5)",
    "leaky_relu",
    "square",
    "relu",
)
BITS = 160
"""Working precision of the truth: far tails lose up to 60 bits to cancellation in no formula used here."""


@dataclass(frozen=True)
class Measurement:
    """The largest errors of one function of one library in one format.

    relative : largest |error| / (u |f|) where f is a normal number; absolute : largest |error| / (u max(1, |z|)), NaN for functions
    that grow faster; both in units of u. share : largest error as a share of what the error model allows, above 1 the table is
    exceeded; at : z of that share. broken : samples where the library returns NaN or infinity for a finite truth.
    """

    library: str
    dtype: str
    function: str
    what: str
    relative: float
    absolute: float
    share: float
    at: float
    samples: int
    broken: int

    @property
    def exceeded(self) -> bool:
        return not self.share <= 1


def samples(dtype: str, count: int, seed: int = 0) -> np.ndarray:
    """About `count` numbers of a format, ascending, both signs; no infinity."""
    form, rng = format_of(dtype), np.random.default_rng(seed)
    special = [
        0,
        form.smallest,
        form.tiny,
        form.tiny * (1 - 2 * form.u),
        form.u,
        0.5,
        1,
        np.log(2),
        2,
        20,
        20.1,
        88,
        88.8,
        104,
        709,
        746,
    ]
    magnitudes = 2.0 ** rng.uniform(np.log2(form.smallest), min(form.emax, 40), count // 4)
    bend = rng.uniform(0, 25, count // 4)
    positive = np.concatenate([special, magnitudes, bend])
    points = round_to(np.concatenate([positive, -positive]), form)
    return np.unique(points[np.abs(points) <= form.largest])


def truth(function: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """f(z) as an unevaluated sum of two float64 arrays (high, low), and the same for f'(z) where `function` is an activation."""
    from flint import arb, ctx

    from gradref_reference.enclosure.functions import ball_activation

    before, ctx.prec = ctx.prec, BITS
    try:
        points = [arb(float(v)) for v in z]
        if function in ELEMENTARY:
            pick = {"exp": arb.exp, "log": lambda v: v.log() if v > 0 else arb("nan"), "erf": arb.erf}[function]
            return *_split([pick(p) for p in points]), None, None
        ball = ball_activation(activation(function))
        return *_split([ball.value(p) for p in points]), *_split([ball.derivative(p) for p in points])
    finally:
        ctx.prec = before


def _split(balls: list) -> tuple[np.ndarray, np.ndarray]:
    high = np.array([float(b.mid()) if b.is_finite() else np.nan for b in balls])
    rest = [float((b - h).mid()) if np.isfinite(h) else 0.0 for b, h in zip(balls, high, strict=True)]
    return high, np.array(rest)


def measure(library: str, dtype: str, count: int = 2000) -> Iterator[Measurement]:
    """Every function of a library in one format, value and derivative; `ImportError` when the library is missing."""
    evaluate, contract = evaluator(library), contract_for(library, dtype)
    form = format_of(dtype)
    for function in FUNCTIONS:
        z = samples(dtype, count)
        flushed = contract.flushed  # |z| up to here may have been 0
        if function == "log":
            z = z[z > flushed]
        high, low, slope, slope_low = truth(function, z)
        keep = np.abs(high) < form.largest / 2  # what overflows is right as infinity
        value, derivative = evaluate(function, z, dtype)
        allowed = _allowed(function, z, high, contract)
        yield _measured(library, dtype, function, "value", z, value, high, low, allowed, keep)
        if derivative is None or slope is None or slope_low is None:
            continue
        sigma = activation(function)
        if sigma.kinks:
            keep = keep & (np.abs(z) > flushed)
        with np.errstate(all="ignore"):
            _, e = derivative_error(sigma, z, sigma.value(z), contract)
        e = e + 4 * contract.u * np.abs(slope) + form.smallest + 4 * contract.flushed  # times the cotangent
        yield _measured(library, dtype, function, "derivative", z, derivative, slope, slope_low, e, keep)


def _allowed(function: str, z: np.ndarray, value: np.ndarray, contract) -> np.ndarray:
    """What the error model allows for the value of a function."""
    u, tiny = contract.u, contract.inside.tiny + contract.form.smallest
    match function:
        case "exp":
            return K_EXP * u * value + 4 * tiny
        case "log":
            return K_LOG * u * np.abs(value) + (2 * u if contract.dtype in ("bfloat16", "float16") else 0.0)
        case "erf":
            return 8 * u * np.ones_like(z)
    with np.errstate(all="ignore"):
        return activation_estimate(activation(function), z, contract).bound


def _measured(
    library: str,
    dtype: str,
    function: str,
    what: str,
    z: np.ndarray,
    result: np.ndarray,
    high: np.ndarray,
    low: np.ndarray,
    allowed: np.ndarray,
    keep: np.ndarray,
) -> Measurement:
    form = format_of(dtype)
    broken = int(np.count_nonzero(keep & ~np.isfinite(result)))
    keep = keep & np.isfinite(result)
    z, value, allowed = z[keep], np.abs(high[keep]), allowed[keep]
    error = np.abs(result[keep] - high[keep] - low[keep])
    with np.errstate(all="ignore"):
        share = np.where(error == 0, 0.0, error / allowed)
        normal = value >= 2 * form.tiny
        relative = float((error[normal] / value[normal]).max(initial=0)) / form.u
        absolute = np.nan
        if function not in ("exp", "log", "square"):
            absolute = float((error / np.maximum(1, np.abs(z))).max()) / form.u
    worst = int(np.argmax(share))
    return Measurement(library, dtype, function, what, relative, absolute, float(share[worst]), float(z[worst]), len(z), broken)
