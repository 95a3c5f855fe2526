"""Which of the edits that make everything right is offered: the nearest that reads like the file and holds elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..findings.report import Conduct, Repair
from ..findings.trial import Trial
from ..program.program import Inputs, Program
from .edit_locations import Site
from .edits import Edit
from .elsewhere import Elsewhere
from .nodes import put
from .operators import StatementEdit, costs
from .oracle import Objective
from .patch import Spliced, splice_expression, splice_statements
from .taste import differing, normalised
from .verify import verify

__all__ = ["STRANGE", "Candidate", "Chooser", "in_tree"]

MOST_READ, MOST_VERIFIED = 60, 10
STRANGE = 1.0  # distaste from which on an edit is no reason to stop looking, and is not mentioned beside a better one
NEAR = 1.0  # price beyond that of the repair up to which other edits are mentioned


@dataclass
class Candidate:
    """An edit that passed; `total` orders candidates, nearest the source first, `strange` is what taste has added to it."""

    total: float
    site: Site
    edit: Edit | StatementEdit
    strange: float = 0.0
    spliced: Spliced | None = None
    read: bool = False


@contextmanager
def in_tree(edit: Edit | StatementEdit) -> Iterator[None]:
    """The edit made in the tree for the duration."""
    if isinstance(edit, StatementEdit):
        at = edit.block.index(edit.old[0])
        edit.block[at : at + len(edit.old)] = edit.new
        try:
            yield
        finally:
            edit.block[at : at + len(edit.new)] = edit.old
    else:
        put(edit.slot, edit.new)
        try:
            yield
        finally:
            put(edit.slot, edit.old)


class Chooser:
    """Turns edits of the tree into edits of the text, orders them, and verifies the first."""

    def __init__(self, program: Program, first: Trial, objective: Objective, fresh: list[Inputs]):
        self.program, self.first, self.objective, self.fresh = program, first, objective, fresh
        self.elsewhere = Elsewhere(program, first, objective.order)
        self.lines = {normalised(line) for line in program.text.splitlines() if line.strip()}
        self.judged: dict[str, Repair | None] = {}

    def best(self, found: list[Candidate]) -> Repair | None:
        """The repair to offer, or None where nothing is right on fresh inputs; one that holds elsewhere before any that does not."""
        for candidate in sorted(found, key=lambda c: c.total)[:MOST_READ]:
            if not candidate.read:
                candidate.read = True
                candidate.spliced = self.spliced(candidate)
                if candidate.spliced is not None:
                    candidate.total += self._strangeness(candidate.spliced)
        ready = sorted((c for c in found if c.spliced is not None), key=lambda c: c.total)
        fitting: list[Repair] = []
        for candidate in ready[:MOST_VERIFIED]:
            repair = self._judged(candidate, ready)
            if repair is not None and not repair.rests_on:
                return repair
            fitting += [repair] if repair is not None else []
        return min(fitting, key=lambda r: len(r.rests_on), default=None)

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

    def _judged(self, candidate: Candidate, ready: list[Candidate]) -> Repair | None:
        """The repair, verified on fresh inputs, with what it rests on; each text once."""
        s = candidate.spliced
        assert s is not None
        if s.text not in self.judged:
            verified = verify(self.program, s.text, self.first, self.objective, self.fresh)
            made = None
            if verified:
                rests = self.elsewhere.rests_on(s.text)
                made = Repair(s.line, s.before, s.after, s.old, s.new, verified, rests_on=rests)
            self.judged[s.text] = made
        made = self.judged[s.text]
        if made is None:
            return None
        near = [c for c in ready if c is not candidate and c.strange < STRANGE and c.total < candidate.total + NEAR]
        others = [c.spliced for c in near if c.spliced is not None]
        texts = [f"line {o.line}: `{o.after.strip()}`" for o in others if o.after.strip() != s.after.strip()]
        return replace(made, others=tuple(dict.fromkeys(texts))[:5])

    def text_of(self, repair: Repair) -> str:
        """The source with a repair that was offered."""
        return next(
            text
            for text, made in self.judged.items()
            if made is not None and (made.line, made.after) == (repair.line, repair.after)
        )

    def combined(self, text: str, last: Repair) -> Repair:
        """One repair of everything that differs between the file and an edited source, verified as its last step was."""
        before, after = self.program.text.splitlines(), text.splitlines()
        low = next((i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
        high = next((i for i, pair in enumerate(zip(before[::-1], after[::-1], strict=False)) if pair[0] != pair[1]), 0)
        old, new = before[low : len(before) - high], after[low : len(after) - high]
        lines = "\n".join(old), "\n".join(new)
        return Repair(low + 1, *lines, lines[0].strip(), lines[1].strip(), last.verified, rests_on=last.rests_on)

    def spliced(self, candidate: Candidate) -> Spliced | None:
        """The edit as one of the text; None where no spelling gives it."""
        tree, text, edit = self.program.tree, self.program.text, candidate.edit
        with in_tree(edit):
            wanted = ast.dump(ast.parse(ast.unparse(tree)))
        if isinstance(edit, StatementEdit):
            return splice_statements(text, tree, edit.old, edit.new, wanted)
        spliced = splice_expression(text, tree, edit.old, edit.new, wanted)
        if spliced is not None:
            return spliced
        with in_tree(edit):
            rewritten = ast.parse(ast.unparse(candidate.site.statement)).body
        return splice_statements(text, tree, [candidate.site.statement], rewritten, wanted)

    def _strangeness(self, s: Spliced) -> float:
        """Less for a line that looks like another line of the file, more for a long change."""
        change, new = 0.0, normalised(differing(s.old, s.new))
        if s.after and normalised(s.after) in self.lines:
            change -= costs.LINE_OF_THE_FILE
        elif len(new) > 3 and any(new in line for line in self.lines):
            change -= costs.PIECE_OF_THE_FILE
        return change + costs.LETTER_ADDED * max(0, len(s.new) - len(s.old))
