"""Edits: the single changes people would have to make, as pairs of a node of the tree and what stands in its place, with a cost.

The cost says how far-fetched an edit is: 1 for another name, a sign, a transpose; 2 and more for something inserted. Rules look
at the values at the site, so that only operands of fitting shapes are proposed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from .library import Library
from .values import Atom, evaluate, is_number

__all__ = ["Edit", "expression_edits"]


@dataclass(frozen=True)
class Edit:
    """Put `new` where `old` is; `set` of the parent's slot is (parent, field, index)."""

    cost: float
    old: ast.expr
    new: ast.expr
    slot: tuple[Any, str, int | None]
    kind: str


LARGEST = 64  # of a whole number proposed as an argument: repeat(x, 10**9) cannot be interrupted
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


def B(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    """A binary operation."""
    return ast.BinOp(left, op, right)


def T(x: ast.expr) -> ast.expr:
    return ast.Attribute(x, "T", ast.Load())


def number(value: float | int) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Context:
    def __init__(self, library: Library, constants: list[float], slices: list[ast.Slice] | None = None):
        self.library, self.constants, self.slices = library, constants, slices or []
        self.extra: list[Atom] = []
        self.counts: set[int] = set()
        self.values: dict[int, Any] = {}
        self.scopes = library.scopes

    def value(self, node: ast.expr) -> Any:
        if id(node) not in self.values:
            values = evaluate(node, self.scopes)
            self.values[id(node)] = values[-1] if values else None
        return self.values[id(node)]

    def bind(self, root: ast.expr) -> None:
        """Let the variables of a comprehension in `root` stand for their first values."""
        for node in ast.walk(root):
            if not isinstance(node, (ast.ListComp, ast.GeneratorExp)):
                continue
            bound = []
            for scope in self.scopes:
                scope = dict(scope)
                try:
                    for generator in node.generators:
                        scope["_gradref_"] = next(iter(eval(compile(ast.Expression(generator.iter), "<iter>", "eval"), scope)))
                        exec(f"{ast.unparse(generator.target)} = _gradref_", scope)
                except Exception:
                    return
                bound.append(scope)
            self.scopes = bound
            names = [n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
            self.extra += [Atom(n, ast.Name(n, ast.Load()), bound[-1][n], 0.0) for n in names if bound]

    def shape(self, node: ast.expr) -> tuple[int, ...] | None:
        value = self.value(node)
        return np.shape(value) if isinstance(value, np.ndarray) or is_number(value) or isinstance(value, np.generic) else None


def expression_edits(
    root: ast.expr,
    slot: tuple[Any, str, int | None],
    library: Library,
    constants: list[float],
    slices: list[ast.Slice] | None = None,
) -> list[Edit]:
    """Every edit of one expression, cheapest first."""
    context = _Context(library, constants, slices)
    context.bind(root)
    context.counts = _counts(root)
    found: list[Edit] = []
    for node, where, depth in _nodes(root, slot):
        parent = where[0]
        for cost, new, kind in _rules(node, parent, context):
            found.append(Edit(cost + 0.02 * depth, node, new, where, kind))
    found += _exchanged(root, slot, context)
    found.sort(key=lambda e: e.cost)
    return found


def _exchanged(root: ast.expr, slot: tuple[Any, str, int | None], c: _Context) -> list[Edit]:
    """Two variables of one shape that have changed places."""
    leaves = [n for n, _, _ in _nodes(root, slot) if isinstance(n, (ast.Name, ast.Subscript, ast.Attribute)) and c.shape(n)]
    leaves = [n for n in leaves if not (isinstance(n, ast.Attribute) and n.attr == "T")][:10]
    found = []
    for i, a in enumerate(leaves):
        for b in leaves[i + 1 :]:
            if c.shape(a) == c.shape(b) and ast.dump(a) != ast.dump(b) and not _within(a, b) and not _within(b, a):
                found.append(Edit(1.25, root, _substituted(root, {id(a): b, id(b): a}), slot, "exchanged"))
    return found


_MAKERS = ("repeat", "tile", "arange", "zeros", "ones", "empty", "full", "eye", "linspace")


def _counts(root: ast.expr) -> set[int]:
    """Nodes that say how often something is repeated or how large it is: another value there may cost all memory."""
    found: set[int] = set()
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and _function_name(node) in (
            "repeat",
            "tile",
            "arange",
            "zeros",
            "ones",
            "empty",
            "full",
            "eye",
            "linspace",
        ):
            found.update(id(n) for a in [*node.args, *(k.value for k in node.keywords)] for n in ast.walk(a))
    return found


def _within(outer: ast.AST, inner: ast.AST) -> bool:
    return any(n is inner for n in ast.walk(outer))


def _substituted(node: Any, new: dict[int, ast.expr]) -> Any:
    """A copy of a tree with some nodes exchanged; the rest is shared where nothing changes below."""
    if id(node) in new:
        return new[id(node)]
    if not isinstance(node, ast.AST):
        return node
    fields = {}
    for name, value in ast.iter_fields(node):
        fields[name] = [_substituted(v, new) for v in value] if isinstance(value, list) else _substituted(value, new)
    return ast.copy_location(type(node)(**fields), node) if "lineno" in node._attributes else type(node)(**fields)


def _nodes(
    root: ast.expr, slot: tuple[Any, str, int | None], depth: int = 0
) -> Iterator[tuple[ast.expr, tuple[Any, str, int | None], int]]:
    yield root, slot, depth
    if isinstance(root, (ast.Lambda,)):
        return
    for name, value in ast.iter_fields(root):
        if isinstance(value, ast.expr) and name != "func":
            yield from _nodes(value, (root, name, None), depth + 1)
        elif name == "func" and isinstance(value, ast.Attribute):
            yield from _nodes(value.value, (value, "value", None), depth + 1)
        elif name == "func" and isinstance(value, ast.Subscript):
            yield from _nodes(value.slice, (value, "slice", None), depth + 1)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, ast.expr):
                    yield from _nodes(item, (root, name, i), depth + 1)
                elif isinstance(item, ast.keyword):
                    yield from _nodes(item.value, (item, "value", None), depth + 1)
                elif isinstance(item, ast.comprehension):
                    yield from _nodes(item.iter, (item, "iter", None), depth + 1)


Proposal = tuple[float, ast.expr, str]


def _rules(node: ast.expr, parent: Any, c: _Context) -> Iterator[Proposal]:
    if isinstance(node, ast.Slice):
        yield from _slice(node)
        for other in c.slices:
            if ast.dump(other) != ast.dump(node):
                yield 1.2, other, "slice"
        return
    if isinstance(node, ast.Constant):
        yield from _constant(node, parent, c)
        return
    if isinstance(parent, ast.keyword) and parent.arg in ("axis", "axes", "keepdims", "dtype", "ddof"):
        yield from _axis_tuple(node)
        return
    if isinstance(node, ast.BinOp):
        yield from _binary(node, c)
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
            yield 1.0, node.operand, "sign"
    elif isinstance(node, ast.Compare):
        yield from _comparison(node)
    elif isinstance(node, ast.Call):
        yield from _call(node, c)
    elif isinstance(node, ast.Subscript):
        yield from _subscript(node, c)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield 1.0, node.value, "transpose"
    elif isinstance(node, (ast.Tuple, ast.List)):
        yield from _sequence(node)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        pass
    elif isinstance(node, ast.IfExp):
        yield 1.3, ast.IfExp(node.test, node.orelse, node.body), "branches"
        yield 1.6, node.body, "branch"
        yield 1.6, node.orelse, "branch"
    value = c.value(node)
    if (isinstance(value, np.ndarray) and value.ndim > 0) or is_number(value) or isinstance(value, np.generic):
        yield from _value(node, parent, value, c)
    elif callable(value) and isinstance(node, ast.Name):
        for name in c.library.functions:
            if name != node.id:
                yield 1.2, ast.Name(name, ast.Load()), "function"
    elif (isinstance(node, ast.Name) and isinstance(value, (tuple, list, dict))) or (
        hasattr(value, "__dict__") and not callable(value)
    ):
        for name in sorted(c.library.local_names):
            other = c.library.scopes[-1].get(name)
            if isinstance(node, ast.Name) and name != node.id and type(other) is type(value) and not name.startswith("__"):
                yield 1.0 + _unlike(node.id, name), ast.Name(name, ast.Load()), "name"


# --- nodes of one kind -----------------------------------------------------------------------------------------------


def _binary(node: ast.BinOp, c: _Context) -> Iterator[Proposal]:
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
        yield from _products(a, b, lambda x, y: B(x, ast.MatMult(), y))
    if isinstance(op, (ast.Mult, ast.Div)):
        for atom in c.library.atoms:
            if atom.sibling and atom.cost <= 0.35:
                yield 1.4, B(a, ast.Mult(), atom.node), "factor"
    if isinstance(op, ast.MatMult):
        yield 1.8, parsed_call("np.outer", a, b), "product"


def _products(a: ast.expr, b: ast.expr, product: Any) -> Iterator[Proposal]:
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


def parsed_call(function: str, *args: ast.expr) -> ast.expr:
    call = parsed(f"{function}()")
    assert isinstance(call, ast.Call)
    call.args = list(args)
    return call


def _comparison(node: ast.Compare) -> Iterator[Proposal]:
    for other in COMPARISONS:
        if not isinstance(node.ops[0], other) and len(node.ops) == 1:
            yield 1.0, ast.Compare(node.left, [other()], node.comparators), "comparison"


def _function_name(node: ast.Call) -> str:
    f = node.func
    return f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""


def _renamed(node: ast.Call, name: str) -> ast.Call:
    f = node.func
    func = ast.Attribute(f.value, name, ast.Load()) if isinstance(f, ast.Attribute) else ast.Name(name, ast.Load())
    return ast.Call(func, node.args, node.keywords)


def _call(node: ast.Call, c: _Context) -> Iterator[Proposal]:
    name = _function_name(node)
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
        perm = [a.value for a in args if isinstance(a, ast.Constant)]
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
            yield from _products(args[0], args[1], lambda x, y: ast.Call(node.func, [x, y], []))
            yield 1.4, B(args[0], ast.Mult(), args[1]), "product"
        elif len(args) == 1 and isinstance(node.func, ast.Attribute):
            yield from _products(node.func.value, args[0], lambda x, y: ast.Call(ast.Attribute(x, "dot", ast.Load()), [y], []))
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


def _axes(node: ast.Call, c: _Context) -> Iterator[tuple[float, ast.expr]]:
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


def _axis_tuple(node: ast.expr) -> Iterator[Proposal]:
    if isinstance(node, (ast.Tuple, ast.List)):
        yield from _sequence(node)
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
            if isinstance(a, ast.Constant):
                changed[i] = number(a.value + step)
            elif isinstance(a, ast.BinOp) and isinstance(a.right, ast.Constant) and isinstance(a.op, (ast.Add, ast.Sub)):
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


def _subscript(node: ast.Subscript, c: _Context) -> Iterator[Proposal]:
    yield 1.3, node.value, "unwrapped"
    index = node.slice
    if isinstance(index, ast.BinOp) and isinstance(index.op, (ast.Add, ast.Sub)) and isinstance(index.right, ast.Constant):
        yield 0.9, ast.Subscript(node.value, index.left, node.ctx), "index"
        other = ast.Sub() if isinstance(index.op, ast.Add) else ast.Add()
        yield 1.0, ast.Subscript(node.value, B(index.left, other, index.right), node.ctx), "index"
        for step in (1, -1):
            shifted = B(index.left, index.op, ast.Constant(index.right.value + step))
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


def _slice(node: ast.Slice) -> Iterator[Proposal]:
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


def _sequence(node: ast.Tuple | ast.List) -> Iterator[Proposal]:
    kind, n = type(node), len(node.elts)
    for i in range(n):
        for j in range(i + 1, n):
            swapped = list(node.elts)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            yield 1.2, kind(swapped, node.ctx), "order"
        if n > 1:
            yield 1.6, kind(node.elts[:i] + node.elts[i + 1 :], node.ctx), "dropped"


def _constant(node: ast.Constant, parent: Any, c: _Context) -> Iterator[Proposal]:
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


# --- anything that is a value ----------------------------------------------------------------------------------------


def _value(node: ast.expr, parent: Any, value: Any, c: _Context) -> Iterator[Proposal]:
    shape = np.shape(value)
    simple = isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) and not (
        isinstance(node, ast.Attribute) and node.attr == "T"
    )
    own = ast.unparse(node)
    elementwise = isinstance(parent, (ast.BinOp, ast.Compare, ast.UnaryOp))
    whole_number = isinstance(value, (int, np.integer)) and not isinstance(value, np.ndarray)
    inside_index = (
        isinstance(parent, (ast.Subscript, ast.Slice, ast.Tuple)) and isinstance(value, np.ndarray) and value.dtype.kind in "iub"
    )
    for atom in [*c.extra, *c.library.atoms]:
        if atom.text == own or (id(node) in c.counts and not shape and not (atom.is_number and atom.value <= LARGEST)):
            continue
        if atom.is_array and shape and atom.shape == shape:
            cost = 0.9 + _unlike(own, atom.text) if simple else 1.6
            if atom.sibling and not simple and isinstance(parent, ast.stmt):
                cost = 1.3 - atom.cost  # the line of a sibling
            if inside_index and atom.value.dtype.kind not in "iub":
                continue
            yield cost + atom.cost, atom.node, "name"
        elif atom.is_number and not shape:
            if whole_number and not elementwise and not (isinstance(atom.value, (int, np.integer)) and atom.value <= LARGEST):
                continue
            yield (1.0 if simple else 1.6) + atom.cost, atom.node, "name"
        elif atom.is_array and shape and elementwise and _broadcast(atom.shape, shape) is not None:
            yield (1.5 if simple else 1.9) + atom.cost, atom.node, "name"
        elif (
            atom.is_array and shape and isinstance(parent, (ast.BinOp, ast.Call, ast.Attribute)) and len(atom.shape) == len(shape)
        ):
            yield (1.4 if simple else 2.0) + atom.cost, atom.node, "name"
        elif (elementwise and atom.is_array and not shape) or (elementwise and shape and atom.is_number):
            yield 1.9 + atom.cost, atom.node, "name"
    if isinstance(parent, (ast.Subscript, ast.Slice)) or isinstance(node, ast.Tuple):
        return
    if whole_number and (isinstance(parent, ast.Call) or id(node) in c.counts):
        return  # a count: it is another count, if anything
    if inside_index or (
        isinstance(parent, ast.Call) and _function_name(parent) in ("range", "len", "arange", "reshape", "zeros", "ones")
    ):
        return
    floating = not isinstance(value, np.ndarray) or value.dtype.kind == "f"
    yield 1.0, ast.UnaryOp(ast.USub(), node), "sign"
    if len(shape) >= 2:
        yield 1.0, T(node), "transpose"
        if len(shape) >= 3:
            yield 1.3, parsed_method(node, "swapaxes", -1, -2), "transpose"
        yield 1.6, ast.Subscript(node, parsed("x[::-1]").slice, ast.Load()), "order"  # type: ignore[attr-defined]
        yield 1.6, ast.Subscript(node, parsed("x[:, ::-1]").slice, ast.Load()), "order"  # type: ignore[attr-defined]
        if len(shape) == 4:
            yield 1.6, ast.Subscript(node, parsed("x[:, :, ::-1, ::-1]").slice, ast.Load()), "order"  # type: ignore[attr-defined]
    if len(shape) >= 2 and floating:
        own_text = f"({own})" if isinstance(node, (ast.BinOp, ast.UnaryOp)) else own
        for axis in (-1, 0):
            yield 2.0, B(node, ast.Div(), parsed(f"{own_text}.sum(axis={axis}, keepdims=True)")), "normalised"
            yield 2.1, B(node, ast.Sub(), parsed(f"{own_text}.mean(axis={axis}, keepdims=True)")), "centred"
        for atom in c.library.arrays():
            if (
                atom.cost <= 0.3
                and atom.shape == shape
                and atom.value.dtype.kind == "f"
                and isinstance(node, (ast.Name, ast.Subscript))
            ):
                yield 2.1 + atom.cost, parsed(f"{own} - ({own} * {atom.text}).sum(axis=-1, keepdims=True)"), "projected"
    for axis in range(len(shape)):
        for function in ("sum", "mean"):
            for keep in (False, True):
                text = f"x.{function}(axis={axis}{', keepdims=True' if keep else ''})"
                call = parsed(text)
                call.func.value = node  # type: ignore[attr-defined]
                yield 1.4 + 0.2 * keep, call, "reduced"
    if shape:
        yield 1.5, parsed_method(node, "sum"), "reduced"
        if len(shape) == 4:
            call = parsed("x.sum(axis=(0, 2, 3))")
            call.func.value = node  # type: ignore[attr-defined]
            yield 1.4, call, "reduced"
        yield 1.7, parsed_method(node, "copy"), "copied"
        yield 1.6, ast.Subscript(node, parsed("x[:, None]").slice, ast.Load()), "axis"  # type: ignore[attr-defined]
        if 1 in shape:
            yield 1.3, parsed_method(node, "ravel"), "shape"
        if len(shape) == 1:
            yield 1.5, parsed("x[None, :]") if False else ast.Subscript(node, parsed("x[None, :]").slice, ast.Load()), "axis"  # type: ignore[attr-defined]
    for atom in c.library.numbers():
        if floating and shape and atom.text.isidentifier() and isinstance(atom.value, (float, np.floating)):
            yield 1.9, parsed(f"np.clip({own}, -{atom.text}, {atom.text})"), "wrapped"
    for call in c.library.calls:
        yield 1.7, ast.Call(call.func, [node, *call.args[1:]], call.keywords), "wrapped"
    for function in c.library.functions:
        yield 1.5, ast.Call(ast.Name(function, ast.Load()), [node], []), "wrapped"
    yield 1.5, B(node, ast.Pow(), ast.Constant(2)), "power"
    yield 1.7, B(ast.Constant(1), ast.Sub(), node), "one minus"
    yield 1.8, B(ast.Constant(1), ast.Div(), node), "inverse"
    for name in ("abs", "sqrt", "exp", "sign", "log"):
        yield 1.9, parsed_call(f"np.{name}", node), "wrapped"
    for atom in [*c.extra, *c.library.atoms]:
        if atom.is_number:
            yield 1.3 + atom.cost, B(node, ast.Mult(), atom.node), "factor"
            yield 1.3 + atom.cost, B(node, ast.Div(), atom.node), "factor"
            if elementwise or not shape:
                yield 1.8 + atom.cost, B(node, ast.Add(), atom.node), "term"
                yield 1.8 + atom.cost, B(node, ast.Sub(), atom.node), "term"
        elif atom.is_array and floating:
            joint = _broadcast(atom.shape, shape)
            if joint is None:
                if len(shape) == 2 and len(atom.shape) == 2 and shape[1] == atom.shape[0]:
                    yield 2.2 + atom.cost, B(node, ast.MatMult(), atom.node), "factor"
                continue
            if joint == shape or elementwise:
                extra = 0.0 if atom.shape == shape else 0.2
                yield 1.4 + extra + atom.cost, B(node, ast.Mult(), atom.node), "factor"
                yield 1.9 + extra + atom.cost, B(node, ast.Div(), atom.node), "factor"
                yield 1.6 + extra + atom.cost, B(node, ast.Add(), atom.node), "term"
                yield 1.6 + extra + atom.cost, B(node, ast.Sub(), atom.node), "term"


def parsed_method(node: ast.expr, method: str, *args: int) -> ast.expr:
    return ast.Call(ast.Attribute(node, method, ast.Load()), [number(a) for a in args], [])


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def _unlike(a: str, b: str) -> float:
    """0 for names that differ in a number only (z1, z2; hs[t], hs[t - 1]), more for others."""
    if re.sub(r"\d+", "#", a) == re.sub(r"\d+", "#", b):
        return 0.0
    if re.sub(r"[^\d]", "", a) == re.sub(r"[^\d]", "", b) and a[:1] != b[:1]:
        return 0.05
    return 0.15
