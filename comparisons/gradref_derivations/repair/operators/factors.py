"""Operators that add to what stands there: a sign, a transpose, a factor, a term, a function around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from ..nodes import binary, called, method, negated, number, subscripted, transposed
from ..place import Place, broadcast
from ..values import Atom
from . import costs
from .table import Kind, Proposals, operator
from .table import offers as offers

__all__ = ["array_factor", "array_term", "number_factor", "sign", "transpose"]


def _computed(p: Place) -> bool:
    return p.computed


def _has_axes(p: Place) -> bool:
    return p.computed and bool(p.shape)


def _is_matrix(p: Place) -> bool:
    return p.computed and len(p.shape) >= 2


@operator("sign", on=ast.expr, cost=costs.SIGN, applies=_computed)
def sign(p: Place) -> Proposals:
    """`-d` for `d`.

    >>> offers(sign, "d", d=1.0)
    ['-d']
    """
    yield 0, negated(p.node)


@operator("transposed", on=ast.expr, cost=costs.TRANSPOSE, applies=_is_matrix)
def transpose(p: Place) -> Proposals:
    """`W.T` for `W`.

    >>> offers(transpose, "W", W=(2, 3))
    ['W.T']
    """
    yield 0, transposed(p.node)
    if len(p.shape) >= 3:
        yield costs.LAST_TWO_AXES, method(p.node, "swapaxes", number(-1), number(-2))


@operator("order of rows", on=ast.expr, cost=costs.ORDER_OF_ROWS, applies=_is_matrix, kind=Kind.INDEX)
def order_of_rows(p: Place) -> Proposals:
    """`W[::-1]`, `W[:, ::-1]` for `W`; both axes of a kernel.

    >>> offers(order_of_rows, "W", W=(2, 3))
    ['W[::-1]', 'W[:, ::-1]']
    """
    yield 0, subscripted(p.node, "::-1")
    yield 0, subscripted(p.node, ":, ::-1")
    if len(p.shape) == 4:
        yield 0, subscripted(p.node, ":, :, ::-1, ::-1")


@operator("normalised", on=ast.expr, cost=costs.NORMALISED, applies=lambda p: _is_matrix(p) and p.floating)
def normalised(p: Place) -> Proposals:
    """`e / e.sum(axis=-1, keepdims=True)` for `e`.

    >>> offers(normalised, "e", e=(2, 3))[0]
    'e / e.sum(axis=-1, keepdims=True)'
    """
    for axis in (-1, 0):
        yield 0, binary(p.node, ast.Div, _along(p.node, "sum", axis))


@operator("centred", on=ast.expr, cost=costs.CENTRED, applies=lambda p: _has_axes(p) and p.floating)
def centred(p: Place) -> Proposals:
    """`d - d.mean(axis=0, keepdims=True)` for `d`; of a vector `d - d.mean()`.

    >>> offers(centred, "d", d=(2, 3))[1]
    'd - d.mean(axis=0, keepdims=True)'
    >>> offers(centred, "d", d=(3,))
    ['d - d.mean()']
    """
    if len(p.shape) == 1:
        yield costs.OF_A_VECTOR, binary(p.node, ast.Sub, method(p.node, "mean"))
        return
    for axis in (-1, 0):
        yield 0, binary(p.node, ast.Sub, _along(p.node, "mean", axis))


@operator("projected", on=(ast.Name, ast.Subscript), cost=costs.PROJECTED, applies=lambda p: _is_matrix(p) and p.floating)
def projected(p: Place) -> Proposals:
    """`g - (g * p).sum(axis=-1, keepdims=True)` for `g`: what a softmax does to a gradient.

    >>> offers(projected, "g", g=(2, 3), p=(2, 3))[1]
    'g - (g * p).sum(axis=-1, keepdims=True)'
    """
    for atom in p.context.ingredients.arrays():
        if atom.cost <= costs.NEAR and atom.shape == p.shape and atom.is_floating:
            yield atom.cost, binary(p.node, ast.Sub, _along(binary(p.node, ast.Mult, atom.node), "sum", -1))


@operator("copied", on=ast.expr, cost=costs.COPIED, applies=_has_axes)
def copied(p: Place) -> Proposals:
    """`d.copy()` for `d`, where a later line writes into it.

    >>> offers(copied, "d", d=(3,))
    ['d.copy()']
    """
    yield 0, method(p.node, "copy")


@operator("another axis", on=ast.expr, cost=costs.AXIS_MORE, applies=_has_axes)
def axis_more(p: Place) -> Proposals:
    """`v[:, None]` for `v`.

    >>> offers(axis_more, "v", v=(3,))
    ['v[:, None]', 'v[None, :]']
    """
    yield costs.AXIS_BEHIND, subscripted(p.node, ":, None")
    if len(p.shape) == 1:
        yield 0, subscripted(p.node, "None, :")


@operator("an axis of length one less", on=ast.expr, cost=costs.RAVELLED, applies=lambda p: p.computed and 1 in p.shape)
def ravelled(p: Place) -> Proposals:
    """`b.ravel()` for `b` of shape (1, n).

    >>> offers(ravelled, "b", b=(1, 3))
    ['b.ravel()']
    """
    yield 0, method(p.node, "ravel")


@operator("clipped", on=ast.expr, cost=costs.CLIPPED, applies=lambda p: _has_axes(p) and p.floating)
def clipped(p: Place) -> Proposals:
    """`np.clip(r, -c, c)` for `r`, c a number of the file.

    >>> offers(clipped, "r", r=(3,), c=0.5)
    ['np.clip(r, -c, c)']
    """
    for atom in p.context.ingredients.numbers():
        if atom.text.isidentifier() and isinstance(atom.value, (float, np.floating)):
            yield 0, called("np.clip", p.node, negated(atom.node), atom.node)


@operator("in a call of the file", on=ast.expr, cost=costs.IN_A_CALL, applies=_computed)
def in_a_call(p: Place) -> Proposals:
    """`np.tril(d, -1)` for `d`, where the file has `np.tril(x, -1)`."""
    for call in p.context.ingredients.calls:
        yield 0, ast.Call(call.func, [p.node, *call.args[1:]], call.keywords)


@operator("in a function of the file", on=ast.expr, cost=costs.IN_A_FUNCTION, applies=_computed)
def in_a_function(p: Place) -> Proposals:
    """`sigmoid(z)` for `z`."""
    for function in p.context.ingredients.functions:
        yield 0, called(function, p.node)


@operator("in a function of numpy", on=ast.expr, cost=costs.IN_NUMPY, applies=_computed)
def in_numpy(p: Place) -> Proposals:
    """`np.abs(w)` for `w`.

    >>> offers(in_numpy, "w", w=1.0)
    ['np.abs(w)', 'np.sqrt(w)', 'np.exp(w)', 'np.sign(w)', 'np.log(w)']
    """
    for name in ("abs", "sqrt", "exp", "sign", "log"):
        yield 0, called(f"np.{name}", p.node)


@operator("squared", on=ast.expr, cost=costs.SQUARED, applies=_computed)
def squared(p: Place) -> Proposals:
    """`s ** 2` for `s`.

    >>> offers(squared, "s", s=1.0)
    ['s ** 2']
    """
    yield 0, binary(p.node, ast.Pow, ast.Constant(2))


@operator("one minus", on=ast.expr, cost=costs.ONE_MINUS, applies=_computed)
def one_minus(p: Place) -> Proposals:
    """`1 - a` for `a`.

    >>> offers(one_minus, "a", a=1.0)
    ['1 - a']
    """
    yield 0, binary(ast.Constant(1), ast.Sub, p.node)


@operator("inverse", on=ast.expr, cost=costs.INVERSE, applies=_computed)
def inverse(p: Place) -> Proposals:
    """`1 / s` for `s`.

    >>> offers(inverse, "s", s=1.0)
    ['1 / s']
    """
    yield 0, binary(ast.Constant(1), ast.Div, p.node)


@operator("a number as factor", on=ast.expr, cost=costs.NUMBER_FACTOR, applies=_computed)
def number_factor(p: Place) -> Proposals:
    """`d * m`, `d / m` for `d`.

    >>> offers(number_factor, "d", d=(3,), m=3)
    ['d * m', 'd / m']
    """
    for atom in p.context.atoms:
        if atom.is_number:
            yield atom.cost, binary(p.node, ast.Mult, atom.node)
            yield atom.cost, binary(p.node, ast.Div, atom.node)


@operator(
    "a number as term", on=ast.expr, cost=costs.NUMBER_TERM, applies=lambda p: p.computed and (p.elementwise or not p.shape)
)
def number_term(p: Place) -> Proposals:
    """`n + 1`, `n - 1` for `n`.

    >>> offers(number_term, "v", v=1.0, eps=0.5)
    ['v + v', 'v - v', 'v + eps', 'v - eps']
    """
    for atom in p.context.atoms:
        if atom.is_number:
            yield atom.cost, binary(p.node, ast.Add, atom.node)
            yield atom.cost, binary(p.node, ast.Sub, atom.node)


@operator("an array as factor", on=ast.expr, cost=costs.ARRAY_FACTOR, applies=lambda p: p.computed and p.floating)
def array_factor(p: Place) -> Proposals:
    """`d * mask` for `d`, and `d / scale`, which is rarer.

    >>> offers(array_factor, "d", d=(3,), mask=(3,))[2:]
    ['d * mask', 'd / mask']
    """
    for extra, atom in _joined(p):
        yield extra, binary(p.node, ast.Mult, atom.node)
        yield extra + costs.AS_DIVISOR, binary(p.node, ast.Div, atom.node)


@operator("an array as term", on=ast.expr, cost=costs.ARRAY_TERM, applies=lambda p: p.computed and p.floating)
def array_term(p: Place) -> Proposals:
    """`d + other_path` for `d`.

    >>> offers(array_term, "d", d=(3,), skip=(3,))[2:]
    ['d + skip', 'd - skip']
    """
    for extra, atom in _joined(p):
        yield extra, binary(p.node, ast.Add, atom.node)
        yield extra, binary(p.node, ast.Sub, atom.node)


@operator("a matrix as factor", on=ast.expr, cost=costs.MATRIX_FACTOR, applies=lambda p: p.computed and p.floating)
def matrix_factor(p: Place) -> Proposals:
    """`d @ W` for `d`.

    >>> offers(matrix_factor, "d", d=(2, 3), W=(3, 4))
    ['d @ W']
    """
    if len(p.shape) == 2:
        for atom in p.context.atoms:
            if atom.is_array and len(atom.shape) == 2 and p.shape[1] == atom.shape[0] and broadcast(atom.shape, p.shape) is None:
                yield atom.cost, binary(p.node, ast.MatMult, atom.node)


def _joined(p: Place) -> Iterator[tuple[float, Atom]]:
    """Arrays that may be multiplied with or added to a value without changing its shape, or inside an operation any that fit."""
    for atom in p.context.atoms:
        if atom.is_array:
            joint = broadcast(atom.shape, p.shape)
            if joint is not None and (joint == p.shape or p.elementwise):
                yield (0 if atom.shape == p.shape else costs.OTHER_SHAPE) + atom.cost, atom


def _along(node: ast.expr, name: str, axis: int) -> ast.expr:
    return method(node, name, axis=number(axis), keepdims=ast.Constant(True))
