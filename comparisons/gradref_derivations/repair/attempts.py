"""Trying edits: one expression is run in its place through a hole, a statement by compiling its function; no edit twice by value."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..program.editable import installed
from ..program.guard import Failed
from ..program.hole import Hole, hole_call
from ..program.program import Program
from .candidates import in_tree
from .cleared_lines import is_derivative
from .edit_locations import Site
from .edits import Edit, expression_edits
from .fault_localization import PASSED_ON
from .fragments import fragments_of
from .gathering import gathered
from .ingredients import Ingredients
from .nodes import put
from .operators import Kind, StatementEdit, costs, statement_edits
from .oracle import Alarm, Objective
from .quantities import Quantity
from .signatures import mark_of

__all__ = ["Bench", "blocks_of"]

BLIND = 1.8  # price up to which whole statements are changed that were never seen running
LOCALLY = 1.0  # seconds for one expression on the recorded variables

Accept = Callable[[Site, Edit | StatementEdit], None]


@dataclass
class _Prepared:
    """A site with its edits, and how far they have been tried: marks of the values `seen`, of those that are `right`, and `half`."""

    hole: Hole
    ingredients: Ingredients
    edits: list[Edit]
    statement_edits: list[StatementEdit]
    seen: set[Any] = field(default_factory=set)
    right: set[Any] = field(default_factory=set)
    half: set[Any] = field(default_factory=set)
    done: int = 0
    done_statements: int = 0


class Bench:
    """Tries the edits of one site after another.

    `accept` is told of each that makes everything right, `half` of each that makes something right, `over` says when to stop. `open`
    are quantities whose derivatives backward lacks: an expression that becomes one of them is right, whatever else is wrong.
    """

    def __init__(self, program: Program, objective: Objective, accept: Accept, half: Accept, over: Callable[[], bool]):
        self.program, self.objective, self.accept, self.half, self.over = program, objective, accept, half, over
        self.open: list[Quantity] = []
        self.prepared: dict[int, _Prepared | None] = {}
        self.fragments = fragments_of(program)
        self.constants = _constants(program.tree)
        self.slices = _slices(program.tree)

    def try_site(self, site: Site, tier: float, first_time: bool) -> None:
        """Every edit of a site up to a price that has not been tried yet."""
        prepared = self.prepare(site)
        if prepared is None:
            if first_time:
                self._try_statements(site, [e for e in _whole(site, None) if e.cost <= BLIND])
            return
        self._try_expressions(site, prepared, tier)
        low = prepared.done_statements
        while _affordable(prepared.statement_edits, prepared.done_statements, tier):
            prepared.done_statements += 1
        self._try_statements(site, prepared.statement_edits[low : prepared.done_statements])

    def prepare(self, site: Site) -> _Prepared | None:
        """The edits of a site, from the variables of a run with a hole in its place; None where it is never reached."""
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
        ingredients = gathered(self.program, site, hole.environments, self.fragments)
        edits = expression_edits(original, site.slot, ingredients, self.constants, self.slices)
        if site.key is not None and isinstance(original, ast.Name):  # what goes wrong there is the name, hardly ever a factor
            edits = sorted((replace(e, cost=e.cost - PASSED_ON * (e.kind is Kind.NAME)) for e in edits), key=lambda e: e.cost)
        hole.recording = False
        prepared = _Prepared(hole, ingredients, edits, _whole(site, ingredients), {mark_of(hole.values)})
        self.prepared[key] = prepared
        return prepared

    def _try_expressions(self, site: Site, prepared: _Prepared, tier: float) -> None:
        if not _affordable(prepared.edits, prepared.done, tier):
            return
        root = site.expression
        site.expression = hole_call(root)
        try:
            watched = installed(self.program, site.editable, prepared.hole)
            with watched:
                site.expression = root
                while _affordable(prepared.edits, prepared.done, tier) and not self.over():
                    edit = prepared.edits[prepared.done]
                    prepared.done += 1
                    self._try_expression(site, prepared, edit)
        finally:
            site.expression = root

    def _try_expression(self, site: Site, prepared: _Prepared, edit: Edit) -> None:
        code = _compiled(site, edit)
        values = _locally(code, prepared.ingredients.scopes) if code is not None else None
        mark = None if values is None else mark_of(values)
        if mark in prepared.right:  # the same value, written otherwise: it may hold where the other does not
            self.accept(site, edit)
        elif mark in prepared.half:
            self.half(site, edit)
        if mark is None or mark in prepared.seen:
            return
        prepared.seen.add(mark)
        prepared.hole.candidate = code
        try:
            if self.objective.passes_first():
                if self.objective.passes_rest():
                    prepared.right.add(mark)
                    self.accept(site, edit)
                else:  # equal by accident on these inputs: the right one may have the same values here
                    prepared.seen.discard(mark)
            elif self.objective.mends_some or self._fills_a_gap(site, values):
                prepared.half.add(mark)
                self.half(site, edit)
        finally:
            prepared.hole.candidate = None

    def _fills_a_gap(self, site: Site, values: Any) -> bool:
        """True for a whole right side that becomes a derivative which backward lacks."""
        whole = site.slot[0] is site.statement and isinstance(site.statement, (ast.Assign, ast.Return))
        if len(values) != 1 or not whole or not isinstance(values[0], (np.ndarray, float, np.floating)):
            return False
        value = np.asarray(values[0])
        return value.dtype.kind == "f" and value.size > 0 and any(is_derivative(value, q) for q in self.open)

    def _try_statements(self, site: Site, edits: list[StatementEdit]) -> None:
        for edit in edits:
            if self.over():
                return
            for node in edit.new:
                if not hasattr(node, "lineno"):
                    ast.copy_location(node, site.statement)
                    ast.fix_missing_locations(node)
            try:
                with in_tree(edit), installed(self.program, site.editable):
                    if self.objective.passes_first():
                        if self.objective.passes_rest():
                            self.accept(site, edit)
                    elif self.objective.mends_some:
                        self.half(site, edit)
            except (SyntaxError, ValueError, TypeError):
                pass
            finally:
                self.program.refresh()  # the edit may have written to a module-level table


def _affordable(edits: list[Any], at: int, tier: float) -> bool:
    return at < len(edits) and edits[at].cost <= tier


def blocks_of(function: ast.FunctionDef) -> list[list[ast.stmt]]:
    """Every list of statements in a function."""
    found = [getattr(node, name, None) for node in ast.walk(function) for name in ("body", "orelse", "finalbody")]
    return [block for block in found if isinstance(block, list) and block and isinstance(block[0], ast.stmt)]


def _whole(site: Site, ingredients: Ingredients | None) -> list[StatementEdit]:
    """Edits of the statement as a whole, of a site that is all of its right side; what is alone in a loop may go with it."""
    first_entry = isinstance(site.slot[0], ast.Dict) and site.slot[2] == 0 and isinstance(site.statement, ast.Return)
    if site.slot[0] is not site.statement and not first_entry:
        return []
    blocks = blocks_of(site.editable.node)
    own = next((block for block in blocks if site.statement in block), None)
    if own is None:
        return []
    found = statement_edits(own, site.statement, ingredients)
    for block in blocks:
        for around in block:
            if (
                len(own) == 1
                and len(block) > 1
                and isinstance(around, (ast.For, ast.If))
                and around.body is own
                and not around.orelse
            ):
                found.append(StatementEdit(costs.REMOVED, block, [around], [], "removed with its loop"))
    return sorted(found, key=lambda e: e.cost)


def _compiled(site: Site, edit: Edit) -> Any:
    for node in ast.walk(edit.new):
        if "lineno" in node._attributes and not hasattr(node, "lineno"):
            node.lineno = node.end_lineno = site.statement.lineno  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
    put(edit.slot, edit.new)
    try:
        return compile(ast.Expression(site.expression), "<edit>", "eval")
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None
    finally:
        put(edit.slot, edit.old)


def _locally(code: Any, scopes: list[dict[str, Any]]) -> Any:
    """The values of the edited expression on the recorded variables; None if it raises."""
    try:
        with Alarm(LOCALLY):
            return [eval(code, dict(scope)) for scope in scopes]
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None


def _constants(tree: ast.Module) -> list[float]:
    found = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    return list(dict.fromkeys(found))[:12]


def _slices(tree: ast.Module) -> list[ast.Slice]:
    found = {ast.unparse(n): n for n in ast.walk(tree) if isinstance(n, ast.Slice) and (n.lower or n.upper or n.step)}
    return list(found.values())[:10]
