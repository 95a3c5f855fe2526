"""Conditions under which a claim that fails in general holds, each tried both ways."""

from __future__ import annotations

from dataclasses import dataclass

from .shapes import is_column, is_scalar
from .tree import Node, number, walk
from .trials import Assumption, Typed, judge_points

__all__ = ["Condition", "find_condition", "kinks_of", "uses_generic"]

_PIECEWISE = {"relu", "abs", "sign", "leakyrelu"}


@dataclass(frozen=True)
class Condition:
    """A condition in words, whether a claim under it counts as right unstated, and what it assumes."""

    text: str
    harmless: bool
    assumption: Assumption


def find_condition(typed: list[Typed], seed: int, source) -> Condition | None:
    """The first condition under which the claim holds at every trial point."""
    for condition in _candidates(typed, source):
        if judge_points(typed, seed, condition.assumption, limit=2).kind != "holds":
            continue
        if judge_points(typed, seed + 1, condition.assumption).kind == "holds":
            return condition
    return None


def _candidates(typed: list[Typed], source) -> list[Condition]:
    model = typed[0].model
    names = set().union(*(t.names() for t in typed))
    free = sorted(n for n in names if n in model.free and n in model.shapes)
    found = []
    if uses_generic(typed):
        found.append(Condition("σ logistic", True, Assumption(logistic=True)))
    square = [n for n in free if not is_scalar(model.shapes[n]) and model.shapes[n][0].known == model.shapes[n][1].known]
    found += [Condition(f"{n} symmetric", False, Assumption(((n, "symmetric"),))) for n in square]
    if len(square) > 1:
        found.append(
            Condition(
                f"{', '.join(square[:-1])} and {square[-1]} symmetric", False, Assumption(tuple((n, "symmetric") for n in square))
            )
        )
    columns = [n for n in free if is_column(model.shapes[n])]
    found += [Condition(f"the entries of {n} sum to 1", False, Assumption(((n, "sums"),))) for n in columns]
    for argument in _arguments(typed):
        text = source(argument[0])
        for sign, kind in ((">", ">"), ("<", "<")):
            where = Node("compare", (argument[1], number(0)), kind)
            found.append(Condition(f"{text} {sign} 0", False, Assumption(where=(where,))))
    if len(free) <= 8:
        for n in free:
            what = n if is_scalar(model.shapes[n]) else f"every entry of {n}"
            found.append(Condition(f"{what} > 0", False, Assumption(((n, "positive"),))))
    return found


def uses_generic(typed: list[Typed]) -> bool:
    """Whether a claim depends on a σ that is not defined."""
    function = typed[0].model.functions.get("σ")
    undefined = function is not None and function.body is None
    return undefined and any(n.op == "call" and n.value[0] == "·σ" for t in typed for tree in _closure(t) for n in walk(tree))


def _closure(t: Typed) -> list[Node]:
    return [t.left, t.right, *(b.tree for k, b in t.model.bodies.items() if k.partition("@")[0] in t.names())]


def _arguments(typed: list[Typed]) -> list[tuple[Node, Node]]:
    """What decides the branch of piecewise functions: (as written, elaborated), only where it is one number or column of the sheet."""
    found: dict[Node, tuple[Node, Node]] = {}
    for t in typed[:1]:
        for tree in _closure(t):
            for n in walk(tree):
                argument = None
                if n.op == "call" and n.value[0] in _PIECEWISE:
                    argument = n.args[0]
                elif n.op == "extremum":
                    zero = [a.op == "num" and a.value[0] == 0 for a in n.args]
                    argument = n.args[1] if zero[0] else n.args[0] if zero[1] else Node("sub", n.args)
                elif n.op == "compare" and n.args[1].op == "num" and not any(m.op in ("index", "kron") for m in walk(n)):
                    argument = n.args[0] if n.args[1].value[0] == 0 else Node("sub", n.args)
                if argument is not None and not any(m.op in ("index", "local") for m in walk(argument)):
                    found.setdefault(argument, (argument, argument))
    return list(found.values())


def kinks_of(typed: list[Typed]) -> list[Node]:
    """Arguments of piecewise functions that a derivative in the claim looks through."""
    found = []
    for t in typed:
        derived = set()
        for n in (n for tree in (t.left, t.right) for n in walk(tree)):
            if n.op == "D":
                derived |= {*walk(n.args[0])} | {
                    m for k, b in t.model.bodies.items() if k in t.model.depends(n.args[0]) for m in walk(b.tree)
                }
            elif n.op == "call" and n.value[0] in _PIECEWISE and n.value[1]:
                found.append(n.args[0])
        for n in derived:
            if n.op == "call" and n.value[0] in _PIECEWISE:
                found.append(n.args[0])
            elif n.op == "extremum":
                zero = [a.op == "num" and a.value[0] == 0 for a in n.args]
                found.append(n.args[1] if zero[0] else n.args[0] if zero[1] else Node("sub", n.args))
            elif n.op == "compare" and not any(m.op in ("index", "kron") for m in walk(n)):
                found.append(Node("sub", n.args) if not (n.args[1].op == "num" and n.args[1].value[0] == 0) else n.args[0])
    unique = list(dict.fromkeys(found))
    return unique
