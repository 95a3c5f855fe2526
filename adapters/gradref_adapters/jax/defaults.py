"""What optax takes where the user says nothing, in optax 0.2: only what differs from plain arithmetic. Imports no JAX."""

from __future__ import annotations

from typing import Any

__all__ = ["OPTIMIZERS"]

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},  # it has no default; 0.9 is everybody's choice
    "nesterov": {"momentum": 0.9},
    "adagrad": {"initial_sum": 0.1, "eps": 1e-7, "eps_inside_root": True},
    "rmsprop": {"rho": 0.9, "eps": 1e-8, "eps_inside_root": True},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-4},
}
"""Optimiser of `gradref_reference.training` -> its arguments."""
