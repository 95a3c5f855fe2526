"""From tokens to a tree: a Pratt parser.

A table of binding powers is the whole grammar of operators; a generated parser would have to be told which names are functions, which
superscripts are layers and where a bar closes, and each of these is a question to the scope and not of context-free grammar.

Juxtaposition binds over `/`, `·` and `*`, these over ⊙ ∘ ⊗, these over + and -.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

from .problems import Unreadable
from .scope import Scope
from .tokens import Token
from .tree import Node

__all__ = ["COMPARISONS", "OUTSIDE", "Parser", "compares"]

COMPARISONS = {"<": "<", ">": ">", "le": "≤", "ge": "≥", "ne": "≠", "=": "="}
_PRODUCTS = {"*": "star", "cdot": "cdot", "@": "at", "times": "times", ".*": "odot", "odot": "odot", "circ": "odot", "otimes": "otimes",
             "∘": "odot", "ast": "star", "star": "odot", "oslash": "oslash", "./": "oslash"}  # fmt: skip
_LOW = {"odot", "otimes", "oslash"}
_ADD, _HADAMARD, _MUL, _JUXT, _UNARY = 10, 20, 30, 35, 25
OUTSIDE = {"int": "integrals", "lim": "limits", "iint": "integrals", "mathbb": "this", "oint": "integrals", "infty": "infinity",
            "Re": "complex numbers", "mathbb E": "expectations"}  # fmt: skip
_ATOMS = {
    "frac", "sqrt", "sum", "prod", "partial", "nabla", "ones", "Vert", "vert", "overset", "underset", "stackrel", "underbrace",
    "overbrace", "langle", "prime", "R",
}  # fmt: skip


def compares(tokens: list[Token]) -> bool:
    """Whether a comparison stands among `tokens`, outside every bracket."""
    depth = 0
    for t in tokens:
        if t.kind in ("begin", "end"):
            depth += 1 if t.kind == "begin" else -1
        elif t.kind == "sign" and t.text in "({[":
            depth += 1
        elif t.kind == "sign" and t.text in ")}]":
            depth -= 1
        elif depth == 0 and t.kind in ("sign", "command") and t.text in COMPARISONS:
            return True
    return False


class Parser:
    """Operators, brackets and numbers; names and derivatives are in the modules that build on it."""

    def __init__(self, tokens: list[Token], scope: Scope) -> None:
        self.tokens = [t for t in tokens if t.kind != "amp" or any(u.kind == "begin" for u in tokens)]
        self.scope, self.at, self.bars = scope, 0, 0

    # -- moving

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def next(self) -> Token:
        token = self.peek()
        if token is None:
            raise self.expected("more")
        self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.kind in ("sign", "command", "name") and token.text in texts

    def take(self, text: str) -> Token:
        if not self.sees(text):
            raise self.expected(f"{text!r}")
        return self.next()

    def expected(self, what: str) -> Unreadable:
        token = self.peek()
        if token is None:
            end = self.tokens[-1].end if self.tokens else 0
            return Unreadable(f"{what} was expected here, and the formula ends.", (max(end - 1, 0), end))
        return Unreadable(f"{what} was expected here, got {token.text!r}.", token.span)

    def since(self, start: int) -> tuple[int, int]:
        """Span from the token number `start` to the last one read."""
        return self.tokens[start].start, self.tokens[max(start, self.at - 1)].end

    def group(self) -> list[Token]:
        """The tokens of `{...}`, or the one token that stands for it."""
        token = self.next()
        if token.text == "(" and token.kind == "sign":
            return self._until(")")
        if token.text != "{" or token.kind != "sign":
            if token.kind == "command" and token.text not in ("top", "prime", "star", "ones", "R"):
                self.at -= 1
                first = self.at
                self.prefix()
                return self.tokens[first : self.at]
            return [token]
        return self._until("}")

    def _until(self, close: str) -> list[Token]:
        first, depth = self.at, 0
        while True:
            token = self.peek()
            if token is None:
                raise self.expected(f"{close!r}")
            self.at += 1
            if token.kind in ("begin", "end"):
                depth += 1 if token.kind == "begin" else -1
            elif token.kind == "sign" and token.text in "({[":
                depth += 1
            elif token.kind == "sign" and token.text in ")}]":
                if depth == 0:
                    if token.text != close:
                        self.at -= 1
                        raise self.expected(f"{close!r}")
                    return self.tokens[first : self.at - 1]
                depth -= 1

    def inner(self, tokens: list[Token]) -> Node:
        """The tree of a group's tokens, read by a parser of its own."""
        if not tokens:
            raise self.expected("an expression")
        parser = type(self)(tokens, self.scope)
        node = parser.expression(0)
        if parser.peek() is not None:
            raise parser.expected("an operator or the end of the group")
        return node

    # -- operators

    def expression(self, power: int) -> Node:
        """An expression whose operators bind more tightly than `power`."""
        start = self.at
        left = self.prefix()
        while (found := self._infix()) is not None:
            name, binding, explicit = found
            if binding <= power:
                break
            if explicit:
                self.at += 1
            left = self._combine(name, left, binding, start)
        return left

    def _infix(self) -> tuple[str, int, bool] | None:
        token = self.peek()
        if token is None or token.kind in ("newline", "text", "end", "amp"):
            return None
        if token.kind in ("sign", "command") and token.text in ("+", "-", "pm", "/"):
            if token.text == "pm":
                raise Unreadable("± has two readings. Write the two lines.", token.span)
            return token.text, _MUL if token.text == "/" else _ADD, True
        if token.kind in ("sign", "command", "name") and token.text in _PRODUCTS:
            name = _PRODUCTS[token.text]
            return name, _HADAMARD if name in _LOW else _MUL, True
        return ("juxt", _JUXT, False) if self.starts_atom(token) else None

    def starts_atom(self, token: Token) -> bool:
        """True where `token` can begin a factor."""
        if token.kind in ("number", "name", "word", "accent", "begin"):
            return token.text not in ("cases",) or token.kind == "begin"
        if token.kind == "sign":
            return token.text in ("(", "[", "{") or (token.text == "|" and self.bars == 0)
        if token.text in ("Vert", "vert"):
            return self.bars == 0
        if token.kind == "command" and token.text in OUTSIDE:
            raise Unreadable(f"{OUTSIDE[token.text]} are outside the language of sheets.", token.span)
        return token.kind == "command" and token.text in _ATOMS

    def _combine(self, name: str, left: Node, binding: int, start: int) -> Node:
        if name in "+-":
            right = self.expression(binding)
            return Node("add" if name == "+" else "sub", (left, right), None, self.since(start))
        if name == "/":
            if left.op == "num" and self._numeric_fraction():
                right = self.prefix()
                return Node("div", (left, right), None, self.since(start))
            right = self.expression(binding)
            return Node("div", (left, right), "tight" if right.op == "mul" and right.value == "juxt" else None, self.since(start))
        right = self.expression(binding)
        return Node("mul", (left, right), name, self.since(start))

    def _numeric_fraction(self) -> bool:
        """`1/2 x` and `1/2(…)`: the fraction of two numbers is one number, but `1/2x` is 1/(2x)."""
        here, after = self.peek(), self.peek(1)
        if here is None or here.kind != "number" or after is None:
            return False
        if after.text in ("^", "_"):
            return False
        return after.start > here.end or after.kind != "name"

    # -- what begins a factor

    def prefix(self) -> Node:
        token = self.peek()
        if token is None:
            raise self.expected("a number, a name or a bracket")
        start = self.at
        if token.kind in ("sign",) and token.text in "+-" and token.text:
            self.at += 1
            inner = self.expression(_UNARY)
            return inner if token.text == "+" else Node("neg", (inner,), None, self.since(start))
        node = self.atom(token)
        return self.postfix(node, start)

    def atom(self, token: Token) -> Node:
        start = self.at
        if token.kind == "number":
            self.at += 1
            return Node("num", (), _number(token), token.span)
        if token.kind == "sign" and token.text in ("(", "[", "{"):
            self.at += 1
            close = {"(": ")", "[": "]", "{": "}"}[token.text]
            inside = self._until(close)
            return self.bracket(inside, token.text, self.since(start))
        if token.text in ("|", "vert", "Vert") and token.kind in ("sign", "command"):
            return self.bar(token)
        if token.kind == "begin":
            return self.environment(token)
        return self.name_or_command(token)

    def name_or_command(self, token: Token) -> Node:
        raise self.expected("a number, a name or a bracket")

    def postfix(self, node: Node, start: int) -> Node:
        raise NotImplementedError

    def bracket(self, inside: list[Token], kind: str, span: tuple[int, int]) -> Node:
        """A bracket: a comparison inside makes it 1 where it holds and 0 elsewhere."""
        if compares(inside):
            return Node("iverson", (self.condition(inside),), None, span)
        node = self.inner(inside)
        return Node("paren", (node,), kind, span) if kind != "{" else node

    def condition(self, tokens: list[Token]) -> Node:
        """`z > 0`, `i \\ne j`, `0 < x < 1`."""
        depth, cuts = 0, []
        for at, t in enumerate(tokens):
            if t.kind == "sign" and t.text in "({[":
                depth += 1
            elif t.kind == "sign" and t.text in ")}]":
                depth -= 1
            elif depth == 0 and t.kind in ("sign", "command") and t.text in COMPARISONS:
                cuts.append(at)
        if depth == 0 and not cuts and len(tokens) > 2 and tokens[0].text in "([{" and tokens[-1].text in ")]}":
            return self.condition(tokens[1:-1])
        if not cuts:
            raise Unreadable("a comparison such as z > 0 was expected here.", tokens[0].span if tokens else None)
        edges = [-1, *cuts, len(tokens)]
        parts = [self.inner(tokens[a + 1 : b]) for a, b in itertools.pairwise(edges)]
        node = None
        for at, cut in enumerate(cuts):
            kind = COMPARISONS[tokens[cut].text]
            here = Node("compare", (parts[at], parts[at + 1]), kind, (tokens[0].start, tokens[-1].end))
            node = here if node is None else Node("and", (node, here), None, here.span)
        assert node is not None
        return node

    def bar(self, token: Token) -> Node:
        """|x| and ‖x‖."""
        start = self.at
        self.at += 1
        self.bars += 1
        inner = self.expression(0)
        self.bars -= 1
        if not self.sees("|", "vert", "Vert"):
            raise self.expected("the closing bar")
        self.at += 1
        if token.text != "Vert":
            return Node("abs", (inner,), None, self.since(start))
        kind = "2"
        if self.sees("_"):
            self.at += 1
            group = self.group()
            kind = "".join(t.text for t in group)
            if kind not in ("1", "2", "F"):
                raise Unreadable(f"a norm must be _1, _2 or _F, got _{kind}.", (group[0].start, group[-1].end))
        return Node("norm", (inner,), kind, self.since(start))

    def environment(self, token: Token) -> Node:
        """cases, and matrices written out."""
        start = self.at
        self.at += 1
        rows: list[list[list[Token]]] = [[[]]]
        depth = 0
        while True:
            t = self.peek()
            if t is None:
                raise self.expected(f"\\end{{{token.text}}}")
            self.at += 1
            if t.kind == "end" and depth == 0:
                break
            depth += (t.kind == "begin") - (t.kind == "end")
            if depth == 0 and t.kind == "newline":
                rows.append([[]])
            elif depth == 0 and t.kind == "amp":
                rows[-1].append([])
            else:
                rows[-1][-1].append(t)
        rows = [r for r in rows if any(r)]
        span = self.since(start)
        if not rows:
            raise Unreadable(f"something must stand in {token.text}.", span)
        guarded = all(len(r) == 2 and (compares(r[1]) or any(t.kind == "text" for t in r[1])) for r in rows)
        if token.text in ("cases", "dcases", "rcases") or (token.text == "array" and guarded):
            return Node("cases", tuple(self.branch(r, span) for r in rows), None, span)
        if token.text in ("array", "matrix", "pmatrix", "bmatrix", "vmatrix", "smallmatrix", "Bmatrix"):
            widths = {len(r) for r in rows}
            if len(widths) != 1:
                raise Unreadable("every row of a matrix must have as many entries.", span)
            return Node("matrix", tuple(self.inner(e) for r in rows for e in r), (len(rows), widths.pop()), span)
        raise Unreadable(f"the environment {token.text!r} cannot stand inside a formula.", token.span)

    def branch(self, cells: list[list[Token]], span: tuple[int, int]) -> Node:
        """One row of cases: a value and where it holds."""
        flat = [t for cell in cells for t in [*cell, Token("amp", "&", span[0], span[0])]][:-1]
        cut = next((i for i, t in enumerate(flat) if t.kind in ("amp", "text")), len(flat))
        value = [t for t in flat[:cut] if t.text != ","]
        guard = [t for t in flat[cut:] if t.kind not in ("amp", "text") and t.text != ","]
        if not value:
            raise Unreadable("a value must stand in every row of cases.", span)
        condition = self.condition(guard) if guard else Node("otherwise", (), None, span)
        return Node("branch", (self.inner(value), condition), None, (value[0].start, flat[-1].end))


def _number(token: Token) -> tuple[int | Fraction, int | None]:
    """The value of a number, and to how many decimals it is rounded: one without a point is exact."""
    figures, _, power = token.text.lower().partition("e")
    if len(power.lstrip("+-")) > 3:
        raise Unreadable("the exponent of a number must have at most 3 figures.", token.span)
    value = Fraction(token.text)
    if "." in figures:
        return value, len(figures.partition(".")[2]) - int(power or 0)
    return int(value) if value.denominator == 1 else value, None
