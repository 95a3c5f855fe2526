"""Gathers and scatters by index arrays. mathematics.md, section 6.8: the VJP of a gather is a scatter that adds."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import pointwise as p
from ..movement import broadcast, gather, place, select, shape_of
from .operation import Operation, plain

__all__ = ["INDEXING"]


def positions(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(prod(shape)).reshape(shape)


def embedding(weight: Any, indices: Any, padding_idx: int = -1) -> Any:
    """Rows of the table; `padding_idx` is a row that is not trained."""
    index = positions(shape_of(weight))[np.asarray(plain(indices))]
    return gather(weight, index)


def embedding_back(g: Any, y: Any, weight: Any, indices: Any, padding_idx: int = -1) -> tuple[Any]:
    """Ē = onehot(indices)ᵀ G without the row of padding."""
    rows = np.asarray(plain(indices))
    if padding_idx >= 0:
        g = p.choose(np.broadcast_to((rows == padding_idx)[..., None], shape_of(g)), 0.0, g)
    return (place(g, positions(shape_of(weight))[rows], shape_of(weight)),)


def indexed(x: Any, *indices: Any, axes: tuple[int, ...]) -> Any:
    """x[..., i, ..., j, ...]: index arrays on some axes, by NumPy's rules."""
    return gather(x, positions(shape_of(x))[_where(x, indices, axes)])


def _where(x: Any, indices: tuple[Any, ...], axes: tuple[int, ...]) -> tuple[Any, ...]:
    where: list[Any] = [slice(None)] * (max(axes) + 1)
    for axis, index in zip(axes, indices, strict=True):
        where[axis] = np.asarray(plain(index))
    return tuple(where)


def put(x: Any, values: Any, *indices: Any, axes: tuple[int, ...], accumulate: bool = False) -> Any:
    """x with x[indices] = values, or += where they accumulate."""
    at = positions(shape_of(x))[_where(x, indices, axes)]
    return written(x, at, broadcast(values, at.shape), accumulate)


def written(x: Any, at: np.ndarray, values: Any, accumulate: bool) -> Any:
    """x with values at flat positions; of several for one position the last stays, where they do not accumulate."""
    shape = shape_of(x)
    if accumulate:
        return x + place(values, at, shape)
    flat = at.ravel()
    last = np.zeros(prod(shape), int)
    np.put(last, flat, np.arange(flat.size))
    alive = (last[flat] == np.arange(flat.size)).reshape(at.shape)
    touched = np.zeros(prod(shape), bool)
    np.put(touched, flat, True)
    kept = values if alive.all() else p.choose(alive, values, 0.0)
    return p.choose(touched.reshape(shape), place(kept, at, shape), x)


def select_rows(x: Any, index: Any, axis: int) -> Any:
    return gather(
        x, np.take(positions(shape_of(x)), np.atleast_1d(plain(index)), axis=axis) if shape_of(x) else np.zeros((), int)
    )


def gather_along(x: Any, index: Any, axis: int) -> Any:
    return gather(x, _along(x, index, axis))


def _along(x: Any, index: Any, axis: int) -> np.ndarray:
    """Flat positions of torch's gather and scatter, whose index may be smaller than x on the other axes."""
    i = np.asarray(plain(index))
    if not shape_of(x):
        return np.zeros(i.shape, int)
    grid = list(np.indices(i.shape))
    grid = [i if k == axis % i.ndim else g for k, g in enumerate(grid)]
    return positions(shape_of(x))[tuple(grid)]


def scatter(x: Any, index: Any, source: Any, axis: int, accumulate: bool = False) -> Any:
    """x with source at index along an axis. `source` may be larger than index, or one number."""
    at = _along(x, index, axis)
    if isinstance(source, (int, float)) or not shape_of(source):
        source = broadcast(source if not isinstance(source, (int, float)) else np.asarray(float(source)), at.shape)
    else:
        source = select(source, tuple(slice(0, n) for n in at.shape))
    return written(x, at, source, accumulate)


def index_add(x: Any, index: Any, source: Any, axis: int, alpha: float = 1) -> Any:
    at = np.take(positions(shape_of(x)), np.atleast_1d(plain(index)), axis=axis)
    return written(x, at, source if alpha == 1 else source * alpha, True)


def index_copy(x: Any, index: Any, source: Any, axis: int) -> Any:
    at = np.take(positions(shape_of(x)), np.atleast_1d(plain(index)), axis=axis)
    return written(x, at, source, False)


def index_fill(x: Any, index: Any, value: Any, axis: int) -> Any:
    at = np.take(positions(shape_of(x)), np.atleast_1d(plain(index)), axis=axis)
    value = np.asarray(float(value)) if isinstance(value, (int, float)) else value
    return written(x, at, broadcast(value, at.shape), False)


def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    shape = np.broadcast_shapes(shape_of(x), shape_of(mask))
    return p.choose(np.broadcast_to(plain(mask), shape), value, broadcast(x, shape))


def masked_select(x: Any, mask: Any) -> Any:
    shape = np.broadcast_shapes(shape_of(x), shape_of(mask))
    at = np.broadcast_to(positions(shape_of(x)), shape)
    return gather(x, at[np.broadcast_to(plain(mask), shape)])


def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    shape = shape_of(x)
    at = positions(shape)[np.broadcast_to(np.asarray(plain(mask), bool), shape)]
    return written(x, at, gather(source, np.arange(at.size)), False)


def take(x: Any, index: Any) -> Any:
    return gather(x, np.asarray(plain(index)))


def slice_scatter(x: Any, source: Any, axis: int, start: int, stop: int, step: int = 1) -> Any:
    where = [slice(None)] * len(shape_of(x))
    where[axis] = slice(start, stop, step)
    return written(x, positions(shape_of(x))[tuple(where)], source, False)


def select_scatter(x: Any, source: Any, axis: int, index: int) -> Any:
    where: list[Any] = [slice(None)] * len(shape_of(x))
    where[axis] = index
    return written(x, positions(shape_of(x))[tuple(where)], source, False)


def ordered(order: Any) -> Operation:
    """Operations that return values and where they stood (sort, top-k, kth): any index that holds the value is right."""

    def staged(seen: Any, x: Any, axis: int = -1, **attributes: Any) -> tuple[Any, Any]:
        at = order(plain(x), axis=axis, **attributes)
        right = np.take_along_axis(plain(x), at, axis)
        got = np.asarray(seen[1])
        inside = (got >= 0) & (got < shape_of(x)[axis])
        there = np.take_along_axis(plain(x), np.where(inside, got, 0), axis)
        ties = inside & (there == right)
        twice = np.sort(got, axis)
        distinct = not np.any(np.diff(twice, axis=axis) == 0)
        return gather(x, _along(x, at, axis)), np.where(ties & distinct, got, at)

    def forward(x: Any, axis: int = -1, **attributes: Any) -> tuple[Any, Any]:
        at = order(plain(x), axis=axis, **attributes)
        return gather(x, _along(x, at, axis)), at

    def back(g: Any, y: Any, x: Any, axis: int = -1, **attributes: Any) -> tuple[Any]:
        return (place(g[0], _along(x, y[1], axis), shape_of(x)),)

    return Operation(forward, back, staged)


def _sorted(v: np.ndarray, axis: int, descending: bool = False, **_: Any) -> np.ndarray:
    return np.argsort(-v if descending else v, axis=axis, kind="stable")


def _top(v: np.ndarray, axis: int, k: int, largest: bool = True, **_: Any) -> np.ndarray:
    return np.take(np.argsort(-v if largest else v, axis=axis, kind="stable"), np.arange(k), axis=axis)


def bag(weight: Any, indices: Any, offsets: Any, mode: int = 0, padding_idx: int = -1) -> Any:
    """Sums (mode 0) or means (mode 1) of bags of rows; a bag begins at each offset."""
    rows, starts = np.asarray(plain(indices)).ravel(), np.asarray(plain(offsets)).ravel()
    which = np.searchsorted(starts, np.arange(rows.size), side="right") - 1
    kept = rows != padding_idx
    width = shape_of(weight)[1]
    taken = gather(weight, positions(shape_of(weight))[rows[kept]])
    to = which[kept][:, None] * width + np.arange(width)[None, :]
    summed = place(taken, to, (starts.size, width))
    if mode == 0:
        return summed
    counts = np.bincount(which[kept], minlength=starts.size)[:, None]
    return summed / np.maximum(counts, 1).astype(float)


def write_at(x: Any, values: Any, at: np.ndarray) -> Any:
    """x with values at flat positions, each named once."""
    return written(x, np.asarray(at), values, False)


INDEXING: dict[str, Operation] = {
    "embedding": Operation(embedding, embedding_back),
    "bag": Operation(bag),
    "indexed": Operation(indexed),
    "put": Operation(put),
    "select_rows": Operation(select_rows),
    "gather_along": Operation(gather_along),
    "scatter": Operation(scatter),
    "index_add": Operation(index_add),
    "index_copy": Operation(index_copy),
    "index_fill": Operation(index_fill),
    "masked_fill": Operation(masked_fill),
    "masked_select": Operation(masked_select),
    "masked_scatter": Operation(masked_scatter),
    "take": Operation(take),
    "slice_scatter": Operation(slice_scatter),
    "select_scatter": Operation(select_scatter),
    "write_at": Operation(write_at),
    "sort": ordered(_sorted),
    "top": ordered(_top),
}
