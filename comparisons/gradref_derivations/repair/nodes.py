"""What every rule of an edit needs: nodes made by hand, the values at the site, the walk over an expression."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .ingredients import Library
from .values import Atom, evaluate, is_number

__all__ = [
    "LARGEST",
    "B",
    "Context",
    "Edit",
    "Proposal",
    "T",
    "broadcast",
    "function_name",
    "nodes_of",
    "number",
    "parsed",
    "parsed_call",
    "parsed_method",
    "unlike",
]


@dataclass(frozen=True)
class Edit:
    """Put `new` where `old` is; `set` of the parent's slot is (parent, field, index)."""

    cost: float
    old: ast.expr
    new: ast.expr
    slot: tuple[Any, str, int | None]
    kind: str


LARGEST = 64  # of a whole number proposed as an argument: repeat(x, 10**9) cannot be interrupted


Proposal = tuple[float, ast.expr, str]


def B(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    """A binary operation."""
    return ast.BinOp(left, op, right)


def T(x: ast.expr) -> ast.expr:
    return ast.Attribute(x, "T", ast.Load())


def number(value: float | int) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def parsed_call(function: str, *args: ast.expr) -> ast.expr:
    call = parsed(f"{function}()")
    assert isinstance(call, ast.Call)
    call.args = list(args)
    return call


def parsed_method(node: ast.expr, method: str, *args: int) -> ast.expr:
    return ast.Call(ast.Attribute(node, method, ast.Load()), [number(a) for a in args], [])


class Context:
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


def nodes_of(
    root: ast.expr, slot: tuple[Any, str, int | None], depth: int = 0
) -> Iterator[tuple[ast.expr, tuple[Any, str, int | None], int]]:
    yield root, slot, depth
    if isinstance(root, (ast.Lambda,)):
        return
    for name, value in ast.iter_fields(root):
        if isinstance(value, ast.expr) and name != "func":
            yield from nodes_of(value, (root, name, None), depth + 1)
        elif name == "func" and isinstance(value, ast.Attribute):
            yield from nodes_of(value.value, (value, "value", None), depth + 1)
        elif name == "func" and isinstance(value, ast.Subscript):
            yield from nodes_of(value.slice, (value, "slice", None), depth + 1)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, ast.expr):
                    yield from nodes_of(item, (root, name, i), depth + 1)
                elif isinstance(item, ast.keyword):
                    yield from nodes_of(item.value, (item, "value", None), depth + 1)
                elif isinstance(item, ast.comprehension):
                    yield from nodes_of(item.iter, (item, "iter", None), depth + 1)


def function_name(node: ast.Call) -> str:
    f = node.func
    return f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""


def broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def unlike(a: str, b: str) -> float:
    """0 for names that differ in a number only (z1, z2; hs[t], hs[t - 1]), more for others."""
    if re.sub(r"\d+", "#", a) == re.sub(r"\d+", "#", b):
        return 0.0
    if re.sub(r"[^\d]", "", a) == re.sub(r"[^\d]", "", b) and a[:1] != b[:1]:
        return 0.05
    return 0.15
