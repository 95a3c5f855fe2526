"""Golden: a network whose every number is known exactly, beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gradref_reference import Batch, Network, Parameters

from .structure import Key

__all__ = ["Golden", "Matrix"]

Matrix = list[list[Fraction]]


@dataclass(frozen=True, eq=False)
class Golden:
    """A network with its exact numbers, keyed by l, as nested lists of fractions: those the specification gives.

    Attributes
    ----------
    a, delta : (m, n[l]); z : the same, or empty where it is irrational.
    dW, db : (n[l], n[l-1]) and (n[l],).
    cost : C, or None where it is irrational.
    """

    name: str
    network: Network
    parameters: Parameters
    batch: Batch
    z: dict[int, Matrix]
    a: dict[int, Matrix]
    delta: dict[int, Matrix]
    dW: dict[int, Matrix]
    db: dict[int, list[Fraction]]
    cost: Fraction | None

    def arrays(self) -> dict[Key, np.ndarray]:
        """The exact numbers rounded once to float64, in the order of cause, keyed by (tensor, l); the cost as ("cost", L), shape (1,)."""
        L = self.network.L
        found = {(name, l): getattr(self, name).get(l) for l in range(1, L + 1) for name in ("z", "a")}
        found["cost", L] = None if self.cost is None else [self.cost]
        found |= {("delta", l): self.delta[l] for l in range(L, 0, -1)}
        found |= {(name, l): getattr(self, name)[l] for l in range(1, L + 1) for name in ("dW", "db")}
        return {key: np.array(value, dtype=np.float64) for key, value in found.items() if value is not None}
