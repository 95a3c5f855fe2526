"""Library constants: how far exp, tanh, erf, ... of each library may be from the truth, in units of u.

A certificate cannot know how a library computes tanh; it uses a measured constant with a margin. `MEASURED` holds the largest
errors seen against 60-digit truth over dense samples (certificates.md, section 2; `gradref measure-constants` measures them again
on your machine and says where the table is exceeded). `CONSTANTS` holds what the certificates use: the worst library, rounded up by
a margin of about two, because a sample is not a proof and the next version of a library may be a little worse.
"""

from dataclasses import dataclass

from ..activations import Activation

__all__ = ["CONSTANTS", "K_EXP", "K_LOG", "MEASURED", "MEASURED_ABSOLUTE", "Constants", "constants_of"]


@dataclass(frozen=True)
class Constants:
    """Errors of one activation in units of u: |â - σ(z)| <= u (value |σ(z)| + scale |z|) and |d̂ - σ'(z)| <= u derivative (1 + |z|).

    `value` is kf, `scale` is kfa and `derivative` is KD in certificates.md. `reason` says what they allow for.
    """

    value: float = 0.0
    scale: float = 0.0
    derivative: float = 0.0
    reason: str = "exact in any arithmetic"


K_EXP = 8.0
"""Relative error of exp in units of u; the worst seen is 1.6, and 6.5 where exp goes through another function."""

K_LOG = 8.0
"""Relative error of log in units of u; the worst seen is 3.8 (NumPy, float32)."""

CONSTANTS: dict[str, Constants] = {
    "identity": Constants(),
    "relu": Constants(),
    "square": Constants(value=1.0, reason="one product"),
    "leaky_relu": Constants(value=2.0, derivative=1.0, reason="the slope is rounded to the format, then one product"),
    "sigmoid": Constants(value=8.0, reason="one exp, one division; worst seen 3.7 (NumPy, float32)"),
    "tanh": Constants(value=14.0, reason="XLA uses a rational approximation; worst seen 6.5"),
    "elu": Constants(value=14.0, scale=2.0, reason="expm1; a library that forms exp(z) - 1 loses an absolute unit"),
    "softplus": Constants(value=8.0, derivative=10.0, reason="log1p of exp; worst seen 3.0"),
    "silu": Constants(value=4.0, scale=4.0, derivative=4.0, reason="z times a sigmoid"),
    "gelu": Constants(value=4.0, scale=6.0, derivative=8.0, reason="erf is good to an absolute error only: 6.7 (XLA)"),
    "gelu_tanh": Constants(
        value=4.0, scale=6.0, derivative=8.0, reason="1 + tanh cancels for negative z; for 1 - tanh² see functions"
    ),
    "softmax": Constants(value=0.0, reason="formed from K_EXP, see functions.softmax_error"),
}
"""What the certificates use, by activation."""

MEASURED: dict[str, dict[str, float]] = {
    "numpy": {"exp": 2.9, "log": 3.8, "tanh": 1.7, "sigmoid": 3.7, "softplus": 3.2, "elu": 2.5},
    "torch": {"exp": 1.6, "log": 1.3, "tanh": 1.0, "sigmoid": 2.5, "softplus": 1.9, "elu": 1.0},
    "jax": {"exp": 1.9, "log": 1.7, "tanh": 7.0, "sigmoid": 2.5, "softplus": 3.3, "elu": 4.0},
}
"""library -> function -> largest relative error seen in units of u, float64 and float32; torch's softplus below its threshold of 20.

The larger of the prototype's figures (certificates.md, section 2) and of `gradref measure-constants --samples 8000` with NumPy 2,
PyTorch 2.13 and JAX 0.10 on an x86-64 server.
"""

MEASURED_ABSOLUTE: dict[str, dict[str, float]] = {
    "numpy": {"erf": 4.0, "silu": 2.1, "gelu": 1.5, "gelu_tanh": 2.1},
    "torch": {"erf": 0.8, "silu": 1.9, "gelu": 4.0, "gelu_tanh": 1.7},
    "jax": {"erf": 6.7, "silu": 2.1, "gelu": 6.4, "gelu_tanh": 4.4},
}
"""The same for functions that lose their relative accuracy in a tail: largest error in units of u max(1, |z|)."""


def constants_of(sigma: Activation) -> Constants:
    """The constants of an activation, by its name without the parameter."""
    return CONSTANTS[sigma.kind]
