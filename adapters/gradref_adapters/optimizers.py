"""Whose defaults: the same optimiser differs between PyTorch 2.13 and optax 0.2 in numbers that nobody writes down.

Learning rates are absent because optax has no default for them.
"""

from __future__ import annotations

from gradref_reference.errors import unknown
from gradref_reference.training.optimizers import OPTIMIZERS, Optimizer, Schedule

from .jax import defaults as optax
from .torch import defaults as torch

__all__ = ["LIBRARIES", "optimizer_from_defaults"]

LIBRARIES = {"torch": torch.OPTIMIZERS, "optax": optax.OPTIMIZERS}
"""Library -> the defaults of each of its optimisers."""


def optimizer_from_defaults(name: str, library: str, learning_rate: Schedule) -> Optimizer:
    """The optimiser `name` with the defaults of "torch" or "optax"; `SpecificationError` for a name nobody has.

    >>> optimizer_from_defaults("rmsprop", "optax", 0.1).rho
    0.9
    """
    if library not in LIBRARIES:
        raise unknown("optimizer", "library", library, list(LIBRARIES))
    if name not in OPTIMIZERS:
        raise unknown("optimizer", "optimizer", name, list(OPTIMIZERS))
    return OPTIMIZERS[name](learning_rate=learning_rate, **LIBRARIES[library][name])
