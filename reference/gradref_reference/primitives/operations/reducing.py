"""Reductions: sums, means, variances, norms, products, extremes, cumulative sums. mathematics.md, section 6.0."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import pointwise as p
from ..movement import axes_of, broadcast, concatenate, cumulate, gather, linear, place, reshape, shape_of, total
from .operation import Operation, plain

__all__ = ["REDUCING", "mean", "restored"]


def restored(g: Any, like: Any, axis: Any, keepdims: bool) -> Any:
    """g with the axes back that a reduction of `like` took away."""
    shape = shape_of(like)
    axes = axes_of(axis, len(shape))
    return g if keepdims else reshape(g, tuple(1 if i in axes else n for i, n in enumerate(shape)))


def count(x: Any, axis: Any) -> float:
    shape = shape_of(x)
    return float(max(prod(shape[i] for i in axes_of(axis, len(shape))), 1))


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return total(x, axis, keepdims) / count(x, axis)


def variance(x: Any, axis: Any = None, correction: float = 1.0, keepdims: bool = False) -> Any:
    n = count(x, axis)
    return total(p.square(x - mean(x, axis, True)), axis, keepdims) / (n - correction)


def variance_back(g: Any, y: Any, x: Any, axis: Any = None, correction: float = 1.0, keepdims: bool = False) -> tuple[Any]:
    """x̄ = g 2/(n - d) (x - μ)."""
    n = count(x, axis)
    return (broadcast(restored(g, x, axis, keepdims), shape_of(x)) * (2.0 / (n - correction)) * (x - mean(x, axis, True)),)


def variance_and_mean(x: Any, axis: Any = None, correction: float = 1.0, keepdims: bool = False) -> tuple[Any, Any]:
    return variance(x, axis, correction, keepdims), mean(x, axis, keepdims)


def deviation(x: Any, axis: Any = None, correction: float = 1.0, keepdims: bool = False) -> Any:
    return p.square_root(variance(x, axis, correction, keepdims))


def deviation_back(g: Any, y: Any, x: Any, axis: Any = None, correction: float = 1.0, keepdims: bool = False) -> tuple[Any]:
    """x̄ = g / (2y) times the VJP of the variance; 0 where y is 0."""
    still = plain(y) == 0
    scaled = p.choose(still, 0.0, g / p.choose(still, 1.0, 2.0 * y))
    return variance_back(scaled, y, x, axis, correction, keepdims)


def norm(x: Any, order: float = 2.0, axis: Any = None, keepdims: bool = False) -> Any:
    if order == 2:
        return p.square_root(total(p.square(x), axis, keepdims))
    if order == 1:
        return total(p.absolute(x), axis, keepdims)
    if order == np.inf:
        return largest(p.absolute(x), axis, keepdims)
    return p.power(total(p.power(p.absolute(x), order), axis, keepdims), 1.0 / order)


def norm_back(g: Any, y: Any, x: Any, order: float = 2.0, axis: Any = None, keepdims: bool = False) -> tuple[Any]:
    """x̄ = g x / ‖x‖, 0 at 0; sign and |x|^(p-1) for the others; the largest entries share for ∞."""
    g, y = restored(g, x, axis, keepdims), restored(y, x, axis, keepdims)
    zero = plain(y) == 0
    safe = p.choose(zero, 1.0, y)
    if order == 2:
        return (p.choose(np.broadcast_to(zero, shape_of(x)), 0.0, x * (g / safe)),)
    sign = np.sign(plain(x))
    if order == 1:
        return (p.between(broadcast(g, shape_of(x)), -1.0, np.where(sign == 0, 1.0, sign), sign == 0),)
    if order == np.inf:
        return (_shared(g, np.abs(plain(x)) == plain(y), sign, axis),)
    slope = p.power(p.absolute(x) / safe, order - 1.0) * sign
    return (p.choose(np.broadcast_to(zero, shape_of(x)), 0.0, g * slope),)


def _shared(g: Any, winners: Any, sign: Any, axis: Any) -> Any:
    """Equal shares of g to the entries that attain the extreme; where several do, any share is right."""
    axes = axes_of(axis, winners.ndim)
    number = winners.sum(axis=axes, keepdims=True)
    g = broadcast(g, winners.shape)
    equal = p.choose(winners, g * sign / np.maximum(number, 1.0), 0.0)
    tied = winners & np.broadcast_to(number > 1, winners.shape)
    return p.wider(equal, np.where(tied, np.abs(plain(g)), 0.0)) if tied.any() else equal


def largest(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The maximum along axes: of several that attain it, one."""
    return _extreme(x, axis, keepdims, np.argmax)


def smallest(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _extreme(x, axis, keepdims, np.argmin)


def _extreme(x: Any, axis: Any, keepdims: bool, which: Any) -> Any:
    v = plain(x)
    axes = axes_of(axis, v.ndim)
    rest = [i for i in range(v.ndim) if i not in axes]
    shape = shape_of(v)
    index = np.arange(v.size).reshape(shape).transpose([*rest, *axes]).reshape([shape[i] for i in rest] + [-1])
    flat = v.reshape(-1)[index]
    at = np.take_along_axis(index, np.expand_dims(which(flat, axis=-1), -1), -1)[..., 0]
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return gather(x, at.reshape(kept) if keepdims else at)


def extreme_back(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> tuple[Any]:
    winners = plain(x) == np.asarray(plain(restored(y, x, axis, keepdims)))
    return (_shared(restored(g, x, axis, keepdims), winners, 1.0, axis),)


def extreme_at(which: Any) -> Operation:
    """Maximum or minimum along one axis and where it is attained; a tie may be broken any way."""

    def forward(x: Any, axis: int = -1, keepdims: bool = False) -> tuple[Any, Any]:
        return _extreme(x, axis, keepdims, which), which(plain(x), axis=axis, **({"keepdims": True} if keepdims else {}))

    def staged(seen: tuple[Any, ...], x: Any, axis: int = -1, keepdims: bool = False) -> tuple[Any, Any]:
        value, index = forward(x, axis, keepdims)
        if plain(x).ndim == 0:
            return value, index
        got = np.asarray(seen[1])
        full = got if keepdims else np.expand_dims(got, axis)
        inside = (full >= 0) & (full < plain(x).shape[axis])
        there = np.take_along_axis(plain(x), np.where(inside, full, 0), axis)
        there = there if keepdims else np.squeeze(there, axis)
        return value, np.where((there == plain(value)) & np.reshape(inside, got.shape), got, index)

    def back(g: Any, y: Any, x: Any, axis: int = -1, keepdims: bool = False) -> tuple[Any]:
        shape = shape_of(x)
        if not shape:
            return (g[0],)
        full = np.asarray(plain(y[1])) if keepdims else np.expand_dims(np.asarray(plain(y[1])), axis)
        at = np.take_along_axis(np.arange(prod(shape)).reshape(shape), full, axis)
        return (place(restored(g[0], x, axis, keepdims), at, shape),)

    return Operation(forward, back, staged)


def product(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Π along axes, factor by factor."""
    shape = shape_of(x)
    axes = axes_of(axis, len(shape))
    index = np.arange(prod(shape)).reshape(shape)
    rest = [i for i in range(len(shape)) if i not in axes]
    index = index.transpose([*rest, *axes]).reshape([shape[i] for i in rest] + [-1])
    out = gather(x, index[..., 0])
    for k in range(1, index.shape[-1]):
        out = out * gather(x, index[..., k])
    return restored(out, x, axis, False) if keepdims else out


def cumulative_product(x: Any, axis: int) -> Any:
    """Π up to each place, factor by factor."""
    shape = shape_of(x)
    index = np.moveaxis(np.arange(prod(shape)).reshape(shape), axis, -1)
    parts = [gather(x, index[..., 0])]
    for k in range(1, index.shape[-1]):
        parts.append(parts[-1] * gather(x, index[..., k]))
    stacked = concatenate([reshape(q, (*shape_of(q), 1)) for q in parts], -1)
    return linear(stacked, how=lambda v: np.moveaxis(v, -1, axis), back=lambda g: np.moveaxis(g, axis, -1), n=1, n_back=1)


REDUCING: dict[str, Operation] = {
    "sum": Operation(lambda x, axis=None, keepdims=False: total(x, axis, keepdims)),
    "mean": Operation(mean),
    "variance": Operation(variance, variance_back),
    "variance_and_mean": Operation(variance_and_mean),
    "deviation": Operation(deviation, deviation_back),
    "norm": Operation(norm, norm_back),
    "largest": Operation(largest, extreme_back),
    "smallest": Operation(smallest, extreme_back),
    "largest_at": extreme_at(np.argmax),
    "smallest_at": extreme_at(np.argmin),
    "product": Operation(product),
    "cumulative_sum": Operation(lambda x, axis: cumulate(x, axis)),
    "cumulative_product": Operation(cumulative_product),
}
