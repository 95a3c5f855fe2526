"""One run before the five judges: its equations, the reference, the enclosure, golden numbers, exact integers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gradref_reference import Trace

from ..verdict import FAIL, UNDECIDED, Verdict
from . import enclosure, equations, exact, golden, reference
from .subject import Subject

__all__ = ["Judgement", "judge"]


@dataclass(frozen=True, eq=False)
class Judgement:
    """The verdicts on one run and, per equation and layer, the share of the allowance each entry used.

    `subject` is what was judged; None where no run took place.
    """

    verdicts: list[Verdict]
    shares: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    subject: Subject | None = None

    @property
    def trace(self) -> Trace | None:
        """What the run computed."""
        return None if self.subject is None else self.subject.trace

    @property
    def disputed(self) -> bool:
        """Whether a check failed or was left open."""
        return any(v.verdict in (FAIL, UNDECIDED) for v in self.verdicts)


def judge(subject: Subject) -> Judgement:
    """Certificates of every equation, every dW and db against the reference, and whatever is known about the case beforehand.

    A tensor that is malformed, or NaN or infinite where it should not be, fails in the row of its own equation; wherever else it
    would be compared stands a skip with that reason.
    """
    certified = equations.certificates(subject)
    subject = replace(subject, broken=certified.broken)
    others = [v for known in (reference, enclosure, golden, exact) for v in known.rows(subject)]
    rows = [replace(v, seconds=subject.trace.seconds) for v in (*certified.verdicts, *others)]
    return Judgement(rows, certified.shares, subject)
