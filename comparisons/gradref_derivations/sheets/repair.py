"""Repair: the smallest single edit of a claim that makes it right at fresh points."""

from __future__ import annotations

from time import monotonic
from typing import Any

from .edits import Context, edits
from .printing import clean, render
from .sheet import Claim
from .tree import Node, walk

__all__ = ["find_repair"]

SECONDS = 2.0
"""Time for the repair of one claim."""

FRESH = 7919
"""Added to the seed for the points at which a repair is confirmed."""


def find_repair(claim: Claim, judge: Any) -> str | None:
    """The claim rewritten with one edit, or None; `judge` is the `Judge` of its sheet. The right side is tried first, then the left."""
    stop = monotonic() + SECONDS
    for tree, other, mirrored in ((claim.right, claim.left, False), (claim.left, claim.right, True)):
        if mirrored and _is_derivative(tree):
            break
        found = _search(tree, other, claim, judge, mirrored, stop)
        if found is not None:
            return _rewritten(claim, found, judge, mirrored)
    return None


def _search(tree: Node, other: Node, claim: Claim, judge: Any, mirrored: bool, stop: float) -> Node | None:
    context = _context(other, judge)
    seen = {tree}
    candidates = sorted(edits(tree, context), key=lambda e: (e[0], sum(1 for _ in walk(e[1]))))
    for _, new in candidates:
        if new in seen or new == other:
            continue
        seen.add(new)
        if monotonic() > stop:
            return None
        left, right = (new, other) if mirrored else (other, new)
        if judge.measure(left, right, claim.guards, judge.reading(), limit=2).kind != "holds":
            continue
        if judge.measure(left, right, claim.guards, judge.reading(), seed=judge.seed + FRESH).kind == "holds":
            return new
    return None


def _context(other: Node, judge: Any) -> Context:
    sheet = judge.sheet
    arguments = {}
    for d in sheet.definitions.values():
        if d.body.op == "apply" and len(d.body.args) == 1 and d.body.args[0].op == "name" and d.kind == "value":
            arguments[d.name] = d.body.args[0].value
    samples = (
        judge.models.letter if sheet.plan is not None else next((s for s in ("m", "N", "n") if s in sheet.scope.sizes), None)
    )
    names = tuple(sorted({*sheet.definitions, *(n for n in sheet.declared)}))[:12]
    return Context(other, arguments, samples, names, sheet.plan is not None)


def _is_derivative(tree: Node) -> bool:
    return tree.op in ("deriv", "grad", "at") or (tree.op == "entry" and tree.args[0].op == "at")


def _rewritten(claim: Claim, new: Node, judge: Any, mirrored: bool) -> str:
    document = judge.sheet.document
    text = document.text
    line = document.slice(claim.span)
    shown = clean(render(new, text, line))
    kept = clean(document.slice(claim.right_span if mirrored else claim.left_span))
    return f"{shown} = {kept}" if mirrored else f"{kept} = {shown}"
