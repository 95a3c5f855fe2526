"""The names of a sheet with their shapes, and what each is defined to be, under one reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .alternatives import one_reading
from .calls import apply_function, prime_of
from .definitions import COST_NAMES, Body, Definition, Function
from .elaborate import Elaborator, Scalar
from .names import ARGUMENT
from .network import NetworkNames
from .problems import Mismatch, SheetError, Unreadable
from .reading import Reading
from .shapes import ONE, Dim, Shape, Trail, describe, is_column, is_row, is_scalar
from .tree import Node, letters_in, walk

__all__ = ["Model"]

MAX_LEVELS = 40
"""How deep definitions may build on each other."""


@dataclass
class Model:
    """Names, shapes and definitions under one reading.

    Attributes
    ----------
    shapes : key of a name -> shape.
    bodies : key -> elaborated definition; of a family the general step, and f"{base}@{step}" for the first ones.
    kinds : name never declared -> scalar, column or matrix; chosen by `infer`.
    free : names that have no definition.
    undefined : names of which only derivatives are taken.
    """

    definitions: dict[str, Definition]
    firsts: dict[tuple[str, int], Definition]
    functions: dict[str, Function]
    declared: dict[str, tuple[str | int, ...]]
    sizes: set[str]
    steps: dict[str, tuple[int, str | int]]
    families: set[str]
    reading: Reading
    source: Callable[[Node], str]
    kinds: dict[str, str]
    network: NetworkNames | None = None
    costs: tuple[str, ...] = ()
    batch: str | None = None
    functionals: set[str] = field(default_factory=set)
    undefined: set[str] = field(default_factory=set)
    shapes: dict[str, Shape] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)
    trail: Trail = field(default_factory=Trail)
    least: dict[Dim, int] = field(default_factory=dict)
    questions: list[SheetError] = field(default_factory=list)
    _open: set[str] = field(default_factory=set)
    _levels: dict[str, int] = field(default_factory=dict)
    refused: dict[str, SheetError] = field(default_factory=dict)
    _dependence: dict[tuple[Node, int], set[str]] = field(default_factory=dict)

    def elaborator(self) -> Elaborator:
        """A fresh typer of one statement."""
        return Elaborator(self, self.source, least=self.least)

    def dim(self, size: str | int) -> Dim:
        return ONE if size == 1 else Dim(size)

    def declared_shape(self, name: str) -> Shape | None:
        if name not in self.declared:
            return None
        sizes = self.declared[name]
        return (self.dim(sizes[0]) if sizes else ONE, self.dim(sizes[1]) if len(sizes) > 1 else ONE)

    # -- names

    def name(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        key = node.value
        new = Node("name", (), key, node.span)
        if key == ARGUMENT:
            self.shapes.setdefault(key, Scalar)
            self.free.add(key)
            return Scalar, new
        if self.network is not None and key not in self.definitions and key not in self.declared:
            found = self.network.name(node, typer)
            if found is not None:
                return found
        if (
            key in self.definitions
            and key not in self.bodies
            and not (key in self._open and self.definitions[key].kind == "family")
        ):
            self._define(self.definitions[key])
        if key in self.shapes:
            return self.shapes[key], new
        if key in self.sizes or key == self.batch:
            return Scalar, Node("size", (), Dim(key), node.span)
        if key == "π":
            return Scalar, Node("constant", (), "pi", node.span)
        if key == "e":
            return Scalar, Node("constant", (), "e", node.span)
        if key in self.functions:
            return self.apply(Node("apply", (Node("name", (), ARGUMENT),), (key, 0), node.span), typer)
        self.shapes[key] = self._assumed(key)
        self.free.add(key)
        return self.shapes[key], new

    def _assumed(self, key: str) -> Shape:
        declared = self.declared_shape(key)
        if declared is not None:
            return declared
        kind = self.kinds.setdefault(key, "scalar")
        return {"scalar": Scalar, "column": (Dim(), ONE), "matrix": (Dim(), Dim()), "row": (ONE, Dim())}[kind]

    def _define(self, d: Definition) -> None:
        """Elaborate a definition, once."""
        if d.name in self._open:
            raise Unreadable(f"{d.name} is defined by itself.", d.span)
        if d.name in self.refused:
            raise self.refused[d.name]
        if len(self._open) > MAX_LEVELS:
            raise Unreadable(f"definitions must build on each other at most {MAX_LEVELS} deep.", d.span)
        self._open.add(d.name)
        try:
            if d.kind == "family":
                self.shapes[d.name] = self._assumed(d.name)
            cost = (lambda typed: is_scalar(typed[0])) if d.name in COST_NAMES else None
            shape, tree, dims = one_reading(self.elaborator, lambda typer: self._right_side(d, typer), self.trail, cost)
            self._levels[d.name] = 1 + max(
                (self._levels.get(n.value, 0) for n in walk(tree) if n.op in ("name", "at")), default=0
            )
            if self._levels[d.name] > MAX_LEVELS:
                raise Unreadable(f"definitions must build on each other at most {MAX_LEVELS} deep.", d.span)
            self.shapes[d.name] = shape
            self.bodies[d.name] = Body(tree, d.parameters, dims)
        except SheetError as error:
            self.refused[d.name] = error
            raise
        finally:
            self._open.discard(d.name)

    def _right_side(self, d: Definition, typer: Elaborator) -> tuple[Shape, Node, tuple[Dim, ...]]:
        """Shape and tree of a definition's right side, and the sizes that its parameters run over."""
        for letter in d.parameters:
            typer.indices[letter] = self.step_dim(letter) if d.kind == "family" else Dim()
        shape, tree = typer.type(d.body)
        dims = tuple(typer.indices[p] for p in d.parameters)
        loose = sorted(set(typer.indices) - set(d.parameters))
        if loose:
            raise Unreadable(
                f"the index {loose[0]} stands on the right side only. Sum over it, or write {d.name}_{loose[0]}.", d.span
            )
        if d.kind == "array":
            if not is_scalar(shape):
                raise Mismatch(f"an entry of {d.name} must be a number, and the right side is {describe(shape)}.", d.span)
            shape = (dims[0], dims[1] if len(dims) > 1 else ONE)
        declared = self.shapes.get(d.name) if d.kind == "family" else self.declared_shape(d.name)
        if declared is not None and not self.trail.unify_shapes(shape, declared):
            raise Mismatch(f"{d.name} is {describe(declared)}, and the right side is {describe(shape)}.", d.span)
        return shape, tree, dims

    def first_steps(self) -> None:
        """Elaborate the steps of families that are given one by one."""
        for (base, step), d in self.firsts.items():
            if f"{base}@{step}" in self.bodies:
                continue
            shape, tree = self.elaborator().type(d.body)
            self.family(base)
            if not (tree.op == "num" and tree.value[0] == 0) and not self.trail.unify_shapes(shape, self.shapes[base]):
                raise Mismatch(
                    f"{base}_{step} is {describe(shape)}, and the other steps are {describe(self.shapes[base])}.", d.span
                )
            self.bodies[f"{base}@{step}"] = Body(tree)

    def step_dim(self, letter: str) -> Dim:
        high = self.steps.get(letter, (1, "T"))[1]
        return Dim(high)

    def at(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        """A layer of a network, or a step of a family."""
        if self.network is not None and node.value not in self.families:
            return self.network.at(node, typer)
        base = node.value
        for n in letters_in(node.args[0]):
            if n in self.steps:
                typer.indices.setdefault(n, self.step_dim(n))
            elif n not in typer.indices and n not in self.sizes:
                typer.indices[n] = self.step_dim(next(iter(self.steps), "t"))
        return self.family(base), Node("at", (self._step(node.args[0], typer),), base, node.span)

    def family(self, base: str) -> Shape:
        """The shape of a family's steps."""
        if base in self.definitions and base not in self.bodies and base not in self._open:
            self._define(self.definitions[base])
        if base not in self.shapes:
            self.shapes[base] = self._assumed(base)
            self.free.add(base)
        return self.shapes[base]

    def _step(self, node: Node, typer: Elaborator) -> Node:
        if node.op == "name":
            if node.value in typer.indices:
                return Node("index", (), node.value, node.span)
            return Node("size", (), Dim(node.value), node.span)
        if node.op == "num" or (node.op in ("add", "sub") and node.args):
            return Node(node.op, tuple(self._step(a, typer) for a in node.args), node.value, node.span)
        raise Unreadable("a step must be a letter, a number or a sum of these.", node.span)

    def column(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        if self.network is None:
            raise Unreadable("a sample index needs the header network: and batch:.", node.span)
        return self.network.column(node, typer)

    def width(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        assert self.network is not None
        return self.network.width(node, typer)

    def sample_cost(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        assert self.network is not None
        return self.network.sample_cost(node, typer)

    def activation(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        assert self.network is not None
        return self.network.activation(node, typer)

    def cost(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        """The quantity that `dW` is the derivative of."""
        if self.network is not None:
            return self.network.cost(typer)
        if len(self.costs) != 1:
            said = "which cost is derived is not said" if not self.costs else f"which cost is derived: {' or '.join(self.costs)}?"
            raise Unreadable(f"{said} Write \\partial C/\\partial W.", node.span)
        return typer.type(Node("name", (), self.costs[0], node.span))

    def per_sample(self, target: Node, found: tuple[Shape, Node]) -> tuple[Shape, Node]:
        """dZ and dA of a network's batch may be meant without the factor 1/m, as δ is."""
        return found if self.network is None else self.network.per_sample(target, found)

    def numerator(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        """What a derivative is taken of: on a network's sheet any letter for the loss is its cost."""
        letter = node.value if node.op == "name" and node.value in ("L", "J", "E", "ℓ", "loss", "Loss", "cost") else None
        if letter and self.network is not None and letter not in self.definitions and letter not in self.declared:
            return self.network.cost(typer)
        base = node.args[0] if node.op == "entry" else node
        if base.op == "name" and base.value in self.undefined:
            raise Unreadable(f"{base.value} is never defined: what it depends on is not said.", node.span)
        return typer.type(node)

    def only_variable(self, node: Node, tree: Node, typer: Elaborator) -> Node:
        """What ∇f without a subscript is taken by."""
        names = sorted(self.depends(tree) & self.free)
        arrays = [n for n in names if not is_scalar(self.shapes[n])]
        arrays = (
            [n for n in arrays if n in ("x", "w", "θ")]
            if len(arrays) > 1 and sum(n in ("x", "w", "θ") for n in arrays) == 1
            else arrays
        )
        chosen = arrays or names
        if len(chosen) != 1:
            raise Unreadable(f"∇ must say by what, as in \\nabla_x: {', '.join(names) or 'no name'} can be meant.", node.span)
        return Node("name", (), chosen[0], node.span)

    # -- functions

    def apply(self, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
        """A function of the sheet, or a Jacobian, applied."""
        return apply_function(self, node, typer)

    def prime(self, node: Node, typer: Elaborator) -> tuple[Shape, Node] | None:
        """y' of a number defined from one variable is dy/dx; None where a prime transposes."""
        return prime_of(self, node, typer)

    # -- readings that the model decides

    def broadcast(self, a: Shape, b: Shape) -> tuple[Shape, tuple[bool, bool]] | None:
        """A bias added to every sample of a batch."""
        if self.batch is None:
            return None
        for one, other, flip in ((a, b, False), (b, a, True)):
            if not (is_column(other) or is_row(other)) or is_column(one) or is_row(one):
                continue
            samples_in = [i for i in (0, 1) if one[i].known == self.batch]
            if len(samples_in) != 1:
                continue
            axis = 1 - samples_in[0]
            size = other[0] if is_column(other) else other[1]
            if self.trail.unify(one[axis], size):
                turned = is_column(other) != (axis == 0)
                return one, (turned, False) if flip else (False, turned)
        return None

    def layer_range(self, node: Node) -> list[int] | None:
        return None if self.network is None else self.network.layer_range(node)

    def range_of(self, node: Node) -> Dim:
        """What the letter of a sum runs over, as far as the sum itself says."""
        letter, high = node.value, node.args[2]
        if letter in self.steps:
            return self.step_dim(letter)
        if high.op == "name" and (high.value in self.sizes or high.value == self.batch):
            return Dim(high.value)
        if high.op == "num" and isinstance(high.value[0], int):
            if not 1 <= high.value[0] <= 64:
                raise Unreadable("the end of a sum must be a letter or a number from 1 to 64.", high.span)
            return Dim(high.value[0])
        if high.op == "width" and self.network is not None:
            return self.network.width_dim(high)
        if self.network is not None and letter == "x":
            return Dim(self.batch)
        return Dim()

    def open_range(self, node: Node, dim: Dim) -> None:
        """A sum whose range nothing says; the size stays open and is tried at several values only if some name needs it."""
        if node.value not in letters_in(node.args[0]):
            raise Unreadable(f"what {node.value} runs over is not said. Write \\sum_{{{node.value}=1}}^n.", node.span)

    # -- dependence

    def depends(self, tree: Node) -> set[str]:
        """Every name that a tree depends on, through definitions."""
        question = tree, len(self.bodies)
        if question in self._dependence:
            return self._dependence[question]
        seen: set[str] = set()
        todo = [tree]
        while todo:
            for n in walk(todo.pop()):
                if n.op in ("name", "at", "whole family") and n.value not in seen:
                    seen.add(n.value)
                    todo += [b.tree for key, b in self.bodies.items() if key == n.value or key.startswith(f"{n.value}@")]
        self._dependence[question] = seen
        return seen
