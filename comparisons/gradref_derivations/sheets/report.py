"""What is said of a sheet: typed results, the words for them, and JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gradref_support.strict_json import dumps

from .document import Document
from .judge import Judge, Judgement
from .opinions import Opinion
from .printing import clean
from .sheet import Problem, Sheet
from .wording import message, sheet_text

__all__ = ["ClaimReport", "DefinitionReport", "SheetReport", "make_report"]


@dataclass
class ClaimReport:
    """One claim and its verdict.

    Attributes
    ----------
    verdict : right, condition, wrong, shapes or unreadable.
    condition, stated, counts_as_right : the condition under which it holds, whether the sheet says it, and what that comes to.
    counterexample : a point at which the sides are apart, or None.
    repair : the line rewritten with one edit, or None.
    follows : for a later step of a chain, whether its right side equals the chain's first side.
    chain : number of the statement, and of the step in it.
    """

    line: int
    column: int
    text: str
    verdict: str
    message: str
    condition: str | None = None
    stated: bool = False
    counts_as_right: bool = False
    counterexample: dict[str, Any] | None = None
    repair: str | None = None
    digits: int = 0
    points: int = 0
    layer: int | None = None
    follows: bool | None = None
    chain: tuple[int, int] = (0, 0)
    span: tuple[int, int] = (0, 0)

    def to_dict(self) -> dict[str, Any]:
        keys = ("line", "column", "text", "verdict", "condition", "stated", "counts_as_right", "counterexample", "repair", "message",
                "digits", "points", "layer", "follows")  # fmt: skip
        return {k: getattr(self, k) for k in keys} | {"chain": list(self.chain)}


@dataclass(frozen=True)
class DefinitionReport:
    """What was taken as a definition."""

    line: int
    column: int
    name: str
    text: str
    span: tuple[int, int] = (0, 0)


@dataclass
class SheetReport:
    """The verdict of a sheet.

    Attributes
    ----------
    claims, definitions : in the order of the sheet.
    not_judged : what was read and is not judged, with its reason.
    layout : the layout found or declared; None where nothing depends on it.
    remarks : what holds for the whole sheet.
    opinions : what other implementations say of a network's gradients; one that disagrees leaves the sheet unjudged.
    """

    claims: list[ClaimReport]
    definitions: list[DefinitionReport]
    not_judged: list[dict[str, Any]]
    layout: str | None
    remarks: list[str] = field(default_factory=list)
    path: str | None = None
    document: Document | None = None
    opinions: list[Opinion] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """right, right_but (a condition that counts as right), wrong or unjudged."""
        if any(not c.counts_as_right and c.verdict in ("wrong", "shapes", "condition") for c in self.claims):
            return "wrong"
        if (
            not self.claims
            or any(c.verdict == "unreadable" for c in self.claims)
            or any(o.agrees is False for o in self.opinions)
        ):
            return "unjudged"
        return "right_but" if any(c.verdict == "condition" for c in self.claims) else "right"

    @property
    def ok(self) -> bool:
        return self.verdict in ("right", "right_but")

    @property
    def exit_code(self) -> int:
        """0 all claims count as right, 1 one is wrong or does not conform, 2 none is there or one is unreadable."""
        return {"wrong": 1, "unjudged": 2}.get(self.verdict, 0)

    def to_dict(self) -> dict[str, Any]:
        """The common JSON object with the claims, definitions and the layout."""
        unreadable = [{"name": f"line {c.line}", "reason": c.message} for c in self.claims if c.verdict == "unreadable"]
        reasons = unreadable + self.not_judged
        reasons += [{"name": o.name, "reason": o.sentence()} for o in self.opinions if not o.agrees]
        if not self.claims:
            reasons = [{"name": "sheet", "reason": "no claim was found."}, *reasons]
        return {
            "format": 1,
            "verdict": self.verdict,
            "ok": self.ok,
            "judged": [f"line {c.line}" for c in self.claims if c.verdict != "unreadable"],
            "not_judged": reasons,
            "file": self.path,
            "claims": [c.to_dict() for c in self.claims],
            "definitions": [{"line": d.line, "column": d.column, "name": d.name, "text": d.text} for d in self.definitions],
            "layout": self.layout,
            "remarks": self.remarks,
            "second_opinions": [
                {"name": o.name, "agrees": o.agrees, "largest": o.largest, "reason": o.reason} for o in self.opinions
            ],
        }

    def to_json(self) -> str:
        return dumps(self.to_dict())

    def __str__(self) -> str:
        return sheet_text(self)


def make_report(sheet: Sheet, judge: Judge, judgements: list[Judgement]) -> SheetReport:
    """The report of a judged sheet."""
    document = sheet.document
    claims = []
    for j in judgements:
        line, column = document.place(j.claim.right_span[0] if j.claim.chain[1] > 1 else j.claim.left_span[0])
        left, right = (clean(document.slice(s)) for s in (j.claim.left_span, j.claim.right_span))
        span = j.error.span if j.error is not None and j.error.span is not None else j.claim.right_span
        if j.verdict in ("unreadable", "shapes"):
            column = document.place(span[0])[1] if document.place(span[0])[0] == line else column
        claims.append(
            ClaimReport(
                line,
                column,
                f"{left} {'≈' if j.approximate else '='} {right}",
                j.verdict,
                message(j),
                j.condition,
                j.stated,
                j.counts,
                j.counterexample.to_dict() if j.counterexample else None,
                j.repair,
                j.digits,
                j.points,
                j.layer,
                j.follows,
                j.claim.chain,
                j.claim.span,
            )
        )
    claims += [_unread(p, document) for p in sheet.problems if p.kind != "note"]
    claims.sort(key=lambda c: (c.line, c.span[0], c.chain))
    definitions = []
    for span, name in sheet.defined:
        line, column = document.place(span[0])
        definitions.append(DefinitionReport(line, column, name, clean(document.slice(span)), span))
    notes = [{"name": f"line {document.place(p.span[0])[0]}", "reason": p.message} for p in sheet.problems if p.kind == "note"]
    layout = judge.layout if judge.layout_matters or sheet.layout else None
    return SheetReport(claims, definitions, notes, layout, [*sheet.remarks, *judge.remarks], document.path, document)


def _unread(p: Problem, document: Document) -> ClaimReport:
    line, column = document.place(p.span[0])
    start, end = p.span
    stop = document.text.find("\n", end)
    begin = document.text.rfind("\n", 0, start) + 1
    text = clean(document.text[begin : stop if stop >= 0 else len(document.text)])[:200]
    words = f"column {column}: {p.message}" if p.kind == "unreadable" else f"shapes: {p.message}"
    return ClaimReport(line, column, text, p.kind, words, chain=p.chain, span=p.span)
