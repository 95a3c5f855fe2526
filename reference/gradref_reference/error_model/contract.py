"""Contract: how an implementation rounds, as data. A certificate is derived from it and from nothing else.

Source: certificates.md, section 2; every deviation from plain IEEE arithmetic carries its reason, and
`tests/meta/test_certificate_contracts.py` shows that each one is needed.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from ..formats import FORMATS, Format, format_of

__all__ = ["CONTRACTS", "Contract", "contract_for"]

_F32 = FORMATS["float32"].u


@dataclass(frozen=True)
class Contract:
    """What an implementation promises about its arithmetic.

    Attributes
    ----------
    dtype : the format tensors are stored in.
    accumulator : unit roundoff inside a dot product or matrix product.
    bias_accumulator : unit roundoff inside a plain sum: a bias gradient (BP3), a row sum of softmax, the cost.
    flush_to_zero : subnormal operands and results may be replaced by 0.
    excess_precision : a tensor may enter the next elementwise operation before it is rounded to `dtype` (fused kernels of 16-bit
        networks); it is rounded before it enters a product.
    unrounded_operands : it may enter a product unrounded as well.
    rounded_terms : the terms of BP3 and BP4 may each be rounded to `dtype` before they are summed (per-example gradients).
    fused_multiply_add : a product may enter the next addition unrounded, so z² - y is not a - y.
    entropy_cancels : the gradient of a cross-entropy on sigmoid outputs is formed as a difference of numbers near 1, so σ(z) of a
        very negative z is lost.
    softplus_threshold : softplus(z) is replaced by z, and its derivative by 1, above this z.
    library : the row of `constants.MEASURED` that holds the errors of its exp, tanh, erf, ...; "any" is the worst of all.
    reasons : why this contract deviates from plain IEEE arithmetic, one sentence each.
    """

    dtype: str = "float64"
    accumulator: float = 2.0**-53
    bias_accumulator: float = 2.0**-53
    flush_to_zero: bool = False
    excess_precision: bool = False
    unrounded_operands: bool = False
    rounded_terms: bool = False
    fused_multiply_add: bool = False
    entropy_cancels: bool = False
    softplus_threshold: float = float("inf")
    library: str = "any"
    reasons: tuple[str, ...] = ()

    @cached_property
    def form(self) -> Format:
        """The storage format."""
        return format_of(self.dtype)

    @cached_property
    def u(self) -> float:
        """Unit roundoff of the storage format."""
        return self.form.u

    @cached_property
    def narrow(self) -> bool:
        """True when results are stored in fewer bits than they are accumulated in (bfloat16 and float16)."""
        return self.accumulator < self.u

    @cached_property
    def inside(self) -> Format:
        """The format a sum is accumulated in."""
        return FORMATS["float32"] if self.narrow else self.form

    @cached_property
    def flushed(self) -> float:
        """Numbers up to this size may have been replaced by 0; 0 where nothing is flushed."""
        return self.inside.tiny if self.flush_to_zero else 0.0

    def largest_inside(self, accumulator: float) -> float:
        """The largest number a sum accumulated with this unit roundoff can hold on its way."""
        return (self.inside if accumulator < self.u and not self.rounded_terms else self.form).largest

    def but(self, **changes: object) -> "Contract":
        """This contract with some facts changed, e.g. `but(accumulator=2.0**-11, reasons=(...,))` for TF32 products."""
        return replace(self, **changes)  # type: ignore[arg-type]


_FLUSH = "XLA on the CPU sets flush-to-zero and denormals-are-zero in its threads, so subnormal numbers become 0."
_WIDE = "16-bit products are accumulated in float32 and rounded once when stored."
_SUMS = "XLA on the CPU sums bias gradients of 16-bit networks in the storage format: 78 times the float32 bound at batch 256."
_EXCESS_XLA = "XLA drops float32 -> 16 bit -> float32 conversions, so a tensor enters the next elementwise operation unrounded."
_PER_SAMPLE = "Per-example gradients are stored in 16 bits before they are summed over the batch."
_FMA = "Compiled kernels contract a product and the addition after it: the activation enters a - y before it was rounded."
_DOT = "Matrix units for 16-bit products (VDPBF16PS, AMX) flush subnormal operands and results, whatever the thread's flags say."
_THRESHOLD = "torch.nn.functional.softplus returns z for z > 20: off by up to 2e-9, ten million units of float64."
_CANCELS = "A traced binary_cross_entropy_with_logits is differentiated through its formula, where σ(z) becomes 1 - (1 - σ(z))."
_EXCESS_COMPILE = "torch.compile keeps float32 between the operations of one kernel, so a tensor enters the next one unrounded."


def _table() -> dict[tuple[str, str], Contract]:
    table = {}
    for dtype, form in FORMATS.items():
        narrow = form.u > _F32
        wide = min(form.u, _F32)  # accumulators are never narrower than float32
        because = (_WIDE,) if narrow else ()
        plain = Contract(dtype, wide, wide, reasons=because)
        table["any", dtype] = plain.but(
            bias_accumulator=form.u,
            flush_to_zero=True,
            excess_precision=narrow,
            unrounded_operands=narrow,
            rounded_terms=narrow,
            fused_multiply_add=True,
            entropy_cancels=True,
            softplus_threshold=20.0,
            reasons=(*because, "Nothing is known of this implementation: the most permissive of the known contracts."),
        )
        table["numpy", dtype] = plain.but(library="numpy")
        torch = plain.but(
            library="torch",
            flush_to_zero=narrow,
            softplus_threshold=20.0,
            reasons=(*because, *((_DOT,) * narrow), _THRESHOLD),
        )
        table["torch", dtype] = torch
        table["torch func", dtype] = torch.but(entropy_cancels=True, reasons=(*torch.reasons, _CANCELS))
        table["torch compile", dtype] = torch.but(
            excess_precision=narrow,
            fused_multiply_add=True,
            entropy_cancels=True,
            reasons=(*torch.reasons, _FMA, _CANCELS, *((_EXCESS_COMPILE,) * narrow)),
        )
        jax = plain.but(
            library="jax",
            bias_accumulator=form.u,
            flush_to_zero=True,
            excess_precision=narrow,
            fused_multiply_add=True,
            reasons=(*because, _FLUSH, _FMA, *((_SUMS, _EXCESS_XLA) if narrow else ())),
        )
        table["jax", dtype] = jax
        table["jax vmap", dtype] = jax.but(rounded_terms=narrow, reasons=(*jax.reasons, *((_PER_SAMPLE,) * narrow)))
    return table


CONTRACTS: dict[tuple[str, str], Contract] = _table()
"""(framework or "framework mode", dtype) -> contract; the entry with the mode wins."""


def contract_for(framework: str, dtype: str, mode: str = "") -> Contract:
    """The contract of a framework, mode and dtype; a framework that is not listed gets the permissive "any".

    >>> contract_for("jax", "bfloat16").bias_accumulator == 2.0**-8
    True
    """
    format_of(dtype)
    for key in (f"{framework} {mode}", framework, "any"):
        if (key, dtype) in CONTRACTS:
            return CONTRACTS[key, dtype]
    raise AssertionError("unreachable: 'any' knows every format")
