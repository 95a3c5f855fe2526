"""How NumPy rounds: its contracts are the reference's own (`gradref_reference.error_model.contract`); its functions as measured."""

from __future__ import annotations

__all__ = ["MEASURED", "MEASURED_ABSOLUTE"]

MEASURED: dict[str, float] = {"exp": 2.9, "log": 3.8, "tanh": 1.7, "sigmoid": 3.7, "softplus": 3.2, "elu": 2.5}
"""Function -> largest relative error seen in units of u, float64 and float32.

The larger of the prototype's figures (certificates.md, section 2) and of `gradref doctor constants --samples 8000` with
NumPy 2 on an x86-64 server.
"""

MEASURED_ABSOLUTE: dict[str, float] = {"erf": 4.0, "silu": 2.1, "gelu": 1.5, "gelu_tanh": 2.1}
"""The same for functions that lose their relative accuracy in a tail: largest error in units of u max(1, |z|)."""
