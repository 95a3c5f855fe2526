"""Names that no line declares and that were taken as numbers, and claims that speak of them as of arrays."""

from __future__ import annotations

from .model import Model
from .sheet import Claim, Sheet
from .tree import Node, walk

__all__ = ["spoken_of_as_arrays", "taken_as_numbers"]


def taken_as_numbers(model: Model, names: set[str]) -> list[str]:
    """Which of these names are numbers only because nothing says what they are."""
    return sorted(n for n in names if model.kinds.get(n) == "scalar" and n in model.free and n not in model.declared)


def spoken_of_as_arrays(sheet: Sheet, claim: Claim, numbers: list[str]) -> bool:
    """Whether a claim, or a definition below it, transposes such a name, or multiplies a capital by a small letter."""
    trees, todo, seen = [], [claim.left, claim.right], set()
    while todo:
        tree = todo.pop()
        trees.append(tree)
        for key in {n.value for n in walk(tree) if n.op in ("name", "at")} & sheet.definitions.keys() - seen:
            seen.add(key)
            todo.append(sheet.definitions[key].body)
    return any(_array_sign(n, sheet, set(numbers)) for tree in trees for n in walk(tree))


def _array_sign(node: Node, sheet: Sheet, numbers: set[str]) -> bool:
    if node.op in ("T", "norm") or (node.op == "apply" and node.value[0] in ("tr", "trace", "det")):
        return any(_rests_on(a, sheet, numbers) for a in node.args)
    if node.op != "mul":
        return False
    left, right = (_letters(node.args[0])[-1:], _letters(node.args[1])[:1])
    return any(
        a[:1].isupper() != b[:1].isupper() and (a if a[:1].isupper() else b) in numbers and {a, b} & numbers
        and (b if a[:1].isupper() else a) in numbers | sheet.definitions.keys()
        for a in left for b in right
    )  # fmt: skip


def _letters(node: Node) -> list[str]:
    """The names that are factors of a product, in order; an empty one for what is no name."""
    if node.op == "mul":
        return [*_letters(node.args[0]), *_letters(node.args[1])]
    if node.op == "paren" or node.op == "pow":
        return _letters(node.args[0])
    return [str(node.value) if node.op in ("name", "at") else ""]


def _rests_on(tree: Node, sheet: Sheet, numbers: set[str]) -> bool:
    """Whether a tree holds one of the names, directly or through definitions."""
    todo, seen = [tree], set()
    while todo:
        for n in walk(todo.pop()):
            if n.op in ("name", "at") and n.value in numbers:
                return True
            if n.op in ("name", "at") and n.value in sheet.definitions and n.value not in seen:
                seen.add(n.value)
                todo.append(sheet.definitions[n.value].body)
    return False
