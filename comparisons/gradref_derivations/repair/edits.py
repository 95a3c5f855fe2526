"""Edits: the single changes people would have to make, as pairs of a node of the tree and what stands in its place, with a cost.

The cost says how far-fetched an edit is: 1 for another name, a sign, a transpose; 2 and more for something inserted. Rules look
at the values at the site, so that only operands of fitting shapes are proposed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from .ingredients import Library
from .nodes import Context, Edit, Proposal, function_name, nodes_of, unlike
from .operators.arithmetic import binary_edits, comparison_edits
from .operators.calls import axis_edits, call_edits
from .operators.indices import constant_edits, sequence_edits, slice_edits, subscript_edits
from .operators.values import value_edits
from .values import is_number

__all__ = ["Edit", "expression_edits", "rules_for"]


def expression_edits(
    root: ast.expr,
    slot: tuple[Any, str, int | None],
    library: Library,
    constants: list[float],
    slices: list[ast.Slice] | None = None,
) -> list[Edit]:
    """Every edit of one expression, cheapest first."""
    context = Context(library, constants, slices)
    context.bind(root)
    context.counts = _counts(root)
    found: list[Edit] = []
    for node, where, depth in nodes_of(root, slot):
        parent = where[0]
        for cost, new, kind in rules_for(node, parent, context):
            found.append(Edit(cost + 0.02 * depth, node, new, where, kind))
    found += [*_exchanged(root, slot, context), *_everywhere(root, slot, found)]
    found.sort(key=lambda e: e.cost)
    return found


def rules_for(node: ast.expr, parent: Any, c: Context) -> Iterator[Proposal]:
    if isinstance(node, ast.Slice):
        yield from slice_edits(node)
        for other in c.slices:
            if ast.dump(other) != ast.dump(node):
                yield 1.2, other, "slice"
        return
    if isinstance(node, ast.Constant):
        yield from constant_edits(node, parent, c)
        return
    if isinstance(parent, ast.keyword) and parent.arg in ("axis", "axes", "keepdims", "dtype", "ddof"):
        yield from axis_edits(node)
        return
    if isinstance(node, ast.BinOp):
        yield from binary_edits(node, c)
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
            yield 1.0, node.operand, "sign"
    elif isinstance(node, ast.Compare):
        yield from comparison_edits(node)
    elif isinstance(node, ast.Call):
        yield from call_edits(node, c)
    elif isinstance(node, ast.Subscript):
        yield from subscript_edits(node, c)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield 1.0, node.value, "transpose"
    elif isinstance(node, (ast.Tuple, ast.List)):
        yield from sequence_edits(node)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        pass
    elif isinstance(node, ast.IfExp):
        yield 1.3, ast.IfExp(node.test, node.orelse, node.body), "branches"
        yield 1.6, node.body, "branch"
        yield 1.6, node.orelse, "branch"
    value = c.value(node)
    if (isinstance(value, np.ndarray) and value.ndim > 0) or is_number(value) or isinstance(value, np.generic):
        yield from value_edits(node, parent, value, c)
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
                yield 1.0 + unlike(node.id, name), ast.Name(name, ast.Load()), "name"


def _exchanged(root: ast.expr, slot: tuple[Any, str, int | None], c: Context) -> list[Edit]:
    """Two variables of one shape that have changed places."""
    leaves = [n for n, _, _ in nodes_of(root, slot) if isinstance(n, (ast.Name, ast.Subscript, ast.Attribute)) and c.shape(n)]
    leaves = [n for n in leaves if not (isinstance(n, ast.Attribute) and n.attr == "T")][:10]
    found = []
    for i, a in enumerate(leaves):
        for b in leaves[i + 1 :]:
            if c.shape(a) == c.shape(b) and ast.dump(a) != ast.dump(b) and not _within(a, b) and not _within(b, a):
                found.append(Edit(1.25, root, _substituted(root, {id(a): b, id(b): a}), slot, "exchanged"))
    return found


def _everywhere(root: ast.expr, slot: tuple[Any, str, int | None], single: list[Edit]) -> list[Edit]:
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
        if len(places) > 1 and not any(_within(a.old, b.old) for a in edits for b in edits if a.old is not b.old):
            found.append(Edit(min(e.cost for e in edits) + 0.3, root, _substituted(root, places), slot, "everywhere"))
    return found


def _counts(root: ast.expr) -> set[int]:
    """Nodes that say how often something is repeated or how large it is: another value there may cost all memory."""
    found: set[int] = set()
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and function_name(node) in (
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
