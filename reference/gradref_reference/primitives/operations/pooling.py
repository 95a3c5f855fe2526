"""Pooling and resizing: windows of an image, their maximum, their mean. mathematics.md, section 6.6."""

from __future__ import annotations

from functools import reduce
from math import ceil, prod
from typing import Any

import numpy as np

from .. import pointwise as p
from ..bounded import Bounded
from ..contractions import contract
from ..movement import gather, place, shape_of, total
from ..tape import trace_value
from .operation import Operation, plain

__all__ = ["POOLING"]

Array = np.ndarray


def axis_windows(n: int, kernel: int, stride: int, padding: int, dilation: int, round_up: bool) -> Array:
    """Positions (windows, kernel) along one axis; outside 0..n-1 in the padding."""
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if round_up else room // stride) + 1
    if round_up and (count - 1) * stride >= n + padding:
        count -= 1
    return np.arange(count)[:, None] * stride - padding + dilation * np.arange(kernel)[None, :]


def positions(shape: tuple[int, ...], axes: list[Array]) -> tuple[Array, Array]:
    """Flat positions (..., windows, entries of a window) in an array of `shape`, and which of them lie inside."""
    d = len(axes)
    inside: Any = True
    flat: Any = 0
    for k, at in enumerate(axes):
        n = shape[len(shape) - d + k]
        view = [1] * (2 * d)
        view[k], view[d + k] = at.shape
        lies = (at >= 0) & (at < n)
        inside = inside & lies.reshape(view)
        flat = flat * n + np.where(lies, at, 0).reshape(view)
    windows = tuple(at.shape[0] for at in axes)
    plane = np.broadcast_to(flat, [*windows, *(at.shape[1] for at in axes)]).reshape(*windows, -1)
    mask = np.broadcast_to(inside, [*windows, *(at.shape[1] for at in axes)]).reshape(*windows, -1)
    lead = shape[: len(shape) - d]
    start = (np.arange(prod(lead)) * prod(shape[len(shape) - d :])).reshape(*lead, *(1,) * (d + 1))
    return start + plane, np.broadcast_to(mask, (*lead, *mask.shape))


def _axes(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, round_up: bool) -> list[Array]:
    d = len(kernel)
    full = [tuple(v) * d if len(v) == 1 else tuple(v) for v in (stride, padding, dilation)]
    sizes = shape_of(x)[-d:]
    return [axis_windows(n, k, s, q, d, round_up) for n, k, s, q, d in zip(sizes, kernel, *full, strict=True)]


def max_pool(
    x: Any, kernel: Any, stride: Any, padding: Any = (0,), dilation: Any = (1,), ceil: bool = False, seen: Any = None
) -> tuple[Any, Any]:
    """The maximum of each window and its position in its plane; of several that attain it, any."""
    at, inside = positions(shape_of(x), _axes(x, kernel, stride, padding, dilation, ceil))
    entries = np.where(inside, plain(x).reshape(-1)[at], -np.inf)
    best = np.take_along_axis(at, np.argmax(entries, axis=-1)[..., None], -1)[..., 0]
    size = prod(shape_of(x)[-len(kernel) :])
    if seen is not None:
        chosen = best - best % size + np.asarray(seen)
        attains = np.any(inside & (at == chosen[..., None]), axis=-1)
        chosen = np.where(attains, chosen, best)
        best = np.where(plain(x).reshape(-1)[chosen] == plain(x).reshape(-1)[best], chosen, best)
    return gather(x, best), best % size


def max_pool_staged(seen: Any, x: Any, **attributes: Any) -> tuple[Any, Any]:
    return max_pool(x, **attributes, seen=plain(seen[1]))


def max_pool_back(g: Any, y: Any, x: Any, kernel: Any, **attributes: Any) -> tuple[Any]:
    """The cotangent to where the maximum was found."""
    plane = prod(shape_of(x)[-len(kernel) :])
    index = np.asarray(plain(y[1]))
    lead = index.shape[: index.ndim - len(kernel)]
    start = (np.arange(prod(lead)) * plane).reshape(*lead, *(1,) * len(kernel))
    return (place(g[0], start + index, shape_of(x)),)


def average_pool(
    x: Any,
    kernel: Any,
    stride: Any,
    padding: Any = (0,),
    ceil: bool = False,
    count_include_pad: bool = True,
    divisor: int | None = None,
) -> Any:
    """The mean of each window, over its own entries or over those of the padded image."""
    axes = _axes(x, kernel, stride, padding, (1,), ceil)
    at, inside = positions(shape_of(x), axes)
    summed = total(p.choose(inside, gather(x, at), 0.0), -1)
    if divisor is not None:
        return summed / float(divisor)
    if count_include_pad:
        pads = tuple(padding) * len(axes) if len(padding) == 1 else tuple(padding)
        sizes = [(a < n + q).sum(1) for a, n, q in zip(axes, shape_of(x)[-len(axes) :], pads, strict=True)]
        return summed / reduce(np.multiply.outer, sizes).astype(float)
    return summed / inside.sum(-1).astype(float)


def adaptive_average(x: Any, output_size: Any) -> Any:
    """Means of windows whose edges are ⌊i n / m⌋ and ⌈(i + 1) n / m⌉."""
    axes = []
    for n, m in zip(shape_of(x)[-len(output_size) :], output_size, strict=True):
        edges = [(i * n // m, ceil((i + 1) * n / m)) for i in range(m)]
        widest = max(b - a for a, b in edges)
        axes.append(np.array([[a + k if a + k < b else -1 for k in range(widest)] for a, b in edges]))
    at, inside = positions(shape_of(x), axes)
    return total(p.choose(inside, gather(x, at), 0.0), -1) / inside.sum(-1).astype(float)


def nearest(x: Any, output_size: Any) -> Any:
    """Every entry of the result is one of the source."""
    axes = []
    for n, m in zip(shape_of(x)[-len(output_size) :], output_size, strict=True):
        axes.append(np.minimum(np.floor(np.arange(m) * np.float32(n / m)).astype(int), n - 1)[:, None])
    at, _ = positions(shape_of(x), axes)
    return gather(x, at[..., 0])


def interpolation(n: int, m: int, align_corners: bool) -> Array:
    """The matrix (m, n) of linear interpolation along one axis."""
    ends = np.arange(m) * ((n - 1) / max(m - 1, 1))
    source = ends if align_corners else np.maximum((np.arange(m) + 0.5) * n / m - 0.5, 0.0)
    low = np.minimum(np.floor(source).astype(int), n - 1)
    high, share = np.minimum(low + 1, n - 1), source - low
    matrix = np.zeros((m, n))
    np.add.at(matrix, (np.arange(m), low), 1 - share)
    np.add.at(matrix, (np.arange(m), high), share)
    return matrix


def bilinear_resize(x: Any, output_size: Any, align_corners: bool = False) -> Any:
    """Linear interpolation along the last axes; the weights are rounded where a kernel computes them in the working format."""
    letters, model = "abcd"[: len(shape_of(x))], trace_value(x)
    for k, m in enumerate(reversed(output_size)):
        axis = letters[len(letters) - 1 - k]
        n = shape_of(x)[len(letters) - 1 - k]
        matrix: Any = interpolation(n, m, align_corners)
        if isinstance(model, Bounded):
            off = np.where(matrix != 0, 4 * n * model.contract.inside.u, 0.0)
            matrix = model.like(matrix, off, 0.3 * off)
        x = contract(f"{letters},z{axis}->{letters.replace(axis, 'z')}", x, matrix)
    return x


POOLING: dict[str, Operation] = {
    "max_pool": Operation(max_pool, max_pool_back, max_pool_staged),
    "average_pool": Operation(average_pool),
    "adaptive_average": Operation(adaptive_average),
    "nearest": Operation(nearest),
    "bilinear_resize": Operation(bilinear_resize),
}
