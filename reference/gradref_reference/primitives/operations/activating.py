"""Activation functions and the GLU family, with torch's parameters. mathematics.md, section 6.2."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import pointwise as p
from ..movement import select, shape_of, unbroadcast
from .operation import Operation, constant, plain

__all__ = ["ACTIVATING", "log_sigmoid", "sigmoid"]


def _sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _softplus(x: Any) -> Any:
    return np.where(x > 0, x, 0 * x) + np.log1p(np.exp(-np.abs(x)))


sigmoid = p.elementary(_sigmoid, lambda x, y: (1.0 - y) * y, 8.0)
softplus_one = p.elementary(_softplus, lambda x, y: sigmoid(x), 8.0)
log_sigmoid = p.elementary(lambda x: -_softplus(-x), lambda x, y: sigmoid(-x), 8.0)


def relu(x: Any) -> Any:
    return p.larger(x, 0.0)


def relu_back(g: Any, y: Any, x: Any) -> tuple[Any]:
    """x̄ = g [x > 0]; at 0 anything between 0 and g."""
    return (p.between(g, 0.0, (plain(x) >= 0).astype(float), plain(x) == 0),)


def piecewise(g: Any, x: Any, slope: Any, at: float, left: float, right: float) -> Any:
    """g slope(x), where at one kink everything between two slopes is right."""
    kink = plain(x) == at
    if not np.any(kink):
        return g * slope
    return p.choose(kink, p.between(g, left, np.full(shape_of(g), right), kink), g * slope)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    return p.choose(plain(x) > 0, x, x * constant(negative_slope, x))


def leaky_relu_back(g: Any, y: Any, x: Any, negative_slope: float = 0.01) -> tuple[Any]:
    steep = p.choose(plain(x) > 0, g, g * constant(negative_slope, g))
    kink = plain(x) == 0
    return (p.choose(kink, p.between(g, negative_slope, np.ones(shape_of(g)), kink), steep) if np.any(kink) else steep,)


def clipped(x: Any, low: float = -1.0, high: float = 1.0) -> Any:
    return p.smaller(p.larger(x, constant(low, x)), constant(high, x))


def hard_sigmoid(x: Any) -> Any:
    return p.smaller(p.larger(x + 3.0, 0.0), 6.0) / 6.0


def hard_sigmoid_back(g: Any, y: Any, x: Any) -> tuple[Any]:
    """1/6 between -3 and 3; at the two kinks everything from 0 to that."""
    v = plain(x)
    kink = np.abs(v) == 3
    return (p.between(g / 6.0, 0.0, (np.abs(v) <= 3).astype(float), kink),)


def hard_swish(x: Any) -> Any:
    return x * p.smaller(p.larger(x + 3.0, 0.0), 6.0) / 6.0


def hard_swish_back(g: Any, y: Any, x: Any) -> tuple[Any]:
    """0 below -3, 1 above 3, x/3 + ½ between; at the two kinks everything in between."""
    v = plain(x)
    inside = g * (x / 3.0 + 0.5)
    slopes = p.choose(v < -3, 0.0, p.choose(v > 3, g, inside))
    low, high = v == -3, v == 3
    slopes = p.choose(low, p.between(g, 0.0, np.full(v.shape, -0.5), low), slopes) if low.any() else slopes
    return (p.choose(high, p.between(g, 1.0, np.full(v.shape, 1.5), high), slopes) if high.any() else slopes,)


def elu(x: Any, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    below = p.exponential_minus_one(_times(x, input_scale))
    return p.choose(plain(x) > 0, _times(x, scale), _times(below, alpha * scale))


def elu_back(g: Any, y: Any, x: Any, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> tuple[Any]:
    below = _times(g * p.exp(_times(x, input_scale)), alpha * scale * input_scale)
    slopes = p.choose(plain(x) > 0, _times(g, scale), below)
    kink = plain(x) == 0
    if not np.any(kink):
        return (slopes,)
    return (p.choose(kink, p.between(g, alpha * scale * input_scale, np.full(kink.shape, scale), kink), slopes),)


def _times(x: Any, c: float) -> Any:
    return x if c == 1 else x * constant(c, x)


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    return p.choose(plain(x) * beta > threshold, x, softplus_one(_times(x, beta)) / constant(beta, x))


def softplus_back(g: Any, y: Any, x: Any, beta: float = 1.0, threshold: float = 20.0) -> tuple[Any]:
    return (p.choose(plain(x) * beta > threshold, g, g * sigmoid(_times(x, beta))),)


def silu(x: Any) -> Any:
    return x * sigmoid(x)


def gelu(x: Any, approximate: str = "none") -> Any:
    if approximate == "tanh":
        inner = (x + 0.044715 * (x * x * x)) * float(np.sqrt(2 / np.pi))
        return 0.5 * (x * (1.0 + p.tanh(inner)))
    return 0.5 * (x * (1.0 + p.coarse_erf(x * float(np.sqrt(0.5)))))


def mish(x: Any) -> Any:
    return x * p.tanh(softplus_one(x))


def threshold(x: Any, threshold: float, value: float) -> Any:
    return p.choose(plain(x) <= threshold, value, x)


def soft_shrink(x: Any, lambd: float = 0.5) -> Any:
    v, c = plain(x), constant(lambd, x)
    return p.choose(v > lambd, x - c, p.choose(v < -lambd, x + c, 0.0 * x))


def hard_shrink(x: Any, lambd: float = 0.5) -> Any:
    return p.choose(np.abs(plain(x)) <= lambd, 0.0 * x, x)


def gated(x: Any, axis: int = -1) -> Any:
    """GLU: the first half times the sigmoid of the second."""
    shape = shape_of(x)
    half, where = shape[axis] // 2, [slice(None)] * len(shape)
    first, second = list(where), list(where)
    first[axis], second[axis] = slice(0, half), slice(half, None)
    return select(x, tuple(first)) * sigmoid(select(x, tuple(second)))


def dropout(x: Any, p: float, train: bool = True) -> tuple[Any, Any]:
    """x itself: which entries a mask kept is taken from what was observed."""
    return x, np.ones(shape_of(x), bool)


def dropout_staged(seen: Any, x: Any, p: float, train: bool = True) -> tuple[Any, Any]:
    mask = plain(seen[1])
    return (masked(x, mask, p) if train else x), mask


def masked(x: Any, mask: Any, p: float) -> Any:
    """x / (1 - p) where the mask kept it."""
    return x * np.asarray(mask, float) * constant(0.0 if p == 1 else 1.0 / (1.0 - p), x)


def parametric_relu(x: Any, weight: Any) -> Any:
    return p.choose(plain(x) > 0, x, x * weight)


def parametric_relu_back(g: Any, y: Any, x: Any, weight: Any) -> tuple[Any, Any]:
    positive = plain(x) > 0
    return (
        lambda: p.choose(positive, g, g * weight),
        lambda: unbroadcast(p.choose(positive, 0.0, g * x), weight),
    )


ACTIVATING: dict[str, Operation] = {
    "relu": Operation(relu, relu_back),
    "leaky_relu": Operation(leaky_relu, leaky_relu_back),
    "hard_tanh": Operation(clipped),
    "hard_sigmoid": Operation(hard_sigmoid, hard_sigmoid_back),
    "hard_swish": Operation(hard_swish, hard_swish_back),
    "celu": Operation(lambda x, alpha=1.0: elu(x, alpha, 1.0, 1.0 / alpha)),
    "elu": Operation(elu, elu_back),
    "sigmoid": Operation(sigmoid, lambda g, y, x: (g * ((1.0 - y) * y),)),
    "tanh": Operation(p.tanh, lambda g, y, x: (g * (1.0 - y * y),)),
    "log_sigmoid": Operation(log_sigmoid, lambda g, y, x: ((g[0] if isinstance(g, tuple) else g) * sigmoid(-x),)),
    "softplus": Operation(softplus, softplus_back),
    "silu": Operation(silu),
    "gelu": Operation(gelu),
    "mish": Operation(mish),
    "threshold": Operation(threshold),
    "soft_shrink": Operation(soft_shrink),
    "hard_shrink": Operation(hard_shrink),
    "dropout": Operation(
        dropout, lambda g, y, x, p, train=True: (masked(g[0], plain(y[1]), p) if train else g[0],), dropout_staged
    ),
    "gated": Operation(gated),
    "parametric_relu": Operation(parametric_relu, parametric_relu_back),
}
