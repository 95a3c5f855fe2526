"""Operators of whole statements: = and +=, another operator, another target; those of lines are in `lines`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ingredients import Ingredients
from ..nodes import nodes_of, parsed, substituted
from ..place import Context, Place
from . import costs
from .table import Kind, proposals, sample_ingredients

__all__ = [
    "STATEMENTS",
    "StatementEdit",
    "StatementOperator",
    "StatementPlace",
    "changes",
    "statement_edits",
    "statement_operator",
]

_ARITHMETIC: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div)


@dataclass(frozen=True)
class StatementEdit:
    """Put `new` where the statements `old` stand, one after the other, in `block` (a list of statements of the tree)."""

    cost: float
    block: list[ast.stmt]
    old: list[ast.stmt]
    new: list[ast.stmt]
    name: str


@dataclass(frozen=True)
class StatementPlace:
    """One statement in its block, and what could stand in it; without ingredients where it was never reached."""

    statement: Any
    block: list[ast.stmt]
    ingredients: Ingredients | None

    @property
    def target(self) -> Any:
        """The one thing assigned to, or None."""
        if isinstance(self.statement, ast.AugAssign):
            return self.statement.target
        if isinstance(self.statement, ast.Assign) and len(self.statement.targets) == 1:
            return self.statement.targets[0]
        return None


Offers = Iterator[tuple[float, list[ast.stmt]] | tuple[float, list[ast.stmt], list[ast.stmt]]]


@dataclass(frozen=True)
class StatementOperator:
    """One kind of edit of a whole statement; `name` and the docstring of `propose` say which."""

    name: str
    on: tuple[type, ...]
    cost: float
    propose: Callable[[StatementPlace], Offers]


STATEMENTS: list[StatementOperator] = []


def statement_operator(name: str, *, on: type | tuple[type, ...], cost: float) -> Callable:
    """Put a generator into the table of whole statements.

    It yields what is added to the price and the new statements, and where several are replaced those as well.
    """

    def register(propose: Callable[[StatementPlace], Offers]) -> Callable[[StatementPlace], Offers]:
        STATEMENTS.append(StatementOperator(name, on if isinstance(on, tuple) else (on,), cost, propose))
        return propose

    return register


def statement_edits(block: list[ast.stmt], statement: ast.stmt, ingredients: Ingredients | None) -> list[StatementEdit]:
    """Every edit of one statement as a whole, cheapest first."""
    place = StatementPlace(statement, block, ingredients)
    found = [
        StatementEdit(row.cost + extra, block, replaced[0] if replaced else [statement], new, row.name)
        for row in STATEMENTS
        if isinstance(statement, row.on)
        for extra, new, *replaced in row.propose(place)
    ]
    return sorted(found, key=lambda e: e.cost)


def changes(propose: Callable[[StatementPlace], Offers], code: str, **variables: object) -> list[str]:
    """What an operator makes of the first statement of some lines; for the examples beside each one."""
    block = ast.parse(code).body
    ingredients = sample_ingredients(variables)
    row = next(r for r in STATEMENTS if r.propose is propose)
    offers = propose(StatementPlace(block[0], block, ingredients)) if isinstance(block[0], row.on) else iter(())
    return ["; ".join(ast.unparse(ast.fix_missing_locations(s)) for s in new) for _, new, *_ in offers]


# --- = and += -----------------------------------------------------------------------------------------------------------


@statement_operator("accumulated", on=ast.Assign, cost=costs.ACCUMULATED)
def accumulated(p: StatementPlace) -> Offers:
    """`d += v` for `d = v`.

    >>> changes(accumulated, "d = v")
    ['d += v']
    """
    if isinstance(p.target, (ast.Name, ast.Subscript, ast.Attribute)):
        yield 0, [ast.AugAssign(p.target, ast.Add(), p.statement.value)]


@statement_operator("multiplied up", on=ast.Assign, cost=costs.MULTIPLIED_UP)
def multiplied_up(p: StatementPlace) -> Offers:
    """`d *= v` for `d = v`.

    >>> changes(multiplied_up, "d = v")
    ['d *= v']
    """
    if isinstance(p.target, (ast.Name, ast.Subscript, ast.Attribute)):
        yield 0, [ast.AugAssign(p.target, ast.Mult(), p.statement.value)]


@statement_operator("in place", on=ast.Assign, cost=costs.IN_PLACE)
def in_place(p: StatementPlace) -> Offers:
    """`d *= v` for `d = d * v`.

    >>> changes(in_place, "d = d * v")
    ['d *= v']
    """
    value = p.statement.value
    plain = isinstance(p.target, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(value, ast.BinOp)
    if plain and ast.dump(_stored(value.left)) == ast.dump(p.target):
        yield 0, [ast.AugAssign(p.target, value.op, value.right)]


@statement_operator("np.add.at for =", on=ast.Assign, cost=costs.ADDED_AT)
def added_at(p: StatementPlace) -> Offers:
    """`np.add.at(d, i, v)` for `d[i] = v`.

    >>> changes(added_at, "d[i] = v")
    ['np.add.at(d, i, v)']
    """
    if isinstance(p.target, ast.Subscript) and not _sliced(p.target):
        yield 0, [_add_at(p.target, p.statement.value)]


@statement_operator("np.add.at for +=", on=ast.AugAssign, cost=costs.ADDED_AT_FOR_AN_UPDATE)
def added_at_for_an_update(p: StatementPlace) -> Offers:
    """`np.add.at(d, i, v)` for `d[i] += v`, which forgets repeated indices.

    >>> changes(added_at_for_an_update, "d[i] += v")
    ['np.add.at(d, i, v)']
    """
    if isinstance(p.target, ast.Subscript) and isinstance(p.statement.op, ast.Add) and not _sliced(p.target):
        yield 0, [_add_at(p.target, p.statement.value)]


@statement_operator("overwritten", on=ast.AugAssign, cost=costs.OVERWRITTEN)
def overwritten(p: StatementPlace) -> Offers:
    """`d = v` for `d += v`.

    >>> changes(overwritten, "d += v")
    ['d = v']
    """
    yield 0, [ast.Assign([p.target], p.statement.value)]


@statement_operator("other update", on=ast.AugAssign, cost=costs.OTHER_UPDATE)
def other_update(p: StatementPlace) -> Offers:
    """`d -= v` for `d += v`.

    >>> changes(other_update, "d += v")
    ['d -= v', 'd *= v', 'd /= v']
    """
    for other in _ARITHMETIC:
        if not isinstance(p.statement.op, other):
            yield 0, [ast.AugAssign(p.target, other(), p.statement.value)]


@statement_operator("not in place", on=ast.AugAssign, cost=costs.NOT_IN_PLACE)
def not_in_place(p: StatementPlace) -> Offers:
    """`d = d + v` for `d += v`.

    >>> changes(not_in_place, "d += v")
    ['d = d + v']
    """
    yield 0, [ast.Assign([p.target], ast.BinOp(_load(p.target), p.statement.op, p.statement.value))]


# --- another target -----------------------------------------------------------------------------------------------------


@statement_operator("target exchanged", on=ast.AugAssign, cost=costs.TARGET_EXCHANGED)
def target_exchanged(p: StatementPlace) -> Offers:
    """`v += d` for `d += v`.

    >>> changes(target_exchanged, "d += v")
    ['v += d']
    """
    if isinstance(p.target, ast.Name) and isinstance(p.statement.value, ast.Name):
        stored, read = ast.Name(p.statement.value.id, ast.Store()), ast.Name(p.target.id, ast.Load())
        yield 0, [ast.AugAssign(stored, p.statement.op, read)]


@statement_operator("another target", on=(ast.Assign, ast.AugAssign), cost=costs.OTHER_TARGET)
def other_target(p: StatementPlace) -> Offers:
    """`db = v` for `dW = v`, where both are known and of one shape.

    >>> changes(other_target, "da = v", da=(3,), db=(3,), v=(3,))
    ['db = v', 'v = v']
    """
    base = p.target
    while isinstance(base, (ast.Subscript, ast.Attribute)):
        base = base.value
    if p.ingredients is None or not isinstance(base, ast.Name) or not p.ingredients.scopes:
        return
    scope = p.ingredients.scopes[-1]
    own = scope.get(base.id)
    if not isinstance(p.target, ast.Subscript) and not (base is p.target and isinstance(own, (np.ndarray, float, int))):
        return
    text = ast.unparse(p.target)
    for name, value in scope.items():
        alike = type(value) is type(own) and _shape(value) == _shape(own)
        if alike and name in p.ingredients.local_names and name != base.id and not name.startswith("__"):
            yield 0, [_retargeted(p.statement, _stored(parsed(name + text[len(base.id) :])))]


@statement_operator("index of the target", on=(ast.Assign, ast.AugAssign), cost=costs.INDEX_OF_THE_TARGET)
def index_of_the_target(p: StatementPlace) -> Offers:
    """`d[t - 1] = v` for `d[t] = v`: what the table has for indices and names, on the left side.

    >>> changes(index_of_the_target, "d[i, j] = v", i=0, j=1)[:2]
    ['d[j, i] = v', 'd[j, i] = v']
    """
    if p.ingredients is None or not isinstance(p.target, ast.Subscript):
        return
    context = Context(p.target, p.ingredients, [], [])
    for node, slot, _ in list(nodes_of(p.target.slice, (p.target, "slice", None))):
        for cost, new, row in proposals(Place(node, slot[0], context)):
            if row.kind is not Kind.OTHER and cost <= costs.DEAREST_INDEX:
                yield cost, [_retargeted(p.statement, substituted(p.target, {id(node): new}))]


# --- pieces -------------------------------------------------------------------------------------------------------------


def _load(node: ast.expr) -> ast.expr:
    """The same expression, to be read."""
    return parsed(ast.unparse(node))


def _stored(node: ast.expr) -> Any:
    """The same expression, to be written to."""
    copied: Any = _load(node)
    if hasattr(copied, "ctx"):
        copied.ctx = ast.Store()
    return copied


def _retargeted(statement: Any, target: Any) -> ast.stmt:
    if isinstance(statement, ast.Assign):
        return ast.Assign([target], statement.value)
    return ast.AugAssign(target, statement.op, statement.value)


def _add_at(target: ast.Subscript, value: ast.expr) -> ast.stmt:
    return ast.Expr(ast.Call(parsed("np.add.at"), [_load(target.value), _load(target.slice), value], []))


def _sliced(target: ast.Subscript) -> bool:
    return any(isinstance(n, ast.Slice) for n in ast.walk(target.slice))


def _shape(value: Any) -> object:
    return value.shape if isinstance(value, np.ndarray) else None
