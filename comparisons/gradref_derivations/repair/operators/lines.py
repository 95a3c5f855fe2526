"""Operators of lines: one too many, one too few, one too early or too late, one that belongs under a condition."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..nodes import binary, parsed
from ..values import Atom
from . import costs
from .statements import Offers, StatementPlace, statement_operator
from .statements import changes as changes

__all__ = ["all_scaled", "inserted", "moved", "removed", "under_a_condition"]

_FIXED = (ast.Return, ast.FunctionDef, ast.ClassDef)
FARTHEST = 3  # lines that one is moved past


@statement_operator("removed", on=ast.stmt, cost=costs.REMOVED)
def removed(p: StatementPlace) -> Offers:
    """A line too many goes.

    >>> changes(removed, "d = d * 2; e = d")
    ['']
    """
    if not isinstance(p.statement, _FIXED) and len(p.block) > 1:
        yield costs.WITH_WHAT_IT_MAKES if isinstance(p.statement, ast.Assign) else 0, []


@statement_operator("unconditional", on=ast.If, cost=costs.UNCONDITIONAL)
def unconditional(p: StatementPlace) -> Offers:
    """`d = v` for `if c: d = v`.

    >>> changes(unconditional, "if c: d = v")
    ['d = v']
    """
    if not p.statement.orelse:
        yield 0, p.statement.body


@statement_operator("under a condition", on=(ast.Assign, ast.AugAssign, ast.Expr), cost=costs.UNDER_A_CONDITION)
def under_a_condition(p: StatementPlace) -> Offers:
    """`if causal: s = masked` for `s = masked`, where the code has such a flag.

    >>> changes(under_a_condition, "s = v", causal=False)
    ['if causal:\\n    s = v']
    """
    if p.ingredients is not None:
        for name, value in p.ingredients.local.items():
            if type(value) is bool and not name.startswith("__"):
                yield 0, [ast.If(ast.Name(name, ast.Load()), [p.statement], [])]


@statement_operator("moved", on=(ast.Assign, ast.AugAssign, ast.Expr), cost=costs.MOVED)
def moved(p: StatementPlace) -> Offers:
    """A line behind or before one of those that use what it writes.

    >>> changes(moved, "w -= d; e = d @ w")
    ['e = d @ w; w -= d']
    """
    at = p.block.index(p.statement)
    for step in range(1, FARTHEST + 1):
        behind, before = p.block[at + 1 : at + 1 + step], p.block[max(at - step, 0) : at]
        if len(behind) == step and _may_pass(p.statement, behind):
            yield costs.EACH_LINE * step, [*behind, p.statement], [p.statement, *behind]
        if step > 1 and len(before) == step and _may_pass(p.statement, before):
            yield costs.EACH_LINE * step, [p.statement, *before], [*before, p.statement]


@statement_operator("moved out of the loop", on=ast.For, cost=costs.OUT_OF_THE_LOOP)
def moved_out_of_the_loop(p: StatementPlace) -> Offers:
    """The last line of a loop behind it.

    >>> changes(moved_out_of_the_loop, "for t in ts:\\n    d += t\\n    e = d")
    ['for t in ts:\\n    d += t; e = d']
    """
    s = p.statement
    if len(s.body) > 1:
        yield 0, [ast.For(s.target, s.iter, s.body[:-1], s.orelse), s.body[-1]]


@statement_operator("moved before the loop", on=ast.For, cost=costs.OUT_OF_THE_HEAD)
def moved_before_the_loop(p: StatementPlace) -> Offers:
    """The first line of a loop before it.

    >>> changes(moved_before_the_loop, "for t in ts:\\n    d = 0\\n    d += t")
    ['d = 0; for t in ts:\\n    d += t']
    """
    s = p.statement
    if len(s.body) > 1 and not _names(s.target) & _names(s.body[0]):
        yield 0, [s.body[0], ast.For(s.target, s.iter, s.body[1:], s.orelse)]


@statement_operator("inserted", on=(ast.Assign, ast.AugAssign), cost=costs.NONE)
def inserted(p: StatementPlace) -> Offers:
    """One more line below: `d` scaled, masked, or with one more term.

    >>> changes(inserted, "d = v", d=(3,), m=3)[-2:]
    ['d = v; d /= m', 'd = v; d *= m']
    """
    if p.ingredients is not None and isinstance(p.target, (ast.Name, ast.Subscript, ast.Attribute)):
        for target in dict.fromkeys([p.target, _base(p.target)]):
            for cost, line in _updates(p, target):
                yield cost, [p.statement, line]


@statement_operator("inserted behind a loop", on=ast.For, cost=costs.BEHIND_A_LOOP)
def inserted_behind_a_loop(p: StatementPlace) -> Offers:
    """What a loop adds up is scaled behind it.

    >>> changes(inserted_behind_a_loop, "for t in ts:\\n    d += t", d=(3,), m=3)[-2:]
    ['for t in ts:\\n    d += t; d /= m', 'for t in ts:\\n    d += t; d *= m']
    """
    if p.ingredients is None:
        return
    targets = [s.target for s in ast.walk(p.statement) if isinstance(s, ast.AugAssign)]
    for target in {ast.unparse(t): t for t in targets if isinstance(t, (ast.Name, ast.Attribute))}.values():
        for cost, line in _updates(p, target):
            yield cost, [p.statement, line]


@statement_operator("everything returned is scaled", on=ast.Return, cost=costs.ALL_SCALED)
def all_scaled(p: StatementPlace) -> Offers:
    """`{"dW": dW / m, "db": db / m}` for `{"dW": dW, "db": db}`: a factor forgotten everywhere.

    >>> changes(all_scaled, "return {'dW': dW, 'db': db}", m=3)[1]
    "return {'dW': dW / m, 'db': db / m}"
    """
    if p.ingredients is None or not isinstance(p.statement.value, ast.Dict) or len(p.statement.value.values) < 2:
        return
    keys, values = p.statement.value.keys, p.statement.value.values
    for atom in p.ingredients.numbers():
        if atom.cost <= costs.NEAR_INSERTED:
            for op in (ast.Mult, ast.Div):
                yield atom.cost, [ast.Return(ast.Dict(keys, [binary(v, op, atom.node) for v in values]))]


def _base(node: Any) -> Any:
    """The variable that an entry belongs to."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _updates(p: StatementPlace, target: Any) -> Iterator[tuple[float, ast.stmt]]:
    """`target op= ingredient`, for every ingredient that leaves the shape of the target as it is."""
    assert p.ingredients is not None
    try:
        value = eval(ast.unparse(target), dict(p.ingredients.local))
    except Exception:
        return
    if not isinstance(value, (np.ndarray, float, int)):
        return
    stored: Any = parsed(ast.unparse(target))
    stored.ctx = ast.Store()
    for atom in p.ingredients.atoms:
        for op, cost in _fitting(atom, np.shape(value)):
            yield cost + atom.cost, ast.AugAssign(stored, op(), atom.node)


def _fitting(atom: Atom, shape: tuple[int, ...]) -> list[tuple[type[ast.operator], float]]:
    """The operators with which an ingredient may change something of a shape."""
    if atom.is_array and atom.shape == shape and atom.cost <= costs.NEAR_ADDED:
        added: list[tuple[type[ast.operator], float]] = [(ast.Add, costs.INSERTED_ARRAY + costs.PLUS)]
        if atom.cost <= costs.NEAR_INSERTED:
            added += [(ast.Mult, costs.INSERTED_ARRAY), (ast.Sub, costs.INSERTED_ARRAY + costs.MINUS)]
        return added
    if atom.is_number and atom.cost <= costs.NEAR_INSERTED:
        return [(ast.Div, costs.INSERTED_NUMBER), (ast.Mult, costs.INSERTED_NUMBER + costs.TIMES)]
    return []


def _may_pass(statement: ast.stmt, others: list[ast.stmt]) -> bool:
    """True when a line changes something by moving past others, and none of them ends the function."""
    names = _names(statement)
    return not any(isinstance(o, _FIXED) for o in others) and bool(names & _names(others[-1] if others else statement))


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
