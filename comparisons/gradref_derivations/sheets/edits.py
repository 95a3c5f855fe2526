"""Single edits of a tree: the slips that people make, undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from .scope import LAYERED
from .tree import Node, letters_in, number, replace_at, walk

__all__ = ["Context", "edits"]

Edit = tuple[int, Node]
Place = tuple[int, ...]


@dataclass(frozen=True)
class Context:
    """What an edit may use of the sheet.

    Attributes
    ----------
    left : the other side of the claim.
    arguments : value of a function -> its argument, as a = σ(z) says.
    samples : the letter of the number of samples, or None.
    names, families, functions : names that may stand in another's place, or that may have been forgotten.
    network : whether names have layers.
    letters : the letters of the sums on the side that is changed.
    """

    left: Node
    arguments: dict[str, str]
    samples: str | None
    names: tuple[str, ...]
    families: tuple[str, ...]
    functions: tuple[str, ...]
    network: bool
    letters: tuple[str, ...] = ()


def edits(tree: Node, context: Context) -> Iterator[tuple[int, Node, Place, Node]]:
    """(price, changed tree, place of the change, what stands there now) for every single edit of `tree`, in no order."""
    for path, node in _places(tree, ()):
        for rule in _RULES:
            for price, new in rule(node, context):
                yield price, replace_at(tree, path, new), path, new
    for price, new in _whole(tree, context):
        yield price, new, (), new


def _places(node: Node, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Node]]:
    yield path, node
    for number_, a in enumerate(node.args):
        if node.op in ("at", "entry", "kron") and (node.op != "entry" or number_):
            continue
        if node.op in ("deriv", "grad") or (node.op in ("sum", "prod") and number_):
            continue
        yield from _places(a, (*path, number_))


def _transpose(node: Node, context: Context) -> Iterator[Edit]:
    if node.op in ("T", "prime"):
        yield 1, node.args[0]
    elif node.op in ("name", "at", "paren", "deriv", "column", "mul", "add", "sub", "act", "apply", "grad") and not (
        node.op == "apply" and node.value[0] in ("tr", "det")
    ):
        yield 1 if node.op in ("name", "at") else 2, Node("T", (node,))
    if node.op == "pow" and node.args[1].op == "neg":
        yield 2, Node("T", (node,))


def _order(node: Node, context: Context) -> Iterator[Edit]:
    if node.op != "mul":
        return
    a, b = node.args
    yield 1, Node("mul", (b, a), node.value)
    if a.op in ("T", "prime"):
        yield 2, Node("mul", (a.args[0], Node("T", (b,))), node.value)
    if b.op in ("T", "prime"):
        yield 2, Node("mul", (Node("T", (a,)), b.args[0]), node.value)
    if a.op == "mul" and a.value == node.value:
        yield 1, Node("mul", (Node("mul", (a.args[0], b), node.value), a.args[1]), node.value)
        yield 2, Node("mul", (a.args[0], Node("mul", (a.args[1], b), node.value)), node.value)


def _layer(node: Node, context: Context) -> Iterator[Edit]:
    if context.network and node.op in ("at", "width"):
        for step in (1, -1):
            yield 1, replace(node, args=(_shifted(node.args[0], step), *node.args[1:]), span=None)
    if context.network and node.op == "deriv":
        for n in walk(node.args[1]):
            if n.op == "at":
                for step in (1, -1):
                    yield 1, _swapped(node, n, replace(n, args=(_shifted(n.args[0], step),), span=None))


def _shifted(layer: Node, step: int) -> Node:
    """l ± 1, and l where that comes back to it."""
    if layer.op == "num":
        return number(max(layer.value[0] + step, 0))
    if layer.op in ("add", "sub") and layer.args[1].op == "num":
        now = layer.args[1].value[0] * (1 if layer.op == "add" else -1) + step
        base = layer.args[0]
        return base if now == 0 else Node("add" if now > 0 else "sub", (base, number(abs(now))))
    return Node("add" if step > 0 else "sub", (layer, number(1)))


def _slope_argument(node: Node, context: Context) -> Iterator[Edit]:
    """σ'(a) for σ'(z), and σ for σ'."""
    if node.op == "act":
        inner = node.args[0]
        base = inner
        while base.op in ("entry", "column", "paren", "T"):
            base = base.args[0]
        if base.op == "at" and base.value in ("a", "z", "A", "Z"):
            other = {"a": "z", "z": "a", "A": "Z", "Z": "A"}[base.value]
            yield 1, replace(node, args=(_swapped(inner, base, replace(base, value=other, span=None)), *node.args[1:]), span=None)
        for order in {node.value + 1, node.value - 1} & {0, 1, 2}:
            yield 1, replace(node, value=order, span=None)
    if node.op == "apply" and len(node.args) == 1:
        name, order = node.value
        inner = node.args[0]
        base = inner
        while base.op in ("entry", "paren"):
            base = base.args[0]
        if base.op == "name" and base.value in context.arguments:
            yield 1, replace(node, args=(_swapped(inner, base, Node("name", (), context.arguments[base.value])),), span=None)
        back = {v: k for k, v in context.arguments.items()}
        if base.op == "name" and base.value in back:
            yield 2, replace(node, args=(_swapped(inner, base, Node("name", (), back[base.value])),), span=None)
        for n in {order + 1, order - 1} & {0, 1, 2}:
            yield 1, replace(node, value=(name, n), span=None)
        pairs = {"sin": "cos", "cos": "sin", "exp": "log", "log": "exp", "tanh": "sigmoid"}
        if name in pairs:
            yield 2, replace(node, value=(pairs[name], order), span=None)


def _swapped(tree: Node, old: Node, new: Node) -> Node:
    if tree is old:
        return new
    return replace(tree, args=tuple(_swapped(a, old, new) for a in tree.args), span=None) if tree.args else tree


def _product(node: Node, context: Context) -> Iterator[Edit]:
    if node.op == "mul":
        for kind in ("odot", "juxt", "cdot"):
            if kind != node.value:
                yield 1, replace(node, value=kind, span=None)
        a, b = node.args
        if a.op == "mul" and {a.value, node.value} & {"odot"}:
            yield 2, Node("mul", (a.args[0], Node("mul", (a.args[1], b), node.value)), a.value)
    if node.op == "div":
        yield 2, Node("mul", node.args, "juxt")
        yield 1, Node("div", (node.args[1], node.args[0]))
    if node.op == "mul" and node.value in ("juxt", "cdot", "star"):
        yield 2, Node("div", node.args)


def _hadamard(node: Node, context: Context) -> Iterator[Edit]:
    """⊙ in place of one of the products in a row of factors."""
    if node.op != "mul" or node.value == "odot":
        return
    factors, here = [], node
    while here.op == "mul" and here.value == node.value:
        factors.append(here.args[1])
        here = here.args[0]
    factors.append(here)
    factors.reverse()
    for cut in range(1, len(factors)):
        first, rest = (_row(part, node.value) for part in (factors[:cut], factors[cut:]))
        yield 1, Node("mul", (first, rest), "odot")


def _row(factors: list[Node], kind: str) -> Node:
    product = factors[0]
    for f in factors[1:]:
        product = Node("mul", (product, f), kind)
    return product


def _inverse(node: Node, context: Context) -> Iterator[Edit]:
    if node.op in ("name", "paren", "at") and not (node.op == "name" and len(str(node.value)) == 1 and str(node.value).islower()):
        inverse = Node("pow", (node, Node("neg", (number(1),))))
        yield 2, inverse
        yield 3, Node("T", (inverse,))


def _factor(node: Node, context: Context) -> Iterator[Edit]:
    """A factor dropped, or one of 2, ½, -1, 1/m put in."""
    if node.op == "mul":
        yield 2, node.args[0]
        yield 2, node.args[1]
    if node.op == "div":
        yield 2, node.args[0]
    if node.op in ("name", "at", "entry", "pow", "paren", "act", "apply", "norm", "sum", "mul", "T", "deriv", "grad", "div"):
        yield 2, Node("mul", (number(2), node), "juxt")
        yield 2, Node("div", (node, number(2)))
        if context.samples is not None and node.op != "name":
            yield 2, Node("mul", (Node("div", (number(1), Node("name", (), context.samples))), node), "juxt")


def _sign(node: Node, context: Context) -> Iterator[Edit]:
    if node.op in ("add", "sub"):
        yield 1, replace(node, op="sub" if node.op == "add" else "add", span=None)
        yield 1, Node(node.op, (node.args[1], node.args[0]))
        yield 2, node.args[0]
        yield 2, node.args[1]
    elif node.op == "neg":
        yield 1, node.args[0]
    elif node.op in ("mul", "name", "at", "entry", "paren", "div"):
        yield 2, Node("neg", (node,))


def _number(node: Node, context: Context) -> Iterator[Edit]:
    if node.op == "num" and isinstance(node.value[0], int):
        for n in {node.value[0] + 1, node.value[0] - 1, 2 * node.value[0]} - {node.value[0]}:
            if n >= 0:
                yield 2, number(n)
    if node.op == "pow":
        yield 2, node.args[0]
        yield 2, Node("pow", (node.args[0], Node("neg", (node.args[1],))))
        if node.args[1].op == "neg":
            yield 2, Node("pow", (node.args[0], node.args[1].args[0]))
    if node.op in ("name", "entry", "at", "paren", "apply", "act"):
        yield 3, Node("pow", (node, number(2)))
    if node.op == "norm" or (node.op == "apply" and node.value == ("sqrt", 0)):
        yield 2, node.args[0] if node.op == "apply" else Node("pow", (node, number(2)))


def _index(node: Node, context: Context) -> Iterator[Edit]:
    if node.op in ("entry", "kron"):
        first = 1 if node.op == "entry" else 0
        places = node.args[first:]
        if len(places) == 2 and node.op == "entry":
            yield 1, replace(node, args=(node.args[0], places[1], places[0]), span=None)
        letters = sorted(letters_in(context.left) | _index_letters(context.left) | _index_letters(node) | set(context.letters))
        for at, place in enumerate(places):
            for letter in letters:
                if place.op == "name" and letter != place.value and len(letter) == 1:
                    args = list(node.args)
                    args[first + at] = Node("name", (), letter)
                    yield 1, replace(node, args=tuple(args), span=None)


def _index_letters(tree: Node) -> set[str]:
    found = set()
    for n in walk(tree):
        if n.op in ("entry", "kron"):
            found |= {a.value for a in n.args[1 if n.op == "entry" else 0 :] if a.op == "name"}
        elif n.op == "column":
            found |= letters_in(n.args[1])
        elif n.op == "at" and n.value not in LAYERED:
            found |= {m.value for m in walk(n.args[0]) if m.op == "name"}
    return found - {n.value for n in walk(tree) if n.op in ("sum", "prod")}


def _sum(node: Node, context: Context) -> Iterator[Edit]:
    none = Node("none")
    if node.op in ("mul", "entry", "div", "apply", "act", "paren"):
        for letter in sorted(_index_letters(node) - _index_letters(context.left)):
            yield 1, Node("sum", (node, none, none, none), letter)
    if node.op == "sum":
        yield 1, node.args[0]
        if node.args[3].op != "none":
            yield 1, replace(node, args=(*node.args[:3], Node("none")), span=None)


def _name(node: Node, context: Context) -> Iterator[Edit]:
    if node.op == "name" and not context.network:
        for name in context.names:
            if name != node.value:
                yield 3, Node("name", (), name)
    if node.op == "at" and not context.network:
        for name in context.families:
            if name != node.value:
                yield 3, replace(node, value=name, span=None)
    if node.op == "apply" and len(node.args) == 1:
        for name in context.functions:
            if name != node.value[0]:
                yield 3, replace(node, args=(Node("apply", node.args, (name, 0)),), span=None)
    if node.op == "at" and context.network:
        for name in (
            ("a", "z", "δ") if node.value in ("a", "z", "δ") else ("A", "Z", "Δ") if node.value in ("A", "Z", "Δ") else ()
        ):
            if name != node.value:
                yield 2, replace(node, value=name, span=None)


def _whole(tree: Node, context: Context) -> Iterator[Edit]:
    """Edits of the whole side: a factor, a sign, a sum, two indices exchanged."""
    none = Node("none")
    for letter in sorted(_index_letters(tree) - _index_letters(context.left)):
        yield 1, Node("sum", (tree, none, none, none), letter)
    yield 1, Node("neg", (tree,))
    yield 1, Node("mul", (number(2), tree), "juxt")
    yield 1, Node("mul", (Node("div", (number(1), number(2))), tree), "juxt")
    for name in () if context.network else context.names:
        yield 3, Node("mul", (Node("paren", (tree,)) if tree.op in ("add", "sub") else tree, Node("name", (), name)), "juxt")
    if context.samples is not None:
        share = Node("div", (number(1), Node("name", (), context.samples)))
        yield 1, Node("mul", (share, tree), "juxt")
        yield 2, Node("mul", (Node("name", (), context.samples), tree), "juxt")
        if context.network:
            yield 1, Node("sum", (tree, none, none, none), "x")
            yield 2, Node("mul", (share, Node("sum", (tree, none, none, none), "x")), "juxt")
    letters = sorted(_index_letters(tree))
    for i, a in enumerate(letters):
        for b in letters[i + 1 :]:
            yield 2, _exchanged(tree, a, b)
    yield from _missing_slope(tree, context)


def _exchanged(tree: Node, a: str, b: str) -> Node:
    if tree.op in ("entry", "kron"):
        first = 1 if tree.op == "entry" else 0
        other = {a: b, b: a}
        args = tuple(
            Node("name", (), other[n.value]) if i >= first and n.op == "name" and n.value in other else _exchanged(n, a, b)
            for i, n in enumerate(tree.args)
        )
        return replace(tree, args=args, span=None) if args != tree.args else tree
    return tree.with_args(tuple(_exchanged(n, a, b) for n in tree.args)) if tree.args else tree


def _missing_slope(tree: Node, context: Context) -> Iterator[Edit]:
    """σ'(z) was forgotten."""
    if context.network:
        for n in walk(context.left):
            if n.op == "at" and n.value in ("δ", "Δ", "z", "Z"):
                z = "Z" if n.value in ("Δ", "Z") else "z"
                slope = Node("act", (Node("at", n.args, z),), 1)
                yield 1, Node("mul", (tree, slope), "odot")
            if n.op == "entry" and n.args[0].op == "at" and n.args[0].value in ("δ", "z"):
                inner = Node("entry", (Node("at", n.args[0].args, "z"), *n.args[1:]))
                yield 1, Node("mul", (tree, Node("act", (inner,), 1)), "juxt")
        return
    for value, argument in context.arguments.items():
        slope = Node("apply", (Node("name", (), argument),), ("σ", 1))
        del value
        yield 1, Node("mul", (tree, slope), "odot")
        yield 1, Node("mul", (tree, slope), "juxt")


Rule = Callable[[Node, Context], Iterator[Edit]]
_RULES: tuple[Rule, ...] = (
    _transpose, _order, _layer, _slope_argument, _product, _hadamard, _factor, _sign, _number, _inverse, _index, _sum, _name,
)  # fmt: skip
