"""Fractions, roots, sums, and the spellings of a derivative."""

from __future__ import annotations

from .grammar import OUTSIDE, compares
from .names import NameParser
from .problems import Unreadable
from .scope import Scope
from .scripts import split_commas
from .tokens import Token, check_nesting
from .tree import Node, number

__all__ = ["FullParser", "parse"]

_PRODUCT = 29  # binds every product but ⊙: what a sum or d/dx takes


def parse(tokens: list[Token], scope: Scope) -> Node:
    """The tree of one expression.

    Raises `Unreadable` with the place and what was expected there.
    """
    if not tokens:
        raise Unreadable("an expression must stand on both sides of =.")
    check_nesting(tokens)
    parser = FullParser(tokens, scope)
    node = parser.expression(0)
    if parser.peek() is not None:
        raise parser.expected("an operator or the end")
    return node


class FullParser(NameParser):
    """The whole grammar of an expression."""

    def atom(self, token: Token) -> Node:
        """A factor; `(f \\circ g)` in front of an argument is one function."""
        inside = [self.peek(k) for k in range(5)]
        texts = [t.text if t else "" for t in inside]
        if texts[0] == "(" and texts[2] in ("circ", "∘") and texts[4] == ")" and {texts[1], texts[3]} <= self.scope.functions:
            start = self.at
            self.at += 5
            name = f"{texts[1]}circ{texts[3]}"
            self.scope.functions.add(name)
            return self.function(name, start)
        return super().atom(token)

    def name_or_command(self, token: Token) -> Node:
        start = self.at
        if token.kind == "accent":
            return self.accented()
        if token.kind == "word":
            self.at += 1
            if token.text == "sum" and self.sees("_"):
                return self.sum("sum", start)
            return self.named(token.text, start)
        if token.kind == "name":
            if token.text == "d" and "d" not in self.scope.variables:
                found = self.differential()
                if found is not None:
                    return found
            self.at += 1
            return self.named(token.text, start)
        handler = getattr(self, f"_read_{token.text}", None) if token.kind == "command" else None
        if handler is None and token.text in OUTSIDE:
            raise Unreadable(f"{OUTSIDE[token.text]} are outside the language of sheets.", token.span)
        if handler is None:
            raise self.expected("a number, a name or a bracket")
        return handler(start)

    # -- fractions and roots

    def _read_frac(self, start: int) -> Node:
        self.at += 1
        top, bottom = self.figure_or_group(), self.figure_or_group()
        if (found := self.fraction_of_differentials(top, bottom, start)) is not None:
            return found
        return Node("div", (self.inner(top), self.inner(bottom)), None, self.since(start))

    def figure_or_group(self) -> list[Token]:
        """A group, or one figure: `\\frac12` is a half."""
        token = self.peek()
        if token is not None and token.kind == "number" and len(token.text) > 1 and "." not in token.text:
            first = Token("number", token.text[0], token.start, token.start + 1)
            self.tokens[self.at] = Token("number", token.text[1:], token.start + 1, token.end)
            return [first]
        return self.group()

    def _read_sqrt(self, start: int) -> Node:
        self.at += 1
        index = None
        if self.sees("["):
            self.at += 1
            index = self.inner(self._until("]"))
        token = self.peek()
        inner = self.prefix_atom() if token is not None and token.text == "(" else self.inner(self.group())
        if index is not None:
            return Node("pow", (inner, Node("div", (number(1), index))), None, self.since(start))
        return Node("apply", (inner,), ("sqrt", 0), self.since(start))

    def prefix_atom(self) -> Node:
        token = self.peek()
        assert token is not None
        return self.atom(token)

    def _read_ones(self, start: int) -> Node:
        self.at += 1
        token = self.peek()
        if token is not None and token.text in ("[", "(", "{"):
            saved = self.at
            self.at += 1
            inside = self._until({"(": ")", "[": "]", "{": "}"}[token.text])
            if compares(inside):
                return Node("iverson", (self.condition(inside),), None, self.since(start))
            self.at = saved
        size = ()
        if self.sees("_"):
            self.at += 1
            group = self.group()
            if compares(group):
                return Node("iverson", (self.condition(group),), None, self.since(start))
            size = (self.inner(group),)
        return Node("ones", size, None, self.since(start))

    def _read_overset(self, start: int) -> Node:
        self.at += 1
        self.group()
        return self.inner(self.group())

    _read_underset = _read_stackrel = _read_overset

    def _read_underbrace(self, start: int) -> Node:
        """What stands above a brace; what is written at the brace is a remark."""
        self.at += 1
        inner = self.inner(self.group())
        if self.sees("_", "^"):
            self.at += 1
            self.group()
        return Node("paren", (inner,), "{", self.since(start))

    _read_overbrace = _read_underbrace

    def _read_langle(self, start: int) -> Node:
        self.at += 1
        first = self.at
        depth = 1
        while depth:
            token = self.next()
            depth += (token.text == "langle") - (token.text == "rangle")
        parts = split_commas(self.tokens[first : self.at - 1])
        if len(parts) != 2:
            raise Unreadable("two factors must stand between ⟨ and ⟩.", self.since(start))
        return Node("mul", (self.inner(parts[0]), self.inner(parts[1])), "inner", self.since(start))

    # -- sums

    def _read_sum(self, start: int) -> Node:
        self.at += 1
        return self.sum("sum", start)

    def _read_prod(self, start: int) -> Node:
        self.at += 1
        return self.sum("prod", start)

    def sum(self, kind: str, start: int) -> Node:
        """`\\sum_{k}`, `\\sum_{k=1}^{n}`, `\\sum_{k \\ne i}`, `\\sum_{j,k}`."""
        below: list[Token] = []
        above: list[Token] = []
        while self.sees("_", "^"):
            if self.next().text == "_":
                below = self.group()
            else:
                above = self.group()
        if not below:
            raise self.expected(f"the index of the {kind}, as in \\{kind}_k,")
        high = self.inner(above) if above else Node("none")
        body = self.expression(_PRODUCT)
        span = self.since(start)
        for part in reversed(split_commas([t for t in below if t.text not in "{}"])):
            body = self._one_sum(kind, part, high, body, span)
        return body

    def _one_sum(self, kind: str, part: list[Token], high: Node, body: Node, span: tuple[int, int]) -> Node:
        if not part or part[0].kind != "name":
            raise Unreadable(f"the index of a {kind} must be a letter.", part[0].span if part else span)
        letter, low, guard = part[0].text, Node("none"), Node("none")
        cut = part[1].text if len(part) > 1 else ""
        if cut == "=":
            ends = [i for i, t in enumerate(part) if t.text in ("dots", "..")]
            low = self.inner(part[2 : ends[0]] if ends else part[2:])
            if ends:
                high = self.inner(part[ends[0] + 1 :])
        elif cut in ("ne", "<", ">", "le", "ge"):
            guard = self.condition(part)
        elif len(part) > 1 and all(t.kind == "name" for t in part):
            for t in reversed(part[1:]):
                body = Node(kind, (body, Node("none"), Node("none"), Node("none")), t.text, span)
        elif cut:
            raise Unreadable(f"the index of a {kind} must be written k, k=1 or k \\ne i.", part[1].span)
        return Node(kind, (body, low, high, guard), letter, span)

    # -- derivatives

    def _read_nabla(self, start: int) -> Node:
        self.at += 1
        order = 1
        below = None
        while self.sees("_", "^"):
            if self.next().text == "_":
                below = self.group()
            elif [t.text for t in self.group()] == ["2"]:
                order = 2
            else:
                raise self.expected("∇² or ∇_x")
        target = self.inner(below) if below else Node("none")
        token = self.peek()
        if token is None or not self.starts_atom(token):
            raise self.expected("what ∇ is taken of")
        plain = token.kind == "name" or token.text in ("(", "[", "Vert", "vert", "|")
        saved = self.at
        body = self.prefix()
        if not plain or (body.op == "T" and token.kind == "name"):
            self.at = saved
            body = self.expression(_PRODUCT)
        return Node("grad", (body, target), order, self.since(start))

    def _read_partial(self, start: int) -> Node:
        if self.peek(1) is not None and self.peek(1).text == "_":  # type: ignore[union-attr]
            self.at += 2
            target = self.inner(self.group())
            return Node("deriv", (self.prefix(), target), "∂", self.since(start))
        found = self.differential()
        if found is None:
            raise self.expected("a derivative such as \\partial f/\\partial x")
        return found

    def fraction_of_differentials(self, top: list[Token], bottom: list[Token], start: int) -> Node | None:
        """`\\frac{\\partial f}{\\partial x}` and its kin, or None for a plain fraction."""
        top = [t for t in top if t.kind != "amp"]
        if not (top and bottom and _marks(top[0], self) and _marks(bottom[0], self) and len(bottom) > 1):
            return None
        if top[0].text == "d" and bottom[0].text == "d" and len(top) > 1 and not self._variable_follows(bottom):
            return None
        kind = "∂" if top[0].text == "partial" else "d"
        order, rest = _order(top[1:])
        targets = self._targets(bottom, order)
        body = type(self)(rest, self.scope).whole() if rest else self.expression(_PRODUCT)
        return self._derivative(kind, body, targets, self.since(start))

    def whole(self) -> Node:
        node = self.expression(0)
        if self.peek() is not None:
            raise self.expected("an operator or the end of the numerator")
        return node

    def _variable_follows(self, tokens: list[Token]) -> bool:
        return tokens[1].kind in ("name", "accent", "word") or tokens[1].text in ("(", "{")

    def _targets(self, bottom: list[Token], order: int) -> list[Node]:
        """What a derivative is taken by: `\\partial x`, `\\partial x \\partial y`, `dx^2`."""
        groups: list[list[Token]] = []
        depth = 0
        for t in bottom:
            if depth == 0 and _marks(t, self):
                groups.append([])
                continue
            depth += (t.kind == "sign" and t.text in "({[") - (t.kind == "sign" and t.text in ")}]")
            if not groups:
                raise Unreadable("∂ must stand before what the derivative is taken by.", t.span)
            groups[-1].append(t)
        targets: list[Node] = []
        for group in groups:
            if not group:
                raise Unreadable("a name must follow ∂.", bottom[-1].span)
            node = type(self)(group, self.scope).whole()
            while node.op == "paren":
                node = node.args[0]
            if order == 2 and len(groups) == 1 and node.op == "pow" and node.args[1].value == (2, None):
                targets += [node.args[0], node.args[0]]
            else:
                targets.append(node)
        if len(targets) != order:
            raise Unreadable(
                f"{order} name(s) must stand below a derivative of order {order}, got {len(targets)}.", bottom[0].span
            )
        return targets

    def _derivative(self, kind: str, body: Node, targets: list[Node], span: tuple[int, int]) -> Node:
        return Node("deriv", (body, *targets), kind, span)

    def differential(self) -> Node | None:
        """`dC/dw`, `d/dx (…)`, `∂²f/∂x∂y` on one line; `dW` alone is ∂C/∂W. None where `d` is only a name."""
        start, saved = self.at, self.at
        mark = self.next()
        try:
            found = self._slash_form(mark, start)
        except Unreadable:
            found = None
            if mark.text == "partial":
                self.at = saved
                raise
        if found is not None:
            return found
        self.at = saved
        token = self.peek(1)
        if mark.text == "d" and token is not None and token.kind in ("name", "accent") and token.start <= mark.end + 1:
            self.at += 1
            try:
                target = self.prefix_atom()
            except Unreadable:
                self.at = saved
                return None
            target, outer = _peel(target)
            node = Node("deriv", (Node("cost"), target), "short", self.since(start))
            for op, rest in reversed(outer):
                node = Node(op, (node, *rest), None, self.since(start))
            return node
        return None

    def _slash_form(self, mark: Token, start: int) -> Node | None:
        order = 1
        if self.sees("^"):
            self.at += 1
            group = self.group()
            order = int(group[0].text) if len(group) == 1 and group[0].text.isdigit() else 0
            if not 1 <= order <= 2:
                raise self.expected("a derivative of order 1 or 2")
        body = None
        if not self.sees("/"):
            body = self.prefix()
        if not self.sees("/"):
            return None
        self.at += 1
        bracket = self.sees("(")
        if bracket:
            self.at += 1
            bottom = self._until(")")
        else:
            bottom = []
            while self.peek() is not None and _marks(self.peek(), self):  # type: ignore[arg-type]
                first = self.at
                self.at += 1
                self.prefix()
                bottom += self.tokens[first : self.at]
        if not bottom or not _marks(bottom[0], self):
            return None
        targets = self._targets(bottom, order)
        if body is None:
            body = self.expression(_PRODUCT)
        return self._derivative("∂" if mark.text == "partial" else "d", body, targets, self.since(start))


def _peel(node: Node) -> tuple[Node, list[tuple[str, tuple[Node, ...]]]]:
    """`dW^T` is (dW)^T: a transpose or power outside the name belongs to the derivative."""
    outer = []
    while node.op in ("T", "prime", "pow"):
        outer.append((node.op, node.args[1:]))
        node = node.args[0]
    return node, outer


def _marks(token: Token, parser: NameParser) -> bool:
    return (token.text == "partial" and token.kind == "command") or (
        token.kind == "name" and token.text == "d" and "d" not in parser.scope.variables
    )


def _order(tokens: list[Token]) -> tuple[int, list[Token]]:
    """The order behind ∂ in a numerator, and the rest of it."""
    if tokens and tokens[0].text == "^":
        if len(tokens) > 3 and tokens[1].text == "{" and tokens[2].text == "2" and tokens[3].text == "}":
            return 2, tokens[4:]
        if len(tokens) > 1 and tokens[1].text == "2":
            return 2, tokens[2:]
        raise Unreadable("a derivative must be of order 1 or 2.", tokens[0].span)
    return 1, tokens
