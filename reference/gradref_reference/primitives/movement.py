"""Movement: linear maps whose coefficients are 0 and 1. They select, place and add up; alone they round only what they add.

`linear(x, how, back, n, n_back)` is any of them with its transpose; `move` needs no transpose: it is found by moving the
positions themselves. Reshapes, transposes, slices, gathers, pads, broadcasting, sums and windows are all of this kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from .bounded import Bounded, multiplicity, summed
from .tape import Primitive

__all__ = [
    "axes_of",
    "blank",
    "broadcast",
    "concatenate",
    "cumulate",
    "gather",
    "kept",
    "linear",
    "move",
    "place",
    "reshape",
    "select",
    "shape_of",
    "total",
    "transpose",
    "unbroadcast",
]

Array = np.ndarray
Map = Callable[[Array], Array]


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a value in any arithmetic; () for a number."""
    return tuple(np.shape(x)) if isinstance(x, (int, float)) else tuple(x.shape)


def _plain(x: Any, how: Map, back: Map, n: int, n_back: int) -> Any:
    return how(x)


def _bounded(x: Bounded, how: Map, back: Map, n: int, n_back: int) -> Bounded:
    value = how(x.value)
    if n == 1:
        moved = [None if e is None else how(e) for e in (x.bound, x.spread, x.size)]
        return x.like(value, *moved)
    size = np.abs(x.value)
    terms = (None, None) if x.bound is None or x.spread is None else (how(x.bound), how(x.spread))
    repeated = multiplicity(x.value) if x.careful else 1
    unit = x.contract.bias_accumulator
    return summed(x, value, how(size), how(np.square(size)), n, terms, repeated, unit)


def _pull(g: Any, y: Any, x: Any, how: Map, back: Map, n: int, n_back: int) -> tuple[Any]:
    return (linear(g, how=back, back=how, n=n_back, n_back=n),)


linear = Primitive(_plain, _bounded, _pull)
"""linear(x, how=, back=, n=, n_back=): `how` adds at most n entries of x into each of the result, its transpose `back` at most n_back."""


def move(x: Any, how: Map) -> Any:
    """`how` (reshape, slice, gather, tile, ...) selects entries of an array; its transpose adds each back to where it came from."""
    shape = shape_of(x)
    size = prod(shape)
    positions = how(np.arange(size).reshape(shape))
    counts = np.bincount(positions.ravel(), minlength=size)
    back = partial(_scatter, positions=positions.ravel(), shape=shape)
    return linear(x, how=how, back=back, n=1, n_back=max(int(counts.max(initial=1)), 1))


def blank(shape: tuple[int, ...], like: Array) -> Array:
    """Zeros that can hold what `like` holds: numbers, or balls."""
    plain = like.view(np.ndarray)
    return np.zeros(shape) if plain.dtype != object else np.zeros(shape, object).view(type(like))


def _scatter(g: Array, positions: Array, shape: tuple[int, ...]) -> Array:
    g = np.asanyarray(g)
    if g.view(np.ndarray).dtype == object:  # balls
        out = blank((prod(shape),), g)
        np.add.at(out.view(np.ndarray), positions, g.ravel().view(np.ndarray))
        return out.reshape(shape)
    return np.bincount(positions, weights=g.ravel(), minlength=prod(shape)).reshape(shape)


def gather(x: Any, index: Array) -> Any:
    """Entries of the flattened x at `index`, in the shape of index."""
    return move(x, lambda v: v.reshape(-1)[index])


def place(x: Any, positions: Array, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` to which each entry of x is added at its flat position; the transpose of `gather`."""
    flat = np.asarray(positions).ravel()
    counts = int(np.bincount(flat, minlength=1).max(initial=1))
    there = partial(_scatter, positions=flat, shape=shape)
    return linear(x, how=there, back=lambda v: v.reshape(-1)[flat].reshape(positions.shape), n=max(counts, 1), n_back=1)


kept = Primitive(lambda x: x, lambda x: x.stored(), lambda g, y, x: (g,))
"""kept(x): x as a kernel keeps it on its way, in the storage format where that is narrower than what it computes in."""


def reshape(x: Any, shape: Sequence[int]) -> Any:
    before = shape_of(x)
    return linear(x, how=lambda v: v.reshape(shape), back=lambda v: v.reshape(before), n=1, n_back=1)


def transpose(x: Any, axes: Sequence[int]) -> Any:
    inverse = np.argsort(axes)
    return linear(x, how=lambda v: v.transpose(axes), back=lambda v: v.transpose(inverse), n=1, n_back=1)


def select(x: Any, where: Any) -> Any:
    """x[where] by slices, numbers and None."""
    shape = shape_of(x)

    def back(g: Array) -> Array:
        out = blank(shape, g)
        out[where] = g
        return out

    return linear(x, how=lambda v: v[where], back=back, n=1, n_back=1)


def broadcast(x: Any, shape: Sequence[int]) -> Any:
    """x as it enters an operation with a larger array."""
    before, after = shape_of(x), tuple(shape)
    if before == after:
        return x
    ratio = prod(after) // max(prod(before), 1)
    return linear(x, how=lambda v: np.broadcast_to(v, after), back=lambda g: _sum_to(g, before), n=1, n_back=max(ratio, 1))


def unbroadcast(g: Any, like: Any) -> Any:
    """The sum of g over what broadcasting had repeated; the shape of `like`."""
    before, after = shape_of(like), shape_of(g)
    if before == after:
        return g
    ratio = prod(after) // max(prod(before), 1)
    return linear(g, how=lambda v: _sum_to(v, before), back=lambda v: np.broadcast_to(v, after), n=max(ratio, 1), n_back=1)


def _sum_to(g: Array, shape: tuple[int, ...]) -> Array:
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1)
    return g.sum(axis=axes, keepdims=True).reshape(shape) if axes else g


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis` as a tuple of non-negative numbers; None and () are all axes."""
    if axis is None or (isinstance(axis, (tuple, list)) and not axis):
        return tuple(range(ndim))
    return tuple(a % max(ndim, 1) for a in ((axis,) if isinstance(axis, int) else axis)) if ndim else ()


def total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Σ over axes, in the accumulator of plain sums."""
    shape = shape_of(x)
    axes = axes_of(axis, len(shape))
    if not axes:
        return x
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    n = prod(shape[i] for i in axes)
    return linear(
        x,
        how=lambda v: np.asanyarray(v.sum(axis=axes, keepdims=keepdims)),
        back=lambda g: np.broadcast_to(g.reshape(kept), shape),
        n=max(n, 1),
        n_back=1,
    )


def cumulate(x: Any, axis: int) -> Any:
    """Cumulative sums; the transpose adds up from the other end."""
    n = shape_of(x)[axis] if shape_of(x) else 1
    return linear(
        x,
        how=lambda v: np.cumsum(v, axis=axis),
        back=lambda g: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis),
        n=max(n, 1),
        n_back=max(n, 1),
    )


def concatenate(parts: Sequence[Any], axis: int) -> Any:
    """The parts one behind the other: the sum of the parts, each placed among zeros, without rounding."""
    return _join(*parts, axis=axis)


def _join_plain(*parts: Any, axis: int) -> Any:
    return np.concatenate(parts, axis=axis)


def _join_bounded(*parts: Any, axis: int) -> Bounded:
    model = next(p for p in parts if isinstance(p, Bounded))
    value = np.concatenate([p.value if isinstance(p, Bounded) else p for p in parts], axis=axis)
    if all(not isinstance(p, Bounded) or p.exact for p in parts):
        return model.like(value)
    errors = []
    for name in ("bound", "spread"):
        found = [getattr(p, name, None) for p in parts]
        errors.append(
            np.concatenate([np.zeros(shape_of(p)) if e is None else e for p, e in zip(parts, found, strict=True)], axis)
        )
    return model.like(value, *errors)


def _join_pull(g: Any, y: Any, *parts: Any, axis: int) -> tuple[Any, ...]:
    found, start = [], 0
    for part in parts:
        length = shape_of(part)[axis]
        where = [slice(None)] * len(shape_of(part))
        where[axis] = slice(start, start + length)
        found.append(select(g, tuple(where)))
        start += length
    return tuple(found)


_join = Primitive(_join_plain, _join_bounded, _join_pull)
