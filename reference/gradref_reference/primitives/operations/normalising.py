"""Normalisations, from the statistics that kernels store. mathematics.md, section 6.7.

r = 1/√(var + ε), x̂ = (x - μ) r, y = γ x̂ + β. The VJPs stand in the form in which kernels evaluate them, with x and μ apart: where the
mean is large beside the deviation, that form cancels, and its bound says so.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import pointwise as p
from ..bounded import Bounded
from ..movement import reshape, shape_of, total, unbroadcast
from .operation import Operation
from .reducing import mean

__all__ = ["NORMALISING"]


def moments(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """μ and r over axes, kept as axes of length 1."""
    centre = mean(x, axes, True)
    return centre, 1.0 / p.square_root(mean(p.square(x - centre), axes, True) + eps)


def wide(statistic: Any) -> bool:
    """True where the statistics that were used are wider than the ones that were stored (16-bit formats)."""
    return isinstance(statistic, Bounded) and statistic.contract.narrow


def scaled(x: Any, centre: Any, r: Any, weight: Any, bias: Any) -> Any:
    """γ (x - μ) r + β, which some kernels form as (r γ) x + (β - μ r γ): the error covers both."""
    steep = r if weight is None else r * weight
    folded = x * steep + (-(centre * steep) if bias is None else bias - centre * steep)
    y = (x - centre) * r
    y = y if weight is None else y * weight
    return p.either(y if bias is None else y + bias, folded)


def through(d: Any, x: Any, centre: Any, r: Any, axes: tuple[int, ...]) -> Any:
    """x̄ = r (D - mean D - x̂ mean(D x̂)) as r D + b x + c, b = (ΣD μ - Σ D x) r³/n, c = -b μ - ΣD r/n."""
    n = float(prod(shape_of(x)[i] for i in axes))
    ds, db = total(d * x, axes, True), total(d, axes, True)
    b = (db * centre - ds) * (r * r * r) / n
    return r * d + b * x + (-(b * centre) - db * r / n)


# -------------------------------------------------------------------------------------------------------------- layer norm
def _trailing(x: Any, normalized_shape: Any) -> tuple[int, ...]:
    ndim = len(shape_of(x))
    return tuple(range(ndim - len(normalized_shape), ndim))


def layer_norm(x: Any, weight: Any, bias: Any, normalized_shape: Any, eps: float) -> tuple[Any, Any, Any]:
    centre, r = moments(x, _trailing(x, normalized_shape), eps)
    return scaled(x, centre, r, weight, bias), centre, r


def layer_norm_staged(seen: Any, x: Any, weight: Any, bias: Any, normalized_shape: Any, eps: float) -> tuple[Any, Any, Any]:
    axes = _trailing(x, normalized_shape)
    _, centre, r = seen
    if wide(centre):
        return layer_norm(x, weight, bias, normalized_shape, eps)
    again = 1.0 / p.square_root(mean(p.square(x - centre), axes, True) + eps)
    return scaled(x, centre, r, weight, bias), mean(x, axes, True), again


def layer_norm_back(g: Any, y: Any, x: Any, weight: Any, bias: Any, normalized_shape: Any, eps: float) -> tuple[Any, ...]:
    _, centre, r = y
    g, axes = g[0], _trailing(x, normalized_shape)
    return (
        lambda: through(g if weight is None else g * weight, x, centre, r, axes),
        lambda: unbroadcast(g * (x * r - centre * r), weight),
        lambda: unbroadcast(g, bias),
    )


# ------------------------------------------------------------------------------------------------------------- group norm
def _grouped(x: Any, groups: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = shape_of(x)
    inner = (shape[0], groups, shape[1] // groups, *shape[2:])
    return inner, tuple(range(2, len(inner)))


def _channel(v: Any, x: Any) -> Any:
    return None if v is None else reshape(v, (1, shape_of(x)[1], *(1,) * (len(shape_of(x)) - 2)))


def _flat(v: Any, inner: tuple[int, ...]) -> Any:
    return reshape(v, (*inner[:2], *(1,) * (len(inner) - 2)))


def group_norm(x: Any, weight: Any, bias: Any, groups: int, eps: float) -> tuple[Any, Any, Any]:
    inner, axes = _grouped(x, groups)
    centre, r = moments(reshape(x, inner), axes, eps)
    return _group_scaled(x, centre, r, weight, bias, inner), reshape(centre, inner[:2]), reshape(r, inner[:2])


def group_norm_staged(seen: Any, x: Any, weight: Any, bias: Any, groups: int, eps: float) -> tuple[Any, Any, Any]:
    inner, axes = _grouped(x, groups)
    if wide(seen[1]):
        return group_norm(x, weight, bias, groups, eps)
    z, centre, r = reshape(x, inner), _flat(seen[1], inner), _flat(seen[2], inner)
    again = 1.0 / p.square_root(mean(p.square(z - centre), axes, True) + eps)
    return _group_scaled(x, centre, r, weight, bias, inner), reshape(mean(z, axes, True), inner[:2]), reshape(again, inner[:2])


def _group_scaled(x: Any, centre: Any, r: Any, weight: Any, bias: Any, inner: tuple[int, ...]) -> Any:
    """`scaled` with γ and β per channel, each channel in its group."""
    view = (1, *inner[1:3], *(1,) * (len(inner) - 3))
    w, b = (None if v is None else reshape(v, view) for v in (weight, bias))
    return reshape(scaled(reshape(x, inner), centre, r, w, b), shape_of(x))


def group_norm_back(g: Any, y: Any, x: Any, weight: Any, bias: Any, groups: int, eps: float) -> tuple[Any, ...]:
    inner, axes = _grouped(x, groups)
    g, z, centre, r = g[0], reshape(x, inner), _flat(y[1], inner), _flat(y[2], inner)

    def to_x() -> Any:
        d = g if weight is None else g * _channel(weight, x)
        return reshape(through(reshape(d, inner), z, centre, r, axes), shape_of(x))

    def to_weight() -> Any:
        normal = reshape(z * r - centre * r, shape_of(x))
        return _per_channel(g * normal, x)

    return to_x, to_weight, lambda: _per_channel(g, x)


def _per_channel(v: Any, x: Any) -> Any:
    axes = (0, *range(2, len(shape_of(x))))
    return total(v, axes)


# ------------------------------------------------------------------------------------------------------------- batch norm
def batch_norm(
    x: Any, weight: Any, bias: Any, running_mean: Any = None, running_var: Any = None, training: bool = True, eps: float = 1e-5
) -> tuple[Any, Any, Any]:
    axes = (0, *range(2, len(shape_of(x))))
    if training:
        centre, r = moments(x, axes, eps)
    else:
        centre, r = _channel(running_mean, x), 1.0 / p.square_root(_channel(running_var, x) + eps)
    y = scaled(x, centre, r, _channel(weight, x), _channel(bias, x))
    width = (shape_of(x)[1],)
    return (y, reshape(centre, width), reshape(r, width)) if training else (y, np.zeros(0), np.zeros(0))


def batch_norm_staged(
    seen: Any,
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any = None,
    running_var: Any = None,
    training: bool = True,
    eps: float = 1e-5,
) -> tuple[Any, Any, Any]:
    if not training or wide(seen[1]):
        return batch_norm(x, weight, bias, running_mean, running_var, training, eps)
    axes, width = (0, *range(2, len(shape_of(x)))), (shape_of(x)[1],)
    centre, r = _channel(seen[1], x), _channel(seen[2], x)
    again = 1.0 / p.square_root(mean(p.square(x - centre), axes, True) + eps)
    y = scaled(x, centre, r, _channel(weight, x), _channel(bias, x))
    return y, reshape(mean(x, axes, True), width), reshape(again, width)


def batch_norm_back(
    g: Any,
    y: Any,
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any = None,
    running_var: Any = None,
    training: bool = True,
    eps: float = 1e-5,
) -> tuple[Any, ...]:
    """In training x̄ = (g - mean g - (x - μ) r² mean(g (x - μ))) r γ, as kernels do; in evaluation g γ r."""
    axes, g = (0, *range(2, len(shape_of(x)))), g[0]
    if training:
        centre, r = _channel(y[1], x), _channel(y[2], x)
    else:
        centre, r = _channel(running_mean, x), 1.0 / p.square_root(_channel(running_var, x) + eps)

    def to_x() -> Any:
        steep = r if weight is None else r * _channel(weight, x)
        if not training:
            return g * steep
        n = float(prod(shape_of(x)[i] for i in axes))
        k = total(g * (x - centre), axes, True) * (r * r) / n
        return (g - total(g, axes, True) / n - (x - centre) * k) * steep

    return to_x, lambda: _per_channel(g * ((x - centre) * r), x), lambda: _per_channel(g, x)


# --------------------------------------------------------------------------------------------------------------- rms norm
def rms_norm(x: Any, weight: Any, normalized_shape: Any, eps: float) -> tuple[Any, Any]:
    axes = _trailing(x, normalized_shape)
    r = 1.0 / p.square_root(mean(p.square(x), axes, True) + eps)
    return (x * r if weight is None else x * r * weight), r


def rms_norm_back(g: Any, y: Any, x: Any, weight: Any, normalized_shape: Any, eps: float) -> tuple[Any, ...]:
    """x̄ = r (D - x̂ mean(D x̂))."""
    g, r, axes = g[0], y[1], _trailing(x, normalized_shape)

    def to_x() -> Any:
        d = g if weight is None else g * weight
        normal = x * r
        return r * (d - normal * mean(d * normal, axes, True))

    return to_x, lambda: unbroadcast(g * (x * r), weight)


NORMALISING: dict[str, Operation] = {
    "layer_norm": Operation(layer_norm, layer_norm_back, layer_norm_staged),
    "group_norm": Operation(group_norm, group_norm_back, group_norm_staged),
    "batch_norm": Operation(batch_norm, batch_norm_back, batch_norm_staged),
    "rms_norm": Operation(rms_norm, rms_norm_back),
}
