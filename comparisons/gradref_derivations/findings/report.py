"""DerivationReport: what was found about one derivation, as data, as text for a person, as JSON and as HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from typing import Any

__all__ = ["Conduct", "DerivationReport", "Entries", "Explanation", "Repair", "SeedReport"]


@dataclass(frozen=True)
class Repair:
    """One edit that makes every gradient right. `before` and `after` are the source of the line; `old` and `new` the part that differs.

    `verified` names what it was verified on; `others` are further edits that do the same. Without `after` only the line is known,
    and where it is not `sure` it is only the likeliest.
    """

    line: int
    before: str
    after: str | None
    old: str = ""
    new: str = ""
    verified: str = ""
    others: tuple[str, ...] = ()
    sure: bool = True


@dataclass(frozen=True)
class Entries:
    """Which entries of one gradient are wrong. `pattern`: all, row, column, one, some; `index` is the worst one; `where` the inputs."""

    parameter: str
    pattern: str
    wrong: int
    total: int
    index: tuple[int, ...] = ()
    actual: float | None = None
    expected: float | None = None
    where: str = ""


@dataclass(frozen=True)
class Explanation:
    """A simple relation between the wrong gradient and the right one. `kind`: factor, transposed, permuted, shape, zero..."""

    parameter: str
    kind: str
    text: str
    factor: float | None = None


@dataclass(frozen=True)
class Conduct:
    """Something the code does that gradients alone do not show. A `fault` makes the derivation wrong, a remark does not."""

    kind: str
    text: str
    parameters: tuple[str, ...] = ()
    line: int | None = None
    fault: bool = True


@dataclass(frozen=True)
class SeedReport:
    """The outcome of one seed, all its inputs together; `conditions` are those that showed something."""

    seed: int
    ok: bool
    wrong: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    inputs: int = 1


@dataclass(frozen=True)
class DerivationReport:
    """The verdict on a hand derivation.

    Attributes
    ----------
    ok : True when every gradient is right on every input tried and the code behaves.
    wrong : wrong parameters in order of cause; `root` is the first of them.
    right : the other parameters.
    equation : the equation of backpropagation where the error enters, or None.
    entries, explanations, conduct, conventions : details; see the classes.
    repair : the edit that mends it, or the line alone, or None.
    truth : {"method", "digits"}.
    seconds : wall time.
    seeds : one outcome per seed.
    notes : what a reader should know about this check itself.
    """

    ok: bool
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    root: str | None = None
    equation: str | None = None
    entries: tuple[Entries, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    repair: Repair | None = None
    conduct: tuple[Conduct, ...] = ()
    conventions: tuple[str, ...] = ()
    truth: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    seeds: tuple[SeedReport, ...] = ()
    notes: tuple[str, ...] = ()
    digits: dict[str, float] = field(default_factory=dict)
    name: str = "derivation"

    def to_dict(self) -> dict[str, Any]:
        """The fields of the JSON report; null or [] where there is nothing."""
        return {
            "ok": self.ok,
            "wrong": list(self.wrong),
            "root": self.root,
            "equation": self.equation,
            "entries": [
                {
                    "parameter": e.parameter,
                    "pattern": e.pattern,
                    "wrong": e.wrong,
                    "total": e.total,
                    "index": list(e.index),
                    "actual": _finite(e.actual),
                    "expected": _finite(e.expected),
                    "where": e.where,
                }
                for e in self.entries
            ],
            "explanations": [
                {"parameter": e.parameter, "kind": e.kind, "factor": _finite(e.factor), "text": e.text} for e in self.explanations
            ],
            "repair": None
            if self.repair is None
            else {
                "line": self.repair.line,
                "before": self.repair.before,
                "after": self.repair.after,
                "verified": self.repair.verified or None,
                "others": list(self.repair.others),
                "sure": self.repair.sure,
            },
            "conduct": [
                {"kind": c.kind, "text": c.text, "parameters": list(c.parameters), "line": c.line, "fault": c.fault}
                for c in self.conduct
            ],
            "conventions": list(self.conventions),
            "truth": {"method": self.truth.get("method"), "digits": self.truth.get("digits")},
            "seconds": round(self.seconds, 3),
            "seeds": [{"seed": s.seed, "ok": s.ok, "wrong": list(s.wrong), "conditions": list(s.conditions)} for s in self.seeds],
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """`to_dict` as one JSON object; never NaN or Infinity."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        from .wording import describe_report

        return describe_report(self)

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.ok else "#b3261e"
        paragraphs = "".join(
            f"<p style='margin:.3em 0'>{escape(line)}</p>" for line in str(self).splitlines()[1:] if line.strip()
        )
        title = escape(str(self).splitlines()[0])
        return f"<div style='border-left:4px solid {colour};padding:.2em .8em'><b style='color:{colour}'>{title}</b>{paragraphs}</div>"


def _finite(x: float | None) -> float | None:
    return float(x) if x is not None and abs(x) < float("inf") else None
