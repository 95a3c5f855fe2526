"""Convolution in any number of dimensions, forward and transposed. mathematics.md, section 6.6.

Y_noi = Σ_cu Xpad_{n,c,is+ud} K_ocu: for each offset u of the kernel one matrix product over channels. The three maps of this bilinear
form (to Y, to X̄, to K̄) walk over the same offsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import prod
from typing import Any

import numpy as np

from ..contractions import bilinear
from ..movement import blank, reshape, shape_of
from .operation import Operation

__all__ = ["CONVOLVING"]

Array = np.ndarray


@dataclass(frozen=True)
class Geometry:
    """Where a kernel meets its input: the input's spatial shape, the output's, and how they are related."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    def offsets(self) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
        """Each offset of the kernel with the entries of the padded input that it meets."""
        for u in product(*(range(k) for k in self.kernel)):
            yield (
                u,
                tuple(
                    slice(i * d, i * d + (n - 1) * s + 1, s)
                    for i, d, n, s in zip(u, self.dilation, self.after, self.stride, strict=True)
                ),
            )

    @property
    def padded(self) -> tuple[int, ...]:
        """The padded input, at least as large as the kernel reaches."""
        reach = (
            (n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(self.after, self.stride, self.dilation, self.kernel, strict=True)
        )
        return tuple(max(n + 2 * p, r) for n, p, r in zip(self.before, self.padding, reach, strict=True))

    @property
    def inside(self) -> tuple[slice, ...]:
        """Where the input lies in the padded one."""
        return tuple(slice(p, p + n) for n, p in zip(self.before, self.padding, strict=True))

    def channels(self, x: Array) -> Array:
        """(N, C, ...) -> (N, groups, C / groups, pixels)."""
        return x.reshape(x.shape[0], self.groups, x.shape[1] // self.groups, -1)

    def weights(self, w: Array, u: tuple[int, ...]) -> Array:
        """(O, C / groups, ...) at one offset -> (groups, O / groups, C / groups)."""
        at = w[(slice(None), slice(None), *u)]
        return at.reshape(self.groups, -1, at.shape[1])

    def pad(self, x: Array) -> Array:
        wide = blank((*x.shape[:2], *self.padded), x)
        wide[(slice(None), slice(None), *self.inside)] = x
        return wide


def correlate(at: Geometry, x: Array, w: Array) -> Array:
    """Y from X and K."""
    wide, out = at.pad(x), 0
    for u, met in at.offsets():
        out = out + np.matmul(at.weights(w, u), at.channels(wide[(slice(None), slice(None), *met)]))
    return np.asanyarray(out).reshape(x.shape[0], w.shape[0], *at.after)


def spread(at: Geometry, g: Array, w: Array) -> Array:
    """X̄ from Ȳ and K: every entry goes back to where it was read."""
    wide = blank((g.shape[0], w.shape[1] * at.groups, *at.padded), g)
    gathered = at.channels(g)
    for u, met in at.offsets():
        back = np.matmul(np.swapaxes(at.weights(w, u), 1, 2), gathered)
        where = (slice(None), slice(None), *met)
        wide[where] = wide[where] + back.reshape(g.shape[0], -1, *at.after)
    return wide[(slice(None), slice(None), *at.inside)]


def kernel_of(at: Geometry, x: Array, g: Array) -> Array:
    """K̄ from X and Ȳ."""
    wide, gathered = at.pad(x), at.channels(g)
    shape = (g.shape[1], x.shape[1] // at.groups, *at.kernel)
    out = blank(shape, g)
    for u, met in at.offsets():
        read = at.channels(wide[(slice(None), slice(None), *met)])
        both = np.matmul(gathered, np.swapaxes(read, 2, 3)).sum(axis=0)  # (groups, O / groups, C / groups)
        out[(slice(None), slice(None), *u)] = both.reshape(shape[:2])
    return out


def convolution(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: tuple[int, ...] = (1,),
    padding: tuple[int, ...] = (0,),
    dilation: tuple[int, ...] = (1,),
    transposed: bool = False,
    output_padding: tuple[int, ...] = (0,),
    groups: int = 1,
) -> Any:
    """Cross-correlation, or its transpose; (N, C, ...) with (O, C / groups, ...), for the transpose (C, O / groups, ...)."""
    shape, kernel = shape_of(x), shape_of(weight)[2:]
    if len(shape) == len(kernel) + 1:  # no batch
        whole = convolution(reshape(x, (1, *shape)), weight, bias, stride, padding, dilation, transposed, output_padding, groups)
        return reshape(whole, shape_of(whole)[1:])
    n = len(kernel)
    stride, padding, dilation, output_padding = (_full(v, n) for v in (stride, padding, dilation, output_padding))
    spatial = shape[2:]
    if transposed:
        other = tuple(
            (i - 1) * s - 2 * p + d * (k - 1) + 1 + o
            for i, s, p, d, k, o in zip(spatial, stride, padding, dilation, kernel, output_padding, strict=True)
        )
        at = Geometry(other, spatial, kernel, stride, padding, dilation, groups)
        how, to_x, to_w = partial(spread, at), partial(correlate, at), lambda a, g: kernel_of(at, g, a)
        channels = shape_of(weight)[1] * groups
    else:
        other = tuple(
            (i + 2 * p - d * (k - 1) - 1) // s + 1
            for i, s, p, d, k in zip(spatial, stride, padding, dilation, kernel, strict=True)
        )
        at = Geometry(spatial, other, kernel, stride, padding, dilation, groups)
        how, to_x, to_w = partial(correlate, at), partial(spread, at), partial(kernel_of, at)
        channels = shape_of(weight)[0]
    taps = prod(kernel)
    extra = None if bias is None else reshape(bias, (1, shape_of(bias)[0], *(1,) * n))
    return bilinear(
        x,
        weight,
        extra,
        how=how,
        to_a=to_x,
        to_b=to_w,
        n=max(shape[1] // groups * taps, 1),
        n_a=max(channels // groups * taps, 1),
        n_b=max(shape[0] * prod(at.after), 1),
    )


def _full(v: tuple[int, ...], n: int) -> tuple[int, ...]:
    return tuple(v) * n if len(v) == 1 else tuple(v)


CONVOLVING: dict[str, Operation] = {"convolution": Operation(convolution)}
