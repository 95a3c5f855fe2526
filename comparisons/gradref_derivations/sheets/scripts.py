"""What hangs on a name: subscripts, superscripts and primes."""

from __future__ import annotations

from dataclasses import dataclass, field

from .grammar import Parser
from .problems import Unreadable
from .tokens import Token
from .tree import Node, number

__all__ = ["ScriptParser", "Scripts", "compound", "split_commas", "texts_of"]

_TRANSPOSE = {"T", "top", "⊤", "t"}


@dataclass
class Scripts:
    """What hangs on a name: groups of tokens below and above it, and the number of primes."""

    below: list[list[Token]] = field(default_factory=list)
    above: list[list[Token]] = field(default_factory=list)
    primes: int = 0


def compound(base: str, below: list[Token]) -> str:
    """The name that a base and its subscript make together: σ and B make σ_B."""
    return f"{base}_{''.join(t.text for t in below)}"


def split_commas(tokens: list[Token], comma: str = ",") -> list[list[Token]]:
    """Tokens cut at the commas that stand outside every bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for t in tokens:
        if t.kind == "begin" or (t.kind == "sign" and t.text in "({["):
            depth += 1
        elif t.kind == "end" or (t.kind == "sign" and t.text in ")}]"):
            depth -= 1
        if depth == 0 and t.kind == "sign" and t.text == comma:
            parts.append([])
        else:
            parts[-1].append(t)
    return parts


def texts_of(tokens: list[Token]) -> list[str]:
    return [t.text for t in tokens if t.text not in ("{", "}")]


class ScriptParser(Parser):
    """Reads what hangs on a name or a bracket."""

    base_span: tuple[int, int] = (0, 0)

    def scripts(self) -> Scripts:
        found = Scripts()
        while (token := self.peek()) is not None and token.kind in ("sign", "command"):
            if token.text == "_":
                self.at += 1
                found.below.append(self.group())
            elif token.text == "^":
                self.at += 1
                group = self.group()
                texts = texts_of(group)
                if texts and set(texts) <= {"prime", "'"}:
                    found.primes += len(texts)
                else:
                    while group and group[-1].text in ("prime", "'"):
                        found.primes += 1
                        group = group[:-1]
                    found.above.append(group)
            elif token.text == "'" or token.text == "''":
                self.at += 1
                found.primes += len(token.text)
            elif token.text == "{" and self._empty_group():
                self.at += 2
            else:
                break
        return found

    def _empty_group(self) -> bool:
        after = self.peek(1)
        return after is not None and after.text == "}"

    def _unraised(self, scripts: Scripts, start: int) -> tuple[int, int] | None:
        """The place of a name with its subscript; None where something stands above it too, so that it is composed when shown."""
        return None if scripts.above or scripts.primes else self.since(start)

    def raised(self, node: Node, scripts: Scripts, start: int) -> Node:
        """`node` to the powers above it, and transposed by its primes."""
        plain = [a for a in scripts.above if set(texts_of(a)) - {"T", "top", "-", "1"}]
        if len(plain) > 1:
            raise Unreadable("a power of a power needs brackets.", self.since(start))
        for above in scripts.above:
            node = self.power(node, above, start)
        for _ in range(scripts.primes):
            node = Node("prime", (node,), None, self.since(start))
        return node

    def power(self, node: Node, above: list[Token], start: int) -> Node:
        texts, span = texts_of(above), self.since(start)
        if (len(texts) == 1 and texts[0] in _TRANSPOSE - {"t"}) or (
            texts == ["t"] and "t" not in self.scope.variables | self.scope.steps
        ):
            return Node("T", (node,), None, span)
        if texts in (["-", "T"], ["-", "top"]):
            return Node("T", (Node("pow", (node, number(-1)), None, span),), None, span)
        if texts in (["*"], ["star"], ["ast"], ["+"], ["dagger"]):
            raise Unreadable(
                f"a superscript must be a power, T or -1, got {texts[0]!r}. Give it a name of its own, such as \\hat x.", span
            )
        return Node("pow", (node, self.inner(above)), None, span)

    def postfix(self, node: Node, start: int) -> Node:
        """Scripts behind a bracket, a bar or a function's value."""
        while (token := self.peek()) is not None and token.kind == "sign" and token.text in ("_", "^", "'", "''"):
            scripts = self.scripts()
            for below in scripts.below:
                node = Node("entry", (node, *self.indices("", below)), None, self.since(start))
            node = self.raised(node, scripts, start)
        return node

    def indices(self, base: str, below: list[Token]) -> list[Node]:
        """`jk`, `j,k`, `t-1`, `12` (the entry 1, 2 of a matrix)."""
        parts = split_commas([t for t in below if t.text not in ("{", "}")])
        if len(parts) == 1:
            tokens = parts[0]
            if len(tokens) > 1 and all(t.kind in ("name", "number") for t in tokens):
                parts = [[t] for t in tokens]
            elif len(tokens) == 1 and tokens[0].kind == "number" and len(tokens[0].text) == 2 and (base.isupper() or base == "w"):
                t = tokens[0]
                return [Node("num", (), (int(c), None), (t.start + i, t.start + i + 1)) for i, c in enumerate(t.text)]
        if len(parts) == 3:
            raise Unreadable("arrays of more than two dimensions are outside the language of sheets.", below[0].span)
        if any(not p for p in parts) or len(parts) > 2:
            raise Unreadable("an index must be one or two letters, numbers or sums of these.", below[0].span if below else None)
        return [self._index(p) for p in parts]

    def _index(self, tokens: list[Token]) -> Node:
        if len(tokens) == 1 and tokens[0].kind == "name":
            return Node("name", (), tokens[0].text, tokens[0].span)
        if any(t.text in (":", "dots", "..") for t in tokens):
            raise Unreadable("ranges of indices are outside the language of sheets. Write a sum.", tokens[0].span)
        return self.inner(tokens)
