"""Verdict: what one check of one equation on one tensor says. A suite is a list of them; a report is a DataFrame of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from gradref_reference import Case

__all__ = ["COLUMNS", "EQUATIONS", "FAIL", "GRADIENTS", "PASS", "SKIP", "UNDECIDED", "RunId", "Verdict", "to_frame"]

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

GRADIENTS = ("BP3", "BP4", "REF", "ENC", "GOLD", "EXACT")
"""Checks of the gradients themselves. A run in which all of these are blind says nothing about them."""


class RunId(NamedTuple):
    """Which run: a case on one framework, in one mode, dtype and on one device. "*" stands for all of them.

    >>> print(RunId("digits", "torch", "eager", "float32"))
    torch eager float32 · digits
    """

    case: str
    framework: str
    mode: str
    dtype: str
    device: str = "cpu"

    @classmethod
    def of(cls, case: Case) -> RunId:
        """The run that a case asks for."""
        return cls(case.name, case.framework, case.mode, case.dtype, case.device)

    def __str__(self) -> str:
        return f"{self.framework} {self.mode} {self.dtype} · {self.case}"


@dataclass(frozen=True)
class Verdict:
    """One row: one equation, layer and tensor of one run.

    verdict is "pass", "fail", "undecided" (accepted between one-sided derivatives at a kink) or "skip". `share` is the largest
    |residual| / allowance, `rms_sigma` the root mean square of residual / σ and `max_sigma` its maximum; `blind` the share of entries
    smaller than their allowance, where the check cannot see. `rule` is what decided: "structure", "finite", "bound" (a proof),
    "statistics", "bits", "kink", "overflow", "none" for a pass. `actual` and `expected` belong to `worst_index`; `allowance` too.
    Numbers that do not exist are NaN.

    `finding` says in words what was found, or why the check was skipped; "" for a pass. `hint` is a sentence on what the numbers look
    like, where a known mistake fits. `message` is the whole of it, with the place in front.
    """

    run: RunId
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
    finding: str = ""
    hint: str = ""
    rerun: str = ""
    seconds: float = 0.0

    @property
    def message(self) -> str:
        """Where, what was found and what it looks like: "torch eager float32 · digits, layer 2, BP4: dW[2] must ..."."""
        if not self.finding or (self.equation == "RUN" and self.verdict == SKIP):
            return self.finding  # the reason of a skip stands for many runs
        whole = self.equation in ("RUN", "EXACT")
        place = str(self.run) if whole else f"{self.run}, layer {self.layer}, {self.equation}"
        return f"{place}: {self.finding} {self.hint}".rstrip()

    @property
    def sees(self) -> bool:
        """Whether a judged row says something of a gradient: it fails, or one of its entries at least is not blind."""
        return self.verdict == FAIL or (self.equation in GRADIENTS and not self.blind >= 1)

    def to_dict(self) -> dict[str, object]:
        """The row as `COLUMNS` and values: what JSON, CSV, Parquet and the DataFrame hold."""
        return {name: getattr(self.run if name in RunId._fields else self, name) for name in COLUMNS}


COLUMNS = (
    *RunId._fields,
    *(name for f in fields(Verdict)[1:] for name in (("message",) if f.name == "finding" else ()) + (f.name,)),
)
"""The columns of a frame of verdicts: the run first, `message` before its parts."""


def to_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """The verdicts as a DataFrame, one row each, columns in the order of `COLUMNS`; an empty one keeps its columns."""
    import pandas as pd

    return pd.DataFrame([v.to_dict() for v in verdicts], columns=list(COLUMNS))
