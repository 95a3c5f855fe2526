"""The names that a header `network: 3-4-2, sigmoid, quadratic` makes known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .definitions import Body
from .problems import Mismatch, Unreadable
from .shapes import ONE, Dim, Shape, Width
from .tree import Node, number, walk

__all__ = ["ACTIVATIONS", "COSTS", "NetworkNames", "NoLayer", "Plan", "plan_of"]

ACTIVATIONS = {
    "sigmoid": "sigmoid", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softplus": "softplus", "identity": "identity",
    "linear": "identity", "softmax": "softmax", "square": "square", "silu": "silu", "gelu": "gelu", "generic": "·σ",
    "σ": "·σ", "sigma": "·σ",
}  # fmt: skip
COSTS = {
    "quadratic": "quadratic", "squared error": "squares", "squared": "squares", "mse": "squares", "mse_samples": "squares",
    "mean squared error": "squares", "mse_elements": "mean squares", "cross-entropy": "cross-entropy", "cross_entropy": "cross-entropy",
    "cross entropy": "cross-entropy", "crossentropy": "cross-entropy", "binary cross-entropy": "binary", "binary cross entropy": "binary",
    "nielsen_cross_entropy": "binary", "bce": "binary", "binary_cross_entropy": "mean binary", "log-likelihood": "cross-entropy",
    "nll": "cross-entropy", "half squared error": "quadratic", "any": "generic", "generic": "generic",
}  # fmt: skip
_SCALAR: Shape = (ONE, ONE)
_SINGLE = {"a": "A", "z": "Z", "δ": "Δ"}


class NoLayer(Unreadable):
    """A layer that the network does not have; a claim about every layer is then not about this one."""


@dataclass(frozen=True)
class Plan:
    """A network as the header says it.

    Attributes
    ----------
    sizes : widths n_0 .. n_L.
    activations : one for each layer 1 .. L; "·σ" is any smooth function.
    cost : see `COSTS`; "generic" is any smooth cost.
    batch : the letter or number of samples, None without.
    rows : whether samples are rows of A, Z and Δ.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str = "generic"
    batch: str | int | None = None
    rows: bool = False

    @property
    def depth(self) -> int:
        return len(self.sizes) - 1


def plan_of(text: str, span: tuple[int, int] | None = None) -> Plan:
    """The plan in a header's text. Raises `Unreadable` with what was expected.

    >>> plan_of("3-4-2, sigmoid, quadratic").activations
    ('sigmoid', 'sigmoid')
    """
    parts = [p.strip().strip("$`*") for p in re.split(r"[,;]", text) if p.strip()]
    match = re.fullmatch(r"\d+(?:\s*(?:-|–|→|->|x)\s*\d+)+", parts[0]) if parts else None
    if match is None:
        raise Unreadable("network: widths such as 3-4-2 were expected first.", span)
    sizes = tuple(int(n) for n in re.findall(r"\d+", parts[0]))
    if not 2 <= len(sizes) <= 9 or min(sizes) < 1:
        raise Unreadable("network: 2 to 9 widths of at least 1 were expected.", span)
    activations, cost, batch = [], "generic", None
    for part in parts[1:]:
        word = part.lower().strip(". ")
        if word in COSTS:
            cost = COSTS[word]
        elif word in ACTIVATIONS:
            activations.append(ACTIVATIONS[word])
        elif found := re.fullmatch(r"batch(?: size)?\s*:?\s*(\w+)", word):
            batch = found[1]
        else:
            raise Unreadable(
                f"network: an activation ({', '.join(list(ACTIVATIONS)[:8])}) or a cost (quadratic, cross-entropy) "
                f"was expected, got {part!r}.",
                span,
            )
    depth = len(sizes) - 1
    if not activations:
        activations = ["·σ"]
    if len(activations) == 1:
        activations *= depth
    elif len(activations) == 2 and depth > 2:
        activations = [activations[0]] * (depth - 1) + [activations[1]]
    if len(activations) != depth:
        raise Unreadable(f"network: 1 or {depth} activations were expected, got {len(activations)}.", span)
    if cost == "cross-entropy" and activations[-1] == "sigmoid":
        cost = "binary"
    return Plan(sizes, tuple(activations), cost, batch)


@dataclass
class NetworkNames:
    """A plan's names under one `Model`: `batch` None looks at one sample."""

    plan: Plan
    model: Any
    batch: str | None = None

    def width_at(self, layer: int) -> Dim:
        return Dim(Width(f"n_{layer}", self.plan.sizes[layer]))

    @property
    def samples(self) -> Dim:
        return ONE if self.batch is None else Dim(self.batch)

    # -- what each name is

    def name(self, node: Node, typer: Any) -> tuple[Shape, Node] | None:
        key = node.value
        if key == "L":
            return _SCALAR, number(self.plan.depth)
        if key in ("C", "J", "E", "ℓ") or (key == "L" and typer.depth < 0):
            return self.cost(typer)
        if key == "y":
            return self._sample(self._target(), typer, node)
        if key == "Y":
            shape, tree = self._target()
            return ((shape[1], shape[0]), Node("T", (tree,))) if self.plan.rows else (shape, tree)
        if self.batch is not None and key in ("m", "N", "n", "B") and key not in self.model.shapes:
            return _SCALAR, Node("size", (), Dim(self.batch), node.span)
        if self.batch is None and key in ("m", "N", "n", "B") and key not in self.model.shapes and self.plan.batch is not None:
            return _SCALAR, number(1)
        return None

    def _target(self) -> tuple[Shape, Node]:
        self.model.shapes.setdefault("y", (self.width_at(self.plan.depth), self.samples))
        self.model.free.add("y")
        return self.model.shapes["y"], Node("name", (), "y")

    def layer(self, node: Node) -> int:
        """The number that a layer's expression is, the letter l already replaced. Raises `NoLayer`."""
        value = _count(node, self.plan.depth)
        if value is None:
            raise Unreadable("a layer must be l, L, a number or a sum of these.", node.span)
        return value

    def at(self, node: Node, typer: Any) -> tuple[Shape, Node]:
        name, l = node.value, self.layer(node.args[0])
        first = 0 if name in ("a", "A") else 1
        if not first <= l <= self.plan.depth:
            raise NoLayer(f"{name}^{l} does not exist: layers are {first} to {self.plan.depth}.", node.span)
        if name == "W":
            return self._free(f"W^{l}", (self.width_at(l), self.width_at(l - 1)), node)
        if name == "b":
            return self._free(f"b^{l}", (self.width_at(l), ONE), node)
        kind = _SINGLE.get(name, name)
        shape, tree = self._delta(l, node) if kind == "Δ" else self._quantity(kind, l, node)
        if name in _SINGLE:
            return self._sample((shape, tree), typer, node)
        if self.plan.rows and self.batch is not None:
            return (shape[1], shape[0]), Node("T", (tree,), None, node.span)
        return shape, tree

    def _free(self, key: str, shape: Shape, node: Node) -> tuple[Shape, Node]:
        self.model.shapes.setdefault(key, shape)
        self.model.free.add(key)
        return self.model.shapes[key], Node("name", (), key, node.span)

    def _sample(self, typed: tuple[Shape, Node], typer: Any, node: Node) -> tuple[Shape, Node]:
        """One sample of a batch: the one that a sum over x runs through."""
        shape, tree = typed
        if self.batch is None:
            return shape, tree
        letter = next((s for s in ("x", "i") if s in typer.indices), None)
        if letter is None:
            raise Mismatch("in a batch, one sample's quantity must say its sample, as in a^{x,l} or a^{[l](i)}.", node.span)
        self.model.trail.unify(typer.indices[letter], self.samples)
        return (shape[0], ONE), Node("column", (tree, Node("index", (), letter)), None, node.span)

    def column(self, node: Node, typer: Any) -> tuple[Shape, Node]:
        base = node.args[0]
        if self.batch is None:
            if node.args[1].op == "name":
                typer.indices.setdefault(node.args[1].value, ONE)
            return typer.type(base)
        letter = node.args[1]
        if letter.op != "name":
            raise Unreadable("a sample must be a letter.", letter.span)
        typer.indices.setdefault(letter.value, Dim())
        if not self.model.trail.unify(typer.indices[letter.value], self.samples):
            raise Mismatch(f"{letter.value} does not run over the samples.", letter.span)
        if base.op == "at":
            kind = str(_SINGLE.get(base.value, base.value))
            l = self.layer(base.args[0])
            if not (0 if kind == "A" else 1) <= l <= self.plan.depth:
                raise NoLayer(f"layer {l} does not exist.", base.span)
            shape, tree = self._delta(l, base) if kind == "Δ" else self._quantity(kind, l, base)
        else:
            shape, tree = self._target()
        return (shape[0], ONE), Node("column", (tree, Node("index", (), letter.value)), None, node.span)

    def _quantity(self, kind: str, l: int, node: Node) -> tuple[Shape, Node]:
        """Z^l and A^l, defined on first use."""
        key = f"{kind}^{l}"
        shape = (self.width_at(l), self.samples)
        new = Node("name", (), key, node.span)
        if key in self.model.shapes:
            return shape, new
        if kind == "A" and l == 0:
            return self._free(key, shape, node)
        self.model.shapes[key] = shape
        if kind == "Z":
            weights = self._free(f"W^{l}", (self.width_at(l), self.width_at(l - 1)), node)[1]
            bias = self._free(f"b^{l}", (self.width_at(l), ONE), node)[1]
            before = self._quantity("A", l - 1, node)[1]
            tree = Node("add", (Node("matmul", (weights, before)), bias))
        else:
            inner = self._quantity("Z", l, node)[1]
            tree = self._activated(inner, l, 0)
        self.model.bodies[key] = Body(tree)
        return shape, new

    def _activated(self, inner: Node, l: int, order: int) -> Node:
        name = self.plan.activations[l - 1]
        if name == "softmax":
            return Node("softmax", (inner,))
        return Node("call", (inner,), (name, order))

    def _delta(self, l: int, node: Node) -> tuple[Shape, Node]:
        shape, z = self._quantity("Z", l, node)
        _, cost = self.cost(None)
        return shape, self._unscaled(Node("D", (cost, z), ("bottom", False), node.span))

    def _unscaled(self, tree: Node) -> Node:
        """δ is per sample: without the factor 1/m, unless the sheet is read with the factor inside."""
        if self.batch is None:
            return tree
        self.model.reading.seen.add("factor")
        if self.model.reading.factor == "inside":
            return tree
        return Node("scale", (Node("size", (), Dim(self.batch)), tree))

    def per_sample(self, target: Node, found: tuple[Shape, Node]) -> tuple[Shape, Node]:
        inner = target
        while inner.op in ("entry", "column", "paren"):
            inner = inner.args[0]
        if inner.op == "at" and inner.value in ("a", "A", "z", "Z"):
            return found[0], self._unscaled(found[1])
        return found

    def cost(self, typer: Any) -> tuple[Shape, Node]:
        if "C" not in self.model.bodies:
            self.model.shapes["C"] = _SCALAR
            self.model.bodies["C"] = Body(self._cost_tree())
        return _SCALAR, Node("name", (), "C")

    def _cost_tree(self) -> Node:
        at = Node("at", (number(self.plan.depth),), "A")
        output, logits = self._quantity("A", self.plan.depth, at)[1], self._quantity("Z", self.plan.depth, at)[1]
        return Node("cost of samples", (output, self._target()[1], logits), self.plan.cost)

    def sample_cost(self, node: Node, typer: Any) -> tuple[Shape, Node]:
        letter = node.args[0]
        tree = self._cost_tree()
        if self.batch is None or letter.op != "name" or letter.value == "0":
            return self.cost(typer)
        typer.indices.setdefault(letter.value, Dim())
        self.model.trail.unify(typer.indices[letter.value], self.samples)
        at = Node("index", (), letter.value)
        return _SCALAR, Node("cost of samples", tuple(Node("column", (a, at)) for a in tree.args), tree.value, node.span)

    def activation(self, node: Node, typer: Any) -> tuple[Shape, Node]:
        """σ(z^l) and its derivatives; the layer is said, or that of the argument."""
        arguments: list[Node] = list(node.args)
        if len(arguments) > 1:
            l = self.layer(arguments[1])
        else:
            inner = next((n for n in walk(arguments[0]) if n.op == "at" and n.value in ("z", "Z", "a", "A")), None)
            if inner is not None:
                l = self.layer(inner.args[0])
            elif len(set(self.plan.activations)) == 1:
                l = 1
            else:
                raise Unreadable("σ must say its layer, as in \\sigma_l.", node.span)
        if not 1 <= l <= self.plan.depth:
            raise NoLayer(f"σ_{l} does not exist.", node.span)
        shape, inner = typer.type(arguments[0])
        order = node.value
        if self.plan.activations[l - 1] == "softmax" and order:
            raise Mismatch(
                "σ of the last layer is softmax, whose derivative is not taken entry by entry: σ'(z) does not exist.", node.span
            )
        return shape, Node(*_with_span(self._activated(inner, l, order), node))

    def width(self, node: Node, typer: Any) -> tuple[Shape, Node]:
        return _SCALAR, Node("size", (), self.width_dim(node), node.span)

    def width_dim(self, node: Node) -> Dim:
        l = self.layer(node.args[0])
        if not 0 <= l <= self.plan.depth:
            raise NoLayer(f"n_{l} does not exist.", node.span)
        return self.width_at(l)

    def layer_range(self, node: Node) -> list[int] | None:
        """The layers that a sum over l runs through; None for another sum."""
        letter = node.value
        layered = [
            n
            for n in walk(node.args[0])
            if n.op in ("at", "width") and any(m.op == "name" and m.value == letter for m in walk(n.args[0]))
        ]
        if not layered:
            return None
        low = 1 if node.args[1].op == "none" else self.layer(node.args[1])
        high = self.plan.depth if node.args[2].op == "none" else self.layer(node.args[2])
        if not 0 <= low <= high <= self.plan.depth:
            raise NoLayer("the layers of the sum do not exist.", node.span)
        return list(range(low, high + 1))


def _with_span(tree: Node, node: Node) -> tuple:
    return tree.op, tree.args, tree.value, node.span


def _count(node: Node, depth: int) -> int | None:
    if node.op == "num" and isinstance(node.value[0], int):
        return node.value[0]
    if node.op == "name" and node.value == "L":
        return depth
    if node.op == "paren":
        return _count(node.args[0], depth)
    if node.op in ("add", "sub") and len(node.args) == 2:
        a, b = (_count(n, depth) for n in node.args)
        return None if a is None or b is None else a + b if node.op == "add" else a - b
    return None
