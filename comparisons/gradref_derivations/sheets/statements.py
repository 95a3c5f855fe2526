"""Rows of formulas cut into statements: what stands between the relation signs, and the condition on the line."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from .grammar import compares
from .problems import Unreadable
from .tokens import Token

__all__ = ["EQUAL", "MAX_STEPS", "Statement", "cut", "rows"]

EQUAL = {"=": "=", ":=": ":=", "equiv": ":=", "coloneqq": ":=", "approx": "≈", "cong": "≈", "simeq": "≈"}
"""Relation signs that make a statement -> kind."""

MAX_STEPS = 100
"""Steps of one chain of equalities."""

_UPDATE = {"leftarrow"}
_UNJUDGED = {"propto", "le", "ge", "sim", "<", ">", "ne", "to", "mapsto", "ll", "gg", "succ", "prec", "succeq", "preceq"}
_SEPARATORS = {"implies", "iff", "therefore", "because", "Downarrow", "Updownarrow"}
_GUARDS = {"if", "for", "when", "whenever", "unless", "with", "provided", "assuming", "because", "since", "by", "using"}
_IGNORED_AFTER = {"because", "since", "by", "using"}
_ALIGNMENTS = set(
    """
    equation align aligned gather gathered split eqnarray multline displaymath math flalign alignat alignedat IEEEeqnarray
    subequations center document array tabular itemize enumerate
    """.split()  # noqa: SIM905
)
_GOES_ON = {"+", "-", "cdot", "times", "odot", "*", "/", "circ", "otimes"}


@dataclass
class Statement:
    """Parts joined by relations: `a = b = c` has three parts.

    Attributes
    ----------
    parts : tokens of each part.
    relations : kind of each relation: "=", ":=", "≈", "←", or "?" for one that is not judged.
    guards : token lists of conditions on the line.
    display : whether it stands on a line of its own.
    solved : whether it is an equation `f = 0` that is solved on the same line, or the solution.
    """

    parts: list[list[Token]]
    relations: list[str]
    guards: list[list[Token]] = field(default_factory=list)
    display: bool = True
    solved: bool = False

    @property
    def span(self) -> tuple[int, int]:
        tokens = [t for p in self.parts for t in p]
        return tokens[0].start, tokens[-1].end


def rows(tokens: list[Token]) -> list[list[Token]]:
    """The lines of a display: cut at `\\\\` outside cases and matrices; environments that only align are dropped."""
    result: list[list[Token]] = [[]]
    inner: list[str] = []
    before: Token | None = None
    for t in tokens:
        bracketed = before is not None and before.kind == "sign" and before.text in "([{"
        if t.kind == "begin" and (t.text not in _ALIGNMENTS or inner or (t.text == "array" and bracketed)):
            inner.append(t.text)
        elif t.kind == "end" and inner:
            inner.pop()
        elif t.kind in ("begin", "end"):
            if t.kind == "begin" and t.text not in _ALIGNMENTS:
                raise Unreadable(f"the environment {t.text!r} is not known.", t.span)
            continue
        elif t.kind == "newline" and not inner:
            result.append([])
            before = t
            continue
        if t.kind != "amp" or inner:
            result[-1].append(t)
        before = t
    return [r for r in result if r]


def cut(row: list[Token], before: Statement | None, display: bool) -> list[Statement]:
    """The statements on one line. One that begins with a relation sign goes on with `before`, which is extended.

    Raises `Unreadable` for a chain that is too long.
    """
    found: list[Statement] = []
    opened = [t for t in row if t.kind == "begin" or (t.kind == "sign" and t.text in "({[")]
    closed = [t for t in row if t.kind == "end" or (t.kind == "sign" and t.text in ")}]")]
    if len(opened) != len(closed) and any(t.text in EQUAL for t in row):
        token = opened[0] if len(opened) > len(closed) else closed[-1]
        raise Unreadable(
            "a bracket is not closed." if len(opened) > len(closed) else "a bracket is closed and was not opened.", token.span
        )
    for separator, segment in _segments(row):
        segment = _trimmed(segment)
        if not segment:
            continue
        last = found[-1] if found else before
        relation = _relations(segment)
        if separator in _IGNORED_AFTER:
            continue
        if separator in _GUARDS or (not any(k in EQUAL for _, k in relation) and separator == "," and relation):
            if last is not None:
                last.guards.append(segment)
            continue
        if segment[0].text in ("dots", "..") and found and len(found[-1].parts) == 2 and len(found[-1].parts[0]) == 1:
            found.pop()  # `i = 1, ..., N` says what an index runs over
            continue
        if not relation:
            if last is not None and segment[0].text in _GOES_ON and not found:
                last.parts[-1].extend(segment)
            continue
        statement = _statement(segment, relation, display)
        if not statement.parts[0]:
            if last is None:
                raise Unreadable("something must stand on the left of =.", segment[0].span)
            last.parts += statement.parts[1:]
            last.relations += statement.relations
            last.guards += statement.guards
            statement = last
        else:
            if separator in ("implies", "iff", "therefore") and found and [t.text for t in found[-1].parts[-1]] == ["0"]:
                found[-1].solved = statement.solved = True
            found.append(statement)
        if len(statement.parts) > MAX_STEPS + 1:
            raise Unreadable(f"a chain must have at most {MAX_STEPS} steps. Begin a new one.", statement.span)
    return found


def _segments(row: list[Token]) -> list[tuple[str, list[Token]]]:
    """A row cut at top-level commas, semicolons, words and arrows."""
    result: list[tuple[str, list[Token]]] = [("", [])]
    depth = bars = 0
    for t in row:
        if t.kind == "begin" or (t.kind == "sign" and t.text in "({["):
            depth += 1
        elif t.kind == "end" or (t.kind == "sign" and t.text in ")}]"):
            depth -= 1
        if depth <= 0 and not bars:
            if t.kind == "sign" and t.text in (",", ";"):
                result.append((",", []))
                continue
            if t.kind == "text":
                word = t.text.split(" ")[0]
                result.append((word, []))
                continue
            if t.kind == "command" and (t.text in _SEPARATORS or t.text in ("forall", "mid")):
                result.append(("for" if t.text in ("forall", "mid") else t.text, []))
                continue
        result[-1][1].append(t)
    return result


def _trimmed(segment: list[Token]) -> list[Token]:
    while segment and segment[-1].kind == "sign" and segment[-1].text in (".", ",", ":", "!", "?"):
        segment = segment[:-1]
    while segment and segment[0].kind == "sign" and segment[0].text in (".", ":"):
        segment = segment[1:]
    return segment


def _relations(segment: list[Token]) -> list[tuple[int, str]]:
    found, depth = [], 0
    for at, t in enumerate(segment):
        if t.kind == "begin" or (t.kind == "sign" and t.text in "({["):
            depth += 1
        elif t.kind == "end" or (t.kind == "sign" and t.text in ")}]"):
            depth -= 1
        elif depth == 0 and t.kind in ("sign", "command") and (t.text in EQUAL or t.text in _UPDATE or t.text in _UNJUDGED):
            found.append((at, t.text))
    return found


def _statement(segment: list[Token], relation: list[tuple[int, str]], display: bool) -> Statement:
    edges = [-1, *(at for at, _ in relation), len(segment)]
    parts = [segment[a + 1 : b] for a, b in itertools.pairwise(edges)]
    kinds = [EQUAL.get(text, "←" if text in _UPDATE else "?") for _, text in relation]
    if parts[-1] and parts[-1][-1].text == ")" and len(parts[-1]) > 3:
        guard = _guard_bracket(parts[-1])
        if guard:
            parts[-1] = parts[-1][: -len(guard)]
            return Statement(parts, kinds, [guard[1:-1]], display)
    return Statement(parts, kinds, [], display)


def _guard_bracket(part: list[Token]) -> list[Token]:
    """The bracket at the end of a line that holds a condition, as `(i \\ne j)`."""
    depth = 0
    for at in range(len(part) - 1, -1, -1):
        t = part[at]
        depth += (t.kind == "sign" and t.text == ")") - (t.kind == "sign" and t.text == "(")
        if depth == 0:
            inside = part[at + 1 : -1]
            conditional = compares(inside)
            after = part[at - 1] if at else None
            applied = after is not None and (after.kind in ("word",) or after.text in ("ones", "max", "min"))
            return part[at:] if at and conditional and not applied else []
    return []
