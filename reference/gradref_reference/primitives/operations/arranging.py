"""Views, copies, concatenations and pads: what only moves numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .. import pointwise as p
from ..bounded import Bounded, value_of
from ..movement import broadcast, concatenate, move, place, reshape, select, shape_of, transpose
from ..tape import Primitive
from .operation import Operation, plain

__all__ = ["ARRANGING", "cast"]


def _cast(x: Bounded) -> Bounded:
    """x in the format of the equation's contract: rounded once, unless it already stands in it."""
    return p.rounded(x, value_of(x), ((None, x),)) if not x.contract.narrow else _once(x)


def _once(x: Bounded) -> Bounded:
    """Not rounded here: `stored` rounds what is not exact, so an exact value is marked with a bound of 0."""
    zero = np.zeros(x.shape)
    return x.like(x.value, zero if x.bound is None else x.bound, zero if x.spread is None else x.spread)


cast = Primitive(lambda x: x, _cast, lambda g, y, x: (g,))
"""x stored in another format."""


def permute(x: Any, axes: Any) -> Any:
    return transpose(x, [a % len(axes) for a in axes])


def expand(x: Any, shape: Any) -> Any:
    before = shape_of(x)
    padded = (1,) * (len(shape) - len(before)) + before
    return broadcast(reshape(x, padded), tuple(n if s == -1 else s for s, n in zip(shape, padded, strict=True)))


def cut(x: Any, axis: int, start: int, stop: int, step: int = 1) -> Any:
    where = [slice(None)] * len(shape_of(x))
    where[axis] = slice(start, stop, step)
    return select(x, tuple(where))


def pick(x: Any, axis: int, index: int) -> Any:
    where: list[Any] = [slice(None)] * len(shape_of(x))
    where[axis] = index
    return select(x, tuple(where))


def split(x: Any, sizes: Any, axis: int) -> tuple[Any, ...]:
    edges = [0, *(int(n) for n in np.cumsum(sizes))]
    return tuple(cut(x, axis, a, b) for a, b in pairwise(edges))


def split_back(g: Any, y: Any, x: Any, sizes: Any, axis: int) -> tuple[Any]:
    """The cotangents one behind the other, zeros where none arrived."""
    y, g = (y, g) if isinstance(y, tuple) else ((y,), (g,))
    return (concatenate([np.zeros(shape_of(part)) if c is None else c for part, c in zip(y, g, strict=True)], axis),)


def unbind_back(g: Any, y: Any, x: Any, axis: int = 0) -> tuple[Any]:
    shape = shape_of(x)
    at = axis % len(shape)
    kept = (*shape[:at], 1, *shape[at + 1 :])
    parts = g if isinstance(g, tuple) else (g,)
    return (concatenate([np.zeros(kept) if c is None else reshape(c, kept) for c in parts], at),)


def unbind(x: Any, axis: int = 0) -> tuple[Any, ...]:
    return tuple(pick(x, axis, i) for i in range(shape_of(x)[axis]))


def concatenated(*parts: Any, axis: int = 0) -> Any:
    kept = [q for q in parts if shape_of(q) != (0,)]
    return concatenate(kept, axis % max(len(shape_of(kept[0])), 1))


def stacked(*parts: Any, axis: int = 0) -> Any:
    at = axis % (len(shape_of(parts[0])) + 1)
    return concatenate([reshape(q, (*shape_of(q)[:at], 1, *shape_of(q)[at:])) for q in parts], at)


def pad(x: Any, widths: Any, value: float = 0.0) -> Any:
    """`widths` as torch gives them: before and after, from the last axis on; negative ones cut."""
    shape = shape_of(x)
    pairs = [(0, 0)] * len(shape)
    for k in range(len(widths) // 2):
        pairs[len(shape) - 1 - k] = (widths[2 * k], widths[2 * k + 1])
    inner = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(shape, pairs, strict=True))
    x = select(x, inner)
    for axis, (a, b) in enumerate(pairs):
        parts = [x]
        for width, front in ((a, True), (b, False)):
            if width > 0:
                filled = list(shape_of(x))
                filled[axis] = width
                parts.insert(0, np.full(filled, float(value))) if front else parts.append(np.full(filled, float(value)))
        x = concatenate(parts, axis) if len(parts) > 1 else x
    return x


def pad_by(mode: str) -> Operation:
    """Pads that repeat what is inside, by NumPy's name of the mode."""

    def forward(x: Any, widths: Any) -> Any:
        n = len(shape_of(x))
        pairs = [(0, 0)] * n
        for k in range(len(widths) // 2):
            pairs[n - 1 - k] = (widths[2 * k], widths[2 * k + 1])
        return move(x, lambda v: np.pad(v, pairs, mode=mode))  # type: ignore[call-overload]

    return Operation(forward)


def strided(x: Any, size: Any, stride: Any, offset: int) -> Any:
    """Entries of the flattened x at offset + Σ i stride."""
    at = offset + sum(
        (np.arange(n) * s).reshape((-1,) + (1,) * (len(size) - 1 - k)) for k, (n, s) in enumerate(zip(size, stride, strict=True))
    )
    index = np.broadcast_to(np.asarray(at), tuple(size))
    return move(x, lambda v: v.reshape(-1)[index])


def triangle(x: Any, diagonal: int = 0, lower: bool = True) -> Any:
    mask = np.tri(*shape_of(x)[-2:], k=diagonal, dtype=bool) if lower else ~np.tri(*shape_of(x)[-2:], k=diagonal - 1, dtype=bool)
    return p.choose(np.broadcast_to(mask, shape_of(x)), x, 0.0)


def windows(x: Any, axis: int, size: int, step: int) -> Any:
    """`unfold`: the windows of an axis, their entries on a new last axis."""
    n = shape_of(x)[axis]
    at = np.arange(0, n - size + 1, step)[:, None] + np.arange(size)[None, :]
    return move(x, lambda v: np.moveaxis(np.take(v, at, axis=axis), axis % v.ndim + 1, -1))


def diagonal_matrix(x: Any, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Any:
    n = shape_of(x)[-1] + abs(offset)
    ndim = len(shape_of(x)) + 1
    shape = [*shape_of(x)[:-1], n, n]
    index = np.arange(int(np.prod(shape))).reshape(shape)
    moved = np.moveaxis(index, (-2, -1), (axis1 % ndim, axis2 % ndim))
    canvas = np.arange(index.size).reshape(moved.shape)
    at = np.diagonal(canvas, offset, axis1 % ndim, axis2 % ndim)
    return place(x, at, moved.shape)


ARRANGING: dict[str, Operation] = {
    "copy": Operation(lambda x: x),
    "cast": Operation(lambda x: cast(x)),
    "reshape": Operation(lambda x, shape: reshape(x, tuple(shape))),
    "permute": Operation(permute),
    "swap": Operation(lambda x, first, second: move(x, lambda v: np.swapaxes(v, first, second) if v.ndim else v)),
    "expand": Operation(expand),
    "cut": Operation(cut),
    "pick": Operation(pick),
    "split": Operation(split, split_back),
    "unbind": Operation(unbind, unbind_back),
    "concatenate": Operation(concatenated),
    "stack": Operation(stacked),
    "pad": Operation(pad),
    "pad_reflect": pad_by("reflect"),
    "pad_replicate": pad_by("edge"),
    "pad_circular": pad_by("wrap"),
    "strided": Operation(strided),
    "flip": Operation(lambda x, axes: move(x, lambda v: np.flip(v, tuple(axes)))),
    "roll": Operation(
        lambda x, shifts, axes=(): move(
            x, lambda v: np.roll(v, tuple(shifts) if axes else shifts[0], tuple(axes) if axes else None)
        )
    ),
    "repeat": Operation(lambda x, counts: move(x, lambda v: np.tile(v, tuple(counts)))),
    "repeat_entries": Operation(lambda x, counts, axis=None: move(x, lambda v: np.repeat(v, plain(counts), axis=axis))),
    "diagonal": Operation(lambda x, offset=0, axis1=0, axis2=1: move(x, lambda v: np.diagonal(v, offset, axis1, axis2))),
    "diagonal_matrix": Operation(diagonal_matrix),
    "lower_triangle": Operation(lambda x, diagonal=0: triangle(x, diagonal, True)),
    "upper_triangle": Operation(lambda x, diagonal=0: triangle(x, diagonal, False)),
    "windows": Operation(windows),
}
