"""Names of a network: layers, samples, and the ends of a weight."""

from __future__ import annotations

from .scope import LAYER_LETTERS, LAYERED
from .scripts import ScriptParser, Scripts, split_commas, texts_of
from .tokens import Token
from .tree import Node, number

__all__ = ["LayerParser"]

_ACTIVATION_NAMES = {"σ", "g", "f", "φ", "ψ"}


class LayerParser(ScriptParser):
    """Reads the names that a header `network:` makes known."""

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
        if base in ("C", "J", "E") and scripts.below and texts_of(scripts.below[0]) == ["0"]:
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
            texts = texts_of(group)
            if len(texts) == 3 and texts[0] in "([":
                sample = self._index(group[1:-1])
            else:
                above.append(group)
        scripts.above = above
        below = list(scripts.below)
        if below and self.scope.batch and sample is None and base in "xy" and texts_of(below[0])[0] in ("i", "x"):
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
        texts = texts_of(below[0]) if below else []
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
        if below and texts_of(below[0]) == ["x"]:
            return (
                self._index(below.pop(0)[-1:]) if len(below[0]) == 1 else self._index([t for t in below.pop(0) if t.text == "x"])
            )
        behind = [self.peek(k) for k in range(3)]
        if [t.text if t else "" for t in behind] in (["(", "x", ")"], ["(", "i", ")"]):
            self.at += 3
            return self._index([t for t in behind[1:2] if t])
        return None

    def _layer_below(self, tokens: list[Token]) -> bool:
        texts = texts_of(tokens)
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
