"""Place: one node of an expression under repair, with the value it has there; what an operator asks before it proposes anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .ingredients import Ingredients
from .nodes import function_name, is_transposed
from .values import Atom, evaluate, is_number

__all__ = ["LARGEST", "Context", "Place", "Predicate", "broadcast", "unlike"]

LARGEST = 64  # of a whole number proposed as an argument: repeat(x, 10**9) cannot be interrupted
COUNTING = ("repeat", "tile", "arange", "zeros", "ones", "empty", "full", "eye", "linspace")
SIZED = ("range", "len", "arange", "reshape", "zeros", "ones")


class Context:
    """One expression under repair: its ingredients, the constants and slices of its file, and the value of each of its nodes."""

    def __init__(self, root: ast.expr, ingredients: Ingredients, constants: list[float], slices: list[ast.Slice]):
        self.ingredients, self.constants, self.slices = ingredients, constants, slices
        self.scopes = ingredients.scopes
        self.bound: list[Atom] = []
        self.counts = _counts(root)
        self._values: dict[int, Any] = {}
        self._bind(root)

    @property
    def atoms(self) -> list[Atom]:
        """The variables of a comprehension, then the ingredients."""
        return [*self.bound, *self.ingredients.atoms]

    def value(self, node: ast.expr) -> Any:
        """The value of a node in the last environment, or None."""
        if id(node) not in self._values:
            values = evaluate(node, self.scopes)
            self._values[id(node)] = values[-1] if values else None
        return self._values[id(node)]

    def shape(self, node: ast.expr) -> tuple[int, ...] | None:
        """The shape of a node that is an array or a number, else None."""
        value = self.value(node)
        return np.shape(value) if isinstance(value, (np.ndarray, np.generic)) or is_number(value) else None

    def _bind(self, root: ast.expr) -> None:
        """Let the variables of a comprehension in `root` stand for their first values."""
        for node in ast.walk(root):
            if not isinstance(node, (ast.ListComp, ast.GeneratorExp)):
                continue
            bound = [_first_of(node, scope) for scope in self.scopes]
            if not all(scope is not None for scope in bound):
                return
            self.scopes = [scope for scope in bound if scope is not None]
            names = [n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
            self.bound += [Atom(n, ast.Name(n, ast.Load()), self.scopes[-1][n], 0.0) for n in names if self.scopes]


def _first_of(node: ast.ListComp | ast.GeneratorExp, scope: dict[str, Any]) -> dict[str, Any] | None:
    """A scope with the variables of a comprehension at their first values; None where it has none."""
    scope = dict(scope)
    try:
        for generator in node.generators:
            scope["_gradref_"] = next(iter(eval(compile(ast.Expression(generator.iter), "<iter>", "eval"), scope)))
            exec(f"{ast.unparse(generator.target)} = _gradref_", scope)
    except Exception:
        return None
    return scope


def _counts(root: ast.expr) -> set[int]:
    """Nodes that say how often something is repeated or how large it is: another value there may cost all memory."""
    calls = [n for n in ast.walk(root) if isinstance(n, ast.Call) and function_name(n) in COUNTING]
    return {id(n) for call in calls for a in [*call.args, *(k.value for k in call.keywords)] for n in ast.walk(a)}


@dataclass
class Place:
    """One node with its parent, and what is known of its value."""

    node: Any
    parent: Any
    context: Context

    @cached_property
    def value(self) -> Any:
        """The value of the node, or None."""
        return self.context.value(self.node)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; () for a number."""
        return np.shape(self.value)

    @cached_property
    def text(self) -> str:
        """The node as it is written."""
        return ast.unparse(self.node)

    @cached_property
    def simple(self) -> bool:
        """True for a variable, an entry or an attribute."""
        return isinstance(self.node, (ast.Name, ast.Subscript, ast.Attribute)) and not is_transposed(self.node)

    @cached_property
    def elementwise(self) -> bool:
        """True for an operand of an operator that broadcasts."""
        return isinstance(self.parent, (ast.BinOp, ast.Compare, ast.UnaryOp))

    @cached_property
    def whole(self) -> bool:
        """True for a whole number, which may count or index."""
        return isinstance(self.value, (int, np.integer)) and not isinstance(self.value, np.ndarray)

    @cached_property
    def floating(self) -> bool:
        """True for floating point arrays, and for every number."""
        return not isinstance(self.value, np.ndarray) or self.value.dtype.kind == "f"

    @cached_property
    def counted(self) -> bool:
        """True where the value says how often or how large."""
        return id(self.node) in self.context.counts

    @cached_property
    def indexing(self) -> bool:
        """True for an array that picks entries of another."""
        at_index = isinstance(self.parent, (ast.Subscript, ast.Slice, ast.Tuple))
        return at_index and isinstance(self.value, np.ndarray) and self.value.dtype.kind in "iub"

    @cached_property
    def measured(self) -> bool:
        """True for an array or a number."""
        value = self.value
        return (isinstance(value, np.ndarray) and value.ndim > 0) or is_number(value) or isinstance(value, np.generic)

    @cached_property
    def computed(self) -> bool:
        """True for a value that arithmetic may be done with: no index, no count, no size."""
        if not self.measured or self.indexing:
            return False
        if isinstance(self.parent, (ast.Subscript, ast.Slice)) or isinstance(self.node, ast.Tuple):
            return False
        if self.whole and (isinstance(self.parent, ast.Call) or self.counted):
            return False
        return not (isinstance(self.parent, ast.Call) and function_name(self.parent) in SIZED)

    @cached_property
    def replacements(self) -> list[Atom]:
        """Ingredients other than what stands here; small numbers alone where something is counted."""
        small = self.counted and not self.shape
        return [a for a in self.context.atoms if a.text != self.text and (not small or (a.is_number and a.value <= LARGEST))]


Predicate = Callable[[Place], bool]


def broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of the two together, or None."""
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
