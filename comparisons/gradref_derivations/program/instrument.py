"""Functions with a hook after every assignment: how the values inside somebody's forward and backward are seen."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .editable import Editable, editables, installed
from .program import Program

__all__ = ["NOTE", "Instrument", "instrumented", "listed"]

NOTE = "__gradref_note__"  # what a hook is called inside somebody's functions


class Instrument(ast.NodeTransformer):
    """Wraps what is assigned or returned in a call of `hook`; after in-place changes the variable itself."""

    def __init__(self, hook: str):
        self.hook, self.sites = hook, []

    def _site(self, name: str, node: ast.stmt) -> ast.Constant:
        self.sites.append((node.lineno, name, node))
        return ast.Constant(len(self.sites) - 1)

    def _hooked(self, site: ast.Constant, value: ast.expr) -> ast.expr:
        local = ast.Call(ast.Name("locals", ast.Load()), [], [])
        return ast.Call(ast.Name(self.hook, ast.Load()), [site, value, local], [])

    def visit_Assign(self, node):
        if len(node.targets) == 1:
            name = _name_of(node.targets[0])
            node.value = self._hooked(self._site(name, node), node.value)
        return node

    def visit_AugAssign(self, node):
        base = node.target
        while isinstance(base, (ast.Subscript, ast.Attribute)):
            base = base.value
        if isinstance(base, ast.Name):
            stored = ast.Assign(
                [ast.Name(base.id, ast.Store())],
                self._hooked(self._site(_name_of(node.target), node), ast.Name(base.id, ast.Load())),
            )
            return [node, stored] if isinstance(node.target, ast.Name) else [node, ast.Expr(stored.value)]
        return node

    def visit_Return(self, node):
        if node.value is not None:
            node.value = self._hooked(self._site("return", node), node.value)
        return node

    def visit_Lambda(self, node):
        return node


def _name_of(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript):
        return _name_of(target.value) + "[]"
    return "(...)"


def listed(x: Any) -> list[ast.stmt]:
    return x if isinstance(x, list) else [x]


@contextmanager
def instrumented(program: Program, instrument: Instrument, hook: Any) -> Iterator[None]:
    """Backward's functions with `hook` called after every assignment."""
    with ExitStack() as stack:
        stack.callback(program.namespace.pop, instrument.hook, None)
        program.namespace[instrument.hook] = hook
        for editable in editables(program):
            copied = copy.deepcopy(editable.node)
            copied.body = [s for statement in copied.body for s in listed(instrument.visit(statement))]
            ast.fix_missing_locations(copied)
            stack.enter_context(installed(program, Editable(copied, editable.owner, editable.shared)))
        yield
