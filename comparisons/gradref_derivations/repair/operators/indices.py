"""Operators of indices: one too early, one too late, in another order, a slice of the other end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from ..nodes import binary, is_shifted, negated, number, subscripted, substituted
from ..place import Place
from ..values import is_number
from . import costs
from .table import Kind, Proposals, operator
from .table import offers as offers

__all__ = ["index_shifted", "order_of_elements", "slice_bounds"]


@operator("without index", on=ast.Subscript, cost=costs.WITHOUT_INDEX, kind=Kind.INDEX)
def without_index(p: Place) -> Proposals:
    """`W` for `W[i]`.

    >>> offers(without_index, "W[i]")
    ['W']
    """
    yield 0, p.node.value


@operator("index not shifted", on=ast.Subscript, cost=costs.SHIFTED_BY_ONE, kind=Kind.INDEX)
def index_shifted(p: Place) -> Proposals:
    """`h[t]` for `h[t - 1]`, and `h[t + 1]` or `h[t - 1]` for `h[t]`.

    >>> offers(index_shifted, "h[t - 1]")
    ['h[t]']
    >>> offers(index_shifted, "h[t]", t=1)
    ['h[t + 1]', 'h[t - 1]']
    """
    index = p.node.slice
    if is_shifted(index):
        yield 0, ast.Subscript(p.node.value, index.left, p.node.ctx)
    elif isinstance(index, (ast.Name, ast.UnaryOp)) and is_number(p.context.value(index)):
        for op in (ast.Add, ast.Sub):
            yield 0, ast.Subscript(p.node.value, binary(index, op, ast.Constant(1)), p.node.ctx)


@operator("index shifted otherwise", on=ast.Subscript, cost=costs.SHIFTED_OTHERWISE, kind=Kind.INDEX)
def index_shifted_otherwise(p: Place) -> Proposals:
    """`h[t + 1]`, `h[t - 2]` for `h[t - 1]`.

    >>> offers(index_shifted_otherwise, "h[t - 1]")
    ['h[t + 1]', 'h[t - 2]', 'h[t - 0]']
    """
    index = p.node.slice
    if is_shifted(index):
        other = ast.Sub if isinstance(index.op, ast.Add) else ast.Add
        yield 0, ast.Subscript(p.node.value, binary(index.left, other, index.right), p.node.ctx)
        for step in (1, -1):
            shifted = binary(index.left, type(index.op), ast.Constant(index.right.value + step))
            yield 0, ast.Subscript(p.node.value, shifted, p.node.ctx)


@operator("another index", on=ast.Subscript, cost=costs.ANOTHER_INDEX, kind=Kind.INDEX)
def another_index(p: Place) -> Proposals:
    """`h[s]` for `h[t]`, s another whole number in sight.

    >>> offers(another_index, "h[t]", t=1, s=2)
    ['h[s]']
    """
    index = p.node.slice
    if isinstance(index, ast.Name) and is_number(p.context.value(index)):
        for atom in p.context.ingredients.numbers():
            if atom.is_whole and atom.text.isidentifier() and atom.text != index.id:
                yield 0, ast.Subscript(p.node.value, atom.node, p.node.ctx)


@operator("indices exchanged", on=ast.Subscript, cost=costs.EXCHANGED_INDICES, kind=Kind.INDEX)
def indices_exchanged(p: Place) -> Proposals:
    """`W[j, i]` for `W[i, j]`.

    >>> offers(indices_exchanged, "W[i, j]")
    ['W[j, i]']
    """
    if isinstance(p.node.slice, ast.Tuple):
        for swapped in _swapped(p.node.slice.elts):
            yield 0, _with_indices(p.node, swapped)


@operator("slice opened", on=ast.Subscript, cost=costs.SLICE_OPENED, kind=Kind.INDEX)
def slice_opened(p: Place) -> Proposals:
    """`x[:, 1:]` to `x[:, :]`.

    >>> offers(slice_opened, "x[i, 1:]")
    ['x[i, :]']
    """
    for i, part in _indices_of(p.node):
        if isinstance(part, ast.Slice) and not _is_full(part):
            yield 0, _with_indices(p.node, _exchanged(p.node.slice.elts, i, ast.Slice()))


@operator("slice cut", on=ast.Subscript, cost=costs.SLICE_CUT, kind=Kind.INDEX)
def slice_cut(p: Place) -> Proposals:
    """`x[:, ::-1]`, `x[:, 1:]`, `x[:, :-1]` for `x[:, :]`.

    >>> offers(slice_cut, "x[i, :]")
    ['x[i, ::-1]', 'x[i, 1:]', 'x[i, :-1]']
    """
    for i, part in _indices_of(p.node):
        if _is_full(part):
            for text in ("::-1", "1:", ":-1"):
                cut = subscripted(p.node.value, text)
                assert isinstance(cut, ast.Subscript)
                yield 0, _with_indices(p.node, _exchanged(p.node.slice.elts, i, cut.slice))


@operator("bounds of a slice", on=ast.Slice, cost=costs.SLICE_BOUND, kind=Kind.INDEX)
def slice_bounds(p: Place) -> Proposals:
    """`x[1:]`, `x[:-1]`, `x[: n + 1]`... for `x[:n]`.

    >>> offers(slice_bounds, "x[1:]", "1:")[:3]
    ['x[:]', 'x[2:]', 'x[0:]']
    """
    node = p.node
    for part in ("lower", "upper"):
        for new in _bounds(getattr(node, part)):
            changed = ast.Slice(node.lower, node.upper, node.step)
            setattr(changed, part, new)
            yield 0, changed


@operator("other end of a slice", on=ast.Slice, cost=costs.SLICE_BOUND, kind=Kind.INDEX)
def other_end(p: Place) -> Proposals:
    """`x[:-1]` for `x[1:]`, `x[n:]` for `x[:n]`.

    >>> offers(other_end, "x[1:]", "1:")
    ['x[:1]', 'x[:-1]']
    """
    node = p.node
    if node.lower is not None and node.upper is None:
        yield 0, ast.Slice(None, node.lower, node.step)
        yield 0, ast.Slice(None, negated(node.lower), node.step)
    if node.upper is not None and node.lower is None:
        yield 0, ast.Slice(node.upper, None, node.step)
        if isinstance(node.upper, ast.UnaryOp):
            yield 0, ast.Slice(node.upper.operand, None, node.step)
            yield costs.BOTH_ENDS, ast.Slice(node.upper.operand, node.upper, node.step)


@operator("padding off both ends", on=ast.Slice, cost=costs.BOTH_SIDES, kind=Kind.INDEX)
def padding_off_both_ends(p: Place) -> Proposals:
    """`x[k:-k]` for `x[:-2 * k]` and `x[2 * k:]`, which take the padding off one end.

    >>> offers(padding_off_both_ends, "x[:-2 * k]", ":-2 * k")
    ['x[k:-k]']
    """
    one_end = p.node.upper if p.node.lower is None else p.node.lower if p.node.upper is None else None
    if isinstance(one_end, ast.BinOp) and isinstance(one_end.op, ast.Mult) and ast.unparse(one_end.left) in ("2", "-2"):
        yield 0, ast.Slice(one_end.right, negated(one_end.right), p.node.step)


@operator("step of a slice", on=ast.Slice, cost=costs.SLICE_BOUND, kind=Kind.INDEX)
def step_of_a_slice(p: Place) -> Proposals:
    """`x[::-1]` for `x[:]`, `x[:]` for `x[::2]`.

    >>> offers(step_of_a_slice, "x[::2]", "::2")
    ['x[:]', 'x[::-2]']
    """
    node = p.node
    if node.step is None:
        yield costs.NEW_STEP, ast.Slice(node.lower, node.upper, number(-1))
    else:
        yield 0, ast.Slice(node.lower, node.upper, None)
        yield 0, ast.Slice(node.lower, node.upper, negated(node.step))


@operator("another slice of the file", on=ast.Slice, cost=costs.ANOTHER_SLICE, kind=Kind.INDEX)
def another_slice(p: Place) -> Proposals:
    """`x[:n]` for `x[n:]`, where the file has `:n` elsewhere."""
    for other in p.context.slices:
        if ast.dump(other) != ast.dump(p.node):
            yield 0, other


@operator("order of elements", on=(ast.Tuple, ast.List), cost=costs.ORDER_OF_ELEMENTS, kind=Kind.INDEX)
def order_of_elements(p: Place) -> Proposals:
    """`(b, a)` for `(a, b)`.

    >>> offers(order_of_elements, "(a, b)")
    ['(b, a)']
    """
    for swapped in _swapped(p.node.elts):
        yield 0, type(p.node)(swapped, p.node.ctx)


@operator("element dropped", on=(ast.Tuple, ast.List), cost=costs.ELEMENT_DROPPED)
def element_dropped(p: Place) -> Proposals:
    """`(b,)` for `(a, b)`.

    >>> offers(element_dropped, "[a, b]")
    ['[b]', '[a]']
    """
    elements = p.node.elts
    if len(elements) > 1:
        for i in range(len(elements)):
            yield 0, type(p.node)(elements[:i] + elements[i + 1 :], p.node.ctx)


@operator("names of an index exchanged", on=ast.Tuple, cost=costs.EXCHANGED_NAMES, kind=Kind.INDEX)
def index_names_exchanged(p: Place) -> Proposals:
    """`z[2 * i + k, 2 * j + l]` for `z[2 * i + l, 2 * j + k]`.

    >>> offers(index_names_exchanged, "z[2 * i + l, j + k]", "(2 * i + l, j + k)")[-1]
    'z[2 * i + k, j + l]'
    """
    if isinstance(p.parent, ast.Subscript):
        names = sorted({n.id for n in ast.walk(p.node) if isinstance(n, ast.Name)})
        for a, b in combinations(names, 2):
            yield 0, _renamed(p.node, {a: b, b: a})


@operator("another name throughout a slice", on=ast.Slice, cost=costs.NAME_OF_A_SLICE, kind=Kind.INDEX)
def name_of_a_slice(p: Place) -> Proposals:
    """`x[left : left + 2]` for `x[top : top + 2]`.

    >>> offers(name_of_a_slice, "x[i : i + 2]", "i:i + 2", i=0, j=1)
    ['x[j:j + 2]']
    """
    names = sorted({n.id for n in ast.walk(p.node) if isinstance(n, ast.Name)})
    for name in names:
        for atom in p.context.ingredients.numbers():
            if atom.is_whole and atom.text.isidentifier() and atom.text not in names:
                yield atom.cost, _renamed(p.node, {name: atom.text})


def _renamed(node: ast.expr, names: dict[str, str]) -> ast.expr:
    """A copy with other names."""
    inner = {id(n): ast.Name(names[n.id], ast.Load()) for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in names}
    return substituted(node, dict(inner))


def _is_full(node: Any) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None


def _indices_of(node: ast.Subscript) -> list[tuple[int, ast.expr]]:
    return list(enumerate(node.slice.elts)) if isinstance(node.slice, ast.Tuple) else []


def _with_indices(node: ast.Subscript, indices: list[ast.expr]) -> ast.expr:
    return ast.Subscript(node.value, ast.Tuple(indices, ast.Load()), node.ctx)


def _exchanged(items: list[ast.expr], i: int, new: ast.expr) -> list[ast.expr]:
    return [*items[:i], new, *items[i + 1 :]]


def _swapped(items: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for i, j in combinations(range(len(items)), 2):
        swapped = list(items)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield swapped


def _bounds(bound: ast.expr | None) -> Iterator[ast.expr | None]:
    """Other bounds in the place of one."""
    if bound is None:
        yield ast.Constant(1)
        yield number(-1)
        return
    yield None
    if isinstance(bound, ast.Constant) and isinstance(bound.value, int):
        yield number(bound.value + 1)
        yield number(bound.value - 1)
        return
    yield binary(bound, ast.Add, ast.Constant(1))
    yield binary(bound, ast.Sub, ast.Constant(1))
    if isinstance(bound, ast.BinOp):
        yield bound.left
    yield bound.operand if isinstance(bound, ast.UnaryOp) else negated(bound)
