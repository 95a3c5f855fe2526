"""Activations on balls: value, derivative, and what is known of each where a ball holds a kink.

Siblings of `gradref_reference.activations`, with the same names. Written so that the radius stays of the order of the ball's own:
every formula uses z few times, and none subtracts nearly equal numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb

from ..activations import Activation

__all__ = ["BallActivation", "ball_activation", "softmax", "softplus"]

Function = Callable[[arb], arb]


@dataclass(frozen=True)
class BallActivation:
    """σ on balls.

    value, derivative : z -> σ(z), σ'(z); the derivative of a ball that holds a kink is the hull of the one-sided derivatives.
    kinks : points where σ' jumps.
    """

    value: Function
    derivative: Function
    kinks: tuple[float, ...] = ()

    def undecided(self, z: arb) -> bool:
        """Whether the ball holds a kink, so that σ' is a matter of convention (or of more bits)."""
        return any(z.contains(k) for k in self.kinks)


def _branch(z: arb, below: Callable[[], arb], above: Callable[[], arb]) -> arb:
    """A function defined by cases at 0; a ball on both sides gets the hull of both."""
    if z > 0:
        return above()
    if z < 0:
        return below()
    return below().union(above())


def _sigmoid(z: arb) -> arb:
    return 1 / (1 + (-z).exp()) if not z < 0 else z.exp() / (1 + z.exp())


def _sigmoid_prime(z: arb) -> arb:
    e = (-abs(z)).exp()
    return e / ((1 + e) * (1 + e))


def _tanh_prime(z: arb) -> arb:
    e = (-2 * abs(z)).exp()
    return 4 * e / ((1 + e) * (1 + e))


def softplus(z: arb) -> arb:
    """ln(1 + e^z)."""
    return z.exp().log1p() if not z > 0 else z + (-z).exp().log1p()


def _normal_cdf(z: arb) -> arb:
    return (-z / arb(2).sqrt()).erfc() / 2


def _gelu_prime(z: arb) -> arb:
    return _normal_cdf(z) + z * (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


def _gelu_tanh_inner(z: arb) -> arb:
    return (2 / arb.pi()).sqrt() * (z + arb("0.044715") * z * z * z)


def _gelu_tanh_prime(z: arb) -> arb:
    u = _gelu_tanh_inner(z)
    inner = (2 / arb.pi()).sqrt() * (1 + 3 * arb("0.044715") * z * z)
    return _sigmoid(2 * u) + z * _tanh_prime(u) * inner / 2  # (1 + tanh u)/2 is the sigmoid of 2u, without cancellation


def _leaky_relu(slope: float) -> BallActivation:
    alpha = arb(slope)
    return BallActivation(
        lambda z: _branch(z, lambda: alpha * z, lambda: z), lambda z: _branch(z, lambda: alpha, lambda: arb(1)), (0.0,)
    )


def _negative_part(z: arb) -> arb:
    return -((-z).nonnegative_part())


def _elu(parameter: float) -> BallActivation:
    alpha = arb(parameter)
    return BallActivation(
        lambda z: _branch(z, lambda: alpha * _negative_part(z).expm1(), lambda: z.nonnegative_part()),
        lambda z: _branch(z, lambda: alpha * _negative_part(z).exp(), lambda: arb(1)),
        () if parameter == 1 else (0.0,),
    )


_PLAIN = {
    "identity": BallActivation(lambda z: z, lambda z: arb(1)),
    "square": BallActivation(lambda z: z * z, lambda z: 2 * z),
    "sigmoid": BallActivation(_sigmoid, _sigmoid_prime),
    "tanh": BallActivation(arb.tanh, _tanh_prime),
    "relu": BallActivation(lambda z: z.nonnegative_part(), lambda z: _branch(z, lambda: arb(0), lambda: arb(1)), (0.0,)),
    "softplus": BallActivation(softplus, _sigmoid),
    "silu": BallActivation(lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) * (1 + z * _sigmoid(-z))),
    "gelu": BallActivation(lambda z: z * _normal_cdf(z), _gelu_prime),
    "gelu_tanh": BallActivation(lambda z: z * _sigmoid(2 * _gelu_tanh_inner(z)), _gelu_tanh_prime),
}
_WITH_PARAMETER = {"leaky_relu": _leaky_relu, "elu": _elu}


def ball_activation(sigma: Activation) -> BallActivation:
    """The ball counterpart of an elementwise activation; softmax has its own function."""
    if sigma.kind in _WITH_PARAMETER:
        return _WITH_PARAMETER[sigma.kind](float(sigma.parameter or 0.0))
    return _PLAIN[sigma.kind]


def softmax(row: list[arb]) -> list[arb]:
    """e^{z_j} / Σ_k e^{z_k} of one sample, shifted by the midpoint of the largest."""
    top = max(row, key=float).mid()
    e = [(z - top).exp() for z in row]
    total = sum(e[1:], e[0])
    return [v / total for v in e]
