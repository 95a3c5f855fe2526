"""What is ruled on one gradient tensor, and how each implementation stands on it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AGREE", "CONVENTION", "ERROR", "OVERFLOW", "ROUNDING", "Ruling", "Standing"]

AGREE, ROUNDING, CONVENTION, OVERFLOW, ERROR = "agree", "rounding", "convention", "overflow", "error"


@dataclass(frozen=True)
class Standing:
    """How one implementation stands on one tensor.

    label : "torch eager"; decision : what its distance from the exact gradient is.
    ulps : largest error in units of the last place of each entry; scaled_ulps : in those of the tensor's largest entry.
    off : entries that nothing explains; equation : the first failing equation that this tensor depends on, e.g. "BP4 1", or "".
    share : how far that equation exceeds its allowance, as a multiple. slopes : activation -> the σ'(kink) it used.
    """

    label: str
    decision: str
    ulps: float
    scaled_ulps: float
    max_abs: float
    off: int = 0
    worst: tuple[int, ...] = ()
    actual: float = float("nan")
    exact: float = float("nan")
    equation: str = ""
    share: float = 0.0
    slopes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Ruling:
    """What is ruled on one gradient tensor in one dtype.

    decision : "agree" (the same bits), "rounding", "convention", "overflow" or "error".
    differing : entries in which the implementations do not all have the same bits.
    undecided : indices whose exact value is an interval, because a pre-activation is exactly at a kink.
    nearest : label of the implementation nearest to the exact gradient; wrong : labels of those in error.
    """

    dtype: str
    layer: int
    parameter: str
    decision: str
    entries: int
    differing: int
    undecided: tuple[tuple[int, ...], ...]
    nearest: str
    wrong: tuple[str, ...]
    findings: tuple[Standing, ...]
    sentence: str
