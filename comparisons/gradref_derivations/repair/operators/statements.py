"""Edits of whole statements: = and +=, another operator or target, order of lines, one line too many or too few."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..edits import rules_for
from ..ingredients import Library
from ..nodes import Context, nodes_of

__all__ = ["StatementEdit", "blocks_of", "statement_edits"]


@dataclass(frozen=True)
class StatementEdit:
    """Put `new` where `statement` stands in `block` (a list of statements of the tree)."""

    cost: float
    block: list[ast.stmt]
    statement: ast.stmt
    new: list[ast.stmt]
    kind: str


def blocks_of(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    """Every list of statements in a function."""
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


_ARITHMETIC: list[type] = [ast.Add, ast.Sub, ast.Mult, ast.Div]


def _load(node: ast.expr) -> ast.expr:
    copied = ast.parse(ast.unparse(node), mode="eval").body
    return copied


def _stored(node: ast.expr) -> ast.expr:
    copied = _load(node)
    if hasattr(copied, "ctx"):
        copied.ctx = ast.Store()  # type: ignore[attr-defined]
    return copied


def statement_edits(block: list[ast.stmt], statement: ast.stmt, library: Library | None) -> Iterator[StatementEdit]:
    """Every edit of one statement as a whole, in no particular order."""

    def edit(cost: float, new: ast.stmt | list[ast.stmt], kind: str) -> StatementEdit:
        return StatementEdit(cost, block, statement, new if isinstance(new, list) else [new], kind)

    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
        if isinstance(target, (ast.Name, ast.Subscript, ast.Attribute)):
            yield edit(1.0, ast.AugAssign(target, ast.Add(), value), "accumulate")
            yield edit(1.7, ast.AugAssign(target, ast.Mult(), value), "accumulate")
            if isinstance(value, ast.BinOp) and ast.dump(value.left).replace("Load", "Store") == ast.dump(target):
                yield edit(1.6, ast.AugAssign(target, value.op, value.right), "in place")
        if isinstance(target, ast.Subscript) and not _sliced(target):
            yield edit(1.4, _add_at(target, value), "add.at")
    elif isinstance(statement, ast.AugAssign):
        target, op, value = statement.target, statement.op, statement.value
        yield edit(1.0, ast.Assign([target], value), "overwrite")
        for other in _ARITHMETIC:
            if not isinstance(op, other):
                yield edit(1.1, ast.AugAssign(target, other(), value), "operator")
        yield edit(1.3, ast.Assign([target], ast.BinOp(_load(target), op, value)), "not in place")
        if isinstance(target, ast.Name) and isinstance(value, ast.Name):
            swapped = ast.AugAssign(ast.Name(value.id, ast.Store()), op, ast.Name(target.id, ast.Load()))
            yield edit(1.2, swapped, "target")
        if isinstance(target, ast.Subscript) and isinstance(op, ast.Add) and not _sliced(target):
            yield edit(1.2, _add_at(target, value), "add.at")
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [statement.target]
        if isinstance(statement, ast.AugAssign)
        else []
    )
    if library is not None and len(targets) == 1:
        yield from _targets(statement, targets[0], library, edit)
    if not isinstance(statement, (ast.Return, ast.FunctionDef, ast.ClassDef)) and len(block) > 1:
        yield edit(1.8, ast.Pass(), "removed")
    if isinstance(statement, ast.If) and not statement.orelse:
        yield edit(1.8, statement.body, "unconditional")
    yield from _moved(block, statement, edit)
    if library is not None and isinstance(statement, (ast.Assign, ast.AugAssign)) and isinstance(targets[0], ast.Name):
        yield from _inserted(statement, targets[0].id, library, edit)


def _add_at(target: ast.Subscript, value: ast.expr) -> ast.stmt:
    call = ast.parse("np.add.at()", mode="eval").body
    assert isinstance(call, ast.Call)
    call.args = [_load(target.value), _load(target.slice), value]
    return ast.Expr(call)


def _sliced(target: ast.Subscript) -> bool:
    return any(isinstance(n, ast.Slice) for n in ast.walk(target.slice))


def _targets(statement, target, library, edit) -> Iterator[StatementEdit]:
    """Another variable on the left, or another index."""
    scope = library.scopes[-1] if library.scopes else {}

    def rebuilt(new: Any) -> ast.stmt:
        if isinstance(statement, ast.Assign):
            return ast.Assign([new], statement.value)
        return ast.AugAssign(new, statement.op, statement.value)

    base = target
    while isinstance(base, (ast.Subscript, ast.Attribute)):
        base = base.value
    if (isinstance(base, ast.Name) and isinstance(scope.get(base.id), (np.ndarray, float, int)) and base is target) or isinstance(
        target, ast.Subscript
    ):
        own = scope.get(base.id) if isinstance(base, ast.Name) else None
        for name, value in scope.items():
            if name not in library.local_names:
                continue
            if (
                isinstance(base, ast.Name)
                and name != base.id
                and type(value) is type(own)
                and _shape(value) == _shape(own)
                and not name.startswith("__")
            ):
                text = ast.unparse(target)
                new = ast.parse(name + text[len(base.id) :], mode="eval").body
                new.ctx = ast.Store()  # type: ignore[attr-defined]
                yield edit(1.5, rebuilt(new), "target")
    if isinstance(target, ast.Subscript):
        context = Context(library, [])
        holder = _load(target)
        assert isinstance(holder, ast.Subscript)
        for node, (parent, field, index), _ in list(nodes_of(holder.slice, (holder, "slice", None))):
            for cost, new, kind in list(rules_for(node, parent, context)):
                if kind not in ("name", "index", "slice", "constant", "unwrapped", "order") or cost > 1.6:
                    continue
                slot = getattr(parent, field)
                if index is None:
                    setattr(parent, field, new)
                else:
                    slot[index] = new
                try:
                    changed = _stored(holder)
                except Exception:
                    changed = None
                if index is None:
                    setattr(parent, field, slot)
                else:
                    slot[index] = node
                if changed is not None:
                    yield edit(cost + 0.1, rebuilt(changed), "target")


def _shape(value) -> object:
    return value.shape if isinstance(value, np.ndarray) else None


def _moved(block: list[ast.stmt], statement: ast.stmt, edit) -> Iterator[StatementEdit]:
    at = block.index(statement)
    if (
        at + 1 < len(block)
        and isinstance(statement, (ast.Assign, ast.AugAssign))
        and isinstance(block[at + 1], (ast.Assign, ast.AugAssign))
    ):
        pass  # exchanging two lines touches two statements; see `exchanged` in search
    if isinstance(statement, (ast.For, ast.While)) and len(statement.body) > 1:
        last = statement.body[-1]
        loop = (
            ast.For(statement.target, statement.iter, statement.body[:-1], statement.orelse)
            if isinstance(statement, ast.For)
            else None
        )
        if loop is not None:
            yield edit(1.7, [loop, last], "moved out of the loop")


def _inserted(statement, name, library, edit) -> Iterator[StatementEdit]:
    """One more line below: `name` scaled, masked, or with one more term."""
    value = library.scopes[-1].get(name) if library.scopes else None
    shape = np.shape(value) if isinstance(value, (np.ndarray, float, int)) else None
    if shape is None:
        return
    for atom in library.atoms:
        if atom.cost > 0.7:
            continue
        operators: list[tuple[ast.operator, float]] = []
        if atom.is_number:
            operators = [(ast.Div(), 2.2), (ast.Mult(), 2.3)]
        elif atom.is_array and atom.shape == shape:
            operators = [(ast.Mult(), 2.3), (ast.Add(), 2.4), (ast.Sub(), 2.6)]
        for op, cost in operators:
            extra = ast.AugAssign(ast.Name(name, ast.Store()), op, atom.node)
            yield edit(cost + atom.cost, [statement, extra], "inserted")
