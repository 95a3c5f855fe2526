"""Operators of names: another variable, entry, expression or number in the place of one."""

from __future__ import annotations

import ast

from ..place import LARGEST, Place, broadcast, unlike
from ..values import Atom
from . import costs
from .table import Kind, Proposals, operator
from .table import offers as offers

__all__ = ["name_of_other_shape", "number_for_array", "other_name", "other_number"]


def _measured(p: Place) -> bool:
    return p.measured


def _same_shape(p: Place, atom: Atom) -> bool:
    return atom.is_array and bool(p.shape) and atom.shape == p.shape


def _broadcasts(p: Place, atom: Atom) -> bool:
    return p.elementwise and atom.is_array and bool(p.shape) and broadcast(atom.shape, p.shape) is not None


@operator("another name", on=ast.expr, cost=costs.NAME, applies=_measured, kind=Kind.NAME)
def other_name(p: Place) -> Proposals:
    """`z` for `a`, `W2` for `W1`: another array of the same shape, cheapest where the names are alike.

    >>> offers(other_name, "a1 * d", "a1", a1=(3,), z1=(3,))
    ['z1 * d']
    """
    for atom in p.replacements:
        if not _same_shape(p, atom) or (p.indexing and atom.value.dtype.kind not in "iub"):
            continue
        if atom.sibling and not p.simple and isinstance(p.parent, ast.stmt):
            yield costs.LINE_OF_A_SIBLING - costs.NAME, atom.node
        else:
            yield (unlike(p.text, atom.text) if p.simple else costs.FOR_AN_EXPRESSION) + atom.cost, atom.node


@operator("another number", on=ast.expr, cost=costs.NUMBER, applies=_measured, kind=Kind.NAME)
def other_number(p: Place) -> Proposals:
    """`n` for `m`.

    >>> offers(other_number, "d / m", "m", m=2, n=3)
    ['d / n']
    """
    if p.shape:
        return
    counts = p.whole and not p.elementwise
    for atom in p.replacements:
        if atom.is_number and (not counts or (atom.is_whole and atom.value <= LARGEST)):
            yield (unlike(p.text, atom.text) if p.simple else costs.NUMBER_FOR_AN_EXPRESSION) + atom.cost, atom.node


@operator("a name that broadcasts", on=ast.expr, cost=costs.BROADCAST_NAME, applies=_measured, kind=Kind.NAME)
def broadcast_name(p: Place) -> Proposals:
    """`v` for `A` in `A * B`: an array of another shape that fits its neighbour.

    >>> offers(broadcast_name, "A * B", "A", A=(2, 3), v=(3,))
    ['v * B']
    """
    for atom in p.replacements:
        if not _same_shape(p, atom) and _broadcasts(p, atom):
            yield (0 if p.simple else costs.BROADCAST_FOR_AN_EXPRESSION) + atom.cost, atom.node


@operator("a name of other shape", on=ast.expr, cost=costs.NAME_OF_OTHER_SHAPE, applies=_measured, kind=Kind.NAME)
def name_of_other_shape(p: Place) -> Proposals:
    """`W1` for `W2` in `d @ W2`: as many axes, other lengths.

    >>> offers(name_of_other_shape, "d @ W2", "W2", W1=(2, 3), W2=(3, 4))
    ['d @ W1']
    """
    if not p.shape or not isinstance(p.parent, (ast.BinOp, ast.Call, ast.Attribute)):
        return
    for atom in p.replacements:
        if atom.is_array and len(atom.shape) == len(p.shape) and not _same_shape(p, atom) and not _broadcasts(p, atom):
            yield (0 if p.simple else costs.OTHER_SHAPE_FOR_AN_EXPRESSION) + atom.cost, atom.node


@operator("number for array", on=ast.expr, cost=costs.NUMBER_FOR_ARRAY, applies=_measured, kind=Kind.NAME)
def number_for_array(p: Place) -> Proposals:
    """`m` for `A` in `A * B`, and the other way round.

    >>> offers(number_for_array, "A * B", "A", A=(2, 3), m=3)
    ['m * B']
    """
    if p.elementwise:
        for atom in p.replacements:
            if (atom.is_array and not p.shape) or (bool(p.shape) and atom.is_number):
                yield atom.cost, atom.node
