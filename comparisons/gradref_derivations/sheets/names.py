"""Names with what hangs on them: subscripts, superscripts, primes, arguments."""

from __future__ import annotations

from dataclasses import replace

from .grammar import compares
from .layers import LayerParser
from .problems import Unreadable
from .scripts import Scripts, compound, split_commas, texts_of
from .tokens import Token
from .tree import Node
from .vocabulary import ACCENTS, BUILTIN, INDEX_LETTERS

__all__ = ["ARGUMENT", "NameParser"]

ARGUMENT = "·"
"""The argument that a function written without one is taken at."""


_PAIRS = frozenset("ijklmnpqrstuvαβ")


class NameParser(LayerParser):
    """Reads names; what a superscript or a prime means is decided by what the scope knows of the name."""

    # -- a name and its scripts

    def named(self, base: str, start: int) -> Node:
        """The meaning of `base` with its scripts, and its arguments if it is a function."""
        if base in BUILTIN and base not in self.scope.variables:
            return self.function(base, start)
        saved, self.base_span = self.at, self.since(start)
        scripts = self.scripts()
        if base == "Σ" and self.scope.layers and scripts.primes and self.sees("("):
            slope = Node("act", tuple(self.arguments("σ")), 1, self.since(start))
            return Node("apply", (slope,), ("diag", 0), self.since(start))
        if self._is_activation(base):
            self.at = saved
            return self.function(base, start)
        if scripts.below and (found := self._compound(base, scripts, start)) is not None:
            return found
        if base in self.scope.functions or (scripts.below and compound(base, scripts.below[0]) in self.scope.functions):
            self.at = saved
            return self.function(base, start)
        if self.scope.layers and (found := self._of_network(base, scripts, start)) is not None:
            return found
        return self._plain(base, scripts, start)

    def _compound(self, base: str, scripts: Scripts, start: int) -> Node | None:
        below = scripts.below[0]
        name = compound(base, below)
        known = name in self.scope.variables
        if self.scope.layers and not known and (self.scope.layered(base) or base in ("C", "J", "E", "x", "y", "X", "Y")):
            return None
        if base in self.scope.families and name not in self.scope.compounds:
            indices = self.indices(base, below)
            bare = not (scripts.above or scripts.primes or len(indices) > 1)
            node = Node("at", (indices[0],), self.scope.family_key(base), self.since(start) if bare else None)
            if len(indices) > 1:
                node = Node("entry", (node, *indices[1:]), None, self._unraised(scripts, start))
            return self.raised(node, scripts, start)
        squared = name + "^2"
        if squared in self.scope.compounds:
            return self._squared(squared, scripts, start)
        if name in self.scope.functions:
            return None
        if name in self.scope.compounds or not self._index_like(base, below):
            node = Node(
                "name", (), name, (self.base_span[0], below[-1].end if below[-1].end > below[0].start else self.base_span[1])
            )
            if below[0].start > self.base_span[1] + 1:
                node = Node("name", (), name, self._unraised(scripts, start))
            for rest in scripts.below[1:]:
                node = Node("entry", (node, *self.indices(base, rest)), None, self._unraised(scripts, start))
            return self.raised(node, scripts, start)
        return None

    def _squared(self, name: str, scripts: Scripts, start: int) -> Node:
        """A name whose square has been named, as σ_B^2: the square is the name, other powers are powers of its root."""
        if scripts.above and texts_of(scripts.above[0]) == ["2"]:
            scripts.above = scripts.above[1:]
            return self.raised(Node("name", (), name, self.since(start)), scripts, start)
        root = Node("apply", (Node("name", (), name, self.since(start)),), ("sqrt", 0), self.since(start))
        return self.raised(root, scripts, start)

    def _index_like(self, base: str, below: list[Token]) -> bool:
        texts = texts_of(below)
        if base in ("δ", "e") or base in self.scope.arrays:
            return True
        if all(t.isdigit() for t in texts if t != ","):
            return False
        if len(texts) > 1 and "," not in texts and all(t in _PAIRS or t.isdigit() for t in texts):
            return True
        return all(t in INDEX_LETTERS or t.isdigit() or t in "+-,(){}" or t in self.scope.steps for t in texts)

    def _plain(self, base: str, scripts: Scripts, start: int) -> Node:
        if base == "e" and base not in self.scope.variables:
            if scripts.above and not scripts.below:
                exponent = self.inner(scripts.above[0])
                return Node("apply", (exponent,), ("exp", 0), self.since(start))
            if scripts.below:
                node = Node("basis", (self.indices(base, scripts.below[0])[0],), None, self.since(start))
                scripts.below = []
                return self.raised(node, scripts, start)
        if base == "δ" and scripts.below and not scripts.above and "δ" not in self.scope.variables:
            indices = self.indices(base, scripts.below[0])
            if len(indices) == 2:
                return Node("kron", tuple(indices), None, self.since(start))
        if base == "I" and "I" not in self.scope.variables:
            size = self.inner(scripts.below[0]) if scripts.below else None
            node = Node("eye", (size,) if size else (), None, self.since(start))
            scripts.below = []
            return self.raised(node, scripts, start)
        if base + "^2" in self.scope.compounds and not scripts.below:
            return self._squared(base + "^2", scripts, start)
        node = Node("name", (), base, self.base_span)
        if base in self.scope.families and scripts.above and scripts.above[0] and scripts.above[0][0].text in "([":
            node = Node("at", (self.inner(scripts.above[0][1:-1]),), self.scope.family_key(base), self.since(start))
            scripts.above = scripts.above[1:]
        for below in scripts.below:
            node = Node("entry", (node, *self.indices(base, below)), None, self._unraised(scripts, start))
        return self.raised(node, scripts, start)

    # -- functions

    def function(self, name: str, start: int) -> Node:
        """`f(x)`, `\\sigma'(z)`, `\\sin^2 x`, `\\operatorname{softmax}(z)_i`."""
        if name in ("max", "min") and self.sees("_"):
            raise Unreadable(f"\\{name} over an index is outside the language of sheets. Write \\{name}(a, b).", self.peek().span)  # type: ignore[union-attr]
        scripts = self.scripts()
        order, layer, entries, powers = scripts.primes, None, [], []
        activation = self._is_activation(name)
        for below in scripts.below:
            if activation:
                layer = self.inner(below)
            elif compound(name, below) in self.scope.functions:
                name = compound(name, below)
            elif name == "log":
                raise Unreadable(
                    "a logarithm with a base is outside the language of sheets. Write \\log x / \\log b.", below[0].span
                )
            elif name in BUILTIN:
                entries.append(below)
            else:
                name = compound(name, below)
        for above in scripts.above:
            texts = texts_of(above)
            if len(texts) == 3 and texts[0] == "(" and texts[1].isdigit() and not activation:
                order += int(texts[1])
            elif activation and not (len(above) == 1 and above[0].kind == "number" and self.sees("(") and layer is not None):
                layer, _ = self._layer([t for t in above if t.text not in "{}"], None)
            else:
                powers.append(above)
        if order > 4:
            raise Unreadable("a derivative of a function must be of order at most 4.", self.since(start))
        arguments = self.arguments(name)
        span = self.since(start)
        if activation:
            node = Node("act", (arguments[0], layer) if layer is not None else (arguments[0],), order, span)
        else:
            node = Node("apply", tuple(arguments), (name, order), span)
        for below in entries:
            node = Node("entry", (node, *self.indices("", below)), None, span)
        for above in powers:
            raised = self.power(node, above, start)
            node = replace(raised, value="entries") if raised.op == "pow" else raised
        return node

    def arguments(self, name: str) -> list[Node]:
        token = self.peek()
        if token is not None and token.kind == "sign" and token.text in ("(", "[", "{"):
            self.at += 1
            inside = self._until({"(": ")", "[": "]", "{": "}"}[token.text])
            if compares(inside):
                raise Unreadable("a comparison cannot be an argument.", token.span)
            parts = split_commas(inside)
            if len(parts) == 1:
                parts = split_commas(inside, ";")
            return [self.inner(p) for p in parts]
        if name in BUILTIN and token is not None and self.starts_atom(token):
            return [self._implicit()]
        if name in BUILTIN:
            raise self.expected(f"the argument of {name}")
        return [Node("name", (), ARGUMENT)]

    def _implicit(self) -> Node:
        """The argument of `\\sin 2x \\cos y`: the factors up to the next function or operator."""
        start = self.at
        node = self.prefix()
        while (token := self.peek()) is not None and self.starts_atom(token) and token.kind not in ("word", "text"):
            if token.kind == "name" and (token.text in self.scope.functions or self._is_activation(token.text)):
                break
            node = Node("mul", (node, self.prefix()), "juxt", self.since(start))
        return node

    def accented(self) -> Node:
        """`\\hat y`: a name of its own."""
        start = self.at
        accent = self.next()
        group = [t for t in self.group() if t.text not in ("{", "}")]
        if len(group) != 1 or group[0].kind not in ("name", "number"):
            if group and group[0].kind == "name" and accent.text in ("overline", "bar", "widehat", "hat", "tilde", "widetilde"):
                name = group[0].text + ACCENTS[accent.text]
                scripts = Scripts()
                if len(group) > 2 and group[1].text == "_":
                    scripts.below.append(group[2:])
                    rest = self.scripts()
                    scripts.above, scripts.primes = rest.above, rest.primes
                    scripts.below += rest.below
                    found = self._compound(name, scripts, start)
                    return found if found is not None else self._plain(name, scripts, start)
            raise Unreadable(f"one letter must stand under \\{accent.text}.", accent.span)
        return self.named(group[0].text + ACCENTS[accent.text], start)
