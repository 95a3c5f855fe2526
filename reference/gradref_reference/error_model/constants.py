"""Library constants: how far exp, tanh, erf, ... of each library may be from the truth, in units of u.

A certificate cannot know how a library computes tanh; it uses a measured constant with a margin. The largest errors seen against
60-digit truth over dense samples lie beside each adapter (certificates.md, section 2; `gradref doctor constants` measures
them again on your machine and says where the table is exceeded). `CONSTANTS` holds what the certificates use: the worst library,
rounded up by a margin of about two, because a sample is not a proof and the next version of a library may be a little worse.
"""

from dataclasses import dataclass

from ..activations import Activation

__all__ = ["CONSTANTS", "K_EXP", "K_LOG", "Constants", "constants_of"]


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


def constants_of(sigma: Activation) -> Constants:
    """The constants of an activation, by its name without the parameter."""
    return CONSTANTS[sigma.kind]
