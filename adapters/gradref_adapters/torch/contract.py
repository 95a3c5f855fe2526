"""How PyTorch rounds, as data: one contract for each mode and dtype, and its functions as measured. Imports no PyTorch."""

from __future__ import annotations

from gradref_reference import FORMATS
from gradref_reference.error_model.contract import Contract, Contracts, ieee

__all__ = ["CONTRACTS", "MEASURED", "MEASURED_ABSOLUTE"]

_DOT = "Matrix units for 16-bit products (VDPBF16PS, AMX) flush subnormal operands and results, whatever the thread's flags say."
_THRESHOLD = "torch.nn.functional.softplus returns z for z > 20: off by up to 2e-9, ten million units of float64."
_CANCELS = "A traced binary_cross_entropy_with_logits is differentiated through its formula, where σ(z) becomes 1 - (1 - σ(z))."
_FMA = "Compiled kernels contract a product and the addition after it: the activation enters a - y before it was rounded."
_EXCESS = "torch.compile keeps float32 between the operations of one kernel, so a tensor enters the next one unrounded."


def _by_mode(dtype: str) -> dict[str, Contract]:
    """Mode -> contract in one format; "" is autograd operation by operation."""
    plain = ieee(dtype)
    narrow = plain.narrow
    eager = plain.but(
        library="torch",
        flush_to_zero=narrow,
        softplus_threshold=20.0,
        reasons=(*plain.reasons, *((_DOT,) * narrow), _THRESHOLD),
    )
    compiled = eager.but(
        excess_precision=narrow,
        fused_multiply_add=True,
        entropy_cancels=True,
        reasons=(*eager.reasons, _FMA, _CANCELS, *((_EXCESS,) * narrow)),
    )
    return {"": eager, "func": eager.but(entropy_cancels=True, reasons=(*eager.reasons, _CANCELS)), "compile": compiled}


CONTRACTS: Contracts = {(mode, dtype): contract for dtype in FORMATS for mode, contract in _by_mode(dtype).items()}

MEASURED: dict[str, float] = {"exp": 1.6, "log": 1.3, "tanh": 1.0, "sigmoid": 2.5, "softplus": 1.9, "elu": 1.0}
"""Function -> largest relative error seen in units of u, float64 and float32; softplus below its threshold of 20.

The larger of the prototype's figures (certificates.md, section 2) and of `gradref doctor constants --samples 8000` with
PyTorch 2.13 on an x86-64 server.
"""

MEASURED_ABSOLUTE: dict[str, float] = {"erf": 0.8, "silu": 1.9, "gelu": 4.0, "gelu_tanh": 1.7}
"""The same for functions that lose their relative accuracy in a tail: largest error in units of u max(1, |z|)."""
