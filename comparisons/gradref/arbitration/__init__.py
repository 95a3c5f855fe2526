"""Arbitration: when implementations differ, which is right, who is how many units off, and is it rounding, a convention or an error.

The exact gradient comes from the enclosure, the right to round from the certificates: a tensor is in error where an equation it
depends on fails its certificate, or where it leaves the enclosure by more than the propagated bound. What remains is rounding, or,
where a pre-activation sits at a kink, a convention between the one-sided derivatives. Infinity or NaN is an overflow where the
exact numbers themselves leave the range of the dtype, and an error everywhere else.
"""

from typing import Any
from warnings import warn

from .rule import Arbitration, arbitrate
from .ruling import AGREE, CONVENTION, ERROR, OVERFLOW, ROUNDING, Ruling, Standing

__all__ = ["AGREE", "CONVENTION", "ERROR", "OVERFLOW", "ROUNDING", "Arbitration", "Ruling", "Standing", "arbitrate"]


def __getattr__(name: str) -> Any:
    if name != "Finding":
        raise AttributeError(f"module 'gradref.arbitration' has no attribute {name!r}")
    warn(
        "gradref.arbitration.Finding is called Standing now; this name goes with the next version.",
        DeprecationWarning,
        stacklevel=2,
    )
    return Standing
