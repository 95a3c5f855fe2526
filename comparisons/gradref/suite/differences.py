"""The plain table: how far the gradients of two frameworks are apart, entry by entry, beside what rounding allows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, groupby
from typing import NamedTuple

import numpy as np

from gradref.judges import Subject
from gradref.judges.structure import label

__all__ = ["Difference", "differences"]


class Difference(NamedTuple):
    """The gradient of one tensor in two frameworks, `one` and `other`: the largest differences in any of their modes.

    differing : entries that have not the same bits, in the two modes where most differ.
    max_abs : largest |one - other|, infinite where one is NaN. abs_one_mode, abs_other_mode, abs_at : in which modes and entry.
    one_value, other_value : what stands there. abs_allowed : how far rounding, and the choice of σ' at a kink, can bring two right
    runs apart in that entry.
    max_rel : largest |one - other| / max(|one|, |other|). rel_one_mode, rel_other_mode, rel_at, rel_allowed : the same for it.
    """

    case: str
    dtype: str
    device: str
    layer: int
    parameter: str
    one: str
    other: str
    entries: int
    differing: int
    max_abs: float
    abs_one_mode: str
    abs_other_mode: str
    abs_at: str
    one_value: float
    other_value: float
    abs_allowed: float
    max_rel: float
    rel_one_mode: str
    rel_other_mode: str
    rel_at: str
    rel_allowed: float


def differences(subjects: Sequence[Subject]) -> list[Difference]:
    """Every weight and bias gradient of some runs of one case in one dtype, for each two frameworks."""
    by_framework = [list(runs) for _, runs in groupby(subjects, key=lambda s: s.case.framework)]
    found = []
    for ones, others in combinations(by_framework, 2):
        for l in range(1, ones[0].case.network.L + 1):
            for name in ("dW", "db"):
                rows = [row for one in ones for other in others if (row := _compared(one, other, name, l)) is not None]
                if rows:
                    found.append(_largest(rows))
    return found


def _largest(rows: list[Difference]) -> Difference:
    """The largest absolute and the largest relative difference among those of several modes."""
    far, wide = max(rows, key=lambda row: row.max_abs), max(rows, key=lambda row: row.max_rel)
    return far._replace(
        differing=max(row.differing for row in rows), max_rel=wide.max_rel, rel_one_mode=wide.rel_one_mode,
        rel_other_mode=wide.rel_other_mode, rel_at=wide.rel_at, rel_allowed=wide.rel_allowed,
    )  # fmt: skip


@np.errstate(all="ignore")  # what overflows here is infinitely far apart, and is said to be
def _compared(one: Subject, other: Subject, name: str, l: int) -> Difference | None:
    """One tensor of two runs; None where it is missing or malformed in one of them, as the row of its equation says."""
    if any(s.broken.get((name, l)) == "structure" for s in (one, other)):
        return None
    a, b = getattr(one.trace, name)[l], getattr(other.trace, name)[l]
    gap = np.where(a == b, 0.0, np.abs(a - b))
    gap[np.isnan(gap)] = np.inf
    size = np.maximum(np.abs(a), np.abs(b))
    relative = np.where(gap == 0, 0.0, np.where(np.isfinite(size), gap / size, np.inf))
    allowed = sum(getattr(s.bound, part)[l] for s in (one, other) for part in (name, f"kink_{name}"))
    allowed = np.where(np.isnan(allowed), np.inf, allowed)  # infinite factors: nothing is known
    far, wide = (np.unravel_index(int(np.argmax(x)), x.shape) for x in (gap, relative))
    modes = (one.case.mode, other.case.mode)
    return Difference(
        one.case.name, one.case.dtype, one.case.device, l, label((name, l)), one.case.framework, other.case.framework, a.size,
        int(np.count_nonzero(gap)), float(gap[far]), *modes, _index(far), float(a[far]), float(b[far]), float(allowed[far]),
        float(relative[wide]), *modes, _index(wide), float(allowed[wide] / size[wide]),
    )  # fmt: skip


def _index(at: tuple[np.integer, ...]) -> str:
    return str([int(i) for i in at])
