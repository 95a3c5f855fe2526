"""Operators of constants: another number, another axis, a variable in the place of one."""

from __future__ import annotations

import ast

from ..nodes import number
from ..place import LARGEST, Place
from . import costs
from .table import Kind, Proposals, operator
from .table import offers as offers

__all__ = ["array_for_constant", "flag", "nearby_constant", "real_for_whole", "variable_for_constant"]


@operator("flag", on=ast.Constant, cost=costs.FLAG)
def flag(p: Place) -> Proposals:
    """`False` for `True`.

    >>> offers(flag, "f(x, keepdims=True)", "True")
    ['f(x, keepdims=False)']
    """
    if isinstance(p.node.value, bool):
        yield 0, ast.Constant(not p.node.value)


@operator("a real number for a whole one", on=ast.Constant, cost=costs.REAL_FOR_WHOLE)
def real_for_whole(p: Place) -> Proposals:
    """`[0.0]` for `[0]`: an array of whole numbers cuts off what is written into it.

    >>> offers(real_for_whole, "np.array([0] * n)", "0")
    ['np.array([0.0] * n)']
    """
    if isinstance(p.node.value, int) and _is_plain_number(p) and isinstance(p.parent, (ast.List, ast.Tuple, ast.Call)):
        yield 0, ast.Constant(float(p.node.value))


@operator("nearby constant", on=ast.Constant, cost=costs.NEARBY_CONSTANT, kind=Kind.INDEX)
def nearby_constant(p: Place) -> Proposals:
    """`2`, `0.5`, `-1`... for `1`; an axis becomes another axis.

    >>> offers(nearby_constant, "x * 2.0", "2.0")[:4]
    ['x * 3.0', 'x * 4.0', 'x * -2.0', 'x * 0']
    """
    for value in _near(p):
        if not _is_neutral(p, value):
            yield from _another(p, value)


@operator("constant of the file", on=ast.Constant, cost=costs.CONSTANT_OF_THE_FILE, kind=Kind.INDEX)
def constant_of_the_file(p: Place) -> Proposals:
    """A floating point number that the file has elsewhere."""
    near = _near(p)
    if near:
        for value in p.context.constants:
            if value not in near:
                yield from _another(p, value)


@operator("variable for constant", on=ast.Constant, cost=costs.VARIABLE_FOR_CONSTANT, kind=Kind.INDEX)
def variable_for_constant(p: Place) -> Proposals:
    """`n` for `2`.

    >>> offers(variable_for_constant, "x / 2", "2", n=3)
    ['x / n']
    """
    if _is_plain_number(p) and not isinstance(p.parent, (ast.keyword, ast.Slice)):
        for atom in p.context.ingredients.numbers():
            too_large = isinstance(p.parent, ast.Call) and not atom.value <= LARGEST
            if not too_large and not atom.text.replace(".", "").isdigit():
                yield atom.cost, atom.node


@operator("array for constant", on=ast.Constant, cost=costs.ARRAY_FOR_CONSTANT, kind=Kind.NAME)
def array_for_constant(p: Place) -> Proposals:
    """`1 - a` for `1 - 0.5`, a an array.

    >>> offers(array_for_constant, "x * 2", "2", a=(3,))
    ['x * a']
    """
    if _is_plain_number(p) and isinstance(p.parent, (ast.BinOp, ast.stmt)):
        for atom in p.context.ingredients.arrays():
            yield atom.cost, atom.node


@operator("axis for None", on=ast.Constant, cost=costs.AXIS)
def axis_for_none(p: Place) -> Proposals:
    """`axis=0` for `axis=None`.

    >>> offers(axis_for_none, "x.sum(axis=None)", "None")
    ['x.sum(axis=0)', 'x.sum(axis=1)', 'x.sum(axis=-1)']
    """
    if p.node.value is None and isinstance(p.parent, ast.keyword) and p.parent.arg == "axis":
        for axis in (0, 1, -1):
            yield 0, number(axis)


def _is_plain_number(p: Place) -> bool:
    return isinstance(p.node.value, (int, float)) and not isinstance(p.node.value, bool)


def _near(p: Place) -> list[float]:
    """The numbers people mistake for this one; nothing for what is no number."""
    if not _is_plain_number(p):
        return []
    v = p.node.value
    near: list[float] = [v + 1, v - 1, 2 * v, v / 2, -v, 0, 1, 2, 0.5, -1]
    if (isinstance(p.parent, ast.keyword) and p.parent.arg in ("axis", "ddof")) or isinstance(p.parent, ast.Call):
        near = [0, 1, 2, -1, -2, v + 1, v - 1]
    if isinstance(v, float):
        near += [1 - v, v * v, *([1 / v] if v else [])]
    return list(dict.fromkeys(near))


def _is_neutral(p: Place, value: float) -> bool:
    """True for `* 1`, `/ 1`, `+ 0` and the like, which is written by dropping the operand."""
    if not isinstance(p.parent, ast.BinOp):
        return False
    if isinstance(p.parent.op, (ast.Mult, ast.MatMult)):
        return value == 1
    behind = p.parent.right is p.node
    if isinstance(p.parent.op, (ast.Div, ast.Pow)):
        return value == 1 and behind
    return value == 0 and isinstance(p.parent.op, (ast.Add, ast.Sub)) and (behind or isinstance(p.parent.op, ast.Add))


def _another(p: Place, value: float) -> Proposals:
    v = p.node.value
    if value != v or (type(value) is not type(v) and isinstance(p.parent, ast.keyword)):
        whole = isinstance(value, float) and value.is_integer() and isinstance(v, int)
        yield 0, number(int(value) if whole else value)
