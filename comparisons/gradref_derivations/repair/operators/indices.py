"""Edits of indices, slices, sequences and constants: one too early, one too late, in another order, another number."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..nodes import LARGEST, B, Context, Proposal, number, parsed
from ..values import is_number

__all__ = ["constant_edits", "sequence_edits", "slice_edits", "subscript_edits"]


def _whole(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def subscript_edits(node: ast.Subscript, c: Context) -> Iterator[Proposal]:
    yield 1.3, node.value, "unwrapped"
    index = node.slice
    if isinstance(index, ast.BinOp) and isinstance(index.op, (ast.Add, ast.Sub)) and _whole(index.right):
        yield 0.9, ast.Subscript(node.value, index.left, node.ctx), "index"
        other = ast.Sub() if isinstance(index.op, ast.Add) else ast.Add()
        yield 1.0, ast.Subscript(node.value, B(index.left, other, index.right), node.ctx), "index"
        for step in (1, -1):
            shifted = B(index.left, index.op, ast.Constant(index.right.value + step))  # type: ignore[attr-defined]
            yield 1.0, ast.Subscript(node.value, shifted, node.ctx), "index"
    elif isinstance(index, (ast.Name, ast.UnaryOp)) and is_number(c.value(index)):
        for op in (ast.Add(), ast.Sub()):
            yield 0.9, ast.Subscript(node.value, B(index, op, ast.Constant(1)), node.ctx), "index"
        if isinstance(index, ast.Name):
            for atom in c.library.numbers():
                if isinstance(atom.value, (int, np.integer)) and atom.text.isidentifier() and atom.text != index.id:
                    yield 1.2, ast.Subscript(node.value, atom.node, node.ctx), "index"
    if isinstance(index, ast.Tuple):
        for i in range(len(index.elts)):
            for j in range(i + 1, len(index.elts)):
                swapped = list(index.elts)
                swapped[i], swapped[j] = swapped[j], swapped[i]
                yield 1.3, ast.Subscript(node.value, ast.Tuple(swapped, ast.Load()), node.ctx), "index"
            if isinstance(index.elts[i], ast.Slice) and not _is_full(index.elts[i]):
                opened = list(index.elts)
                opened[i] = ast.Slice()
                yield 1.3, ast.Subscript(node.value, ast.Tuple(opened, ast.Load()), node.ctx), "slice"
            if isinstance(index.elts[i], ast.Slice) and _is_full(index.elts[i]):
                for text in ("x[::-1]", "x[1:]", "x[:-1]"):
                    changed = list(index.elts)
                    changed[i] = parsed(text).slice  # type: ignore[attr-defined]
                    yield 1.4, ast.Subscript(node.value, ast.Tuple(changed, ast.Load()), node.ctx), "slice"


def _is_full(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None


def slice_edits(node: ast.Slice) -> Iterator[Proposal]:
    """Early and late bounds; the slice of the other end."""
    for part in ("lower", "upper"):
        bound = getattr(node, part)
        for new in _bounds(bound):
            changed = ast.Slice(node.lower, node.upper, node.step)
            setattr(changed, part, new)
            yield 1.1, changed, "slice"
    if node.lower is not None and node.upper is None:
        yield 1.1, ast.Slice(None, node.lower, node.step), "slice"
        yield 1.1, ast.Slice(None, ast.UnaryOp(ast.USub(), node.lower), node.step), "slice"
    if node.upper is not None and node.lower is None:
        yield 1.1, ast.Slice(node.upper, None, node.step), "slice"
        if isinstance(node.upper, ast.UnaryOp):
            yield 1.1, ast.Slice(node.upper.operand, None, node.step), "slice"
            yield 1.2, ast.Slice(node.upper.operand, node.upper, node.step), "slice"
    if node.step is not None:
        yield 1.1, ast.Slice(node.lower, node.upper, None), "slice"
        yield 1.1, ast.Slice(node.lower, node.upper, ast.UnaryOp(ast.USub(), node.step)), "slice"
    else:
        yield 1.3, ast.Slice(node.lower, node.upper, number(-1)), "slice"


def _bounds(bound: ast.expr | None) -> Iterator[ast.expr | None]:
    if bound is None:
        yield ast.Constant(1)
        yield number(-1)
        return
    yield None
    if isinstance(bound, ast.Constant) and isinstance(bound.value, int):
        yield number(bound.value + 1)
        yield number(bound.value - 1)
    else:
        yield B(bound, ast.Add(), ast.Constant(1))
        yield B(bound, ast.Sub(), ast.Constant(1))
        if isinstance(bound, ast.BinOp):
            yield bound.left
        yield ast.UnaryOp(ast.USub(), bound) if not isinstance(bound, ast.UnaryOp) else bound.operand


def sequence_edits(node: ast.Tuple | ast.List) -> Iterator[Proposal]:
    kind, n = type(node), len(node.elts)
    for i in range(n):
        for j in range(i + 1, n):
            swapped = list(node.elts)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            yield 1.2, kind(swapped, node.ctx), "order"
        if n > 1:
            yield 1.6, kind(node.elts[:i] + node.elts[i + 1 :], node.ctx), "dropped"


def constant_edits(node: ast.Constant, parent: Any, c: Context) -> Iterator[Proposal]:
    v = node.value
    if isinstance(v, bool):
        yield 1.0, ast.Constant(not v), "flag"
    elif isinstance(v, (int, float)):
        near = [v + 1, v - 1, 2 * v, v / 2, -v, 0, 1, 2, 0.5, -1]
        if (isinstance(parent, ast.keyword) and parent.arg in ("axis", "ddof")) or isinstance(parent, ast.Call):
            near = [0, 1, 2, -1, -2, v + 1, v - 1]
        if isinstance(v, float):
            near += [1 - v, v * v, *([1 / v] if v else [])]
        for value in dict.fromkeys([*near, *c.constants]):
            if value != v or (type(value) is not type(v) and isinstance(parent, ast.keyword)):
                whole = isinstance(value, float) and value.is_integer() and isinstance(v, int)
                yield 1.1 if value in near else 1.4, number(int(value) if whole else value), "constant"
        if not (isinstance(parent, ast.keyword)) and not isinstance(parent, (ast.Slice,)):
            for atom in c.library.numbers():
                if isinstance(parent, ast.Call) and not atom.value <= LARGEST:
                    continue
                if not atom.text.replace(".", "").isdigit():
                    yield 1.4 + atom.cost, atom.node, "constant"
        if isinstance(parent, (ast.BinOp, ast.stmt)):
            for atom in c.library.arrays():
                yield 1.6 + atom.cost, atom.node, "name"
    elif v is None and isinstance(parent, ast.keyword) and parent.arg == "axis":
        for axis in (0, 1, -1):
            yield 1.0, number(axis), "axis"
