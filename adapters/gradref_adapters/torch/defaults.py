"""What torch.optim takes where the user says nothing, in PyTorch 2.13: only what differs from plain arithmetic. Imports no PyTorch."""

from __future__ import annotations

from typing import Any

__all__ = ["OPTIMIZERS"]

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {},
    "momentum": {"momentum": 0.9},  # it has no default; 0.9 is everybody's choice
    "nesterov": {"momentum": 0.9},
    "adagrad": {"initial_sum": 0.0, "eps": 1e-10, "eps_inside_root": False},
    "rmsprop": {"rho": 0.99, "eps": 1e-8, "eps_inside_root": False},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2},
}
"""Optimiser of `gradref_reference.training` -> its arguments."""
