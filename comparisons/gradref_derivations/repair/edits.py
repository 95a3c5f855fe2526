"""Edits: the single changes people would have to make, as pairs of a node of the tree and what stands in its place, with a cost.

The cost says how far-fetched an edit is: 1 for another name, a sign, a transpose; 2 and more for something inserted. Operators look
at the values at the site, so that only operands of fitting shapes are proposed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .ingredients import Ingredients
from .nodes import Slot, is_transposed, nodes_of, substituted, within
from .operators import Kind, costs, proposals
from .place import Context, Place

__all__ = ["Edit", "expression_edits"]

MOST_EXCHANGED = 10  # variables of one expression that are tried in each other's places


@dataclass(frozen=True)
class Edit:
    """Put `new` where `old` is, at `slot`; `name` is the operator's."""

    cost: float
    old: ast.expr
    new: ast.expr
    slot: Slot
    name: str
    kind: Kind = Kind.OTHER


def expression_edits(
    root: ast.expr, slot: Slot, ingredients: Ingredients, constants: list[float], slices: list[ast.Slice]
) -> list[Edit]:
    """Every edit of one expression, cheapest first."""
    context = Context(root, ingredients, constants, slices)
    found: list[Edit] = []
    for node, where, depth in nodes_of(root, slot):
        for cost, new, row in proposals(Place(node, where[0], context)):
            found.append(Edit(cost + costs.DEPTH * depth, node, new, where, row.name, row.kind))
    found += [*_exchanged(root, slot, context), *_everywhere(root, slot, found)]
    found.sort(key=lambda e: e.cost)
    return found


def _exchanged(root: ast.expr, slot: Slot, context: Context) -> list[Edit]:
    """Two variables of one shape that have changed places."""
    leaves = [
        n
        for n, _, _ in nodes_of(root, slot)
        if isinstance(n, (ast.Name, ast.Subscript, ast.Attribute)) and context.shape(n) and not is_transposed(n)
    ][:MOST_EXCHANGED]
    found = []
    for i, a in enumerate(leaves):
        for b in leaves[i + 1 :]:
            if context.shape(a) == context.shape(b) and ast.dump(a) != ast.dump(b) and not within(a, b) and not within(b, a):
                new = substituted(root, {id(a): b, id(b): a})
                found.append(Edit(costs.EXCHANGED, root, new, slot, "two variables exchanged"))
    return found


def _everywhere(root: ast.expr, slot: Slot, single: list[Edit]) -> list[Edit]:
    """The same edit at every place where the same is written: one idea, wrong in two places of a line."""
    written: dict[str, set[int]] = {}
    for node, _, _ in nodes_of(root, slot):
        written.setdefault(ast.dump(node), set()).add(id(node))
    repeated = {place: text for text, places in written.items() if len(places) > 1 for place in places}
    alike: dict[tuple[str, str], list[Edit]] = {}
    for edit in single:
        if id(edit.old) in repeated:
            alike.setdefault((repeated[id(edit.old)], ast.dump(edit.new)), []).append(edit)
    found = []
    for edits in alike.values():
        places = {id(e.old): e.new for e in edits}
        if len(places) > 1 and not any(within(a.old, b.old) for a in edits for b in edits if a.old is not b.old):
            cost = min(e.cost for e in edits) + costs.EVERYWHERE
            found.append(Edit(cost, root, substituted(root, places), slot, "everywhere in the line"))
    return found
