"""Rounding errors of sums and matrix products: the rigorous bound E and the spread σ of certificates.md, section 2.

For S = Σ t_i, n products or plain terms added in any order, with or without fused multiply-add, S1 = Σ|t_i| and Q = Σ t_i²:

    E = min(γ_n S1, ua S1 + (n-1) ua (1+ua) m),  m = (S1 + |S|)/2 + γ_n S1

because no partial sum exceeds the sum of the positive or that of the negative terms. Sources: Higham, *Accuracy and Stability of
Numerical Algorithms*, ch. 3; Jeannerod & Rump, SIAM J. Matrix Anal. 34, 2013 (nu instead of γ_n); Higham & Mary, SIAM J. Sci. Comput.
41, 2019 (errors of a sum grow like √n).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .contract import Contract

__all__ = [
    "UC",
    "Estimate",
    "Factors",
    "Product",
    "Tensor",
    "constant_error",
    "gamma",
    "matrix_product",
    "repetitions",
    "row_sum",
    "underflow",
    "within",
]

Array = np.ndarray

UC = 2.0**-53
"""Unit roundoff of our own evaluation, float64."""

U32 = 2.0**-24
SQUARABLE = 2.0**-480
"""The square of a larger number, and those of the terms that matter in it, do not underflow in float64."""

LEAST = (127 - 40) << 23
"""The bits of 2^-40 in float32."""

KAPPA = 0.2
"""Variance of one rounding error in units of u² S²: 1/3 for uniform errors at the bottom of a binade, 1/12 at its top."""


def gamma(n: float, u: float) -> float:
    """γ_n = nu/(1 - nu), the bound of n successive roundings; nu where that is no longer small.

    >>> gamma(2, 2.0**-24) > 2 * 2.0**-24
    True
    """
    return n * u / (1 - n * u) if n * u < 0.5 else n * u


class Single(NamedTuple):
    """|x| and x² of a matrix in float32, scaled by a power of two so that the largest |x| lies between 2^-20 and 2^20."""

    abs: Array
    square: Array
    scale: float


@dataclass(frozen=True, eq=False)
class Tensor:
    """A matrix whose absolute values and squares are formed once and shared by every equation that needs them."""

    value: Array

    @cached_property
    def abs(self) -> Array:
        """|x|."""
        return np.abs(self.value)

    @cached_property
    def square(self) -> Array:
        """x²."""
        return np.square(self.value)

    @cached_property
    def single(self) -> Single | None:
        """In float32, for sums of positive terms; None where a number below 2^-40 might make a product underflow."""
        top = max(float(self.value.max()), -float(self.value.min()))
        exponent = int(np.frexp(top)[1])
        if not (np.isfinite(top) and abs(exponent) <= 200):
            return None
        scale = 1.0 if -20 <= exponent <= 20 else 2.0**-exponent
        x = (self.value if scale == 1 else self.value * scale).astype(np.float32)
        np.abs(x, out=x)
        bits = x.ravel(order="K").view(np.uint32)
        smallest = int(bits.min())
        if smallest == 0:
            if np.count_nonzero(bits) != np.count_nonzero(self.value):
                return None
            smallest = int((bits - np.uint32(1)).min()) + 1  # 0 becomes the largest integer
        if smallest < LEAST:
            return None
        return Single(x, np.square(x), scale)

    @cached_property
    def smallest(self) -> float:
        """The smallest absolute value that is not 0; infinity when all are."""
        return float(np.min(self.abs, initial=np.inf, where=self.abs > 0))

    @cached_property
    def T(self) -> "Tensor":
        """The transpose, sharing what was already formed."""
        return self._view(lambda x: x.T)

    def rows(self, block: slice) -> "Tensor":
        """Some of the rows, sharing what was already formed."""
        return self if block == slice(None) else self._view(lambda x: x[block])

    def _view(self, view: Callable[[Array], Array]) -> "Tensor":
        other = Tensor(view(self.value))
        shared = self.single
        other.__dict__["single"] = shared and Single(view(shared.abs), view(shared.square), shared.scale)
        for name in ("abs", "square"):
            if shared is None or name in self.__dict__:
                other.__dict__[name] = view(getattr(self, name))
        return other


@dataclass(frozen=True, eq=False)
class Product:
    """A sum of n products per entry: S, S1 = Σ|terms|, Q = Σ terms²; all of one shape. Up to `repeated` of the terms are the same."""

    S: Array
    S1: Array
    Q: Array
    n: int
    repeated: Array | int = 1


@dataclass(frozen=True, eq=False)
class Estimate:
    """What an equation should give: `value` ± `bound` (a proof), with `spread` its standard deviation (a model), same shape.

    `floor` is the part of the bound that is owed to underflow alone; `spread` contains it. At a kink (mask `kink`, or None)
    everything between `low` and `high` is right. Where the bound is infinite nothing is known: the value, or something on the way
    to it, overflows.
    """

    value: Array
    bound: Array
    spread: Array
    floor: float = 0.0
    kink: Array | None = None
    low: Array | None = None
    high: Array | None = None

    def rows(self, part: slice) -> "Estimate":
        """The estimate of some rows."""
        masks = (None if mask is None else mask[part] for mask in (self.kink, self.low, self.high))
        return Estimate(self.value[part], self.bound[part], self.spread[part], self.floor, *masks)


def matrix_product(left: Tensor, right: Tensor, unit: float | None = None) -> Product:
    """left @ right with the sums of absolute values and of squares of its terms; (p, n) (n, q) -> (p, q).

    S1 and Q have only positive terms: float32 gives them to a relative γ_n, which is added to S1. With the unit roundoff of the
    accumulator, repeated terms are counted as well: a sort of both operands.
    """
    return Factors(left, right, unit).rows(slice(None))


class Factors:
    """left @ right, multiplied out once and handed on in blocks of rows; see `matrix_product`."""

    def __init__(self, left: Tensor, right: Tensor, unit: float | None = None):
        self.n, self.S = left.value.shape[1], left.value @ right.value
        self.repeated: Array | int = 1
        if unit is not None:
            self.repeated = np.minimum(repetitions(left.value.T, unit)[:, None], repetitions(right.value, unit))
        l, r = left.single, right.single
        self.narrow = l is not None and r is not None and self.n <= 2**20
        if l is not None and r is not None and self.narrow:
            back = 1 / (l.scale * r.scale)
            self.S1, self.Q = l.abs @ r.abs, l.square @ r.square
            self.scale1, self.scale2 = back * (1 + 2 * gamma(self.n + 2, U32)), back * back  # S1 becomes an upper bound
        else:
            self.S1, self.Q = left.abs @ right.abs, left.square @ right.square

    def rows(self, block: slice) -> Product:
        """The product's rows in `block`."""
        repeated = self.repeated if isinstance(self.repeated, int) else self.repeated[block]
        S1, Q = self.S1[block], self.Q[block]
        if self.narrow:
            S1 = np.multiply(S1, self.scale1, dtype=np.float64)
            Q = np.multiply(Q, self.scale2, dtype=np.float64)
        return Product(self.S[block], S1, Q, self.n, repeated)


def row_sum(x: Tensor, unit: float | None = None) -> Product:
    """Σ over axis 0, as a product with ones; (m, n) -> (n,)."""
    ones = np.ones(len(x.value))
    repeated = 1 if unit is None else repetitions(x.value, unit)
    return Product(ones @ x.value, ones @ x.abs, ones @ x.square, len(x.value), repeated)


def repetitions(x: Array, u: float) -> Array:
    """How often one number occurs at most in each column of x, where numbers within a few u are the same; (n, k) -> (k,)."""
    ordered = np.sort(x, axis=0)
    new = np.diff(ordered, axis=0) > 8 * u * np.abs(ordered).max(axis=0)
    count = np.empty(x.shape[1], int)
    for k in range(x.shape[1]):
        count[k] = np.diff(np.concatenate(([-1], np.flatnonzero(new[:, k]), [len(x) - 1]))).max()
    return count


def underflow(n: int, contract: Contract) -> float:
    """What n products and sums may lose by underflow: the smallest number each, or a whole `tiny` where that is flushed.

    Under excess precision each of them may have been rounded to the storage format on its way.
    """
    lost = (2 * n + 2) * contract.flushed or n * contract.inside.smallest
    return lost + (n if contract.excess_precision else 1) * contract.form.smallest


def constant_error(c: float, contract: Contract) -> float:
    """How far a constant may be off in the storage format, beyond the relative u: its rounding to a subnormal number or to 0.

    Infinite where the format cannot hold it: an implementation that stores it goes on with infinity.
    """
    if abs(c) > contract.form.largest:
        return np.inf
    return 0.0 if c == 0 or abs(c) >= contract.form.tiny else max(contract.flushed, 0.5 * contract.form.smallest)


def within(bound: Array, size: Array, largest: float) -> Array:
    """`bound`, infinite where an intermediate result of this size (upper bounds, same shape) may overflow: nothing is known there."""
    return bound if size.max() <= largest else np.where(size <= largest, bound, np.inf)


def sum_within(bound: Array, size: Array, S1: Array, largest: float) -> Array:
    """`bound`, infinite where a partial sum may overflow though the sum does not, or with the other sign; `size` is |S|.

    No partial sum exceeds the sum of the positive or that of the negative terms, and |S| is their difference.
    """
    if S1.max() <= largest:
        return bound
    known = (S1 - size <= 2 * largest) & ((S1 + size <= 2 * largest) | (size > largest))
    return np.where(known, bound, np.inf)


def accumulation(size: Array, S1: Array, n: int, u: float) -> Array:
    """E of a sum of n products accumulated with unit roundoff u and evaluated by us in float64; `size` is |S|."""
    g, own, steps = gamma(n, u), gamma(n, UC), (n - 1) * u * (1 + u)
    if not steps:
        return (g + own) * S1
    bound = (u + steps * (0.5 + g) + own) * S1
    bound += (0.5 * steps) * size
    return np.minimum(bound, (g + own) * S1, out=bound)


def variance(size: Array, p: Product, n: int, u: float) -> Array:
    """V of a sum of n products accumulated with unit roundoff u: κ u² ((n+1)(Q/6 + S²/3) + Q); `size` is |S|.

    The model takes rounding errors for independent. Adding the same number again commits the same error again: where terms are
    repeated, V grows by that factor.
    """
    V = (KAPPA * u * u * ((n + 1) / 6 + 1)) * p.Q
    square = size * size
    square *= KAPPA * u * u * (n + 1) / 3
    V += square
    if np.ndim(p.repeated):
        V *= p.repeated
    return V


def estimate_product(
    p: Product,
    contract: Contract,
    accumulator: float,
    inputs: int = 0,
    extra: Array | None = None,
    lost: Array | float = 0.0,
) -> Estimate:
    """The estimate of a stored sum of products.

    Parameters
    ----------
    p : the sum.
    contract, accumulator : the unit roundoff inside the sum is `accumulator`.
    inputs : how many units of the storage format each term may be off (factors that entered unrounded, terms rounded on their own).
    extra : a further term already in S and S1 that is added after the sum was stored (a bias, an L2 term).
    lost : what operands near underflow may add.
    """
    u, size, largest = contract.u, np.abs(p.S), contract.form.largest
    n = p.n + (extra is not None)
    bound, V = accumulation(size, p.S1, n, accumulator), variance(size, p, n, accumulator)
    bound = sum_within(bound, size, p.S1, contract.largest_inside(accumulator))
    if accumulator < u:  # stored in fewer bits than accumulated: once, and once more before `extra` is added
        stored = size if extra is None else size + np.abs(p.S - extra)
        bound = bound * (1 + 2 * u) + u * (1 + u) * stored
        V += 1.5 * KAPPA * u * u * np.square(stored)
        if extra is not None:
            bound = sum_within(bound, size, stored - size + np.abs(extra), largest)
    if inputs:
        bound += inputs * u * (1 + u) * p.S1
        V += (1.5 * KAPPA * inputs * u * u) * p.Q * p.repeated
    floor = underflow(n, contract)
    bound += floor
    if np.any(lost):
        bound = bound + lost
        V += np.square(0.25 * lost)
    spread = np.sqrt(V, out=V)
    if float(p.S1.min()) < SQUARABLE:  # squares may have underflowed: Q and S² are at most S1²
        most = np.sqrt(KAPPA * ((n + 1) / 2 + 1)) * accumulator
        np.multiply(p.S1, most, out=spread, where=p.S1 < SQUARABLE)
    spread += floor
    return Estimate(p.S, bound, spread, floor)
