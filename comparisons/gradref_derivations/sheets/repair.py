"""Repair: the smallest single edit of a claim that makes it right at fresh points."""

from __future__ import annotations

from time import process_time
from typing import Any

from .edits import Context, edits
from .operators import parse
from .printing import clean, render
from .problems import SheetError
from .sheet import Claim
from .tokens import lex
from .tree import Node, replace_at, walk

__all__ = ["find_repair"]

SECONDS = 2.0
"""Time for the repair of one claim."""

FRESH = 7919
"""Added to the seed for the points at which a repair is confirmed."""


def find_repair(claim: Claim, judge: Any, dearest: int = 3) -> str | None:
    """The claim rewritten with one edit, or None; `judge` is the `Judge` of its sheet.

    The right side is tried first, then the left; edits up to the price `dearest`.
    What is shown is read again as a reader would, and that is what must hold.
    """
    stop = process_time() + SECONDS
    for reading in judge.readings(claim):
        for tree, other, mirrored in ((claim.right, claim.left, False), (claim.left, claim.right, True)):
            if mirrored and _is_derivative(tree):
                continue
            found = _search(tree, other, claim, judge, mirrored, reading, stop, dearest)
            if found is not None:
                return found
    return None


def _search(
    tree: Node, other: Node, claim: Claim, judge: Any, mirrored: bool, reading: Any, stop: float, dearest: int
) -> str | None:
    seen = {tree}
    candidates = sorted(edits(tree, _context(tree, other, judge)), key=lambda e: (e[0], sum(1 for _ in walk(e[1]))))
    for price, new, path, piece in candidates:
        if price > dearest or new in seen or new == other:
            continue
        seen.add(new)
        if process_time() > stop:
            return None
        if not _holds(new, other, mirrored, claim, judge, reading, limit=2):
            continue
        for shown in _spellings(tree, path, piece, mirrored, claim, judge):
            again = _read(shown, judge)
            if again is not None and _holds(again, other, mirrored, claim, judge, reading, seed=judge.seed + FRESH):
                kept = clean(judge.sheet.document.slice(claim.right_span if mirrored else claim.left_span))
                return f"{shown} = {kept}" if mirrored else f"{kept} = {shown}"
    return None


def _holds(new: Node, other: Node, mirrored: bool, claim: Claim, judge: Any, reading: Any, **how: Any) -> bool:
    left, right = (new, other) if mirrored else (other, new)
    return judge.measure(left, right, claim.guards, reading, **how).kind == "holds"


def _spellings(tree: Node, path: tuple[int, ...], piece: Node, mirrored: bool, claim: Claim, judge: Any) -> list[str]:
    """The side with one piece of it written anew, the rest as it was typed; first without and then with brackets around it."""
    document = judge.sheet.document
    text, (start, end) = document.text, claim.left_span if mirrored else claim.right_span
    line = document.slice(claim.span)
    chain = [tree]
    for step in path:
        chain.append(chain[-1].args[step])
    for up in range(len(path), 0, -1):
        old = chain[up]
        if old.span is not None and start <= old.span[0] < old.span[1] <= end:
            new = render(piece, text, line)
            before, after = text[start : old.span[0]], text[old.span[1] : end]
            gap = " " if before[-1:].isalnum() and new[:1].isalnum() else ""
            return [
                clean(f"{before}{gap}{new}{after}"),
                clean(f"{before}({new}){after}"),
                clean(render(replace_at(tree, path[:up], piece), text, line)),
            ]
        piece = replace_at(chain[up - 1], path[up - 1 : up], piece)
    return [clean(render(piece, text, line))]


def _read(shown: str, judge: Any) -> Node | None:
    """What is shown as a reader would take it; None where it cannot be read."""
    scope = judge.sheet.scope
    try:
        return parse(lex(shown, 0, len(shown), frozenset(scope.words), "\\" not in shown and "{" not in shown), scope)
    except (SheetError, RecursionError):
        return None


def _context(tree: Node, other: Node, judge: Any) -> Context:
    sheet = judge.sheet
    arguments = {}
    for d in sheet.definitions.values():
        if d.body.op == "apply" and len(d.body.args) == 1 and d.body.args[0].op == "name" and d.kind == "value":
            arguments[d.name] = d.body.args[0].value
    samples = (
        judge.models.letter if sheet.plan is not None else next((s for s in ("m", "N", "n") if s in sheet.scope.sizes), None)
    )
    names = tuple(sorted({*sheet.definitions, *sheet.declared} - sheet.scope.families))[:12]
    letters = tuple(sorted({n.value for n in walk(tree) if n.op in ("sum", "prod")}))
    families = tuple(sorted(sheet.scope.family_key(f) for f in sheet.scope.families))[:8]
    functions = tuple(sorted(n for n, f in sheet.functions.items() if len(n) == 1 and len(f.parameters) < 2))[:4]
    return Context(other, arguments, samples, names, families, functions, sheet.plan is not None, letters)


def _is_derivative(tree: Node) -> bool:
    return tree.op in ("deriv", "grad", "at") or (tree.op == "entry" and tree.args[0].op == "at")
