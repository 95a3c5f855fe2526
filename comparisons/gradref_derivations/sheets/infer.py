"""Names that nobody declared get the kind of shape that the whole sheet asks of them: a number where nothing asks for more."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product
from time import process_time

from .alternatives import one_reading
from .elaborate import Elaborator
from .model import Model
from .problems import Mismatch, SheetError
from .sheet import Sheet
from .tree import Node, walk
from .vocabulary import BUILTIN

__all__ = ["conforms", "infer_kinds"]

_MATRIX_FUNCTIONS = {"tr", "trace", "det", "vec"}
_VECTOR_FUNCTIONS = {"softmax", "logsumexp"}


def infer_kinds(sheet: Sheet, build: Callable[[dict[str, str]], Model], limit: float = 1.0) -> dict[str, str]:
    """name -> scalar, column or matrix, for names never declared nor defined."""
    kinds = _evidence(sheet)
    misses, model = _misses(sheet, build(dict(kinds)))
    if not misses:
        return kinds
    families = {d.name for d in sheet.definitions.values() if d.kind == "family"}
    free = sorted(
        n
        for n in model.free | families
        if n not in sheet.declared and n[0] != "·" and not (model.network and n not in model.kinds)
    )
    if not free:
        return kinds
    best, fewest = kinds, misses
    start = process_time()
    for changed in range(1, min(len(free), 4) + 1):
        for names in combinations(free, changed):
            options = [[k for k in ("scalar", "column", "matrix") if k != kinds.get(n, "scalar")] for n in names]
            for choice in product(*options):
                if process_time() - start > limit:
                    return best
                tried = {**kinds, **dict(zip(names, choice, strict=True))}
                misses, _ = _misses(sheet, build(dict(tried)))
                if misses < fewest:
                    best, fewest = tried, misses
                    if not misses:
                        return best
    return best


def _misses(sheet: Sheet, model: Model) -> tuple[int, Model]:
    """How many definitions (they weigh more) and claims do not conform."""
    missed = 0
    for d in sheet.definitions.values():
        mark = model.trail.mark()
        try:
            model.name(Node("name", (), d.name), model.elaborator())
        except SheetError:
            model.trail.undo(mark)
            missed += 10
    try:
        model.first_steps()
    except SheetError:
        missed += 10
    if model.network is not None:
        return missed, model
    for claim in sheet.claims:
        mark = model.trail.mark()
        try:
            if not conforms(model, claim.left, claim.right):
                model.trail.undo(mark)
                missed += 1
        except SheetError:
            model.trail.undo(mark)
            missed += 1
    return missed, model


def conforms(model: Model, left: Node, right: Node) -> bool:
    """Whether two sides have one shape under some reading. Raises `SheetError` where one of them has none."""

    def sides(typer: Elaborator) -> bool:
        a, b = typer.type(left)[0], typer.type(right)[0]
        if not model.trail.unify_shapes(a, b) and right.op != "num":
            raise Mismatch("the two sides do not conform.")
        return True

    return one_reading(model.elaborator, sides, model.trail)


def _evidence(sheet: Sheet) -> dict[str, str]:
    """What the notation says: an index, a norm, a transpose, a trace."""
    kinds: dict[str, str] = {}
    counts: dict[str, int] = {}

    def note(node: Node, strong: bool = False) -> None:
        if node.op == "paren" or node.op in ("add", "sub", "neg"):
            for a in node.args:
                note(a, strong)
        if node.op in ("name", "at") and (node.value not in sheet.definitions or sheet.definitions[node.value].kind == "family"):
            kinds.setdefault(node.value, "matrix" if str(node.value)[0].isupper() else "column")

    trees = [t for c in sheet.claims for t in (c.left, c.right)] + [d.body for d in sheet.definitions.values()]
    trees += [f.body for f in sheet.functions.values() if f.body is not None]
    for n in (n for t in trees for n in walk(t)):
        if n.op == "entry" and n.args[0].op in ("name", "at"):
            counts[n.args[0].value] = max(counts.get(n.args[0].value, 0), len(n.args) - 1)
        elif n.op in ("norm", "T", "prime") or (n.op == "mul" and n.value in ("odot", "inner", "otimes")):
            if (
                n.op == "prime"
                and n.args[0].op == "name"
                and (n.args[0].value in sheet.functions or n.args[0].value in sheet.definitions)
            ):
                continue
            for a in n.args:
                note(a)
        elif n.op == "pow" and n.args[1].op == "neg" and n.args[0].op == "name" and str(n.args[0].value)[0].isupper():
            note(n.args[0])
        elif n.op == "grad" and n.args[1].op == "name":
            note(n.args[1])
        elif n.op == "apply" and n.value[0] in _MATRIX_FUNCTIONS | _VECTOR_FUNCTIONS | {"diag"} and n.value[0] in BUILTIN:
            matrices = n.value[0] in _MATRIX_FUNCTIONS
            for a in walk(n.args[0]):
                if a.op == "name" and a.value not in sheet.definitions and (str(a.value)[0].isupper() or not matrices):
                    note(a)
    for name, count in counts.items():
        if name not in sheet.definitions:
            kinds[name] = "column" if count == 1 else "matrix"
    return {n: k for n, k in kinds.items() if n not in sheet.declared}
