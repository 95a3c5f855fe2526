"""The lecture's activation functions with their textbook derivatives, on any numbers: floats, fractions or balls.

The rest of gradref uses `gradref_reference.activations`, whose derivatives keep their accuracy in a saturated unit; these are
the formulas as the lecture writes them (2.1, 3.3).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["IDENTITY", "RELU", "SIGMAS", "SIGMOID", "SQUARE", "TANH", "Array", "Layers", "Sigma", "Sigmas"]

Array = np.ndarray
Layers = dict[int, np.ndarray]
"""Arrays by layer: W[l] and b[l] for l = 1..L, z[l] for 1..L, a[l] for 0..L."""


@dataclass(frozen=True)
class Sigma:
    """a = σ(z) and σ'(z), both entrywise, same shape as z."""

    name: str
    value: Callable[[Array], Array]
    prime: Callable[[Array], Array]

    def __call__(self, z: Array) -> Array:
        return self.value(z)


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _positive(z: Array) -> Array:
    return np.where(np.asarray(z) > 0, 1, 0)  # σ'(0) = 0: decision D8


Sigmas = dict[int, Sigma]
"""The activation of each layer."""

IDENTITY = Sigma("identity", lambda z: z, lambda z: z * 0 + 1)
SQUARE = Sigma("square", lambda z: z * z, lambda z: 2 * z)
RELU = Sigma("relu", lambda z: z * _positive(z), _positive)
TANH = Sigma("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2)
SIGMOID = Sigma("sigmoid", _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z)))

SIGMAS: dict[str, Sigma] = {s.name: s for s in (IDENTITY, SQUARE, RELU, TANH, SIGMOID)}
"""The activation functions by name.

>>> SIGMAS["square"].prime(np.array([3, -2]))
array([ 6, -4])
>>> SIGMAS["relu"].prime(np.array([2.0, -3.0, 0.0]))
array([1, 0, 0])
"""
