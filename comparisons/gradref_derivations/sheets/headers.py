"""Headers and declarations of a sheet."""

from __future__ import annotations

import re
from dataclasses import replace

from .declarations import Declaration, declarations
from .definitions import Function
from .document import Document, Piece
from .macros import Macros
from .network import Plan, plan_of
from .prescan import declare
from .problems import SheetError, Unreadable
from .reading import LAYOUTS
from .scope import Scope
from .scripts import compound
from .sheet import Problem, Sheet
from .statements import Statement

__all__ = ["HeaderReader"]

_DECLARES = re.compile(
    r"(\\in\b|∈|\bin R\b|\bin R\^)|^\s*[\w, \\{}^]+:\s*(\w+\s*(x|×|\\times)\s*\w+|\w)\b"
    r"|\b(scalars?|symmetric|one-hot|probability|logistic|invertible|positive)\b"
)
_SPACE = re.compile(r"(\\in\b|∈|\bin R\b|\bin R\^)|^\s*[\w, \\{}^]+:\s*\w+\s*(x|×|\\times)\s*\w+\b")
_OPENING = re.compile(r"\s*(?:[-*]\s+)?(?:let|suppose|given|here|where|with)\b[\s,:]*", re.IGNORECASE)


class HeaderReader:
    """Reads what a sheet says of its names before its formulas."""

    def __init__(self, document: Document, plan: Plan | None, layout: str | None) -> None:
        self.document = document
        self.scope = Scope()
        self.sheet = Sheet(document, self.scope, plan, layout)
        self.declarations: list[Declaration] = []
        self.statements: list[Statement] = []
        self.consumed: set[Piece] = set()
        self.skipping = False
        self.varied: set[str] = set()
        self.macros = Macros.of(document.text)

    # -- headers and declarations

    def headers(self) -> None:
        batch: tuple[str, bool] = ("", False)
        for piece in self.document.pieces:
            try:
                if piece.kind == "header":
                    batch = self.header(piece, batch)
                elif piece.kind in ("remark", "prose", "line") or (piece.kind == "math" and self._declares(piece)):
                    self.loose(piece)
            except SheetError as error:
                self.problem(error, (piece.start, piece.end))
        plan = self.sheet.plan
        if plan is not None:
            letter: str | int | None = batch[0] or plan.batch
            if isinstance(letter, str) and letter.isdigit():
                letter = "m"
            self.sheet.plan = plan = replace(plan, batch=letter or None, rows=batch[1] or plan.rows)
            self.scope.layers, self.scope.depth, self.scope.batch = True, plan.depth, str(plan.batch) if plan.batch else None
            if plan.cost == "cross-entropy":
                self.sheet.properties.setdefault("y", set()).add("distribution")
                self.sheet.remarks.append("The cross-entropy of the header takes y as a distribution: its entries sum to 1.")
        elif batch[0]:
            self.scope.batch = batch[0] if not batch[0].isdigit() else "m"
        declare(self.scope, self.declarations)
        self._enter()

    def _declares(self, piece: Piece) -> bool:
        text = self.document.slice((piece.start, piece.end))
        return ("\\in" in text or "∈" in text) and "=" not in text and "\\sum" not in text

    def header(self, piece: Piece, batch: tuple[str, bool]) -> tuple[str, bool]:
        text = self.document.slice((piece.start, piece.end)).strip()
        span = (piece.start, piece.end)
        if piece.name == "network":
            self.sheet.plan = plan_of(text, span)
        elif piece.name == "layout":
            word = text.lower().strip(" .`*").removesuffix(" layout")
            if word not in LAYOUTS:
                raise Unreadable(f"layout: must be numerator, denominator or mixed, got {text!r}.", span)
            self.sheet.layout = self.sheet.layout or word
        elif piece.name == "batch":
            found = re.match(r"\$?\s*([A-Za-z]|\d+)", text)
            if found is None:
                raise Unreadable("batch: a number or a letter was expected.", span)
            batch = (found[1], batch[1])
        elif piece.name == "samples":
            if text.lower().strip(" .") not in ("rows", "columns"):
                raise Unreadable(f"samples: must be rows or columns, got {text!r}.", span)
            batch = (batch[0], text.lower().strip(" .") == "rows")
        elif piece.name == "where":
            self.declarations += declarations(self.document.text, piece.start, piece.end, self.macros) or []
        self.consumed.add(piece)
        return batch

    def loose(self, piece: Piece) -> None:
        """A line that may be a declaration, or prose that states a property."""
        opening = _OPENING.match(self.document.slice((piece.start, piece.end)))
        start = piece.start + (opening.end() if opening else 0)
        text = self.document.slice((start, piece.end))
        if len(text) > 400:
            return
        looks = _DECLARES.search(text)
        if not looks or ("=" in text and not re.search(r"=\s*\w+\s*(\.\.|\\dots|\\ldots|,\s*\\l?dots)", text)):
            return
        prose = piece.kind in ("prose", "remark")
        found = None
        if not prose or re.match(r"^\s*[-*]?\s*[\w, \\{}^$∈ℝ×:;=.'()<>→-]+$", text):
            found = declarations(self.document.text, start, piece.end, self.macros, strict=False)
        if found:
            self.declarations += found
            self.consumed.add(piece)
        elif prose and _SPACE.search(text):
            said = f"{text.strip()[:80]!r} looks like a declaration and was not read. Write x in R^n; A: m x n."
            self.problem(Unreadable(said), (start, piece.end), "note")

    def _enter(self) -> None:
        sheet = self.sheet
        for item in self.declarations:
            for name in item.names:
                texts = [t.text for t in name.below]
                key = name.base if not name.below else compound(name.base, list(name.below))
                if name.below and name.base in self.scope.families and key not in self.scope.compounds:
                    key = self.scope.family_key(name.base)
                if item.maps is not None:
                    sheet.functions[key] = Function(key, (), None, (item.shape or (), item.maps))
                    if item.shape:
                        sheet.functionals.add(key)
                elif item.shape is not None and (not texts or key != name.base or texts[0] in self.scope.steps):
                    sheet.declared[key] = item.shape
                stated = item.properties - {"scalar", "function", "generic", "real", "constant", "square"}
                if stated:
                    sheet.properties.setdefault(key, set()).update(stated)
            if item.step:
                sheet.ranged = True
                high = int(item.step[2]) if item.step[2].isdigit() else item.step[2]
                low = int(item.step[1]) if item.step[1].isdigit() else 1
                if isinstance(high, int) and high > 12:
                    high = "T"
                sheet.steps[item.step[0]] = (low, high)

    def problem(
        self, error: SheetError, span: tuple[int, int], kind: str = "unreadable", chain: tuple[int, int] = (0, 0)
    ) -> None:
        self.sheet.problems.append(Problem(kind, error.message, error.span or span, chain))
