"""Verdict: what one check of one equation on one tensor says. A suite is a list of them; a report is a DataFrame of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EQUATIONS", "FAIL", "PASS", "SKIP", "UNDECIDED", "Verdict", "to_frame"]

PASS, FAIL, UNDECIDED, SKIP = "pass", "fail", "undecided", "skip"

EQUATIONS = {
    "LIN": "z[l] = a[l-1] W[l]ᵀ + b[l]",
    "ACT": "a[l] = σ(z[l])",
    "COST": "C = C(a[L], y)",
    "BP1": "δ[L] = ∇_a C ⊙ σ'(z[L])",
    "BP2": "δ[l] = (δ[l+1] W[l+1]) ⊙ σ'(z[l])",
    "BP3": "∂C/∂b[l] = Σ_samples δ[l]",
    "BP4": "∂C/∂W[l] = δ[l]ᵀ a[l-1]",
    "REF": "the gradient equals the reference's",
    "ENC": "the gradient is the exact one, proved in ball arithmetic",
    "GOLD": "the numbers equal the known exact ones",
    "EXACT": "the gradient equals the exact integers, bit for bit",
    "RUN": "the implementation ran and returned every tensor",
}
"""Every check by its short name; the order is the order of cause."""


@dataclass(frozen=True)
class Verdict:
    """One row: one equation, layer and tensor of one run.

    verdict is "pass", "fail", "undecided" (accepted between one-sided derivatives at a kink) or "skip" (with its reason in
    `message`). `share` is the largest |residual| / allowance, `rms_sigma` the root mean square of residual / σ and `max_sigma`
    its maximum; `blind` the share of entries smaller than their allowance, where the check cannot see. `rule` is what decided:
    "structure", "finite", "bound" (a proof), "statistics", "bits", "kink", "overflow", "none" for a pass. `actual` and `expected` belong to
    `worst_index`; `allowance` too. Numbers that do not exist are NaN.
    """

    case: str
    framework: str
    mode: str
    dtype: str
    device: str
    equation: str
    layer: int
    parameter: str
    verdict: Literal["pass", "fail", "undecided", "skip"]
    entries: int = 0
    failing: int = 0
    undecided: int = 0
    worst_index: str = ""
    actual: float = float("nan")
    expected: float = float("nan")
    allowance: float = float("nan")
    max_abs: float = float("nan")
    max_rel: float = float("nan")
    max_ulp: float = float("nan")
    share: float = float("nan")
    rms_sigma: float = float("nan")
    max_sigma: float = float("nan")
    blind: float = float("nan")
    rule: str = "none"
    message: str = ""
    rerun: str = ""
    seconds: float = 0.0


def to_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """The verdicts as a DataFrame, one row each, columns in the order of `Verdict`; an empty one keeps its columns."""
    import pandas as pd

    return pd.DataFrame([asdict(v) for v in verdicts], columns=[f.name for f in fields(Verdict)])
