"""EquationRow: what one equation of a graph gave. A report is a list of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EquationRow"]

NAN = float("nan")


@dataclass(frozen=True)
class EquationRow:
    """One equation: FWD or VJP of one operation, or the SUM of one value.

    `verdict` is "pass", "fail", "undecided" (nothing is known of some entries: their bound is not finite) or "skip" (`reason` says
    why). `slot` is the input of a VJP or the output of an FWD by number, `slot_name` by name. `blind` counts the entries that are
    smaller than their allowance, `vacuous` says that a mistake as large as the terms of the sum would not be seen in any of them.
    `echo` marks what follows from another failure; `lost_bits` > 0 says that the kernel agrees, but is known to lose that much
    accuracy. Numbers that do not exist are NaN.
    """

    node: int
    operation: str
    module: str
    file: str
    line: int
    equation: str
    slot: int | None
    slot_name: str
    dtype: str
    verdict: str
    rule: str = "none"
    reason: str = ""
    entries: int = 0
    failing: int = 0
    blind: int = 0
    vacuous: bool = False
    share: float = NAN
    rms_sigma: float = NAN
    max_sigma: float = NAN
    worst_index: tuple[int, ...] = ()
    actual: float = NAN
    expected: float = NAN
    allowance: float = NAN
    value: int = -1
    echo: bool = False
    lost_bits: float = 0.0

    @property
    def place(self) -> str:
        """'blocks.1.attn (model.py:57)'; the operation's own name where no module is known."""
        source = f" ({self.file.rpartition('/')[2]}:{self.line})" if self.file else ""
        return f"{self.module or self.operation}{source}"
