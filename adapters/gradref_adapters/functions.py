"""The elementary functions and activations of each library, one by one, so that their errors can be measured.

Used by `gradref doctor constants` and by nothing that judges.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np

from gradref_reference.errors import unknown

__all__ = ["ELEMENTARY", "LIBRARIES", "Evaluator", "evaluator"]

Evaluator = Callable[[str, np.ndarray, str], tuple[np.ndarray, np.ndarray | None]]

ELEMENTARY = ("exp", "log", "erf")
"""Functions that are not activations; they have no derivative here."""

LIBRARIES = ("numpy", "torch", "jax")


def evaluator(library: str) -> Evaluator:
    """A function of (name, z, dtype): the value and the derivative that the library returns for z, as float64 copies.

    Raises `SpecificationError` for an unknown name, `ImportError` when the library is not installed.
    """
    if library not in LIBRARIES:
        raise unknown("functions", "library", library, list(LIBRARIES))
    return import_module(f".{library}.functions", __package__).evaluator()
