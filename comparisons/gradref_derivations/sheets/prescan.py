"""A first look at a sheet: which names are functions, compounds, families and variables, before any formula is read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .declarations import Declaration
from .scope import LAYER_LETTERS, Scope
from .scripts import compound, split_commas
from .statements import Statement
from .tokens import Token, group_at
from .vocabulary import ACCENTS, BUILTIN, INDEX_LETTERS

__all__ = ["Left", "declare", "left_of", "scan", "words_of"]

_SQUARED = frozenset("σστωs")
_WORD_LEFT = re.compile(r"^[ \t]*(?:[Ll]et\s+)?([A-Za-z]{2,}\d*)[ \t]*(?::=|=)", re.M)
_DIFFERENTIAL = re.compile(r"d(?:[A-Za-z]\d*|alpha|beta|gamma|delta|theta|sigma|mu|lambda|eta|phi|psi|omega)$")


@dataclass(frozen=True)
class Left:
    """A lone name on the left of an equality: letter, tokens below it, whether its square is named, arguments of a function."""

    base: str
    below: tuple[Token, ...] = ()
    squared: bool = False
    arguments: tuple[str, ...] | None = None


def words_of(text: str, declared: set[str]) -> frozenset[str]:
    """Names of several letters that plain text defines."""
    found = {m[1] for m in _WORD_LEFT.finditer(text)}
    from .vocabulary import GREEK

    return frozenset(
        w
        for w in found | declared
        if len(w) > 1 and w not in GREEK and w.rstrip("0123456789") not in GREEK and not _is_differential(w, declared)
    )


def _is_differential(word: str, declared: set[str]) -> bool:
    return word not in declared and (bool(_DIFFERENTIAL.match(word)) or (word[0] == "d" and word[1:] in declared))


def left_of(tokens: list[Token]) -> Left | None:
    """The lone name that `tokens` are, or None."""
    tokens = [t for t in tokens if t.kind != "amp"]
    if not tokens:
        return None
    at, base = 1, tokens[0].text
    if tokens[0].kind == "accent":
        group, at = group_at(tokens, 1)
        if len(group) == 1:
            base = group[0].text + ACCENTS[tokens[0].text]
        elif len(group) > 2 and group[1].text == "_":
            return (
                Left(group[0].text + ACCENTS[tokens[0].text], tuple(t for t in group[2:] if t.text not in "{}"))
                if at == len(tokens)
                else None
            )
        else:
            return None
    elif tokens[0].kind not in ("name", "word"):
        return None
    below: tuple[Token, ...] = ()
    squared = False
    while at < len(tokens) and tokens[at].text in ("_", "^"):
        mark = tokens[at].text
        group, at = group_at(tokens, at + 1)
        if mark == "_" and not below:
            below = tuple(group)
        elif mark == "^" and [t.text for t in group] == ["2"] and base[0] in _SQUARED:
            squared = True
        else:
            return None
    if at == len(tokens):
        return Left(base, below, squared)
    if tokens[at].text == "(" and tokens[-1].text == ")":
        parts = split_commas(tokens[at + 1 : -1])
        if all(len(p) == 1 and p[0].kind in ("name",) for p in parts):
            return Left(base, below, squared, tuple(p[0].text for p in parts))
    return None


def declare(scope: Scope, items: list[Declaration]) -> None:
    """Enter declared names into the scope."""
    for item in items:
        scope.sizes.update(s for s in (*(item.shape or ()), *(item.maps or ())) if isinstance(s, str))
        if item.step:
            scope.steps.add(item.step[0])
            if not item.step[2].isdigit():
                scope.sizes.add(item.step[2])
        for name in item.names:
            if "function" in item.properties or (item.properties & {"logistic", "generic", "tanh"} and item.shape is None):
                scope.functions.add(name.base if not name.below else compound(name.base, list(name.below)))
                continue
            texts = [t.text for t in name.below]
            if name.below and (item.step and texts == [item.step[0]]):
                scope.families.add(name.base)
            elif name.below and texts[0] == "t" and not item.step:
                scope.families.add(name.base)
                scope.steps.add("t")
            elif name.below:
                scope.compounds.add(compound(name.base, list(name.below)))
                scope.variables.add(compound(name.base, list(name.below)))
            else:
                if item.shape:
                    scope.arrays.add(name.base)
                scope.variables.add(name.base)


def scan(scope: Scope, statements: list[Statement]) -> None:
    """Learn from every left side, and from names that are applied to a bracket."""
    defining = [s for s in statements if s.relations and not any(t.text in ("dots", "..") for p in s.parts[1:] for t in p)]
    lefts = [left for s in defining if (left := left_of(s.parts[0])) is not None]
    tokens = [t for s in statements for p in s.parts for t in p]
    _steps(scope, tokens)
    scope.ends = scope.layers and {"in", "out"} <= {t.text for t in tokens}
    for left in lefts:
        _learn(scope, left)
    scope.both = {left.base for left in lefts if not left.below and left.arguments is None and left.base in scope.families}
    for c in [c for c in scope.compounds if c[:2] in ("z_", "Z_")]:
        scope.compounds.add(("δ" if c[0] == "z" else "Δ") + c[1:])
    _applied(scope, statements)
    _named_below(scope, tokens)
    _jacobians(scope, tokens)
    if "σ" not in scope.variables and "σ^2" not in scope.compounds:
        scope.functions.add("σ")
    _upper_ends(scope, tokens)


def _learn(scope: Scope, left: Left) -> None:
    base, below = left.base, list(left.below)
    if base in BUILTIN and base not in scope.words and left.arguments is not None:
        return
    if left.arguments is not None:
        if scope.layers and base in ("C", "a", "z"):
            return
        if base not in scope.variables:
            scope.functions.add(compound(base, below) if below else base)
        return
    if scope.layered(base) or (scope.layers and base in "xyC"):
        return
    texts = [t.text for t in below]
    if left.squared:
        scope.compounds.add((compound(base, below) if below else base) + "^2")
        return
    if not below:
        scope.variables.add(base)
    elif len(texts) == 1 and texts[0] in scope.steps and base not in scope.arrays:
        scope.families.add(base)
    elif base in scope.families and all(t.isdigit() for t in texts):
        return
    elif all(t.isdigit() for t in texts):
        if base not in scope.arrays:
            scope.compounds.add(compound(base, below))
    elif _indices(texts):
        scope.arrays.add(base)
    else:
        scope.compounds.add(compound(base, below))


def _indices(texts: list[str]) -> bool:
    letters = [t for t in texts if t not in ("{", "}", ",")]
    return bool(letters) and all(t in INDEX_LETTERS for t in letters)


def _steps(scope: Scope, tokens: list[Token]) -> None:
    """A letter t below a name, above all as t-1, numbers steps; every name that carries it is a family."""
    for at, token in enumerate(tokens):
        if token.text != "_" or not at:
            continue
        group, _ = group_at(tokens, at + 1)
        if group and group[0].text == "t" and (len(group) == 1 or group[1].text in "+-"):
            base = _base_before(tokens, at)
            if base and base not in scope.arrays and base not in scope.variables and not scope.layers:
                scope.steps.add("t")
                scope.families.add(base)
        elif group and len(group) == 1 and group[0].text in scope.steps:
            base = _base_before(tokens, at)
            if base and base not in scope.arrays and base not in scope.variables:
                scope.families.add(base)


def _base_before(tokens: list[Token], at: int) -> str | None:
    before = tokens[at - 1]
    if before.kind == "name":
        accent = at > 1 and tokens[at - 2].kind == "accent"
        return before.text + (ACCENTS[tokens[at - 2].text] if accent else "")
    if before.text == "}" and at > 3 and tokens[at - 3].text == "{" and tokens[at - 4].kind == "accent":
        return tokens[at - 2].text + ACCENTS[tokens[at - 4].text]
    return None


def _applied(scope: Scope, statements: list[Statement]) -> None:
    """`f(`, `f'(`, `f'`: a name never declared that is applied is a function."""
    for s in statements:
        for part in s.parts:
            for at, token in enumerate(part):
                if token.kind != "name" or token.text in scope.variables | scope.arrays | scope.families | {"d", "e"}:
                    continue
                if scope.layers and (scope.layered(token.text) or token.text in LAYER_LETTERS or token.text in "xyCnmJE"):
                    continue
                if at and part[at - 1].text in ("^", "_"):
                    continue
                after = at + 1
                primed = False
                while after < len(part) and part[after].text in ("'", "''"):
                    primed, after = True, after + 1
                if after < len(part) and part[after].text == "(" and part[after].start == part[after - 1].end:
                    group, _end = _bracket(part, after)
                    simple = len(group) == 1 and group[0].kind == "name"
                    if primed or simple or token.text in "fghFGHφψσρ":
                        scope.functions.add(token.text)
                elif primed and token.text in "fghφψσ":
                    scope.functions.add(token.text)


def _jacobians(scope: Scope, tokens: list[Token]) -> None:
    """`J_f`, `H_f` and `J_{f \\circ g}` of functions and names of the sheet are functions too."""
    for at, token in enumerate(tokens):
        if token.text in ("J", "H") and token.kind == "name" and at + 1 < len(tokens) and tokens[at + 1].text == "_":
            below, _ = group_at(tokens, at + 2)
            names = [t.text for t in below if t.kind == "name"]
            known = scope.functions | scope.variables
            if names and set(names) <= known and all(t.kind == "name" or t.text == "circ" for t in below):
                scope.functions.add(compound(token.text, below))
                if len(names) == 2:
                    scope.functions.add("".join(t.text for t in below))


def _bracket(part: list[Token], at: int) -> tuple[list[Token], int]:
    depth, first = 0, at
    while at < len(part):
        depth += (part[at].text in "({[" and part[at].kind == "sign") - (part[at].text in ")}]" and part[at].kind == "sign")
        at += 1
        if depth == 0:
            break
    return part[first + 1 : at - 1], at


def _named_below(scope: Scope, tokens: list[Token]) -> None:
    """`W_i` on a sheet where i_t is a name: the subscript says whose W it is."""
    named = scope.families | {c for c in scope.variables if len(c) == 1}
    for at, token in enumerate(tokens):
        if token.text == "_" and at and tokens[at - 1].kind == "name":
            group, _ = group_at(tokens, at + 1)
            base = tokens[at - 1].text
            if (
                len(group) == 1
                and group[0].text in named & INDEX_LETTERS
                and group[0].text not in scope.steps
                and base not in scope.arrays
            ):
                scope.compounds.add(compound(base, group))


def _upper_ends(scope: Scope, tokens: list[Token]) -> None:
    """The upper end of a sum is a size: `\\sum_{i=1}^n`."""
    for at, token in enumerate(tokens):
        if token.text in ("sum", "prod") and at + 1 < len(tokens) and tokens[at + 1].text == "_":
            _, after = group_at(tokens, at + 2)
            if after < len(tokens) and tokens[after].text == "^":
                upper = group_at(tokens, after + 1)[0]
                if len(upper) == 1 and upper[0].kind == "name" and upper[0].text not in scope.variables:
                    scope.sizes.add(upper[0].text)
