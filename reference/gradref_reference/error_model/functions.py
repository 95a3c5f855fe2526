"""Errors of activation functions and of their derivatives, entry by entry.

The right value is σ(z) at the framework's own z, in float64. The allowances are first-order bounds in the constants of
`constants.py`; the spread of a library function is 0.3 of its bound, since measured constants carry a margin, and half a unit for
the last rounding.
Source: certificates.md, section 2.
"""

import numpy as np

from ..activations import Activation
from .constants import K_EXP, K_LOG, constants_of
from .contract import Contract
from .rounding import UC, Estimate, constant_error, gamma, underflow

__all__ = ["SPREAD", "activation_estimate", "derivative_error", "kink_slopes", "log_partition_error", "softmax_relative_error"]

Array = np.ndarray

SPREAD = 0.3
"""Standard deviation of a library function's error as a share of its bound."""

EXACT = ("identity", "relu")
"""Functions that only select: no rounding at all."""


def softmax_relative_error(z: Array, contract: Contract) -> Array:
    """Relative error of each entry of softmax(z), computed directly or as exp(log_softmax(z)); (m, K) -> (m, K).

    u (2|z - max| + 2 ln Σexp + 3 K_EXP + 6): the differences, the logarithm, three exponentials, the divisions; γ_K: their sum.
    """
    u, K = contract.u + UC, z.shape[-1]
    below = z.max(axis=-1, keepdims=True) - z
    log_sum = np.log(np.exp(-below).sum(axis=-1, keepdims=True))
    return u * (2 * below + 2 * log_sum + 3 * K_EXP + 6) + gamma(K, contract.bias_accumulator)


def log_partition_error(z: Array, contract: Contract) -> Array:
    """Absolute error of ln Σ exp(z) in each row, by the stable form max + ln Σ exp(z - max); (m, K) -> (m,)."""
    u, K = contract.u + UC, z.shape[-1]
    top = z.max(axis=-1)
    below = top[:, None] - z
    weights = np.exp(-below)
    total = weights.sum(axis=-1)
    inside = u * ((weights * below).sum(axis=-1) / total + K_EXP) + gamma(K, contract.bias_accumulator)
    return inside + u * ((K_LOG + 1) * np.log(total) + 2 * np.abs(top))


def value_error(sigma: Activation, z: Array, value: Array, contract: Contract) -> Array:
    """Bound of |â - σ(z)| without underflow, same shape as z; `value` is σ(z)."""
    if sigma.kind in EXACT:
        return np.zeros_like(z)
    if sigma.kind == "softmax":
        relative = softmax_relative_error(z, contract)
        if contract.excess_precision:  # the logits entered unrounded
            relative += contract.u * (np.abs(z) + (value * np.abs(z)).sum(axis=-1, keepdims=True))
        return relative * value
    k = constants_of(sigma)
    error = k.value * np.abs(value)
    if k.scale:
        error += k.scale * np.abs(z)
    error *= contract.u + UC
    if lost := parameter_error(sigma, contract):
        error += lost * (np.abs(z) if sigma.kind == "leaky_relu" else -np.expm1(np.minimum(z, 0)))
    if sigma.kind == "leaky_relu":
        error[z > 0] = 0  # z itself
    if sigma.kind == "softplus":
        error += np.where(z > contract.softplus_threshold, 2 * np.exp(-np.abs(z)), 0.0)
    if contract.excess_precision:
        error += contract.u * np.abs(z) * (2 * np.abs(z) if sigma.kind == "square" else sigma.slope)
    return error


def parameter_error(sigma: Activation, contract: Contract) -> float:
    """Absolute error of the number in brackets, a constant of the format, beyond its relative u."""
    return 0.0 if sigma.parameter is None else constant_error(sigma.parameter, contract)


def value_floor(sigma: Activation, contract: Contract) -> float:
    """What underflow may take from a value of σ."""
    if sigma.kind in EXACT:
        return contract.flushed
    return underflow(4, contract) + 4 * contract.inside.tiny


def activation_estimate(sigma: Activation, z: Array, contract: Contract) -> Estimate:
    """ACT: a should be σ(z) within the error of the library function; exactly so for relu and identity."""
    value = sigma.value(z)
    error = value_error(sigma, z, value, contract)
    floor = value_floor(sigma, contract)
    return Estimate(
        value, error + floor, SPREAD * error + np.where(error > 0, (0.5 * contract.u) * np.abs(value), 0.0) + floor, floor
    )


def derivative_error(sigma: Activation, z: Array, value: Array, contract: Contract) -> tuple[Array, Array]:
    """σ'(z) and the bound of its error, whether it is formed from a or from z; same shape. Not for softmax.

    `value` is σ(z). The formulas in a: a(1-a), 1-a², and for elu a+α; the others are formed from z.
    """
    u = contract.u + UC
    d = sigma.derivative(z, value)
    if sigma.kind in EXACT:
        return d, np.zeros_like(z)
    ea = value_error(sigma, z, value, contract) + value_floor(sigma, contract)
    match sigma.kind:
        case "sigmoid":
            e = np.abs(1 - 2 * value) * ea + ea * ea + 3 * u * np.abs(value) * (1 + ea)
        case "tanh":
            e = 2 * np.abs(value) * ea + ea * ea + u * np.square(1 + np.abs(value))
        case "elu":
            e = _below(z, ea + 3 * u * (np.abs(value) + d), sigma, contract)
        case "leaky_relu":
            e = _below(z, u * np.abs(d), sigma, contract)
        case "square":
            e = np.zeros_like(z)
        case _:
            e = constants_of(sigma).derivative * u * (1 + np.abs(z))
            if sigma.kind == "gelu_tanh":  # 1 - tanh² has an absolute error
                e += 4 * u * _inner_slope(z)
            if sigma.kind == "softplus":
                e += np.where(z > contract.softplus_threshold, 2 * np.exp(-np.abs(z)), 0.0)
    if contract.excess_precision:
        e = e + contract.u * np.abs(z) * sigma.curvature
    return d, e


def _inner_slope(z: Array) -> Array:
    """What multiplies 1 - tanh² in the derivative of gelu_tanh, at most: z/2 times the derivative of the inner cubic."""
    reach = np.minimum(np.abs(z), 9.0)  # beyond, tanh is ±1 in every format
    return 0.8 * reach * (1 + 0.134 * reach * reach)


def underflow_gain(sigma: Activation, z: Array) -> Array | float:
    """By how much σ' may enlarge what underflow took from a product on the way; same shape as z, or 1."""
    match sigma.kind:
        case "gelu_tanh":
            return 1 + _inner_slope(z)
        case "silu":  # v·s(z) is formed before it is multiplied by 1 + z (1 - s)
            return 1 + np.abs(z)
    return 1.0


def _below(z: Array, error: Array, sigma: Activation, contract: Contract) -> Array:
    """The error of a derivative that is the parameter's affair where z <= 0 and 1 elsewhere.

    A parameter that has become infinite spoils those as well: the branch not taken is multiplied by 0.
    """
    lost = parameter_error(sigma, contract)
    return np.where((z > 0) & (lost < np.inf), 0.0, error + lost)


def kink_slopes(sigma: Activation, z: Array, contract: Contract) -> tuple[Array, Array, Array] | None:
    """Where z sits on a kink of σ: (mask, left derivative, right derivative), or None when it does nowhere.

    Where subnormal numbers are flushed, a subnormal z sits on a kink at 0.
    """
    reach = contract.flushed
    for at, left, right in sigma.kinks:
        mask = np.abs(z - at) <= reach
        if mask.any():
            return mask, np.full_like(z, left), np.full_like(z, right)
    return None
