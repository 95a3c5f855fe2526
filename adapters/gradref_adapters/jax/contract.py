"""How JAX rounds, as data: one contract for each mode and dtype, and its functions as measured. Imports no JAX."""

from __future__ import annotations

from gradref_reference import FORMATS
from gradref_reference.error_model.contract import Contract, Contracts, ieee

__all__ = ["CONTRACTS", "MEASURED", "MEASURED_ABSOLUTE"]

_FLUSH = "XLA on the CPU sets flush-to-zero and denormals-are-zero in its threads, so subnormal numbers become 0."
_FMA = "Compiled kernels contract a product and the addition after it: the activation enters a - y before it was rounded."
_SUMS = "XLA on the CPU sums bias gradients of 16-bit networks in the storage format: 78 times the float32 bound at batch 256."
_EXCESS = "XLA drops float32 -> 16 bit -> float32 conversions, so a tensor enters the next elementwise operation unrounded."
_PER_SAMPLE = "Per-example gradients are stored in 16 bits before they are summed over the batch."


def _by_mode(dtype: str) -> dict[str, Contract]:
    """Mode -> contract in one format; "" is a gradient that XLA compiles, as a whole or operation by operation."""
    plain = ieee(dtype)
    narrow = plain.narrow
    compiled = plain.but(
        library="jax",
        bias_accumulator=plain.u,
        flush_to_zero=True,
        excess_precision=narrow,
        fused_multiply_add=True,
        reasons=(*plain.reasons, _FLUSH, _FMA, *((_SUMS, _EXCESS) if narrow else ())),
    )
    return {"": compiled, "vmap": compiled.but(rounded_terms=narrow, reasons=(*compiled.reasons, *((_PER_SAMPLE,) * narrow)))}


CONTRACTS: Contracts = {(mode, dtype): contract for dtype in FORMATS for mode, contract in _by_mode(dtype).items()}

MEASURED: dict[str, float] = {"exp": 1.9, "log": 1.7, "tanh": 7.0, "sigmoid": 2.5, "softplus": 3.3, "elu": 4.0}
"""Function -> largest relative error seen in units of u, float64 and float32.

The larger of the prototype's figures (certificates.md, section 2) and of `gradref doctor constants --samples 8000` with
JAX 0.10 on an x86-64 server.
"""

MEASURED_ABSOLUTE: dict[str, float] = {"erf": 6.7, "silu": 2.1, "gelu": 6.4, "gelu_tanh": 4.4}
"""The same for functions that lose their relative accuracy in a tail: largest error in units of u max(1, |z|)."""
