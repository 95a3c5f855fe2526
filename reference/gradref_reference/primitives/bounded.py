"""Bounded: an array with what rounding may have done to it, a bound (a proof) and a spread (a standard deviation).

An observed array is exact: the framework's own tensor, from which an equation is evaluated. Every operation on it adds the rounding
that a `Contract` allows and carries along what was there before, so that a value nobody observed keeps the bound it arrived with.
Bound and spread travel alike, through |J|: errors that depend on each other are covered by both; only what is added fresh differs.
Sources: Higham, *Accuracy and Stability of Numerical Algorithms*, ch. 3; certificates.md, section 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..error_model.contract import Contract
from ..error_model.functions import SPREAD
from ..error_model.rounding import KAPPA, UC, accumulation, variance
from ..error_model.rounding import Product as Sum
from .operators import Operators

__all__ = ["Bounded", "carried", "finite_size", "model_of", "multiplicity", "rounded", "summed", "value_of"]

Array = np.ndarray

ONE_ROUNDING = KAPPA**0.5
"""Standard deviation of one rounding in units of u |result|."""


class Bounded(Operators):
    """value ± bound with standard deviation spread, arrays of one shape; None for both where nothing was rounded.

    `size` is the sum of the absolute terms where the last operation was a sum: what a mistake would be as large as.
    `careful` says that the spread of a sum must count terms that are equal: they are rounded alike.
    """

    __slots__ = ("bound", "careful", "contract", "size", "spread", "value")

    def __init__(
        self,
        value: Array,
        contract: Contract,
        bound: Array | None = None,
        spread: Array | None = None,
        size: Array | None = None,
        careful: bool = False,
    ):
        self.value, self.contract, self.bound, self.spread, self.size = value, contract, bound, spread, size
        self.careful = careful

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def exact(self) -> bool:
        return self.bound is None

    def like(self, value: Array, bound: Array | None = None, spread: Array | None = None, size: Array | None = None) -> Bounded:
        """Another array under the same contract."""
        return Bounded(value, self.contract, bound, spread, size, self.careful)

    def stored(self) -> Bounded:
        """As it stands in memory: rounded once more where it was computed in a wider format."""
        contract = self.contract
        if self.bound is None or self.spread is None or not contract.narrow:
            return self
        u, magnitude = contract.u, finite_size(self.value)
        bound = self.bound * (1 + u) + u * magnitude + contract.form.smallest
        return self.like(self.value, bound, self.spread + ONE_ROUNDING * u * magnitude + contract.form.smallest, self.size)


def value_of(x: Any) -> Any:
    """The plain array of a `Bounded`; anything else is returned as it is."""
    return x.value if isinstance(x, Bounded) else x


def finite_size(value: Array) -> Array:
    """|value|, 0 where it is infinite: an infinity is not rounded."""
    size = np.abs(value)
    top = size.max(initial=0.0)
    return size if np.isfinite(top) else np.where(np.isinf(size), 0.0, size)


def carried(*terms: tuple[Any, Any]) -> tuple[Array | None, Array | None]:
    """Σ |factor| error over (factor, x): bound and spread, or None where every x is exact. A factor None is 1."""
    bound = spread = None
    for factor, x in terms:
        if not isinstance(x, Bounded) or x.bound is None:
            continue
        b, s = (x.bound, x.spread) if factor is None else (np.abs(factor) * x.bound, np.abs(factor) * x.spread)
        bound, spread = (b, s) if bound is None or spread is None else (bound + b, spread + s)
    return bound, spread


def rounded(
    model: Bounded,
    value: Array,
    terms: tuple[tuple[Any, Any], ...] = (),
    units: float = 1.0,
    absolute: Array | float = 0.0,
    floor: float = 0.0,
) -> Bounded:
    """`value` with what `terms` carry and a fresh rounding of `units` u |value| + `absolute` u; `model` gives the contract."""
    u = model.contract.inside.u
    both = float(np.hypot(u, UC))  # their rounding and our own
    typical = ONE_ROUNDING if units == 1 else SPREAD * units
    lost = floor * (model.contract.inside.smallest + model.contract.flushed)
    size = finite_size(value)
    bound, spread = size * ((u + UC) * units), size * (both * typical)
    bound += lost
    spread += lost
    if np.ndim(absolute) or absolute:
        bound = bound + (u + UC) * absolute
        spread = spread + both * SPREAD * np.abs(absolute)
    before, deviation = carried(*terms)
    if before is not None and deviation is not None:
        bound, spread = bound + before * (1 + (u + UC) * units), spread + deviation
    return model.like(value, bound, spread)


def summed(
    model: Bounded,
    value: Array,
    S1: Array,
    Q: Array,
    n: int,
    terms: tuple[Array | None, Array | None],
    repeated: float = 1.0,
    accumulator: float | None = None,
) -> Bounded:
    """A sum of n terms in any order: value, Σ|terms|, Σ terms², what the terms carry, and how often one of them is repeated."""
    contract = model.contract
    unit = contract.accumulator if accumulator is None else accumulator
    size, S1, Q = (np.atleast_1d(x) for x in (finite_size(value), S1, Q))
    bound = accumulation(size, S1, n, unit).reshape(value.shape)
    V = variance(size, Sum(value, S1, Q, n), n, float(np.hypot(unit, UC))).reshape(value.shape)  # theirs and our own
    lost = (2 * n + 2) * contract.flushed or n * contract.inside.smallest
    spread = np.sqrt(V * min(repeated, n))
    if terms[0] is not None and terms[1] is not None:
        grow = 1 + 2 * n * unit
        bound, spread = bound + terms[0] * grow, spread + terms[1] * grow
    return model.like(value, bound + lost, spread + lost, S1.reshape(value.shape))


def multiplicity(x: Array) -> int:
    """How often the most frequent number of an array that is not 0 occurs."""
    used = np.abs(x[x != 0])
    return int(np.unique(used, return_counts=True)[1].max(initial=1))


def model_of(*arguments: Any) -> Bounded:
    """The first `Bounded` among the arguments of an operation: its contract rules."""
    return next(a for a in arguments if isinstance(a, Bounded))
