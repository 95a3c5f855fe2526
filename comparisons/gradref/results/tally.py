"""What the rows of a run add up to: checks, failures, and what the checks could not see. One count for every summary of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradref.verdict import FAIL, GRADIENTS, SKIP

__all__ = ["BLIND", "LOCAL", "OVERFLOW", "Tally", "judged", "tallies", "tally"]

Frame = Any  # a pandas DataFrame: its columns are attributes no type checker knows

LOCAL = ("LIN", "ACT", "COST", "BP1", "BP2", "BP3", "BP4")
"""Checks whose share of the allowance is comparable: one equation at a time, nothing propagated."""

OVERFLOW = "overflow"
"""The rule of an undecided row in which a number leaves the range of the dtype; every other one met a kink."""

BLIND = "blind"
"""The verdict on a run, beside those on a check: nothing fails, and nothing was seen of its gradients."""


@dataclass(frozen=True)
class Tally:
    """Counts over some rows.

    checks, numbers : rows that judged, and the entries of their tensors.
    fail : failing rows.
    kinks : entries accepted between one-sided derivatives. overflows : rows in which a number leaves the range of the dtype, so that
    nothing can be said of it.
    blind_checks, blind_numbers : among the rows that do not fail, those all of whose entries are smaller than their allowance,
    and all such entries: a wrong value of their size would pass.
    sees : whether a gradient was compared in any entry that is not blind.
    used : the largest share of its allowance among the `LOCAL` rows; NaN without one.
    """

    checks: int
    numbers: int
    fail: int
    kinks: int
    overflows: int
    blind_checks: int
    blind_numbers: int
    sees: bool
    used: float

    @property
    def seeing_checks(self) -> int:
        """Checks in which at least one entry was seen."""
        return self.checks - self.blind_checks

    @property
    def seen_numbers(self) -> int:
        """Numbers that were really compared."""
        return self.numbers - self.blind_numbers


def judged(frame: Frame) -> Frame:
    """The rows in which something was compared, or had to be and failed."""
    return frame[frame.verdict != SKIP]


def tally(frame: Frame) -> Tally:
    """The counts of a frame of verdicts; skipped rows count nowhere."""
    rows = judged(frame)
    bad = rows.verdict == FAIL
    blind = rows.blind.fillna(0.0).where(~bad, 0.0)
    seen = bad | (blind < 1)
    local = rows.share[rows.equation.isin(LOCAL)]
    return Tally(
        checks=len(rows),
        numbers=int(rows.entries.sum()),
        fail=int(bad.sum()),
        kinks=int(rows.undecided[rows.rule != OVERFLOW].sum()),
        overflows=int((rows.rule == OVERFLOW).sum()),
        blind_checks=int((~seen).sum()),
        blind_numbers=int(np.rint(blind * rows.entries).sum()),
        sees=bool((seen & (bad | rows.equation.isin(GRADIENTS))).any()),
        used=float(local.max()) if len(local) else float("nan"),
    )


def tallies(frame: Frame, keys: list[str]) -> list[tuple[tuple[str, ...], Tally]]:
    """The counts of each group of rows with the same `keys`, in the order of the rows."""
    return [(tuple(map(str, key)), tally(rows)) for key, rows in judged(frame).groupby(keys, sort=False, observed=True)]
