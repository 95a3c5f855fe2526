"""Contract: how an implementation rounds, as data. A certificate is derived from it and from nothing else.

Source: certificates.md, section 2; every deviation from plain IEEE arithmetic carries its reason, and
`tests/meta/test_certificate_contracts.py` shows that each one is needed. The contracts of frameworks lie beside their adapters
and are found by name through the entry points of group "gradref.contracts".
"""

from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from importlib.metadata import entry_points
from numbers import Real

import numpy as np

from ..errors import SpecificationError, shown, unknown
from ..formats import FORMATS, Format, format_of

__all__ = ["CONTRACTS", "GROUP", "Contract", "Contracts", "contract_for", "ieee", "of_mode"]

GROUP = "gradref.contracts"
"""Entry points of this group are named like a framework and lead to its `Contracts`."""

FINEST, COARSEST = 2.0**-113, FORMATS["bfloat16"].u
"""Units a sum may be accumulated in: from binary128's to bfloat16's. A coarser one would let a gradient pass that is wrong in its
third binary digit."""

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
    library : whose exp, tanh, erf, ... it computes with ("numpy", "torch", "jax"); "any" where they were not measured.
    reasons : why this contract deviates from plain IEEE arithmetic, one sentence each.

    Raises
    ------
    SpecificationError
        For an attribute that cannot be, by name: a false contract would let wrong gradients pass.
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

    def __post_init__(self) -> None:
        format_of(self.dtype)
        for name in ("accumulator", "bias_accumulator"):
            unit = getattr(self, name)
            if not (_is_number(unit) and FINEST <= unit <= COARSEST):
                raise _impossible(name, "a unit roundoff from 2^-113 to 2^-8, e.g. 2.0**-24 for sums in float32", unit)
        for name in _FLAGS:
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise _impossible(name, "True or False", getattr(self, name))
        threshold = self.softplus_threshold
        if not (_is_number(threshold) and threshold > 0):
            raise _impossible("softplus_threshold", 'a positive number, or float("inf") where there is none', threshold)
        if not isinstance(self.library, str):
            raise _impossible("library", "a name", self.library)
        if not (isinstance(self.reasons, tuple) and all(isinstance(reason, str) for reason in self.reasons)):
            raise _impossible("reasons", "a tuple of sentences", self.reasons)

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
        for name in changes:
            if name not in _NAMES:
                raise unknown("Contract.but", "attribute", name, list(_NAMES))
        return replace(self, **changes)  # type: ignore[arg-type]


_NAMES = tuple(field.name for field in fields(Contract))
_FLAGS = tuple(field.name for field in fields(Contract) if field.type is bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)  # NaN fails every comparison


def _impossible(name: str, required: str, value: object) -> SpecificationError:
    return SpecificationError(f"Contract: {name} must be {required}, got {shown(value)}. Say how it really rounds.", name)


Contracts = dict[tuple[str, str], Contract]
"""(mode, dtype) -> contract of one framework; the mode "" stands for every mode that is not listed."""

WIDE = "16-bit products are accumulated in float32 and rounded once when stored."


def ieee(dtype: str) -> Contract:
    """Plain IEEE arithmetic in a format; sums in float32 where the format has fewer bits.

    >>> ieee("bfloat16").accumulator == 2.0**-24
    True
    """
    u = format_of(dtype).u
    return Contract(dtype, min(u, _F32), min(u, _F32), reasons=(WIDE,) * (u > _F32))


def _anybody(dtype: str) -> Contract:
    plain, narrow = ieee(dtype), format_of(dtype).u > _F32
    return plain.but(
        bias_accumulator=plain.u,
        flush_to_zero=True,
        excess_precision=narrow,
        unrounded_operands=narrow,
        rounded_terms=narrow,
        fused_multiply_add=True,
        entropy_cancels=True,
        softplus_threshold=20.0,
        reasons=(*plain.reasons, "Nothing is known of this implementation: the most permissive of the known contracts."),
    )


CONTRACTS: dict[str, Contracts] = {
    "any": {("", dtype): _anybody(dtype) for dtype in FORMATS},
    "numpy": {("", dtype): ieee(dtype).but(library="numpy") for dtype in FORMATS},
}
"""What is known here: how anybody may round, and how NumPy does, which the reference computes with."""


def contract_for(framework: str, dtype: str, mode: str = "") -> Contract:
    """The contract of a framework, mode and dtype; a framework that nobody registered gets the permissive "any".

    Imports no framework. Raises `SpecificationError` for a dtype that is none of the four, and for registered contracts that
    cannot be used.

    >>> contract_for("somebody's", "bfloat16").bias_accumulator == 2.0**-8
    True
    """
    format_of(dtype)
    contracts = _contracts(framework)
    return of_mode(contracts if ("", dtype) in contracts else CONTRACTS["any"], dtype, mode)


def of_mode(contracts: Contracts, dtype: str, mode: str) -> Contract:
    """The contract of a mode, that of every other mode where it has none of its own."""
    return contracts.get((mode, dtype), contracts["", dtype])


@cache
def _contracts(framework: str) -> Contracts:
    """The contracts of one framework; empty for one that nobody registered."""
    if framework in CONTRACTS:
        return CONTRACTS[framework]
    for entry in entry_points(group=GROUP, name=framework):
        try:
            found = entry.load()
        except Exception as error:  # somebody else's module: anything may happen
            raise _unusable(framework, entry.value, f"{type(error).__name__}: {error}") from error
        if not _usable(found):
            raise _unusable(framework, entry.value, shown(found))
        return found
    return {}


def _usable(found: object) -> bool:
    """Whether this is a dict of (mode, dtype) to a `Contract` in that dtype, with a "" for each dtype."""
    return isinstance(found, dict) and all(
        isinstance(key, tuple)
        and len(key) == 2
        and isinstance(contract, Contract)
        and key[1] == contract.dtype
        and ("", contract.dtype) in found
        for key, contract in found.items()
    )


def _unusable(framework: str, where: str, got: str) -> SpecificationError:
    required = 'must be a dict of (mode, dtype) to a Contract of that dtype, ("", dtype) among them'
    return SpecificationError(f"{framework}: the contracts at {where} {required}, got {got}. Repair or uninstall them.")
