"""JAX's elementary functions and activations, one by one, so that their errors can be measured."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from gradref_reference import activation

from ..functions import Evaluator
from .environment import users_state_kept
from .network import ACTIVATIONS

__all__ = ["evaluator"]

Array = np.ndarray


def evaluator() -> Evaluator:
    """(name, z, dtype) -> the value and the derivative that JAX returns for z, compiled, as float64 copies."""
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
