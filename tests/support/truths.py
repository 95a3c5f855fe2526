"""Truths that the tests share, from first principles, in ball arithmetic: none of the reference's formulas is used."""

from flint import arb

__all__ = ["BALL_ACTIVATIONS", "inner", "normal_cdf", "sigmoid"]


def sigmoid(z: arb) -> arb:
    """1 / (1 + exp(-z))."""
    return 1 / (1 + (-z).exp())


def normal_cdf(z: arb) -> arb:
    """The standard normal's distribution function, by erfc, which keeps its digits in the tail."""
    return (-z / arb(2).sqrt()).erfc() / 2


def inner(z: arb) -> arb:
    """The argument of tanh in gelu's approximation."""
    return (2 / arb.pi()).sqrt() * (z + arb("0.044715") * z**3)


BALL_ACTIVATIONS = {
    "identity": lambda z: z,
    "square": lambda z: z * z,
    "sigmoid": sigmoid,
    "tanh": lambda z: z.tanh(),
    "relu": lambda z: z if z > 0 else arb(0),
    "leaky_relu": lambda z: z if z > 0 else z * arb(0.01),
    "leaky_relu(0.25)": lambda z: z if z > 0 else z / 4,
    "elu": lambda z: z if z > 0 else z.expm1(),
    "elu(0.5)": lambda z: z if z > 0 else z.expm1() / 2,
    "softplus": lambda z: z.exp().log1p(),
    "silu": lambda z: z * sigmoid(z),
    "gelu": lambda z: z * normal_cdf(z),
    "gelu_tanh": lambda z: z * sigmoid(2 * inner(z)),  # (1 + tanh t)/2 = σ(2t)
}
"""name -> value of one ball."""
