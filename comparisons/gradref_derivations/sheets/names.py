"""Names with what hangs on them: subscripts, superscripts, primes, arguments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .grammar import _JUXT, Parser, compares
from .problems import Unreadable
from .scope import LAYER_LETTERS, LAYERED
from .tokens import Token
from .tree import Node, number
from .vocabulary import ACCENTS, BUILTIN, INDEX_LETTERS

__all__ = ["ARGUMENT", "NameParser", "Scripts", "compound", "split_commas"]

ARGUMENT = "·"
"""The argument that a function written without one is taken at."""

_TRANSPOSE = {"T", "top", "⊤", "t"}
_ACTIVATION_NAMES = {"σ", "g", "f", "φ", "ψ"}
_PAIRS = frozenset("ijklmnpqrstuvαβ")


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


def _texts(tokens: list[Token]) -> list[str]:
    return [t.text for t in tokens if t.text not in ("{", "}")]


class NameParser(Parser):
    """Reads names; what a superscript or a prime means is decided by what the scope knows of the name."""

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
                texts = _texts(group)
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
        if scripts.above and _texts(scripts.above[0]) == ["2"]:
            scripts.above = scripts.above[1:]
            return self.raised(Node("name", (), name, self.since(start)), scripts, start)
        root = Node("apply", (Node("name", (), name, self.since(start)),), ("sqrt", 0), self.since(start))
        return self.raised(root, scripts, start)

    def _index_like(self, base: str, below: list[Token]) -> bool:
        texts = _texts(below)
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

    def _unraised(self, scripts: Scripts, start: int) -> tuple[int, int] | None:
        """The place of a name with its subscript; None where something stands above it too, so that it is composed when shown."""
        return None if scripts.above or scripts.primes else self.since(start)

    def raised(self, node: Node, scripts: Scripts, start: int) -> Node:
        """`node` to the powers above it, and transposed by its primes."""
        plain = [a for a in scripts.above if set(_texts(a)) - {"T", "top", "-", "1"}]
        if len(plain) > 1:
            raise Unreadable("a power of a power needs brackets.", self.since(start))
        for above in scripts.above:
            node = self.power(node, above, start)
        for _ in range(scripts.primes):
            node = Node("prime", (node,), None, self.since(start))
        return node

    def power(self, node: Node, above: list[Token], start: int) -> Node:
        texts, span = _texts(above), self.since(start)
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

    # -- networks

    def _is_activation(self, base: str) -> bool:
        return self.scope.layers and base in _ACTIVATION_NAMES and base not in self.scope.variables

    def _of_network(self, base: str, scripts: Scripts, start: int) -> Node | None:
        scope, span = self.scope, self.since(start)
        if base in scope.variables:
            return None
        if base in ("x", "X", "y", "Y"):
            return self._data(base, scripts, start)
        if base in ("ŷ", "Ŷ"):
            scripts.above.insert(0, [Token("name", "L", span[0], span[0])])
            base = "a" if base == "ŷ" else "A"
        if base == "n" and scripts.below:
            return Node("width", (self.inner(scripts.below[0]),), None, span)
        if base in ("C", "J", "E") and scripts.below and _texts(scripts.below[0]) == ["0"]:
            return Node("cost", (), None, span)
        if base in ("C", "J", "E") and scripts.below and len(scripts.below[0]) == 1:
            return Node("sample_cost", (self._index(scripts.below[0]),), None, span)
        if not scope.layered(base) or (base == "δ" and self._kronecker(scripts)):
            return None
        return self._layered(base, scripts, start)

    def _kronecker(self, scripts: Scripts) -> bool:
        return not scripts.above and bool(scripts.below) and len(self.indices("δ", scripts.below[0])) == 2

    def _data(self, base: str, scripts: Scripts, start: int) -> Node:
        """The input and the target: x is a^0."""
        sample = None
        above = []
        for group in scripts.above:
            texts = _texts(group)
            if len(texts) == 3 and texts[0] in "([":
                sample = self._index(group[1:-1])
            else:
                above.append(group)
        scripts.above = above
        below = list(scripts.below)
        if below and self.scope.batch and sample is None and base in "xy" and _texts(below[0])[0] in ("i", "x"):
            sample = self._index(below.pop(0))
        if sample is None and base in "yY":
            sample = self._sample_behind(below)
        if base in "xX":
            node = Node("at", (number(0),), "A" if base == "X" else "a", self.base_span)
        else:
            node = Node("name", (), base, self.base_span)
        if sample is not None:
            node = Node("column", (node, sample), None, None if below else self._unraised(scripts, start))
        for group in below:
            node = Node("entry", (node, *self.indices(base, group)), None, self._unraised(scripts, start))
        return self.raised(node, scripts, start)

    def _layered(self, base: str, scripts: Scripts, start: int) -> Node:
        layer, sample, above, transposed = None, None, [], False
        below = list(scripts.below)
        for group in scripts.above:
            tokens = [t for t in group if t.text not in ("{", "}")]
            if len(tokens) > 1 and tokens[-1].text in ("T", "top"):
                transposed, tokens = True, tokens[:-1]
            if layer is None and not (len(tokens) == 1 and tokens[0].text in ("T", "top")):
                layer, sample = self._layer(tokens, sample)
            else:
                above.append(tokens)
        if layer is None and below and self._layer_below(below[0]):
            layer = self.inner(below.pop(0))
        if layer is None:
            return self._without_layer(base, below, above, scripts, start)
        sample = self._sample_behind(below) if sample is None else sample
        scripts.above = above
        whole = None if transposed else self._unraised(scripts, start)
        node = Node("at", (layer,), LAYERED[base], None if below or sample is not None else whole)
        if sample is not None:
            node = Node("column", (node, sample), None, None if below else whole)
        for group in below:
            node = Node("entry", (node, *self.indices(base, group)), None, whole)
        if transposed:
            node = Node("T", (node,), None, self.since(start))
        return self.raised(node, scripts, start)

    def _without_layer(self, base: str, below: list[list[Token]], above: list[list[Token]], scripts: Scripts, start: int) -> Node:
        """`∂C/∂b = δ` is about one layer, any; `a_{in} δ_{out}` about the two ends of one weight; a alone is the output."""
        texts = _texts(below[0]) if below else []
        ends = {"in", "out"} & {"".join(texts)}
        l, before = Node("name", (), "l"), Node("sub", (Node("name", (), "l"), number(1)))
        if ends and base in ("a", "δ", "z"):
            inner, index = (before, "k") if "in" in ends else (l, "j")
            return Node("entry", (Node("at", (inner,), LAYERED[base]), Node("name", (), index)), None, self.since(start))
        if base == "w" and not below and self.scope.ends:
            return Node("entry", (Node("at", (l,), "W"), Node("name", (), "j"), Node("name", (), "k")), None, self.since(start))
        layer = number(1) if self.scope.depth == 1 else Node("name", (), "L") if base == "a" else l
        node = Node("at", (layer,), LAYERED[base], self.base_span)
        for group in below:
            node = Node("entry", (node, *self.indices(base, group)), None, self.since(start))
        scripts.above = above
        return self.raised(node, scripts, start)

    def _sample_behind(self, below: list[list[Token]]) -> Node | None:
        """One sample, as in a^L(x), a^L_x and y(x)."""
        if below and _texts(below[0]) == ["x"]:
            return (
                self._index(below.pop(0)[-1:]) if len(below[0]) == 1 else self._index([t for t in below.pop(0) if t.text == "x"])
            )
        behind = [self.peek(k) for k in range(3)]
        if [t.text if t else "" for t in behind] in (["(", "x", ")"], ["(", "i", ")"]):
            self.at += 3
            return self._index([t for t in behind[1:2] if t])
        return None

    def _layer_below(self, tokens: list[Token]) -> bool:
        texts = _texts(tokens)
        return len(texts) >= 1 and (texts[0] in LAYER_LETTERS or (len(texts) == 1 and texts[0].isdigit()))

    def _layer(self, tokens: list[Token], sample: Node | None) -> tuple[Node | None, Node | None]:
        """`l`, `l+1`, `[l]`, `(l)`, `[l](i)`, `x,l`."""
        parts = split_commas(tokens)
        if len(parts) == 2:
            return self.inner(parts[1]), self._index(parts[0])
        if tokens and tokens[0].text in ("[", "("):
            close = next((i for i, t in enumerate(tokens) if t.text in ("]", ")")), len(tokens) - 1)
            inside, rest = tokens[1:close], tokens[close + 1 :]
            is_sample = tokens[0].text == "(" and len(inside) == 1 and inside[0].text in ("i", "x")
            if rest and rest[0].text in ("(", "["):
                if rest[0].text == "[":
                    return self.inner(rest[1:-1]), self._index(inside)
                return self.inner(inside), self._index(rest[1:-1])
            return (None, self._index(inside)) if is_sample else (self.inner(inside), sample)
        return self.inner(tokens), sample

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
            texts = _texts(above)
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


JUXTAPOSITION = _JUXT
