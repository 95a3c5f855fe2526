"""The same inputs with an axis longer: what a derivation is run on to see that nothing in it is made for one size."""

from __future__ import annotations

import numpy as np

from .program import Inputs, copy_inputs

__all__ = ["resized"]


def resized(inputs: Inputs, old: int, new: int, seed: int = 5) -> Inputs:
    """Every axis of length `old` made `new` long; what is added are rows that are there already, real numbers a little changed.

    >>> resized({"x": np.ones((2, 3)), "y": np.array([1, 0])}, 2, 3)["y"]
    array([1, 0, 1])
    """
    rng = np.random.default_rng(seed)
    made = copy_inputs(inputs)
    for name, value in made.items():
        if not isinstance(value, np.ndarray):
            continue
        for axis, length in enumerate(value.shape):
            if length == old:
                value = np.take(value, np.arange(new) % old, axis)
        if value.shape != made[name].shape and value.dtype.kind == "f" and not np.isin(value, (0.0, 1.0)).all():
            value = value * (1 + 0.1 * rng.standard_normal(value.shape)).astype(value.dtype)
        made[name] = value
    return made
