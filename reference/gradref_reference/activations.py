"""Activation functions: the value, the derivative with respect to z, and what the error model must know of each.

Siblings with the same members in the same order. Arrays are (batch, n[l]); derivatives are written so that they keep their
relative accuracy when a unit saturates (mathematics 6.2): the textbook's a(1-a) loses every digit at z = 40.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import pi, sqrt

import numpy as np

from .checks import chosen
from .equations import times_softmax_jacobian
from .errors import SpecificationError, shown
from .special import normal

__all__ = ["ACTIVATIONS", "Activation", "activation"]

Array = np.ndarray
Pair = tuple[Array, Array]


@dataclass(frozen=True)
class Activation:
    """An activation function a = σ(z).

    Attributes
    ----------
    name : as written in a network, parameter included ("leaky_relu(0.25)").
    value : z -> a, same shape.
    derivative : (z, a) -> σ'(z), same shape; for softmax only the diagonal of its Jacobian, see `pullback`.
    latex : the formula.
    kinks : values of z where σ' jumps, each with its one-sided derivatives (z, left, right).
    slope : sup |σ'|; curvature : sup |σ''| away from kinks. Used by the propagated error bound.
    elementwise : False only for softmax, whose Jacobian is diag(a) - a aᵀ.
    parameter : the number in brackets, if the function has one.
    """

    name: str
    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    latex: str
    kinks: tuple[tuple[float, float, float], ...] = ()
    slope: float = 1.0
    curvature: float = 0.0
    elementwise: bool = True
    parameter: float | None = None

    @property
    def kind(self) -> str:
        """The name without its parameter."""
        return self.name.partition("(")[0]

    def pullback(self, v: Array, z: Array, a: Array) -> Array:
        """v ⊙ σ'(z), or v J for softmax: the error v at a carried back to z. All (batch, n[l])."""
        return v * self.derivative(z, a) if self.elementwise else times_softmax_jacobian(v, a)


# --- the formulas --------------------------------------------------------------------------------------------------


def sigmoid_pair(z: Array) -> Pair:
    """The sigmoid σ(z) and σ'(z) = σ(z) σ(-z), each with its full relative accuracy: no exponent is positive and nothing cancels."""
    e = np.exp(-np.abs(z))  # in (0, 1]
    s = 1 + e
    return np.maximum(np.sign(z), e) / s, e / (s * s)  # the numerator is 1 for z >= 0 and exp(z) for z < 0


def _sigmoid(z: Array) -> Array:
    return sigmoid_pair(z)[0]


def _tanh_prime(z: Array, a: Array) -> Array:
    e = np.exp(-2 * np.minimum(np.abs(z), 400))  # exp(-800) is 0 in float64
    s = 1 + e
    return 4 * e / (s * s)  # = 1 - a², without cancellation


def _softplus(z: Array) -> Array:
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def silu_pair(z: Array) -> Pair:
    """z σ(z) and its derivative σ(z) + z σ'(z), σ the sigmoid."""
    s, s_prime = sigmoid_pair(z)
    return z * s, s + z * s_prime


def gelu_pair(z: Array) -> Pair:
    """z Φ(z) and its derivative Φ(z) + z φ(z), Φ the normal distribution function and φ its density."""
    cdf, pdf = normal(z)
    return z * cdf, cdf + z * pdf


def gelu_tanh_pair(z: Array) -> Pair:
    """z ½(1 + tanh u) and its derivative, u = √(2/π) (z + 0.044715 z³); with s the sigmoid of 2u they are z s and s + z s'."""
    near = np.clip(z, -30, 30)  # beyond, s is 0 or 1 and s' is 0; the cube would overflow
    z2, c = near * near, 2 * sqrt(2 / pi)
    s, s_prime = sigmoid_pair(c * near * (1 + 0.044715 * z2))  # ½(1 + tanh u) = σ(2u), without cancellation
    return z * s, s + c * near * s_prime * (1 + 3 * 0.044715 * z2)


@np.errstate(over="ignore")  # the difference of two huge logits, whose exponential is 0 all the same
def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    e /= e.sum(axis=-1, keepdims=True)
    return e


def _step(z: Array) -> Array:
    return (z > 0).astype(z.dtype)


def _sharing(name: str, pair: Callable[[Array], Pair], latex: str, slope: float, curvature: float) -> Activation:
    """An activation whose value and derivative share their expensive part, see `fast.SHARED`."""
    return Activation(name, lambda z: pair(z)[0], lambda z, a: pair(z)[1], latex, slope=slope, curvature=curvature)


@cache
def _leaky_relu(name: str, alpha: float) -> Activation:
    return Activation(
        name,
        value=lambda z: np.where(z > 0, z, alpha * np.minimum(z, 0)),
        derivative=lambda z, a: np.where(z > 0, z.dtype.type(1), z.dtype.type(alpha)),
        latex=rf"\max(z,0)+{alpha:g}\min(z,0)",
        kinks=((0.0, alpha, 1.0),),
        slope=max(1.0, abs(alpha)),
        parameter=alpha,
    )


@cache
def _elu(name: str, alpha: float) -> Activation:
    return Activation(
        name,
        value=lambda z: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        derivative=lambda z, a: np.where(z > 0, z.dtype.type(1), alpha * np.exp(np.minimum(z, 0))),
        latex=rf"z\ (z>0),\quad {alpha:g}(e^z-1)\ (z\le 0)",
        kinks=() if alpha == 1 else ((0.0, alpha, 1.0),),
        slope=max(1.0, abs(alpha)),
        curvature=abs(alpha),
        parameter=alpha,
    )


_PLAIN: list[Activation] = [
    Activation("identity", lambda z: z, lambda z, a: np.ones_like(z), r"z"),
    Activation("square", lambda z: z * z, lambda z, a: 2 * z, r"z^2", slope=np.inf, curvature=2.0),
    _sharing("sigmoid", sigmoid_pair, r"\frac1{1+e^{-z}}", slope=0.25, curvature=0.0963),
    Activation("tanh", np.tanh, _tanh_prime, r"\tanh z", curvature=0.7699),
    Activation("relu", lambda z: np.maximum(z, 0), lambda z, a: _step(z), r"\max(z,0)", kinks=((0.0, 0.0, 1.0),)),
    Activation("softplus", _softplus, lambda z, a: _sigmoid(z), r"\ln(1+e^z)", curvature=0.25),
    _sharing("silu", silu_pair, r"\frac z{1+e^{-z}}", slope=1.1, curvature=0.5),
    _sharing("gelu", gelu_pair, r"z\,\Phi(z)", slope=1.13, curvature=0.798),
    _sharing(
        "gelu_tanh",
        gelu_tanh_pair,
        r"\tfrac z2\left(1+\tanh\left(\sqrt{2/\pi}\,(z+0.044715z^3)\right)\right)",
        slope=1.13,
        curvature=0.799,
    ),
    Activation(
        "softmax",
        _softmax,
        lambda z, a: a * (1 - a),  # the diagonal only; backpropagation uses `pullback`
        r"\frac{e^{z_j}}{\sum_k e^{z_k}}",
        slope=0.5,
        curvature=0.25,
        elementwise=False,
    ),
]
_WITH_PARAMETER: dict[str, tuple[Callable[[str, float], Activation], float]] = {
    "leaky_relu": (_leaky_relu, 0.01),
    "elu": (_elu, 1.0),
}

ACTIVATIONS: dict[str, Activation] = {sigma.name: sigma for sigma in _PLAIN} | {
    name: make(name, default) for name, (make, default) in _WITH_PARAMETER.items()
}
"""Every activation under its plain name, with the default parameter where it has one."""


def activation(name: str) -> Activation:
    """The activation called `name`; "leaky_relu(0.25)" and "elu(0.5)" carry their parameter.

    Raises `SpecificationError`, with the nearest known name, for one that does not exist.

    >>> activation("leaky_relu(0.25)").kinks
    ((0.0, 0.25, 1.0),)
    """
    kind, bracket, rest = name.partition("(") if isinstance(name, str) else ("", "", "")
    if not bracket or kind not in _WITH_PARAMETER:
        return chosen("activation", "activation", name, ACTIVATIONS)
    try:
        parameter = float(rest.removesuffix(")"))
    except ValueError:
        parameter = np.nan
    make, default = _WITH_PARAMETER[kind]
    if not (rest.endswith(")") and 0 <= parameter < np.inf):
        raise SpecificationError(
            f"activation: the parameter of {kind} must be a finite number >= 0 in brackets, got {shown(name)}. "
            f"Write '{kind}({default:g})'."
        )
    return make(name, parameter)
