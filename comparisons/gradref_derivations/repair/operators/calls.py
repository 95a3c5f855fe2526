"""Edits of calls: another function of the family, axis and keepdims, arguments exchanged, einsum letters, bounds of a range."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np

from ..nodes import B, Context, Proposal, T, function_name, number, parsed
from .arithmetic import product_edits
from .indices import sequence_edits

__all__ = ["axis_edits", "call_edits"]


FAMILIES = [
    ["sum", "mean"],
    ["max", "min", "sum", "mean"],
    ["exp", "expm1"],
    ["log", "log1p"],
    ["sqrt", "square"],
    ["abs", "sign"],
    ["tanh", "cosh", "sinh"],
    ["sin", "cos"],
    ["maximum", "minimum"],
    ["argmax", "argmin"],
    ["ones_like", "zeros_like"],
    ["ones", "zeros"],
    ["hstack", "vstack"],
    ["var", "std"],
    ["dot", "outer", "inner", "multiply"],
    ["repeat", "tile"],
    ["cumsum", "cumprod"],
    ["floor", "ceil"],
]


def call_edits(node: ast.Call, c: Context) -> Iterator[Proposal]:
    name = function_name(node)
    for family in FAMILIES:
        if name in family:
            for other in family:
                if other != name:
                    yield 1.0 if len(family) == 2 else 1.5, _renamed(node, other), "function"
    if isinstance(node.func, ast.Name):
        for other in c.library.functions:
            if other != name:
                yield 1.0, ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords), "function"
    if isinstance(node.func, ast.Attribute):
        value = c.value(node.func.value)
        if isinstance(value, type(np)) and value is not np:
            pass
        elif not isinstance(value, (np.ndarray, type(np))) and value is not None:
            for other in dir(type(value)):
                if (
                    not other.startswith("__")
                    and other != name
                    and callable(getattr(type(value), other, None))
                    and not isinstance(value, (dict, list, tuple))
                ):
                    yield 1.4, _renamed(node, other), "method"
    args = node.args
    if len(args) == 1 and not isinstance(node.func, ast.Attribute):
        yield 1.2, args[0], "unwrapped"
    if args and isinstance(node.func, ast.Attribute) and isinstance(c.value(node.func.value), type(np)):
        for a in args[:2]:
            if c.shape(a) is not None:
                yield 1.3, a, "unwrapped"
    if (
        isinstance(node.func, ast.Attribute)
        and c.shape(node.func.value) is not None
        and not isinstance(c.value(node.func.value), type(np))
    ):
        yield 1.2, node.func.value, "unwrapped"
        if name in ("reshape", "transpose", "swapaxes"):
            yield 1.3, T(node.func.value), "transpose"
    if name == "transpose" and args:
        perm: list[Any] = [a.value for a in args if isinstance(a, ast.Constant)]
        flat = args
        if len(args) == 1 and isinstance(args[0], ast.Tuple):
            flat = args[0].elts
            perm = [a.value for a in flat if isinstance(a, ast.Constant)]
        if len(perm) == len(flat) and sorted(perm) == list(range(len(perm))) and len(perm) <= 4:
            for other in permutations(range(len(perm))):
                if list(other) != perm:
                    moved = sum(x != y for x, y in zip(other, perm, strict=True))
                    yield 0.9 + 0.15 * moved, ast.Call(node.func, [ast.Constant(i) for i in other], []), "axes"
    if len(args) >= 2:
        for i in range(len(args)):
            for j in range(i + 1, len(args)):
                swapped = list(args)
                swapped[i], swapped[j] = swapped[j], swapped[i]
                yield 1.2, ast.Call(node.func, swapped, node.keywords), "arguments"
    if name == "dot":
        if len(args) == 2:
            yield from product_edits(args[0], args[1], lambda x, y: ast.Call(node.func, [x, y], []))
            yield 1.4, B(args[0], ast.Mult(), args[1]), "product"
        elif len(args) == 1 and isinstance(node.func, ast.Attribute):
            yield from product_edits(
                node.func.value, args[0], lambda x, y: ast.Call(ast.Attribute(x, "dot", ast.Load()), [y], [])
            )
            yield 1.4, B(node.func.value, ast.Mult(), args[0]), "product"
    if name == "einsum" and args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
        for cost, text in _subscripts(args[0].value):
            yield cost, ast.Call(node.func, [ast.Constant(text), *args[1:]], node.keywords), "einsum"
    if name == "range":
        yield from _range(node)
    if name in ("reversed",) and args:
        yield 1.0, args[0], "order"
    if name == "where" and len(args) == 3:
        yield 1.1, ast.Call(node.func, [args[0], args[2], args[1]], []), "arguments"
    for i, keyword in enumerate(node.keywords):
        rest = node.keywords[:i] + node.keywords[i + 1 :]
        yield 1.2, ast.Call(node.func, args, rest), "keyword"
        if keyword.arg == "axis":
            yield from ((cost, ast.Call(node.func, args, [*rest, ast.keyword("axis", v)]), "axis") for cost, v in _axes(node, c))
    given = {k.arg for k in node.keywords}
    if name in ("sum", "mean", "max", "min", "var", "std", "prod", "cumsum", "argmax", "flip", "norm", "softmax", "logsumexp"):
        if "axis" not in given and len(args) < 2:
            yield from (
                (cost + 0.2, ast.Call(node.func, args, [*node.keywords, ast.keyword("axis", v)]), "axis")
                for cost, v in _axes(node, c)
            )
        if "keepdims" not in given and name not in ("cumsum", "argmax", "flip"):
            keep = ast.keyword("keepdims", ast.Constant(True))
            yield 1.1, ast.Call(node.func, args, [*node.keywords, keep]), "keepdims"
            if "axis" not in given and len(args) < 2:
                for cost, v in _axes(node, c):
                    yield cost + 0.5, ast.Call(node.func, args, [*node.keywords, ast.keyword("axis", v), keep]), "axis"


def _renamed(node: ast.Call, name: str) -> ast.Call:
    f = node.func
    func = ast.Attribute(f.value, name, ast.Load()) if isinstance(f, ast.Attribute) else ast.Name(name, ast.Load())
    return ast.Call(func, node.args, node.keywords)


def _axes(node: ast.Call, c: Context) -> Iterator[tuple[float, ast.expr]]:
    target = node.func.value if isinstance(node.func, ast.Attribute) else None
    value = c.value(target) if target is not None else None
    if not isinstance(value, np.ndarray) and node.args:
        value = c.value(node.args[0])
    dimensions = value.ndim if isinstance(value, np.ndarray) else 2
    for axis in range(dimensions):
        yield 1.0, ast.Constant(axis)
    if dimensions >= 1:
        yield 1.05, number(-1)
    if dimensions == 4:
        yield 1.1, parsed("(0, 2, 3)")
    if dimensions >= 3:
        for pair in ((0, 1), (0, 2), (1, 2), (2, 3)):
            if pair[1] < dimensions:
                yield 1.2, parsed(str(pair))


def axis_edits(node: ast.expr) -> Iterator[Proposal]:
    if isinstance(node, (ast.Tuple, ast.List)):
        yield from sequence_edits(node)
        for text in ("(0, 1)", "(0, 2)", "(1, 2)", "(0, 2, 3)", "(2, 3)", "(0, 1, 2)", "(1, 2, 3)"):
            yield 1.3, parsed(text), "axis"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        for axis in (0, 1, 2, -1, -2):
            yield 1.0, number(axis), "axis"
    elif isinstance(node, (ast.Attribute, ast.Name)):
        yield 1.0, parsed("np.float64"), "dtype"


def _range(node: ast.Call) -> Iterator[Proposal]:
    args = node.args
    for i, a in enumerate(args):
        for step in (1, -1):
            changed = list(args)
            if isinstance(a, ast.Constant) and isinstance(a.value, int):
                changed[i] = number(a.value + step)
            elif (
                isinstance(a, ast.BinOp)
                and isinstance(a.right, ast.Constant)
                and isinstance(a.right.value, int)
                and isinstance(a.op, (ast.Add, ast.Sub))
            ):
                changed[i] = B(a.left, a.op, ast.Constant(a.right.value + step))
            else:
                changed[i] = B(a, ast.Add() if step > 0 else ast.Sub(), ast.Constant(1))
            yield 1.1, ast.Call(node.func, changed, []), "range"
    if len(args) == 1:
        yield 1.2, ast.Call(node.func, [ast.Constant(1), args[0]], []), "range"
    elif isinstance(args[0], ast.Constant):
        yield 1.2, ast.Call(node.func, args[1:2], []), "range"
    yield 1.1, ast.Call(ast.Name("reversed", ast.Load()), [node], []), "order"


def _subscripts(text: str) -> Iterator[tuple[float, str]]:
    """Einsum subscripts with two letters of one operand exchanged, or the output permuted, or one letter replaced."""
    inputs, arrow, output = text.replace(" ", "").partition("->")
    parts = inputs.split(",")
    letters = sorted(set(inputs) - {",", "."})
    options = [*parts, output] if arrow else parts
    for i, part in enumerate(options):
        for a in range(len(part)):
            for b in range(a + 1, len(part)):
                changed = list(part)
                changed[a], changed[b] = changed[b], changed[a]
                yield 1.0, _joined(options, i, "".join(changed), bool(arrow))
        if len(part) >= 3:
            for other in permutations(part):
                yield 1.3, _joined(options, i, "".join(other), bool(arrow))
        for a in range(len(part)):
            for letter in letters:
                if letter != part[a]:
                    yield 1.5, _joined(options, i, part[:a] + letter + part[a + 1 :], bool(arrow))
            if i == len(parts):
                yield 1.6, _joined(options, i, part[:a] + part[a + 1 :], bool(arrow))


def _joined(parts: list[str], i: int, new: str, arrow: bool) -> str:
    parts = [*parts[:i], new, *parts[i + 1 :]]
    return ",".join(parts[:-1]) + "->" + parts[-1] if arrow else ",".join(parts)
