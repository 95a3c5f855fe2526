"""The search for one edit that makes every gradient right: suspicious lines first, near edits first, verified on fresh inputs."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np

from ..findings.report import Conduct, Repair
from ..findings.trial import Trial
from ..program.editable import installed
from ..program.guard import Failed, quiet
from ..program.hole import Hole, hole_call
from ..program.match_keys import DATA_NAMES, differentiable
from ..program.program import Inputs, Program
from ..program.provenance import Flow
from ..program.source import state_lines
from ..truth.truth import Truth
from .edit_locations import Site
from .edits import Edit, expression_edits
from .fault_localization import PASSED_ON, ranked_sites
from .fragments import fragments_of
from .ingredients import Library
from .operators.statements import StatementEdit, blocks_of, statement_edits
from .oracle import Alarm, Objective
from .patch import Spliced, splice_expression, splice_statement
from .signatures import mark_of
from .verify import verify

__all__ = ["find_repair"]

TIERS = (1.35, 1.75, 2.15, 2.7, 9.0)
SLACK = 0.5  # cost beyond that of the best edit found that is still looked at
AFTER_FIRST = 1.5  # seconds to look for nearer edits once one is found


@dataclass
class Candidate:
    """An edit that passed; `total` orders candidates, nearest the source first."""

    total: float
    cost: float
    site: Site
    edit: Edit | StatementEdit
    spliced: Spliced | None = None


def find_repair(
    program: Program,
    trials: list[Trial],
    first: Trial,
    flow: Flow,
    conduct: list[Conduct],
    budget: float,
    fresh: list[Inputs],
    progress: Callable[[str, float], None] | None = None,
) -> Repair | None:
    """The nearest single edit that makes everything right; the first wrong line when there is none; None when nothing is known."""
    with quiet():
        return _Search(program, trials, first, flow, conduct, budget, fresh, progress).run()


@dataclass
class _Prepared:
    hole: Hole
    library: Library
    edits: list[Edit]
    statement_edits: list[StatementEdit]
    seen: set[Any] = field(default_factory=set)
    original: Any = None
    done: int = 0
    done_statements: int = 0


class _Search:
    def __init__(self, program, trials, first, flow, conduct, budget, fresh, progress):
        self.program, self.trials, self.first, self.flow = program, trials, first, flow
        self.conduct, self.fresh, self.progress = conduct, fresh, progress
        self.start = perf_counter()
        self.deadline = self.start + budget
        self.budget = budget
        self.found: list[Candidate] = []
        self.first_found = np.inf
        self.prepared: dict[int, _Prepared | None] = {}
        self.fragments = fragments_of(program)
        self.constants = _constants(program.tree)
        self.slices = _slices(program.tree)
        self.normalised = _normalised_lines(program.text)
        self.objective = self._objective()
        seconds = min(2.0, 0.2 * budget)
        self.sites = ranked_sites(program, first, self.objective.order, flow, conduct, seconds)

    # --- what has to be right -------------------------------------------------------------------------------------

    def _objective(self) -> Objective:
        first = self.first
        names = list(first.matched.keys) + list(first.matched.missing)
        if not names:
            names = list(first.wanted or [k for k, v in first.inputs.items() if differentiable(v) and k not in DATA_NAMES])
        for trial in self.trials:
            if trial.truth is None:
                trial.truth = Truth(self.program, trial.inputs, tuple(names), trial.cost)
        faults = [c for c in self.conduct if c.fault]
        blamed = {n for c in faults for n in c.parameters}
        wrong = [n for n in names if n in first.findings or n in blamed]
        sizes = self.flow.size
        wrong.sort(key=lambda n: sizes.get(n, 0))
        objective = Objective(
            self.program,
            first,
            [t for t in self.trials if t is not first],
            wrong + [n for n in names if n not in wrong],
            state=any(c.kind == "state" for c in faults),
            changes=any(c.kind == "inputs changed" for c in faults),
            stateful=bool(state_lines(self.program.tree)),
        )
        objective.other_inputs = next((t.inputs for t in self.trials if t is not first), None)
        single = next((c for c in self.conduct if c.kind == "batch of one" and c.fault), None)
        if single is not None:
            from ..findings.side_effects import first_samples

            for inputs in first_samples(self.trials[0])[:1]:
                trial = Trial(self.program, inputs, first.wanted, first.seed, "batch of one")
                trial.evaluate_forward()
                trial.matched = first.matched
                trial.truth = Truth(self.program, inputs, tuple(names), trial.cost)
                objective.others = [*self.trials]
                objective.first = trial
        return objective

    # --- the search -----------------------------------------------------------------------------------------------

    def run(self) -> Repair | None:
        with quiet():
            jobs = [(tier - 0.9 * site.score, k, site, tier) for k, site in enumerate(self.sites) for tier in TIERS]
            for priority, _, site, tier in sorted(jobs, key=lambda job: job[:2]):
                if perf_counter() > self.deadline:
                    break
                if self.found and (self._over() or priority > min(c.total for c in self.found) + SLACK):
                    if (repair := self._best()) is not None:
                        return repair
                    self.found.clear()  # right by accident on these inputs
                    self.first_found = np.inf
                if self.progress:
                    share = (perf_counter() - self.start) / self.budget
                    self.progress(f"looking for the line that mends it ({self.objective.tried} edits tried)", share)
                self._try_site(site, tier)
            return self._best() or self._line_only()

    def _over(self) -> bool:
        now = perf_counter()
        return now > self.deadline or now > self.first_found + AFTER_FIRST

    def _prepare(self, site: Site) -> _Prepared | None:
        key = id(site)
        if key in self.prepared:
            return self.prepared[key]
        self.prepared[key] = None
        hole = Hole(self.program.namespace)
        original = site.expression
        site.expression = hole_call(original)
        try:
            with installed(self.program, site.editable, hole):
                self.objective.run(self.objective.first.inputs)
        except (SyntaxError, Failed, ValueError, TypeError):
            return None
        finally:
            site.expression = original
        if not hole.environments:
            return None
        library = Library(self.program, site, hole.environments, self.fragments)
        edits = expression_edits(original, site.slot, library, self.constants, self.slices)
        if site.key is not None and isinstance(original, ast.Name):  # what goes wrong there is the name, hardly ever a factor
            edits = sorted((replace(e, cost=e.cost - PASSED_ON * (e.kind == "name")) for e in edits), key=lambda e: e.cost)
        whole: list[StatementEdit] = []
        for block in blocks_of(site.editable.node):
            if site.statement in block and site.slot[0] is site.statement:
                whole = sorted(statement_edits(block, site.statement, library), key=lambda e: e.cost)
        hole.recording = False
        prepared = _Prepared(hole, library, edits, whole)
        prepared.original = mark_of(hole.values)
        prepared.seen.add(prepared.original)
        self.prepared[key] = prepared
        return prepared

    def _try_site(self, site: Site, tier: float) -> None:
        prepared = self._prepare(site)
        if prepared is None:
            if tier == TIERS[0]:
                self._try_statements(site, _statement_edits_blind(site), tier)
            return
        self._try_expressions(site, prepared, tier)
        low = prepared.done_statements
        while (
            prepared.done_statements < len(prepared.statement_edits)
            and prepared.statement_edits[prepared.done_statements].cost <= tier
        ):
            prepared.done_statements += 1
        self._try_statements(site, prepared.statement_edits[low : prepared.done_statements], tier)

    def _try_expressions(self, site: Site, prepared: _Prepared, tier: float) -> None:
        if prepared.done >= len(prepared.edits) or prepared.edits[prepared.done].cost > tier:
            return
        hole, root = prepared.hole, site.expression
        site.expression = hole_call(root)
        try:
            context = installed(self.program, site.editable, hole)
            context.__enter__()
        finally:
            site.expression = root
        try:
            while prepared.done < len(prepared.edits) and prepared.edits[prepared.done].cost <= tier:
                edit = prepared.edits[prepared.done]
                prepared.done += 1
                if self._over():
                    return
                code = self._compiled(site, edit)
                if code is None:
                    continue
                mark = self._locally(code, prepared)
                if mark is None or mark in prepared.seen:
                    continue
                prepared.seen.add(mark)
                hole.candidate = code
                try:
                    if self.objective.passes_first():
                        if self.objective.passes_rest():
                            self._accept(site, edit, edit.cost)
                        else:  # equal by accident on these inputs: the right one may have the same values here
                            prepared.seen.discard(mark)
                finally:
                    hole.candidate = None
        finally:
            context.__exit__(None, None, None)

    def _compiled(self, site: Site, edit: Edit) -> Any:
        parent, name, index = edit.slot
        for node in ast.walk(edit.new):
            if "lineno" in node._attributes and not hasattr(node, "lineno"):
                node.lineno = node.end_lineno = site.statement.lineno  # type: ignore[attr-defined]
                node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
        _put(parent, name, index, edit.new)
        try:
            return compile(ast.Expression(site.expression), "<edit>", "eval")
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return None
        finally:
            _put(parent, name, index, edit.old)

    def _locally(self, code: Any, prepared: _Prepared) -> Any:
        """The value of the edited expression on the recorded variables, as a mark; None if it raises."""
        try:
            with Alarm(1.0):
                values = [eval(code, dict(scope)) for scope in prepared.library.scopes]
        except KeyboardInterrupt:
            raise
        except BaseException:
            return None
        return mark_of(values)

    def _try_statements(self, site: Site, edits: list[StatementEdit], tier: float) -> None:
        for edit in edits:
            if self._over():
                return
            at = edit.block.index(edit.statement)
            for node in edit.new:
                ast.copy_location(node, edit.statement)
                ast.fix_missing_locations(node)
            edit.block[at : at + 1] = edit.new
            try:
                with installed(self.program, site.editable):
                    if self.objective.passes_first() and self.objective.passes_rest():
                        self._accept(site, edit, edit.cost)
            except (SyntaxError, ValueError, TypeError):
                pass
            finally:
                edit.block[at : at + len(edit.new)] = [edit.statement]
                self.program.refresh()  # the edit may have written to a module-level table

    def _accept(self, site: Site, edit: Edit | StatementEdit, cost: float) -> None:
        self.first_found = min(self.first_found, perf_counter())
        self.found.append(Candidate(cost - 0.9 * site.score, cost, site, edit))

    # --- the answer -----------------------------------------------------------------------------------------------

    def _best(self) -> Repair | None:
        for candidate in self.found[:40]:
            candidate.spliced = self._spliced(candidate)
            if candidate.spliced is not None:
                candidate.total += self._strangeness(candidate.spliced)
        ready = sorted((c for c in self.found if c.spliced is not None), key=lambda c: c.total)
        for candidate in ready[:6]:
            verified = verify(self.program, candidate.spliced.text, self.first, self.objective, self.fresh)  # type: ignore[union-attr]
            if verified:
                s = candidate.spliced
                assert s is not None
                others = [c.spliced for c in ready if c is not candidate and c.spliced is not None]
                texts = [f"line {o.line}: `{o.after.strip()}`" for o in others if o.after.strip() != s.after.strip()]
                return Repair(s.line, s.before, s.after, s.old, s.new, verified, tuple(dict.fromkeys(texts))[:5])
        return None

    def _spliced(self, candidate: Candidate) -> Spliced | None:
        tree, text, edit = self.program.tree, self.program.text, candidate.edit
        if isinstance(edit, Edit):
            parent, name, index = edit.slot
            _put(parent, name, index, edit.new)
            try:
                wanted = ast.dump(ast.parse(ast.unparse(tree)))
            finally:
                _put(parent, name, index, edit.old)
            spliced = splice_expression(text, tree, edit.old, edit.new, wanted)
            if spliced is not None:
                return spliced
            _put(parent, name, index, edit.new)
            try:
                return splice_statement(text, candidate.site.statement, [candidate.site.statement], wanted)
            finally:
                _put(parent, name, index, edit.old)
        at = edit.block.index(edit.statement)
        edit.block[at : at + 1] = edit.new
        try:
            wanted = ast.dump(ast.parse(ast.unparse(tree)))
        finally:
            edit.block[at : at + len(edit.new)] = [edit.statement]
        return splice_statement(text, edit.statement, edit.new, wanted)

    def _strangeness(self, s: Spliced) -> float:
        """Less for a line that looks like another line of the file, more for a long change."""
        change = 0.0
        new = _normalise(s.after)
        if new in self.normalised:
            change -= 0.5
        elif _normalise(s.new) and len(s.new) > 3 and any(_normalise(s.new) in line for line in self.normalised):
            change -= 0.25
        return change + 0.01 * max(0, len(s.new) - len(s.old))

    def _line_only(self) -> Repair | None:
        """No edit mends it: the most suspicious line, that is the first wrong assignment whose operands are right."""
        line, sure = None, True
        if self.first.failure is not None and self.first.failure.line:
            line = self.first.failure.line
        else:
            blamed = [c.line for c in self.conduct if c.fault and c.line]
            if blamed:
                line = blamed[0]
            elif self.sites and self.sites[0].score > 0:
                best = self.sites[0].score
                line = min(s.line for s in self.sites if s.score >= best - 1e-9)
                sure = any(s.sure for s in self.sites if s.line == line)
        if line is None:
            return None
        lines = self.program.text.splitlines()
        return Repair(line, lines[line - 1] if 0 < line <= len(lines) else "", None, sure=sure)


def _statement_edits_blind(site: Site) -> list[StatementEdit]:
    for block in blocks_of(site.editable.node):
        if site.statement in block:
            return [e for e in statement_edits(block, site.statement, None) if e.cost <= 1.8 and site.slot[0] is site.statement]
    return []


def _put(parent: Any, name: str, index: int | None, node: ast.expr) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _constants(tree: ast.Module) -> list[float]:
    found = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    return list(dict.fromkeys(found))[:12]


def _slices(tree: ast.Module) -> list[ast.Slice]:
    found = {ast.unparse(n): n for n in ast.walk(tree) if isinstance(n, ast.Slice) and (n.lower or n.upper or n.step)}
    return list(found.values())[:10]


def _normalise(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", text))


def _normalised_lines(text: str) -> set[str]:
    return {_normalise(line) for line in text.splitlines() if line.strip()}
