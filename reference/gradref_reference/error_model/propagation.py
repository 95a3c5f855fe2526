"""A rigorous bound of the whole gradient's error: running error analysis through the network, layer by layer.

|computed - exact| <= E for every z, a, δ, dW and db, to second order: σ(z + e) is off by at most |σ'| e + ½ sup|σ''| e², and errors
multiply errors. Where z ± E contains a kink, the jump of σ' is carried separately (K), and an entry that needs it is *undecidable*.

The bound grows with every layer: a factor 500 too wide at depth 1 and 10^14 at depth 10 (certificates.md, section 3). It serves to
say what a comparison of whole gradients can still see, and which entries no comparison can decide; the local certificates judge.
Source: Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.3 (running error analysis).
"""

from dataclasses import dataclass

import numpy as np

from ..activations import Activation
from ..fast import forward
from ..network import Network
from ..trace import Layers
from .contract import Contract
from .equations import bp1, penalty_error
from .functions import derivative_error, value_error, value_floor
from .rounding import gamma, underflow, within

__all__ = ["PropagatedBound", "propagated_bound"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class PropagatedBound:
    """Bounds of |computed - exact|, keyed by layer, each of the shape of its tensor.

    z, a, delta, dW, db : what rounding can do. kink_dW, kink_db : what a kink inside the error of some z can do on top; an entry
    is undecidable where this is not 0. kinks : (m, n[l]) masks of the pre-activations whose interval contains a kink.
    """

    z: Layers
    a: Layers
    delta: Layers
    dW: Layers
    db: Layers
    kink_dW: Layers
    kink_db: Layers
    kinks: Layers

    @property
    def undecidable(self) -> int:
        """How many entries of dW and db a kink makes undecidable."""
        return sum(int(np.count_nonzero(v)) for d in (self.kink_dW, self.kink_db) for v in d.values())


def propagated_bound(network: Network, W: Layers, b: Layers, x: Array, y: Array, contract: Contract) -> PropagatedBound:
    """Bound the error of an implementation that rounds by `contract`, for inputs it was given exactly; y is (m, n[L]) numbers.

    The magnitudes are those of a float64 forward and backward pass. A bound that overflows is infinite: nothing can be said.
    """
    with np.errstate(all="ignore"):
        return _propagate(network, W, b, x, y, contract)


def _propagate(network: Network, W: Layers, b: Layers, x: Array, y: Array, contract: Contract) -> PropagatedBound:
    L, sigma = network.L, network.sigma
    a, z = forward(network, W, b, x)
    size = {l: np.abs(W[l]) for l in W}
    Ea: Layers = {0: np.zeros_like(x)}
    Ez: Layers = {}
    for l in range(1, L + 1):
        S1 = (np.abs(a[l - 1]) + Ea[l - 1]) @ size[l].T + np.abs(b[l])
        Ez[l] = Ea[l - 1] @ size[l].T + _stored(S1, network.sizes[l - 1] + 1, contract.accumulator, contract)
        Ez[l] = _sure(Ez[l], z[l], contract)
        Ea[l] = _sure(_value_change(sigma[l], z[l], a[l], Ez[l], contract), a[l], contract)
    kinks = {l: _contains_kink(sigma[l], z[l], Ez[l]) for l in z}

    delta, E, K = {}, {}, {}
    factor = network.cost_function.factor(*a[L].shape)
    if network.fused:
        local = bp1(network, z[L], a[L], y, contract)
        change = _value_change(sigma[L], z[L], a[L], Ez[L], contract)
        if sigma[L].kind == "softmax":
            change = change * np.abs(y).sum(axis=1, keepdims=True)
        delta[L], E[L] = local.value, _sure(local.bound + 2 * factor * change, local.value, contract)
        K[L] = np.zeros_like(delta[L])
    else:
        v = (a[L] - y) * factor
        Ea[L] = within(Ea[L], 2 * (np.abs(a[L]) + np.abs(y)), contract.form.largest)  # as 2 (a - y)
        Ev = factor * Ea[L] * (1 + gamma(4, contract.u)) + gamma(4, contract.u) * np.abs(v)
        delta[L], E[L], K[L] = _through(sigma[L], v, Ev, np.zeros_like(v), z[L], a[L], Ez[L], Ea[L], contract)
    for l in range(L - 1, 0, -1):
        s = delta[l + 1] @ W[l + 1]
        S1 = (np.abs(delta[l + 1]) + E[l + 1] + K[l + 1]) @ size[l + 1]
        Es = _sure(E[l + 1] @ size[l + 1] + _stored(S1, network.sizes[l + 1], contract.accumulator, contract), s, contract)
        delta[l], E[l], K[l] = _through(sigma[l], s, Es, K[l + 1] @ size[l + 1], z[l], a[l], Ez[l], Ea[l], contract)

    dW, db, kink_dW, kink_db = {}, {}, {}, {}
    m = len(x)
    for l in range(1, L + 1):
        whole, before = np.abs(delta[l]) + E[l] + K[l], np.abs(a[l - 1]) + Ea[l - 1]
        penalty = network.l2 * size[l]
        rounding = _stored(whole.T @ before + penalty, m + 1, contract.accumulator, contract)
        if network.l2:
            rounding += penalty_error(W[l], network.l2, contract)
        dW[l] = _sure(E[l].T @ before + np.abs(delta[l]).T @ Ea[l - 1] + rounding)
        db[l] = _sure(E[l].sum(axis=0) + _stored(whole.sum(axis=0), m, contract.bias_accumulator, contract))
        kink_dW[l], kink_db[l] = K[l].T @ before, K[l].sum(axis=0)
    return PropagatedBound(Ez, Ea, E, dW, db, kink_dW, kink_db, kinks)


def _sure(bound: Array, value: Array | None = None, contract: Contract | None = None) -> Array:
    """Where a bound is NaN (∞ · 0), nothing is known: infinite. So where the value may overflow when it is stored."""
    if value is not None and contract is not None:
        bound = within(bound, np.abs(value) + bound, contract.form.largest)
    return np.where(np.isnan(bound), np.inf, bound)


def _stored(S1: Array, n: int, accumulator: float, contract: Contract) -> Array:
    """A sum of n products of total size S1, accumulated and stored, whose operands may have entered unrounded."""
    u = contract.u
    roundings = (
        gamma(n, accumulator) + (2 * u if accumulator < u else 0) + (2 * contract.unrounded_operands + contract.rounded_terms) * u
    )
    return within(roundings * (1 + u) * S1 + underflow(n, contract), S1, contract.largest_inside(accumulator))


def _contains_kink(sigma: Activation, z: Array, Ez: Array) -> Array:
    mask = np.zeros(z.shape, bool)
    for at, _, _ in sigma.kinks:
        mask |= np.abs(z - at) <= Ez
    return mask


def _value_change(sigma: Activation, z: Array, a: Array, Ez: Array, contract: Contract) -> Array:
    """|â(ẑ) - σ(z)| for |ẑ - z| <= Ez: what the argument does, and the error of the function itself."""
    if sigma.kind == "softmax":  # a e^d / Σ a e^d lies within e^±(|d| + ln Σ a e^|d|)
        moved = np.minimum(a * np.expm1(Ez + np.log((a * np.exp(Ez)).sum(axis=-1, keepdims=True))), 1.0)
    elif sigma.kind == "square":
        moved = 2 * np.abs(z) * Ez + Ez * Ez
    else:
        slope = np.abs(sigma.derivative(z, a)) + np.where(_contains_kink(sigma, z, Ez), sigma.slope, 0.0)
        moved = np.minimum(slope * Ez + 0.5 * sigma.curvature * Ez * Ez, sigma.slope * Ez)
    own = value_error(sigma, z, a, contract) + value_floor(sigma, contract)
    return moved + own + (20 * contract.u) * (moved + Ez) * (own > 0)


def _derivative_change(sigma: Activation, z: Array, d: Array, Ez: Array) -> Array:
    """|σ'(ẑ) - σ'(z)| away from kinks: sup|σ''| Ez, or the relative bound of functions that saturate exponentially."""
    change = sigma.curvature * Ez
    rate = {"sigmoid": 1.0, "softplus": 1.0, "tanh": 2.0}.get(sigma.kind)
    return change if rate is None else np.minimum(change, np.abs(d) * np.expm1(rate * Ez))


def _through(
    sigma: Activation, v: Array, Ev: Array, Kv: Array, z: Array, a: Array, Ez: Array, Ea: Array, contract: Contract
) -> tuple[Array, Array, Array]:
    """δ = v ⊙ σ'(z), its rounding bound and its kink bound, from those of v and z."""
    u = contract.u
    floor = underflow(2 * v.shape[1] + 2, contract)
    if not sigma.elementwise:
        weights = a + Ea
        t = (v * a).sum(axis=-1, keepdims=True)
        whole = np.abs(v) + Ev + Kv
        total = (whole * weights).sum(axis=-1, keepdims=True)
        Et = (weights * Ev + Ea * np.abs(v)).sum(axis=-1, keepdims=True)
        Et = Et + (gamma(v.shape[1], contract.bias_accumulator) + 3 * u) * total
        Kt = (weights * Kv).sum(axis=-1, keepdims=True)
        floor = within(np.full_like(v, floor), whole + total, contract.form.largest)
        bound = weights * (Ev + Et) + Ea * (np.abs(v) + np.abs(t)) + (gamma(3, u) + 2 * u) * weights * (whole + total) + floor
        return a * (v - t), _sure(bound, a * (v - t), contract), _sure(weights * (Kv + Kt))
    d, e = derivative_error(sigma, z, a, contract)
    e = e + _derivative_change(sigma, z, d, Ez)
    slope = np.abs(d) + e
    floor = within(np.full_like(v, floor), np.maximum(np.abs(v) + Ev + Kv, slope), contract.form.largest)
    bound = np.abs(v) * e + slope * Ev + gamma(3, u) * slope * (np.abs(v) + Ev + Kv) + floor
    kink = slope * Kv
    for at, left, right in sigma.kinks:
        ambiguous = np.abs(z - at) <= Ez
        top = max(abs(left), abs(right))
        bound = np.where(ambiguous, top * (1 + gamma(3, u)) * Ev + gamma(3, u) * top * (np.abs(v) + Kv) + floor, bound)
        kink = np.where(ambiguous, abs(right - left) * (np.abs(v) + Ev) + top * Kv, kink)
    return v * d, _sure(bound, v * d, contract), _sure(kink)
