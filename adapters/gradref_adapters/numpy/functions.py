"""NumPy's elementary functions and activations, one by one, so that their errors can be measured."""

from __future__ import annotations

import numpy as np

from gradref_reference import activation
from gradref_reference.special import normal_cdf

from ..functions import Evaluator

__all__ = ["evaluator"]

Array = np.ndarray


def evaluator() -> Evaluator:
    """(name, z, dtype) -> the value and the derivative that the reference's own functions return for z, as float64 copies."""
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
