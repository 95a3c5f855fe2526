"""Cost functions C(a[L], y): the value and the error they send into the last layer.

Siblings with the same members. `m` is the batch size, `K` the number of outputs, arrays are (m, K). The three cross-entropies
are written on the logits z[L] and fused with their output activation, where σ' cancels: δ[L] = (a[L] - y) times a factor.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .checks import chosen

__all__ = ["COSTS", "Cost", "cost_function"]

Array = np.ndarray


@dataclass(frozen=True)
class Cost:
    """A cost over a batch.

    Attributes
    ----------
    name : as written in a network.
    value : (z, a, y) -> C, a scalar; z and a of the last layer.
    factor : (m, K) -> the number in front of (a - y): 1/m, 2/m, 2/(mK) or 1/(mK).
    output : the activation this cost is fused with, or None when any will do.
    latex : the formula.
    """

    name: str
    value: Callable[[Array, Array, Array], np.floating]
    factor: Callable[[int, int], float]
    output: str | None
    latex: str

    def nabla_a(self, a: Array, y: Array) -> Array:
        """∇_a C, (m, K); only for costs that are not fused with an activation."""
        return (a - y) * self.factor(*a.shape)

    def fused_delta(self, a: Array, y: Array) -> Array:
        """δ[L] of a cross-entropy, (m, K): σ' has cancelled. Rows of y that sum to s give (s a - y)."""
        if self.output == "softmax":
            a = a * y.sum(axis=1, keepdims=True)
        return (a - y) * self.factor(*a.shape)


def _squares(z: Array, a: Array, y: Array) -> np.floating:
    r = (a - y).ravel()
    return r.dot(r)


def _softmax_entropy(z: Array, a: Array, y: Array) -> np.floating:
    """Σ_k y_k (ln Σ_j exp(z_j - top) + (top - z_k)), each sum free of cancellation: right to a few ulp however small it is.

    The logarithm is log1p of the terms besides the largest. An exponential multiplies the rounding of its exponent by the size of
    that, so it is corrected; float32 is computed in float64, where no correction is needed. Logits up to half the largest number.
    """
    largest = np.arange(len(z)), z.argmax(axis=1)
    logits = z.astype(np.float64, copy=False)
    top = logits[largest][:, None]
    below = logits - top
    others = np.exp(below)
    if z.dtype == np.float64:
        others *= 1 + _lost(logits, top, below)
    others[largest] = 0
    log_sum = np.log1p(others.sum(axis=1, keepdims=True))
    return z.dtype.type(y.ravel().dot((log_sum - below).ravel()) / len(z))


def _lost(p: Array, q: Array, difference: Array) -> Array:
    """(p - q) - difference, exactly, for the rounded difference of p and q (Knuth, TAOCP 2, 4.2.2)."""
    minus_q = difference - p
    return (p - (difference - minus_q)) - (q + minus_q)


def _binary_entropy(z: Array, a: Array, y: Array) -> np.floating:
    """Σ |z| (1 - y or y) + ln(1 + exp(-|z|)), y where z favours 0: the terms of mathematics 6.3 without z - z y; y may be any number."""
    size = np.abs(z)
    return (size * np.where(z > 0, 1 - y, y) + np.log1p(np.exp(-size))).sum()


COSTS: dict[str, Cost] = {
    c.name: c
    for c in [
        Cost(
            "quadratic",
            lambda z, a, y: _squares(z, a, y) / (2 * len(a)),
            lambda m, K: 1 / m,
            None,
            r"\frac1{2m}\sum_x\lVert a^L_x-y_x\rVert^2",
        ),
        Cost(
            "mse_samples",
            lambda z, a, y: _squares(z, a, y) / len(a),
            lambda m, K: 2 / m,
            None,
            r"\frac1m\sum_x\lVert a^L_x-y_x\rVert^2",
        ),
        Cost(
            "mse_elements",
            lambda z, a, y: _squares(z, a, y) / a.size,
            lambda m, K: 2 / (m * K),
            None,
            r"\frac1{mK}\sum_x\lVert a^L_x-y_x\rVert^2",
        ),
        Cost(
            "cross_entropy",
            _softmax_entropy,
            lambda m, K: 1 / m,
            "softmax",
            r"-\frac1m\sum_x\sum_k y_k\ln\operatorname{softmax}(z^L)_k",
        ),
        Cost(
            "binary_cross_entropy",
            lambda z, a, y: _binary_entropy(z, a, y) / z.size,
            lambda m, K: 1 / (m * K),
            "sigmoid",
            r"-\frac1{mK}\sum_x\sum_k\left[y_k\ln a_k+(1-y_k)\ln(1-a_k)\right]",
        ),
        Cost(
            "nielsen_cross_entropy",
            lambda z, a, y: _binary_entropy(z, a, y) / len(z),
            lambda m, K: 1 / m,
            "sigmoid",
            r"-\frac1m\sum_x\sum_k\left[y_k\ln a_k+(1-y_k)\ln(1-a_k)\right]",
        ),
    ]
}
"""Every cost under its name."""


def cost_function(name: str) -> Cost:
    """The cost called `name`; `SpecificationError` with the nearest name otherwise."""
    return chosen("cost", "cost", name, COSTS)
