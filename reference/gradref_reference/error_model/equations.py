"""The seven equations with their allowances: what each tensor should be, given the tensors the framework formed it from.

No error is carried from one equation to the next, so the bounds stay tight at any depth and the failing equation is named at once.
Every function returns an `Estimate`; the arguments are the framework's own tensors as `Tensor`, or some of their rows. `p` is the
matrix product of the equation, when it is known already. Source: certificates.md, section 2.
"""

import numpy as np

from ..activations import Activation
from ..network import Network
from .constants import constants_of
from .contract import Contract
from .functions import (
    SPREAD,
    activation_estimate,
    derivative_error,
    kink_slopes,
    log_partition_error,
    softmax_relative_error,
    underflow_gain,
    value_floor,
)
from .rounding import (
    UC,
    Estimate,
    Product,
    Tensor,
    constant_error,
    estimate_product,
    gamma,
    matrix_product,
    row_sum,
    underflow,
    within,
)

__all__ = ["act", "bp1", "bp2", "bp3", "bp4", "cost", "lin"]

Array = np.ndarray


def _lost(left: Tensor, right: Tensor, contract: Contract) -> Array | float:
    """What left @ right may gain or lose through operands near underflow, (p, q) or 0.

    An operand may enter before it was rounded to a subnormal number; where subnormal numbers are flushed it
    counts as 0. Either way it changes by at most `each`, times the sum of the other factors.
    """
    each = 0.5 * contract.form.smallest if contract.unrounded_operands else 0.0
    if contract.flushed and min(left.smallest, right.smallest) < contract.flushed:
        each += contract.flushed
    if not each:
        return 0.0
    return each * (left.abs.sum(axis=1)[:, None] + right.abs.sum(axis=0)[None, :])


def _roundings(operands: int, contract: Contract) -> int:
    """How many units each term of a gradient's sum may be off: its computed operands, when unrounded, and its own rounding."""
    return operands * contract.unrounded_operands + contract.rounded_terms


def lin(a_before: Tensor, W: Tensor, b: Array, contract: Contract, given: bool = False, p: Product | None = None) -> Estimate:
    """LIN: z[l] = a[l-1] W[l]ᵀ + b[l], a sum of n[l-1] + 1 terms. `given` says that a[l-1] is the data, not a computed tensor."""
    right = W.T
    p = p or matrix_product(a_before, right)
    with_bias = Product(p.S + b, p.S1 + np.abs(b), p.Q + b * b, p.n, p.repeated)
    unrounded = 1 if contract.unrounded_operands and not given else 0
    return estimate_product(with_bias, contract, contract.accumulator, unrounded, b, _lost(a_before, right, contract))


act = activation_estimate  # ACT: a[l] = σ(z[l])


def _through(
    sigma: Activation, v: Array, ev: Array, sv: Array, z: Array, a: Array, value: Array | None, contract: Contract
) -> Estimate:
    """v ⊙ σ'(z), where v carries an error of at most ev with standard deviation sv; the Jacobian product for softmax."""
    u = contract.u
    if not sigma.elementwise:
        return _through_softmax(v, ev, sv, a, contract)
    d, e = derivative_error(sigma, z, sigma.value(z) if value is None else value, contract)
    size, slope = np.abs(v), np.abs(d)
    S = v * d
    product = gamma(3, u) + gamma(3, UC)
    floor = underflow(3, contract) + contract.form.smallest  # a product or two on the way are stored as well
    largest, steep = size + ev, slope + e
    lost = floor * underflow_gain(sigma, z)
    bound = size * e + steep * (ev + product * largest) + lost
    bound = within(within(bound, largest, contract.form.largest), steep, contract.form.largest)
    spread = sv * slope + SPREAD * size * e + (0.8 * u) * np.abs(S) + lost
    at_kink = kink_slopes(sigma, z, contract)
    if at_kink is None:
        return Estimate(S, bound, spread, floor)
    mask, left, right = at_kink
    steepest = np.maximum(np.abs(left), np.abs(right))
    bound = np.where(mask, steepest * (ev + product * size) + size * e + floor, bound)
    spread = np.where(mask, steepest * (sv + 0.8 * u * size) + floor, spread)
    low, high = np.minimum(v * left, v * right), np.maximum(v * left, v * right)
    return Estimate(S, bound, spread, floor, mask & (high > low), low, high)


def _through_softmax(v: Array, ev: Array, sv: Array, a: Array, contract: Contract) -> Estimate:
    """a ⊙ (v - Σ v a), the Jacobian diag(a) - a aᵀ applied to v, formed from the framework's own a."""
    u, K = contract.u, a.shape[-1]
    ea = u * np.abs(a) + contract.form.smallest if contract.excess_precision else np.zeros_like(a)  # a may enter unrounded
    weights = np.abs(a) + ea
    t = (v * a).sum(axis=-1, keepdims=True)
    t1 = (np.abs(v) * weights).sum(axis=-1, keepdims=True)
    et = (weights * ev + ea * np.abs(v)).sum(axis=-1, keepdims=True)
    et += (gamma(K, contract.bias_accumulator) + gamma(K, UC) + u) * t1
    size = np.abs(v) + np.abs(t)
    floor = underflow(2 * K + 2, contract)
    bound = weights * (ev + et + (gamma(3, u) + gamma(3, UC)) * (size + ev + et)) + ea * size + floor
    bound = within(bound, size + ev + et, contract.form.largest)
    st = np.sqrt(np.square((sv + u * np.abs(v)) * a).sum(axis=-1, keepdims=True))
    spread = weights * (sv + st + u * size) + SPREAD * ea * size + floor
    return Estimate(a * (v - t), bound, spread, floor)


def bp1(
    network: Network,
    z: Array,
    a: Array,
    y: Array,
    contract: Contract,
    value: Array | None = None,
    factor: float | None = None,
) -> Estimate:
    """BP1: δ[L] = ∇_a C ⊙ σ'(z[L]); the cross-entropies from the logits, where σ' has cancelled. y is (m, K) numbers.

    `value` is σ(z) if it is known; `factor` that of the whole batch, when the arrays are only some of its rows.
    """
    u, sigma = contract.u, network.sigma[network.L]
    if factor is None:
        factor = network.cost_function.factor(*a.shape)
    if network.fused:
        return (_bp1_softmax if sigma.kind == "softmax" else _bp1_sigmoid)(sigma, z, y, factor, contract)
    v = (a - y) * factor
    ev = np.abs(v) * (gamma(4, u) + gamma(3, UC)) + constant_error(factor, contract) * np.abs(a - y) + contract.form.smallest
    if contract.excess_precision or contract.fused_multiply_add:  # a may enter unrounded
        ev = ev + factor * u * np.abs(a)
    ev = within(ev, 2 * (np.abs(a) + np.abs(y)), contract.form.largest)  # as 2 (a - y)
    sv = 0.6 * u * np.abs(v) + SPREAD * (ev - gamma(4, u) * np.abs(v)) + contract.form.smallest
    return _through(sigma, v, ev, sv, z, a, value, contract)


def _bp1_softmax(sigma: Activation, z: Array, y: Array, factor: float, contract: Contract) -> Estimate:
    u, K = contract.u, z.shape[-1]
    p, total = sigma.value(z), y.sum(axis=1, keepdims=True)
    relative = softmax_relative_error(z, contract)
    if contract.excess_precision:
        relative += u * (np.abs(z) + (p * np.abs(z)).sum(axis=1, keepdims=True))
    size = p * np.abs(total)
    ep = relative * size + gamma(K, contract.bias_accumulator) * p * np.abs(y).sum(axis=1, keepdims=True)
    last = (gamma(4, u) + gamma(4, UC)) * (size + np.abs(y))
    floor = underflow(4, contract) + 4 * factor * contract.inside.tiny
    bound = factor * (ep + last) + floor
    return Estimate(factor * (p * total - y), bound, SPREAD * factor * (ep + last) + floor, floor)


def _bp1_sigmoid(sigma: Activation, z: Array, y: Array, factor: float, contract: Contract) -> Estimate:
    """factor (σ(z) - y), also when it is formed as (1 - y) σ(z) - y σ(-z) from the derivatives of two logarithms.

    Those are exp(z - softplus(z)), whose exponent is off by a few u|z|: a few u|z| relative, as in a softmax.
    """
    u, weight = contract.u, np.abs(y)
    p, rest = sigma.value(z), sigma.value(-z)
    relative = (constants_of(sigma).value + 4 * np.abs(z)) * (u + UC)
    if contract.excess_precision:  # the logits entered unrounded
        relative += u * np.abs(z)
    ep = relative * (p * (1 + weight) + rest * weight)
    last = (gamma(6, u) + gamma(4, UC)) * ((1 if contract.entropy_cancels else p) + weight)
    floor = underflow(4, contract) + factor * value_floor(sigma, contract)
    bound = factor * (ep + last) + floor
    return Estimate(factor * (p - y), bound, SPREAD * factor * (ep + last) + floor, floor)


def bp2(
    delta_next: Tensor,
    W_next: Tensor,
    sigma: Activation,
    z: Array,
    a: Array,
    contract: Contract,
    value: Array | None = None,
    p: Product | None = None,
) -> Estimate:
    """BP2: δ[l] = (δ[l+1] W[l+1]) ⊙ σ'(z[l]); a sum of n[l+1] terms, then the derivative. `value` is σ(z) if it is known."""
    p = p or matrix_product(delta_next, W_next)
    s = estimate_product(
        p, contract, contract.accumulator, int(contract.unrounded_operands), lost=_lost(delta_next, W_next, contract)
    )
    return _through(sigma, s.value, s.bound, s.spread, z, a, value, contract)


def bp3(delta: Tensor, contract: Contract, careful: bool = False) -> Estimate:
    """BP3: ∂C/∂b[l] = Σ_samples δ[l], a sum of m terms in the accumulator of plain sums."""
    lost = len(delta.value) * max(contract.flushed, 0.5 * contract.form.smallest)
    p = row_sum(delta, contract.bias_accumulator if careful else None)
    return estimate_product(p, contract, contract.bias_accumulator, _roundings(1, contract), lost=lost)


def bp4(
    delta_T: Tensor,
    a_before: Tensor,
    contract: Contract,
    W: Array | None = None,
    l2: float = 0.0,
    given: bool = False,
    p: Product | None = None,
) -> Estimate:
    """BP4: ∂C/∂W[l] = δ[l]ᵀ a[l-1] + λ W[l], a sum of m terms and the gradient of the L2 penalty."""
    p, extra = p or matrix_product(delta_T, a_before), None
    lost = _lost(delta_T, a_before, contract)
    if l2 and W is not None:
        extra = l2 * W
        p = Product(p.S + extra, p.S1 + np.abs(extra), p.Q + np.square(extra), p.n, p.repeated)
        lost = lost + penalty_error(W, l2, contract)
    return estimate_product(p, contract, contract.accumulator, _roundings(1 if given else 2, contract), extra, lost)


def penalty_error(W: Array, l2: float, contract: Contract) -> Array:
    """What the L2 term λ W may be off before it is added, same shape as W: λ is rounded, or doubled after λ/2 was; W is doubled."""
    error = (gamma(4, contract.u) * l2 + 2 * constant_error(0.5 * l2, contract) + constant_error(l2, contract)) * np.abs(W)
    return within(error, 2 * np.abs(W), contract.form.largest)


def cost(network: Network, z: Array, a: Array, y: Array, W: dict[int, Array], contract: Contract) -> Estimate:
    """COST: C(a[L], y) + λ/2 Σ‖W‖², an array of shape (1,)."""
    u, ub, (m, K) = contract.u, contract.bias_accumulator, z.shape
    terms, errors = _cost_terms(network, z, a, y, contract)
    scale = network.cost_function.factor(m, K) * (1 if network.fused else 0.5)
    value = scale * terms.sum()
    roundings = gamma(m * K, ub) + gamma(m * K, UC) + gamma(8, u)
    largest = (np.abs(terms) + errors).sum()
    bound = scale * (errors.sum() + roundings * largest)
    if network.l2:
        squares = sum(float(np.vdot(v, v)) for v in W.values())
        penalty = 0.5 * network.l2 * squares
        count = sum(v.size for v in W.values()) + len(W)
        value = value + penalty
        bound = bound + penalty * (gamma(count, ub) + gamma(count, UC) + gamma(8, u)) + 2 * u * abs(value)
        bound = bound + 2 * constant_error(0.5 * network.l2, contract) * squares
        largest = max(largest, squares)
    floor = underflow(m * K, contract)
    if not largest <= contract.form.largest:  # a sum overflows before it is scaled
        bound = np.inf
    return Estimate(np.array([value]), np.array([bound + floor]), np.array([SPREAD * bound + floor]), floor)


def _cost_terms(network: Network, z: Array, a: Array, y: Array, contract: Contract) -> tuple[Array, Array]:
    """The terms of the cost before scaling, any shape, and a bound of the error of each."""
    u = contract.u
    if not network.fused:
        r = a - y
        spill = u * np.abs(a) if contract.excess_precision or contract.fused_multiply_add else 0.0
        return r * r, (gamma(4, u) + gamma(3, UC)) * r * r + 2 * np.abs(r) * spill + spill * spill
    if network.cost == "cross_entropy":
        top = z.max(axis=1)
        lse = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
        weight, total = np.abs(y), y.sum(axis=1)
        terms = lse * total - (y * z).sum(axis=1)
        below = top[:, None] - z
        size = (weight * (np.abs(z) + 2 * below)).sum(axis=1)
        error = weight.sum(axis=1) * (log_partition_error(z, contract) + 4 * u * np.abs(lse))
        error += (gamma(z.shape[1] + 4, contract.bias_accumulator) + gamma(4, u)) * (size + weight.sum(axis=1) * np.abs(lse))
        if contract.excess_precision:
            error += 2 * u * (weight.sum(axis=1) * np.abs(z).max(axis=1))
        return terms, error
    e = np.exp(-np.abs(z))
    softplus = np.maximum(z, 0) + np.log1p(e)
    terms = softplus - z * y
    weight = 1 + np.abs(y)
    error = (10 * u + 10 * UC) * weight * (np.abs(z) + softplus)
    return terms, error
