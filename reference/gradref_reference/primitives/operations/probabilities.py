"""Softmax and its relatives, and the losses. mathematics.md, section 6.3."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import pointwise as p
from ..movement import axes_of, broadcast, gather, kept, reshape, shape_of, total
from .activating import log_sigmoid, sigmoid
from .operation import Operation, plain

__all__ = ["PROBABILITIES", "largest_entry", "log_softmax", "softmax", "softmax_back"]

NONE, MEAN, SUM = 0, 1, 2
"""How a loss is reduced, in torch's numbers."""


def largest_entry(x: Any, axis: Any) -> Any:
    """The maximum along axes as plain numbers; a row that is -∞ throughout counts from 0."""
    v = plain(x)
    if not v.size:
        return 0.0
    top = v.max(axis=axis, keepdims=True) if getattr(v, "ndim", 0) else v
    return top if top.dtype == object else np.where(np.isfinite(top), top, 0.0)


def softmax(x: Any, axis: int = -1) -> Any:
    """S = eˣ / Σ eˣ along an axis, from x - max."""
    if not shape_of(x):
        return p.exp(x - plain(x))
    e = p.exp(x - largest_entry(x, axis))
    return e / total(e, axis, keepdims=True)


def softmax_back(g: Any, y: Any, x: Any, axis: int = -1) -> tuple[Any]:
    """x̄ = S ⊙ (g - Σ g S), from the stored S."""
    return (y * (g - total(g * y, axis if shape_of(y) else None, keepdims=True)),)


def safe_softmax(x: Any, axis: int = -1) -> Any:
    """Softmax, with 0 for a row that is -∞ throughout."""
    lost = np.broadcast_to(np.all(plain(x) == -np.inf, axis=axis, keepdims=True), shape_of(x))
    return p.choose(lost, 0.0, softmax(p.choose(lost, 0.0, x), axis)) if lost.any() else softmax(x, axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """x - max - ln Σ exp(x - max)."""
    if not shape_of(x):
        return x - plain(x)
    below = x - largest_entry(x, axis)
    return kept(below) - kept(p.log(total(p.exp(below), axis, keepdims=True)))


def log_softmax_back(g: Any, y: Any, x: Any, axis: int = -1) -> tuple[Any]:
    """x̄ = g - S Σ g, with S = exp of the stored result."""
    return (g - p.exp(y) * total(g, axis if shape_of(y) else None, keepdims=True),)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axes = axes_of(axis, len(shape_of(x)))
    top = largest_entry(x, axes)
    inside = p.log(total(p.exp(x - top), axes, keepdims=keepdims))
    return inside + (top if keepdims else top.reshape(shape_of(inside)))


def logsumexp_back(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> tuple[Any]:
    """x̄ = g exp(x - y)."""
    shape = shape_of(x)
    axes = axes_of(axis, len(shape))
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return (reshape(g, kept) * p.exp(x - reshape(y, kept)),)


def reduced(terms: Any, reduction: int) -> Any:
    """A loss from its terms: as they are, their mean or their sum."""
    if reduction == NONE:
        return terms
    whole = total(terms)
    return whole if reduction == SUM else whole / float(max(prod(shape_of(terms)), 1))


def negative_log_likelihood(
    x: Any, target: Any, weight: Any = None, reduction: int = MEAN, ignore_index: int = -100
) -> tuple[Any, Any]:
    """-Σ w[t] x[t] over the rows kept, and the sum of their weights; torch's mean divides by that sum. Classes on axis 1."""
    shape = shape_of(x)
    classes = 0 if len(shape) == 1 else 1
    t = np.asarray(plain(target))
    kept = t != ignore_index
    safe = np.where(kept, t, 0)
    index = np.arange(prod(shape)).reshape(shape)
    at = index[safe] if classes == 0 else np.take_along_axis(index, np.expand_dims(safe, 1), 1).squeeze(1)
    w = (kept * 1.0) if weight is None else p.choose(kept, gather(weight, safe), 0.0)
    terms = -(gather(x, at) * w) if weight is not None else p.choose(kept, -gather(x, at), 0.0)
    if reduction == NONE:
        return terms, 0.0 * total(terms)
    weights = float(kept.sum()) if weight is None else total(w)
    return (total(terms) / weights if reduction == MEAN else total(terms)), weights


def mean_square(x: Any, y: Any, reduction: int = MEAN) -> Any:
    return reduced(p.square(x - y), reduction)


def mean_absolute(x: Any, y: Any, reduction: int = MEAN) -> Any:
    return reduced(p.absolute(x - y), reduction)


def huber(x: Any, y: Any, reduction: int = MEAN, delta: float = 1.0) -> Any:
    r = x - y
    size = p.absolute(r)
    return reduced(p.choose(np.abs(plain(r)) <= delta, 0.5 * p.square(r), delta * (size - 0.5 * delta)), reduction)


def smooth_absolute(x: Any, y: Any, reduction: int = MEAN, beta: float = 1.0) -> Any:
    r = x - y
    size = p.absolute(r)
    if beta == 0:
        return reduced(size, reduction)
    return reduced(p.choose(np.abs(plain(r)) < beta, 0.5 * p.square(r) / beta, size - 0.5 * beta), reduction)


def binary_entropy(x: Any, y: Any, weight: Any = None, reduction: int = MEAN) -> Any:
    """-w (y ln x + (1 - y) ln(1 - x)), each logarithm at least -100."""
    terms = -(y * p.larger(p.log(x), -100.0) + (1.0 - y) * p.larger(p.log_one_plus(-x), -100.0))
    return reduced(terms if weight is None else terms * weight, reduction)


def binary_entropy_back(g: Any, c: Any, x: Any, y: Any, weight: Any = None, reduction: int = MEAN) -> tuple[Any, Any]:
    """x̄ = g w (x - y) / max((1 - x) x, 10⁻¹²), as kernels do; ȳ = g w (ln(1 - x) - ln x)."""
    n = float(prod(shape_of(x))) if reduction == MEAN else 1.0
    g = broadcast(g, shape_of(x)) * (1.0 if weight is None else weight)

    def to_x() -> Any:
        return g * (x - y) / p.larger((1.0 - x) * x, 1e-12) / n

    return to_x, lambda: g * (p.log_one_plus(-x) - p.log(x)) / n


def binary_entropy_with_logits(x: Any, y: Any, weight: Any = None, pos_weight: Any = None, reduction: int = MEAN) -> Any:
    """(1 - y) x - (1 + (p - 1) y) ln σ(x), times w."""
    rest = (1.0 - y) * x
    terms = rest - (log_sigmoid(x) if pos_weight is None else ((pos_weight - 1.0) * y + 1.0) * log_sigmoid(x))
    return reduced(terms if weight is None else terms * weight, reduction)


def binary_entropy_with_logits_back(
    g: Any, c: Any, x: Any, y: Any, weight: Any = None, pos_weight: Any = None, reduction: int = MEAN
) -> tuple[Any, ...]:
    """x̄ = g w (σ(x) - y), or with p: g w ((p y + 1 - y) σ(x) - p y)."""
    n = float(prod(shape_of(x))) if reduction == MEAN else 1.0
    g = broadcast(g, shape_of(x)) * (1.0 if weight is None else weight)

    def to_x() -> Any:
        if pos_weight is None:
            return (sigmoid(x) - y) * g / n
        t = pos_weight * y
        return ((t + 1.0 - y) * sigmoid(x) - t) * g / n

    def to_y() -> Any:
        if pos_weight is None:
            return -x * g / n
        return (log_sigmoid(-x) - pos_weight * log_sigmoid(x)) * g / n

    return to_x, to_y


def soft_margin(x: Any, y: Any, reduction: int = MEAN) -> Any:
    return reduced(p.log_one_plus(p.exp(-(y * x))), reduction)


def soft_margin_back(g: Any, c: Any, x: Any, y: Any, reduction: int = MEAN) -> tuple[Any]:
    n = float(prod(shape_of(x))) if reduction == MEAN else 1.0
    z = p.exp(-(y * x))
    return (-(y * z) / (z + 1.0) * broadcast(g, shape_of(x)) / n,)


def multiclass_margin(x: Any, target: Any, p_: int = 1, margin: float = 1.0, weight: Any = None, reduction: int = MEAN) -> Any:
    """Σ over the other classes of max(0, margin - x[t] + x[k])^p, divided by the number of classes."""
    rows = shape_of(x)
    index = np.arange(prod(rows)).reshape(rows)
    t = np.asarray(plain(target)).reshape(-1, 1)
    right = gather(x, np.take_along_axis(index, t, 1))
    gap = p.larger(x - right + margin, 0.0)
    terms = gap if p_ == 1 else p.square(gap)
    others = np.arange(rows[1])[None, :] != t
    terms = p.choose(others, terms, 0.0)
    if weight is not None:
        terms = terms * gather(weight, t)
    per_row = total(terms, 1) / float(rows[1])
    return reduced(per_row, reduction)


PROBABILITIES: dict[str, Operation] = {
    "softmax": Operation(softmax, softmax_back),
    "safe_softmax": Operation(safe_softmax, softmax_back),
    "log_softmax": Operation(log_softmax, log_softmax_back),
    "logsumexp": Operation(logsumexp, logsumexp_back),
    "negative_log_likelihood": Operation(negative_log_likelihood),
    "mean_square": Operation(mean_square),
    "mean_absolute": Operation(mean_absolute),
    "huber": Operation(huber),
    "smooth_absolute": Operation(smooth_absolute),
    "binary_entropy": Operation(binary_entropy, binary_entropy_back),
    "binary_entropy_with_logits": Operation(binary_entropy_with_logits, binary_entropy_with_logits_back),
    "soft_margin": Operation(soft_margin, soft_margin_back),
    "multiclass_margin": Operation(multiclass_margin),
}
