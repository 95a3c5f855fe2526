"""What an enclosure holds: for every number of the network an interval that contains the exact one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from flint import arb

from ..checks import real_array
from ..formats import format_of, ulp
from ..trace import Trace

__all__ = ["Enclosed", "Enclosure"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Enclosed:
    """An array of intervals: every exact value lies within midpoint + tail ± radius.

    Attributes
    ----------
    midpoint : float64, correctly rounded.
    tail : float64, what rounding took from the midpoint: the pair is good to 106 bits.
    radius : float64, rounded up, so 0 only where the pair is exact; infinite or NaN midpoints have radius inf.
    """

    midpoint: Array
    tail: Array
    radius: Array

    @classmethod
    def of(cls, balls: list[arb], shape: tuple[int, ...]) -> "Enclosed":
        """From balls in row-major order."""
        high = [float(v) for v in balls]
        rest = [v - h for v, h in zip(balls, high, strict=True)]
        low = [float(v) for v in rest]
        error = [v - t for v, t in zip(rest, low, strict=True)]  # what the pair leaves out, with its own radius
        midpoint, tail = np.array(high), np.array(low)
        radius = np.array([float(v.abs_upper()) for v in error])
        exact = np.array([v.is_zero() for v in error])
        with np.errstate(over="ignore"):
            radius = np.where(exact, 0.0, np.nextafter(radius, np.inf))  # float() rounds to nearest, below 2^-1075 to 0
        lost = ~(np.isfinite(midpoint) & np.isfinite(tail) & np.isfinite(radius))
        radius[lost], tail[lost] = np.inf, 0.0
        return cls(midpoint.reshape(shape), tail.reshape(shape), radius.reshape(shape))

    def error(self, actual: Array) -> Array:
        """actual − exact, up to ± radius; NaN where actual is NaN."""
        with np.errstate(invalid="ignore", over="ignore"):
            return (real_array("actual", actual).astype(np.float64, copy=False) - self.midpoint) - self.tail

    def contains(self, actual: Array) -> Array:
        """Entrywise: could `actual` be the exact value? NaN never could."""
        error = self.error(actual)
        return np.abs(error) * (1 - 2.0**-51) <= self.radius

    def ulps(self, actual: Array, dtype: str) -> Array:
        """|actual − nearest possible exact value| in units of the last place of `dtype` at the exact value."""
        form = format_of(dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            distance = np.abs(self.error(actual)) - self.radius
            distance = np.where(np.isnan(distance), np.inf, np.maximum(distance, 0.0))
            return distance / ulp(np.where(np.isfinite(self.midpoint), self.midpoint, 0.0), form)


Layers = dict[int, Enclosed]


@dataclass(frozen=True, eq=False)
class Enclosure:
    """The exact cost and gradient of a network on a batch, with proof.

    Attributes
    ----------
    a, z, delta, dW, db : dict l -> `Enclosed`, shapes as in `Trace`.
    cost : `Enclosed` of shape ().
    undecided : dict l -> bool (m, n[l]): the interval of z holds a kink, so σ'(z) is the hull of the one-sided derivatives.
    bits : working precision; dtype : the format the inputs were rounded to, or "" for as given.
    """

    a: Layers
    z: Layers
    delta: Layers
    dW: Layers
    db: Layers
    cost: Enclosed
    undecided: dict[int, Array] = field(default_factory=dict)
    bits: int = 53
    dtype: str = ""

    def tensors(self) -> Iterator[tuple[str, int, Enclosed]]:
        """(name, l, tensor) in the order of computation: z1, a1, ..., delta L, ..., dW1, db1, ..."""
        L = len(self.dW)
        for l in range(1, L + 1):
            yield "z", l, self.z[l]
            yield "a", l, self.a[l]
        for l in range(L, 0, -1):
            yield "delta", l, self.delta[l]
        for l in range(1, L + 1):
            yield "dW", l, self.dW[l]
            yield "db", l, self.db[l]

    @property
    def largest(self) -> float:
        """Largest |gradient| of all parameters (midpoints)."""
        return max(float(np.abs(v.midpoint).max()) for part in (self.dW, self.db) for v in part.values())

    @property
    def radius(self) -> float:
        """Largest radius of any gradient."""
        return max(float(v.radius.max()) for part in (self.dW, self.db) for v in part.values())

    @property
    def undecided_count(self) -> int:
        """Pre-activations whose interval holds a kink."""
        return sum(int(mask.sum()) for mask in self.undecided.values())

    def contains(self, dW: Mapping[int, Array] | None = None, db: Mapping[int, Array] | None = None) -> bool:
        """Whether every given gradient could be the exact one. NaN never could."""
        return all(
            bool(mine[l].contains(theirs[l]).all()) for mine, theirs in ((self.dW, dW or {}), (self.db, db or {})) for l in theirs
        )

    def ulps(self, trace: Trace, dtype: str | None = None) -> dict[tuple[str, int], Array]:
        """(name, l) -> error of each entry of the trace's z, a, delta, dW, db in units of the last place of its dtype."""
        return {(name, l): v.ulps(getattr(trace, name)[l], dtype or trace.dtype) for name, l, v in self.tensors()}
