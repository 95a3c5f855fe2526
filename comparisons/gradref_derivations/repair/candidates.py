"""Which of the edits that make everything right is offered: the nearest that reads like the file and holds on fresh inputs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from ..findings.report import Conduct, Repair
from ..findings.trial import Trial
from ..program.program import Inputs, Program
from .edit_locations import Site
from .edits import Edit
from .nodes import put
from .operators import StatementEdit
from .oracle import Objective
from .patch import Spliced, splice_expression, splice_statement
from .verify import verify

__all__ = ["SCORE", "Candidate", "Chooser"]

SCORE = 0.9  # price that one unit of suspicion is worth
MOST_READ, MOST_VERIFIED = 40, 6
LINE_OF_THE_FILE, PIECE_OF_THE_FILE = 0.5, 0.25  # less, for what stands elsewhere in the file up to numbers
EACH_LETTER = 0.01  # more, for each letter that an edit adds


@dataclass
class Candidate:
    """An edit that passed; `total` orders candidates, nearest the source first."""

    total: float
    site: Site
    edit: Edit | StatementEdit
    spliced: Spliced | None = None


class Chooser:
    """Turns edits of the tree into edits of the text, orders them, and verifies the first."""

    def __init__(self, program: Program, first: Trial, objective: Objective, fresh: list[Inputs]):
        self.program, self.first, self.objective, self.fresh = program, first, objective, fresh
        self.lines = {_normalised(line) for line in program.text.splitlines() if line.strip()}

    def best(self, found: list[Candidate]) -> Repair | None:
        """The repair to offer, or None where nothing holds."""
        for candidate in found[:MOST_READ]:
            candidate.spliced = self._spliced(candidate)
            if candidate.spliced is not None:
                candidate.total += self._strangeness(candidate.spliced)
        ready = sorted((c for c in found if c.spliced is not None), key=lambda c: c.total)
        for candidate in ready[:MOST_VERIFIED]:
            s = candidate.spliced
            assert s is not None
            verified = verify(self.program, s.text, self.first, self.objective, self.fresh)
            if verified:
                others = [c.spliced for c in ready if c is not candidate and c.spliced is not None]
                texts = [f"line {o.line}: `{o.after.strip()}`" for o in others if o.after.strip() != s.after.strip()]
                return Repair(s.line, s.before, s.after, s.old, s.new, verified, tuple(dict.fromkeys(texts))[:5])
        return None

    def line_only(self, sites: list[Site], conduct: list[Conduct]) -> Repair | None:
        """Without an edit: the most suspicious line, that is the first wrong assignment whose operands are right."""
        blamed = [c.line for c in conduct if c.fault and c.line]
        sure = True
        if self.first.failure is not None and self.first.failure.line:
            line = self.first.failure.line
        elif blamed:
            line = blamed[0]
        elif sites and sites[0].score > 0:
            line = min(s.line for s in sites if s.score >= sites[0].score - 1e-9)
            sure = any(s.sure for s in sites if s.line == line)
        else:
            return None
        lines = self.program.text.splitlines()
        return Repair(line, lines[line - 1] if 0 < line <= len(lines) else "", None, sure=sure)

    def _spliced(self, candidate: Candidate) -> Spliced | None:
        tree, text, edit = self.program.tree, self.program.text, candidate.edit
        if isinstance(edit, StatementEdit):
            at = edit.block.index(edit.statement)
            edit.block[at : at + 1] = edit.new
            try:
                wanted = ast.dump(ast.parse(ast.unparse(tree)))
            finally:
                edit.block[at : at + len(edit.new)] = [edit.statement]
            return splice_statement(text, edit.statement, edit.new, wanted)
        put(edit.slot, edit.new)
        try:
            wanted = ast.dump(ast.parse(ast.unparse(tree)))
        finally:
            put(edit.slot, edit.old)
        spliced = splice_expression(text, tree, edit.old, edit.new, wanted)
        if spliced is not None:
            return spliced
        put(edit.slot, edit.new)
        try:
            return splice_statement(text, candidate.site.statement, [candidate.site.statement], wanted)
        finally:
            put(edit.slot, edit.old)

    def _strangeness(self, s: Spliced) -> float:
        """Less for a line that looks like another line of the file, more for a long change."""
        change = 0.0
        new = _normalised(s.new)
        if _normalised(s.after) in self.lines:
            change -= LINE_OF_THE_FILE
        elif new and len(s.new) > 3 and any(new in line for line in self.lines):
            change -= PIECE_OF_THE_FILE
        return change + EACH_LETTER * max(0, len(s.new) - len(s.old))


def _normalised(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", text))
