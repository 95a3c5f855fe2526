"""Edits of operators: another operator, operands exchanged or dropped, brackets, the other products of two matrices."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ..nodes import B, Context, Proposal, T, parsed_call

__all__ = ["binary_edits", "comparison_edits", "product_edits"]


OPERATORS: dict[type, list[tuple[type, float]]] = {
    ast.Add: [(ast.Sub, 1.0), (ast.Mult, 1.6)],
    ast.Sub: [(ast.Add, 1.0), (ast.Mult, 2.0)],
    ast.Mult: [(ast.Div, 1.2), (ast.MatMult, 1.3), (ast.Add, 1.8), (ast.Sub, 2.0)],
    ast.Div: [(ast.Mult, 1.2)],
    ast.MatMult: [(ast.Mult, 1.3)],
    ast.Pow: [(ast.Mult, 1.6)],
    ast.FloorDiv: [(ast.Div, 1.5)],
}


COMPARISONS: list[type] = [ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq]


def binary_edits(node: ast.BinOp, c: Context) -> Iterator[Proposal]:
    a, op, b = node.left, node.op, node.right
    for other, cost in OPERATORS.get(type(op), []):
        yield cost, B(a, other(), b), "operator"
    if isinstance(op, (ast.Sub, ast.Div, ast.Pow)):
        yield 1.0, B(b, op, a), "operands"
    if isinstance(op, ast.Sub):
        yield 1.2, ast.UnaryOp(ast.USub(), B(a, ast.Add(), b)), "sign"
    if isinstance(op, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)):
        yield 1.2, a, "dropped"
        if isinstance(op, ast.Sub):
            yield 1.4, ast.UnaryOp(ast.USub(), b), "dropped"
        elif isinstance(op, ast.Div):
            yield 1.6, B(ast.Constant(1.0), ast.Div(), b), "dropped"
        else:
            yield 1.2, b, "dropped"
        if isinstance(op, ast.Sub):
            yield 1.5, b, "dropped"
    if isinstance(op, ast.Mult) and isinstance(b, ast.BinOp) and isinstance(b.op, (ast.Add, ast.Sub)):
        yield 1.5, B(B(a, ast.Mult(), b.left), b.op, b.right), "brackets"
    if isinstance(op, (ast.Add, ast.Sub)):
        if isinstance(a, ast.BinOp) and isinstance(a.op, (ast.Mult, ast.Div)):
            yield 1.5, B(a.left, a.op, B(a.right, op, b)), "brackets"
        if isinstance(b, ast.BinOp) and isinstance(b.op, (ast.Mult, ast.Div, ast.MatMult)):
            yield 1.5, B(B(a, op, b.left), b.op, b.right), "brackets"
        if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Pow):
            yield 1.3, B(B(a, op, b.left), ast.Pow(), b.right), "brackets"
    if isinstance(op, ast.Pow) and isinstance(a, ast.BinOp) and isinstance(a.op, (ast.Add, ast.Sub)):
        yield 1.3, B(a.left, a.op, B(a.right, ast.Pow(), b)), "brackets"
    if isinstance(op, ast.Div):
        if isinstance(a, ast.BinOp) and isinstance(a.op, (ast.Add, ast.Sub)):
            yield 1.5, B(a.left, a.op, B(a.right, ast.Div(), b)), "brackets"
        yield 1.6, B(a, ast.Div(), B(b, ast.Pow(), ast.Constant(2))), "power"
        if isinstance(b, ast.BinOp) and isinstance(b.op, ast.Mult):
            yield 1.5, B(B(a, ast.Div(), b.left), ast.Mult(), b.right), "brackets"
    if isinstance(op, ast.Mult) and isinstance(a, ast.BinOp) and isinstance(a.op, ast.Div):
        yield 1.5, B(a.left, ast.Div(), B(a.right, ast.Mult(), b)), "brackets"
    if isinstance(op, ast.MatMult) or (isinstance(op, ast.Mult) and len(c.shape(a) or ()) == 2 == len(c.shape(b) or ())):
        yield from product_edits(a, b, lambda x, y: B(x, ast.MatMult(), y))
    if isinstance(op, (ast.Mult, ast.Div)):
        for atom in c.library.atoms:
            if atom.sibling and atom.cost <= 0.35:
                yield 1.4, B(a, ast.Mult(), atom.node), "factor"
    if isinstance(op, ast.MatMult):
        yield 1.8, parsed_call("np.outer", a, b), "product"


def product_edits(a: ast.expr, b: ast.expr, product: Any) -> Iterator[Proposal]:
    """The other ways two matrices are multiplied."""
    plain_a = a.value if isinstance(a, ast.Attribute) and a.attr == "T" else a
    plain_b = b.value if isinstance(b, ast.Attribute) and b.attr == "T" else b
    flipped = (a is not plain_a, b is not plain_b)
    for x, y, swap in ((plain_a, plain_b, False), (plain_b, plain_a, True)):
        for tx in (False, True):
            for ty in (False, True):
                now = (flipped[1], flipped[0]) if swap else flipped
                changes = (tx != now[0]) + (ty != now[1]) + swap
                if changes:
                    yield 0.9 + 0.25 * changes, product(T(x) if tx else x, T(y) if ty else y), "product"


def comparison_edits(node: ast.Compare) -> Iterator[Proposal]:
    for other in COMPARISONS:
        if not isinstance(node.ops[0], other) and len(node.ops) == 1:
            yield 1.0, ast.Compare(node.left, [other()], node.comparators), "comparison"
