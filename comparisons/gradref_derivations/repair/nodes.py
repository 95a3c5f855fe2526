"""Pieces of syntax made by hand, the walk over an expression, and a copy of one with some pieces exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

__all__ = [
    "Slot",
    "binary",
    "called",
    "function_name",
    "is_shifted",
    "is_transposed",
    "method",
    "negated",
    "nodes_of",
    "number",
    "parsed",
    "put",
    "subscripted",
    "substituted",
    "transposed",
    "within",
]

Slot = tuple[Any, str, int | None]  # the place of a node: (its holder, the field, the position in a list or None)


def parsed(text: str) -> ast.expr:
    """The expression that `text` says."""
    return ast.parse(text, mode="eval").body


def binary(left: ast.expr, operator: type[ast.operator], right: ast.expr) -> ast.expr:
    """`left operator right`."""
    return ast.BinOp(left, operator(), right)


def negated(node: ast.expr) -> ast.expr:
    """`-node`."""
    return ast.UnaryOp(ast.USub(), node)


def number(value: float | int) -> ast.expr:
    """A number as it is written: -1 is an operator and a constant."""
    return negated(ast.Constant(-value)) if value < 0 else ast.Constant(value)


def transposed(node: ast.expr) -> ast.expr:
    """`node.T`."""
    return ast.Attribute(node, "T", ast.Load())


def is_transposed(node: ast.expr) -> bool:
    """True for `something.T`."""
    return isinstance(node, ast.Attribute) and node.attr == "T"


def called(function: str, *arguments: ast.expr) -> ast.expr:
    """`function(*arguments)`; the function may have a dot in its name."""
    return ast.Call(parsed(function), list(arguments), [])


def method(node: ast.expr, name: str, *arguments: ast.expr, **keywords: ast.expr) -> ast.expr:
    """`node.name(*arguments, **keywords)`."""
    named = [ast.keyword(key, value) for key, value in keywords.items()]
    return ast.Call(ast.Attribute(node, name, ast.Load()), list(arguments), named)


def subscripted(node: ast.expr, index: str) -> ast.expr:
    """`node[index]`, the index as text."""
    whole = parsed(f"x[{index}]")
    assert isinstance(whole, ast.Subscript)
    return ast.Subscript(node, whole.slice, ast.Load())


def is_shifted(node: Any) -> bool:
    """True for `t - 1` and the like."""
    plain = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
    return plain and isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)


def function_name(node: ast.Call) -> str:
    """`sum` for `np.sum(x)`, `x.sum()` and `sum(x)`; nothing where what is called has no name."""
    f = node.func
    return f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""


def nodes_of(root: ast.expr, slot: Slot, depth: int = 0) -> Iterator[tuple[ast.expr, Slot, int]]:
    """Every expression inside `root` that an edit may exchange, itself first, with its place and its depth."""
    yield root, slot, depth
    if isinstance(root, ast.Lambda):
        return
    for name, value in ast.iter_fields(root):
        for inner, where in _places(root, name, value):
            yield from nodes_of(inner, where, depth + 1)


def _places(root: ast.expr, name: str, value: Any) -> Iterator[tuple[ast.expr, Slot]]:
    """The expressions in one field; of what is called only what a method or an index is taken of."""
    if name == "func" and isinstance(value, ast.expr):
        if isinstance(value, ast.Attribute):
            yield value.value, (value, "value", None)
        elif isinstance(value, ast.Subscript):
            yield value.slice, (value, "slice", None)
    elif isinstance(value, ast.expr):
        yield value, (root, name, None)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            if isinstance(item, ast.expr):
                yield item, (root, name, i)
            elif isinstance(item, ast.keyword):
                yield item.value, (item, "value", None)
            elif isinstance(item, ast.comprehension):
                yield item.iter, (item, "iter", None)


def put(slot: Slot, node: ast.expr) -> None:
    """Exchange what stands at a place."""
    holder, name, index = slot
    if index is None:
        setattr(holder, name, node)
    else:
        getattr(holder, name)[index] = node


def within(outer: ast.AST, inner: ast.AST) -> bool:
    """True when `inner` is a node of `outer`, the very same one."""
    return any(n is inner for n in ast.walk(outer))


def substituted(node: Any, new: dict[int, ast.expr]) -> Any:
    """A copy of a tree with the nodes of these identities exchanged."""
    if id(node) in new:
        return new[id(node)]
    if not isinstance(node, ast.AST):
        return node
    fields = {}
    for name, value in ast.iter_fields(node):
        fields[name] = [substituted(v, new) for v in value] if isinstance(value, list) else substituted(value, new)
    return ast.copy_location(type(node)(**fields), node) if "lineno" in node._attributes else type(node)(**fields)
