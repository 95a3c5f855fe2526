"""The syntax tree of a sheet: one node type, compared by what it says and not by where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Node", "letters_in", "number", "replace_at", "rewrite", "substitute", "walk"]

Span = tuple[int, int]


@dataclass(frozen=True)
class Node:
    """One operation with its operands.

    Attributes
    ----------
    op : what it is; see `evaluate` for the table of all operations.
    args : operands.
    value : what is not an operand: a name, a number, the spelling of a product.
    span : first and last + 1 offset in the sheet's text; None for what no reader wrote. Not compared.
    """

    op: str
    args: tuple[Node, ...] = ()
    value: Any = None
    span: Span | None = field(default=None, compare=False)
    _hash: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.op, self.args, self.value)))

    def __hash__(self) -> int:
        return self._hash

    def with_args(self, args: tuple[Node, ...]) -> Node:
        """The same operation on other operands; it then stands nowhere in the text."""
        return self if args == self.args else replace(self, args=args, span=None)


def number(value: int) -> Node:
    """A whole number that nobody wrote.

    >>> number(2).value
    (2, None)
    """
    return Node("num", (), (value, None))


def walk(node: Node) -> Iterator[Node]:
    """Every node below and including `node`, parents first."""
    todo = [node]
    while todo:
        here = todo.pop()
        yield here
        todo.extend(reversed(here.args))


def rewrite(node: Node, rule: Callable[[Node], Node | None]) -> Node:
    """The tree with `rule` applied from the top: a node it answers is replaced whole, of the others the operands are looked at."""
    new = rule(node)
    if new is not None:
        return new
    if not node.args:
        return node
    return node.with_args(tuple(rewrite(a, rule) for a in node.args))


def substitute(node: Node, name: str, new: Node) -> Node:
    """The tree with every free index or name `name` replaced; sums over the same letter keep their own."""

    def rule(n: Node) -> Node | None:
        if n.op == "name" and n.value == name:
            return replace(new, span=n.span)
        if n.op in ("sum", "prod") and n.value == name:
            return n
        return None

    return rewrite(node, rule)


def replace_at(node: Node, path: tuple[int, ...], new: Node) -> Node:
    """The tree with the node at `path` (operand numbers from the top) replaced."""
    if not path:
        return new
    args = list(node.args)
    args[path[0]] = replace_at(args[path[0]], path[1:], new)
    return replace(node, args=tuple(args), span=None)


def letters_in(node: Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """The names that stand free in a tree."""
    if node.op == "name":
        return set() if node.value in bound else {node.value}
    if node.op in ("sum", "prod"):
        inner = bound | {node.value}
        found = letters_in(node.args[0], inner)
        return found.union(*(letters_in(a, bound) for a in node.args[1:]))
    return set().union(*(letters_in(a, bound) for a in node.args)) if node.args else set()
