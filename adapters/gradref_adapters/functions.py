"""The elementary functions and activations of each library, one by one, so that their errors can be measured.

`evaluator(library)` gives a function of (name, z, dtype): the value and the derivative that the library returns for z, as float64
copies. Used by `gradref measure-constants` and by nothing that judges.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradref_reference import activation
from gradref_reference.errors import unknown
from gradref_reference.special import normal_cdf

__all__ = ["ELEMENTARY", "LIBRARIES", "Evaluator", "evaluator"]

Array = np.ndarray
Evaluator = Callable[[str, Array, str], tuple[Array, Array | None]]

ELEMENTARY = ("exp", "log", "erf")
"""Functions that are not activations; they have no derivative here."""


def _numpy() -> Evaluator:
    plain = {"exp": np.exp, "log": np.log, "erf": lambda z: 2 * normal_cdf(z * z.dtype.type(2**0.5)) - 1}

    def evaluate(name: str, z: Array, dtype: str) -> tuple[Array, Array | None]:
        z = z.astype(dtype)
        with np.errstate(all="ignore"):
            if name in plain:
                return plain[name](z).astype(np.float64), None
            sigma = activation(name)
            a = sigma.value(z)
            return a.astype(np.float64), np.asarray(sigma.derivative(z, a), np.float64)

    return evaluate


def _torch() -> Evaluator:
    import torch

    from .torch_network import DTYPES, MODULES

    plain = {"exp": torch.exp, "log": torch.log, "erf": torch.erf}

    def evaluate(name: str, z: Array, dtype: str) -> tuple[Array, Array | None]:
        t = torch.tensor(z, dtype=DTYPES[dtype], requires_grad=name not in plain)
        if name in plain:
            return plain[name](t).double().numpy(), None
        sigma = activation(name)
        a = MODULES[sigma.kind](sigma.parameter)(t)
        (d,) = torch.autograd.grad(a, t, torch.ones_like(a))
        return a.detach().double().numpy(), d.double().numpy()

    return evaluate


def _jax() -> Evaluator:
    import jax
    import jax.numpy as jnp

    from .jax_environment import users_state_kept
    from .jax_network import ACTIVATIONS

    plain = {"exp": jnp.exp, "log": jnp.log, "erf": jax.scipy.special.erf}

    def evaluate(name: str, z: Array, dtype: str) -> tuple[Array, Array | None]:
        with users_state_kept(dtype, "cpu"):
            t = jnp.asarray(z, jnp.dtype(dtype))
            if name in plain:
                return np.asarray(jax.jit(plain[name])(t)).astype(np.float64), None
            sigma = activation(name)
            function = ACTIVATIONS[sigma.kind]

            def both(t):
                a, back = jax.vjp(lambda t: function(t, sigma.parameter or 0.0), t)
                return a, back(jnp.ones_like(a))[0]

            a, d = jax.jit(both)(t)
            return np.asarray(a).astype(np.float64), np.asarray(d).astype(np.float64)

    return evaluate


LIBRARIES: dict[str, Callable[[], Evaluator]] = {"numpy": _numpy, "torch": _torch, "jax": _jax}
"""library -> what makes its evaluator; the library is imported when that is called, and ImportError raised where it is missing."""


def evaluator(library: str) -> Evaluator:
    """The functions of one library. Raises `SpecificationError` for an unknown name, `ImportError` when it is not installed."""
    if library not in LIBRARIES:
        raise unknown("functions", "library", library, list(LIBRARIES))
    return LIBRARIES[library]()
