"""Whose defaults: the same optimiser differs between PyTorch 2.13 and optax 0.2 in numbers that nobody writes down.

Only what differs from plain arithmetic is listed; learning rates are absent because optax has no default for them.
"""

from typing import Any

from ..errors import unknown
from .optimizers import Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop, Schedule, Sgd

__all__ = ["OPTAX_DEFAULTS", "OPTIMIZERS", "TORCH_DEFAULTS", "optimizer_from_defaults"]

OPTIMIZERS: dict[str, type] = {
    "sgd": Sgd,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}
"""Every optimiser by its short name."""

_SHARED: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},  # neither has a default; 0.9 is everybody's choice
    "nesterov": {"momentum": 0.9},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
}
TORCH_DEFAULTS: dict[str, dict[str, Any]] = _SHARED | {
    "adagrad": {"initial_sum": 0.0, "eps": 1e-10, "eps_inside_root": False},
    "rmsprop": {"rho": 0.99, "eps": 1e-8, "eps_inside_root": False},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2},
}
"""torch.optim's defaults, by optimiser."""

OPTAX_DEFAULTS: dict[str, dict[str, Any]] = _SHARED | {
    "adagrad": {"initial_sum": 0.1, "eps": 1e-7, "eps_inside_root": True},
    "rmsprop": {"rho": 0.9, "eps": 1e-8, "eps_inside_root": True},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-4},
}
"""optax's defaults, by optimiser."""

_LIBRARIES = {"torch": TORCH_DEFAULTS, "optax": OPTAX_DEFAULTS}


def optimizer_from_defaults(name: str, library: str, learning_rate: Schedule) -> Optimizer:
    """The optimiser `name` with the defaults of "torch" or "optax"; `SpecificationError` for a name nobody has.

    >>> optimizer_from_defaults("rmsprop", "optax", 0.1).rho
    0.9
    """
    if library not in _LIBRARIES:
        raise unknown("optimizer", "library", library, list(_LIBRARIES))
    if name not in OPTIMIZERS:
        raise unknown("optimizer", "optimizer", name, list(OPTIMIZERS))
    return OPTIMIZERS[name](learning_rate=learning_rate, **_LIBRARIES[library][name])
