"""Shapes of names and entries, and how a tree is asked for its shape: the ground that `elaborate` stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .problems import Mismatch, Unreadable
from .shapes import ONE, Dim, Shape, Trail, describe, is_column, is_row, is_scalar
from .tree import Node, number

__all__ = ["Scalar", "Typed", "Typer"]

Scalar: Shape = (ONE, ONE)
Typed = tuple[Shape, Node]


@dataclass
class Typer:
    """Gives shapes within one statement.

    Attributes
    ----------
    model : a `Model`: the names of the sheet with their shapes, and the reading (layout and the like) in force.
    indices : letters that stand for a position -> size they run over.
    bindings : arguments of a function being looked into -> shape.
    source : tree -> the text that was written, for messages.
    """

    model: Any
    source: Callable[[Node], str]
    indices: dict[str, Dim] = field(default_factory=dict)
    bindings: dict[str, Shape] = field(default_factory=dict)
    bound: list[str] = field(default_factory=list)
    least: dict[Dim, int] = field(default_factory=dict)
    depth: int = 0
    decisions: dict[Node, int] = field(default_factory=dict)
    asked: dict[Node, tuple[str, ...]] = field(default_factory=dict)
    conflicts: list[tuple[Dim, Dim, Mismatch]] = field(default_factory=list)

    @property
    def trail(self) -> Trail:
        return self.model.trail

    def type(self, node: Node) -> Typed:
        """Shape and definite tree of `node`. Raises `Mismatch` or `Unreadable`."""
        handler = getattr(self, "_" + node.op.replace(" ", "_"), None)
        if handler is None:
            raise Unreadable(f"{node.op} cannot stand here.", node.span)
        self.depth += 1
        if self.depth > 400:
            raise Unreadable("definitions must be nested less deeply.", node.span)
        try:
            return handler(node)
        finally:
            self.depth -= 1

    def decide(self, node: Node, options: list[str]) -> str:
        """The reading of a node that has several; see `alternatives`."""
        if len(options) > 1:
            self.asked[node] = tuple(options)
        return options[min(self.decisions.get(node, 0), len(options) - 1)]

    def scalar(self, node: Node, what: str) -> Node:
        shape, new = self.type(node)
        if not is_scalar(shape):
            raise Mismatch(f"{what} must be a number, and {self.source(node)} is {describe(shape)}.", node.span)
        return new

    def tells(self, node: Node, shape: Shape) -> str:
        return f"{self.source(node)} is {describe(shape)}"

    # -- leaves

    def _num(self, node: Node) -> Typed:
        return Scalar, node

    def _paren(self, node: Node) -> Typed:
        return self.type(node.args[0])

    def _name(self, node: Node) -> Typed:
        name = node.value
        if name in self.bindings:
            return self.bindings[name], Node("local", (), name, node.span)
        if name in self.indices and name not in self.model.shapes:
            return Scalar, Node("index", (), name, node.span)
        if name in self.model.families and name not in self.model.sizes:
            raise Unreadable(f"{name} must say its step, as in {name}_t.", node.span)
        return self.model.name(node, self)

    def _index(self, node: Node) -> Typed:
        return Scalar, node

    def _at(self, node: Node) -> Typed:
        return self.model.at(node, self)

    def _column(self, node: Node) -> Typed:
        return self.model.column(node, self)

    def _width(self, node: Node) -> Typed:
        return self.model.width(node, self)

    def _sample_cost(self, node: Node) -> Typed:
        return self.model.sample_cost(node, self)

    def _cost(self, node: Node) -> Typed:
        return self.model.cost(node, self)

    def _ones(self, node: Node) -> Typed:
        dim = self._size_of(node)
        return (dim, ONE), Node("full", (), dim, node.span)

    def _eye(self, node: Node) -> Typed:
        dim = self._size_of(node)
        return (dim, dim), Node("eye", (), dim, node.span)

    def _size_of(self, node: Node) -> Dim:
        if not node.args:
            return Dim()
        given = node.args[0]
        if given.op == "name" and given.value in self.model.sizes:
            return Dim(given.value)
        if given.op == "num" and isinstance(given.value[0], int) and given.value[0] >= 1:
            return Dim(given.value[0]) if given.value[0] > 1 else ONE
        if given.op == "width":
            _, new = self.type(given)
            return Dim(new.value)
        if given.op == "name" and given.value not in self.model.shapes:
            self.model.sizes.add(given.value)
            return Dim(given.value)
        raise Unreadable("a size must be a letter or a number.", given.span)

    def _basis(self, node: Node) -> Typed:
        dim = Dim()
        return (dim, ONE), Node("basis", (self.position(node.args[0], dim),), dim, node.span)

    def _matrix(self, node: Node) -> Typed:
        rows, columns = node.value
        entries = tuple(self.scalar(a, "an entry of a matrix") for a in node.args)
        return (Dim(rows) if rows > 1 else ONE, Dim(columns) if columns > 1 else ONE), Node(
            "matrix", entries, node.value, node.span
        )

    # -- entries

    def position(self, node: Node, dim: Dim) -> Node:
        """An index that runs over `dim`."""
        letters = [n for n in ([node] if node.op == "name" else node.args) if n.op == "name"]
        if node.op == "num":
            if not isinstance(node.value[0], int) or node.value[0] < 1:
                raise Unreadable("an entry must be numbered 1, 2, ...", node.span)
            known = dim.known
            if isinstance(known, int) and node.value[0] > known:
                raise Mismatch(f"entry {node.value[0]} does not exist: there are {known}.", node.span)
            if node.value[0] > 6:
                raise Unreadable("an entry must be numbered 1 to 6, or by a letter.", node.span)
            self.least[dim.find()] = max(self.least.get(dim.find(), 1), node.value[0])
            return Node("num", (), node.value, node.span)
        if node.op not in ("name", "add", "sub") or not letters or any(a.op not in ("name", "num") for a in node.args):
            raise Unreadable("an index must be a letter, a number or a sum of these.", node.span)
        for letter in letters:
            if letter.value in self.model.sizes and letter.value not in self.indices:
                if not self.trail.unify(dim, Dim(letter.value)):
                    raise Mismatch(f"index {letter.value} does not run over {dim} entries.", letter.span)
                return Node("size", (), Dim(letter.value), node.span)
            here = self.indices.setdefault(letter.value, Dim())
            if node.op == "name" and not self.trail.unify(here, dim):
                error = Mismatch(f"index {letter.value} runs over {here} and over {dim} entries.", node.span)
                if 1 in (here.known, dim.known):
                    raise error
                self.conflicts.append((here, dim, error))  # still judged, where the two sizes are equal
        return self._index_tree(node)

    def _index_tree(self, node: Node) -> Node:
        if node.op == "name":
            return Node("index", (), node.value, node.span)
        if node.op == "num":
            return node
        return Node(node.op, tuple(self._index_tree(a) for a in node.args), node.value, node.span)

    def _entry(self, node: Node) -> Typed:
        shape, base = self.type(node.args[0])
        places = node.args[1:]
        if is_scalar(shape):
            raise Mismatch(f"{self.source(node.args[0])} is a number and has no entries.", node.span)
        if len(places) == 1 and is_column(shape):
            return Scalar, Node("entry", (base, self.position(places[0], shape[0]), number(1)), None, node.span)
        if len(places) == 1 and is_row(shape):
            return Scalar, Node("entry", (base, number(1), self.position(places[0], shape[1])), None, node.span)
        if len(places) == 2:
            if is_column(shape) or is_row(shape):
                raise Mismatch(f"{self.source(node.args[0])} is {describe(shape)} and takes one index.", node.span)
            return Scalar, Node(
                "entry", (base, self.position(places[0], shape[0]), self.position(places[1], shape[1])), None, node.span
            )
        raise Mismatch(f"{self.source(node.args[0])} is {describe(shape)} and takes two indices.", node.span)

    def _kron(self, node: Node) -> Typed:
        for a in node.args:
            if a.op == "name":
                self.indices.setdefault(a.value, Dim())
        first, second = node.args
        if first.op == second.op == "name":
            self.trail.unify(self.indices[first.value], self.indices[second.value])
        return Scalar, Node("kron", tuple(self._index_tree(a) for a in node.args), None, node.span)
