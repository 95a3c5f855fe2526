"""A tree as text in the reader's own notation: what was written is copied, only what was changed is composed anew."""

from __future__ import annotations

import re

from .tree import Node
from .vocabulary import GREEK, SUPERSCRIPTS

__all__ = ["clean", "is_latex", "render", "written"]

_COMMAND = {letter: "\\" + name for name, letter in reversed(GREEK.items())}
_SMALL = {plain: small for small, plain in SUPERSCRIPTS.items() if plain in "0123456789+-lL"}
_LEVEL = {
    "add": 10,
    "sub": 10,
    "odot": 20,
    "neg": 25,
    "div": 30,
    "mul": 30,
    "juxt": 35,
    "pow": 50,
    "T": 50,
    "prime": 50,
    "entry": 50,
}
_TEX_PRODUCT = {
    "odot": r" \odot ",
    "cdot": r" \cdot ",
    "star": " * ",
    "times": r" \times ",
    "juxt": " ",
    "at": " @ ",
    "otimes": r" \otimes ",
    "inner": r" \cdot ",
}
_PLAIN_PRODUCT = {
    "odot": " ⊙ ",
    "cdot": " · ",
    "star": " * ",
    "times": " × ",
    "juxt": " ",
    "at": " @ ",
    "otimes": " ⊗ ",
    "inner": " · ",
}


def clean(text: str) -> str:
    """A piece of a formula on one line, without alignment and punctuation at its end."""
    text = re.sub(r"\\(?:label|tag)\*?\{[^{}]*\}|\\nonumber|\\notag", "", text)
    if "\\begin{" not in text:
        text = re.sub(r"(?<!\\)&", "", text)
    text = re.sub(r"\\\\\s*$", "", text)
    return re.sub(r"\s+", " ", text).strip().rstrip(",;").strip()


def is_latex(text: str) -> bool:
    """Whether a sheet's formula is LaTeX and not plain text."""
    return "\\" in text or "{" in text


def written(node: Node, text: str) -> str:
    """What stands on the sheet for a tree, or the tree composed where it stands nowhere."""
    if node.span is not None and 0 <= node.span[0] < node.span[1] <= len(text):
        return clean(text[node.span[0] : node.span[1]])
    return render(node, text)


def render(node: Node, text: str, line: str | None = None) -> str:
    """A changed tree as text: parts that have a place are copied from it, the rest is spelled as on `line`."""
    return _Printer(text, line if line is not None else text).show(node, 0)


class _Printer:
    def __init__(self, text: str, line: str) -> None:
        self.text, self.line, self.latex = text, line, is_latex(line)

    def show(self, node: Node, power: int) -> str:
        level = _LEVEL.get(str(node.value) if node.op == "mul" else node.op, 60)
        level = 60 if node.op == "div" and self.latex else level
        if node.span is not None and 0 <= node.span[0] < node.span[1] <= len(self.text):
            shown = clean(self.text[node.span[0] : node.span[1]])
            if node.op == "mul" and level < 30 and node.value != "odot":
                level = 30
        else:
            shown = self.compose(node, level)
        return f"({shown})" if level < power else shown

    def compose(self, node: Node, level: int) -> str:
        op, args = node.op, node.args
        if op == "num":
            return str(node.value[0])
        if op in ("name", "index"):
            return self.letter(str(node.value))
        if op == "paren":
            return f"({self.show(args[0], 0)})"
        if op == "neg":
            return "-" + self.show(args[0], 26)
        if op in ("add", "sub"):
            return f"{self.show(args[0], 10)} {'+' if op == 'add' else '-'} {self.show(args[1], 11)}"
        if op == "mul":
            table = _TEX_PRODUCT if self.latex else _PLAIN_PRODUCT
            sign = table.get(node.value, " ")
            if node.value == "odot" and (".*" in self.line or (".*" in self.text and "⊙" not in self.text)):
                sign = " .* "
            return f"{self.show(args[0], level)}{sign}{self.show(args[1], level if node.value == 'juxt' else level + 1)}"
        if op == "div":
            if self.latex:
                return rf"\frac{{{self.show(args[0], 0)}}}{{{self.show(args[1], 0)}}}"
            return f"{self.show(args[0], 30)}/{self.show(args[1], 36)}"
        if op == "T":
            inner = self.show(args[0], 60)
            if args[0].op != "paren" and any(s in inner for s in "^ˡ²¹³⁺") and not inner.startswith("("):
                inner = f"({inner})"
            return inner + self.transpose()
        if op == "prime":
            return self.show(args[0], 60) + "'"
        if op == "pow":
            base = self.show(args[0], 51)
            exponent = self.show(args[1], 0)
            return (
                f"{base}^{{{exponent}}}"
                if self.latex and len(exponent) > 1
                else f"{base}^{exponent}"
                if len(exponent) == 1
                else f"{base}^({exponent})"
            )
        return self.composed_name(node)

    def letter(self, name: str) -> str:
        """A name as the reader spells it: `\\delta`, `delta` or δ; a subscript in braces."""
        base, _, below = name.partition("_")
        accents = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
        if self.latex:
            base = (
                f"\\{accents[base[1]]}{{{_COMMAND.get(base[0], base[0])}}}"
                if len(base) == 2 and base[1] in accents
                else _COMMAND.get(base, base)
            )
        else:
            word = _COMMAND.get(base, "")[1:]
            base = word if word and word in self.text else base
            return f"{base}{below}" if below.isdigit() and f"{base}{below}" in self.text else f"{base}_{below}" if below else base
        return f"{base}_{{{below}}}" if len(below) > 1 else f"{base}_{below}" if below else base

    def transpose(self) -> str:
        for text in (self.line, self.text):
            for sign in (
                "^\\top",
                "^{\\top}",
                "^\\intercal",
                "^\\mathsf{T}",
                "^\\mathsf T",
                "^{\\mathsf T}",
                "^\\mathrm{T}",
                "^T",
                "ᵀ",
            ):
                if sign in text:
                    return sign
            if not self.latex and "'" in text:
                return "'"
        return "^T"

    def composed_name(self, node: Node) -> str:
        op, args = node.op, list(node.args)
        if op == "at":
            base = self.letter("w" if node.value == "W" and "W" not in self.line and "w" in self.line else str(node.value))
            layer = self.show(args[0], 0).replace(" ", "")
            if any(c in _SMALL.values() for c in self.line):  # layers written above, as in Wˡ⁺¹
                plain = _Printer("", "").show(_bare(args[0]), 0).replace(" ", "")
                if all(c in _SMALL for c in plain):
                    return base + "".join(_SMALL[c] for c in plain)
            if not self.latex and re.search(rf"(?<![A-Za-z]){re.escape(base)}\d", self.text):
                return f"{base}{layer}"
            sign = "[]" if "^{[" in self.text else "()" if re.search(r"\^\{\([lL\d]", self.text) else ""
            if sign:
                return f"{base}^{{{sign[0]}{layer}{sign[1]}}}"
            return (
                f"{base}^{{{layer}}}"
                if len(layer) > 1 and self.latex
                else f"{base}^{layer}"
                if len(layer) == 1
                else f"{base}^({layer})"
            )
        if op == "entry":
            base = self.show(args[0], 50)
            places = [self.show(a, 0) for a in args[1:]]
            inner = "".join(places) if all(len(p) == 1 for p in places) else ",".join(places)
            return f"{base}_{{{inner}}}" if len(inner) > 1 else f"{base}_{inner}"
        if op == "act":
            name = (r"\sigma" if self.latex else ("sigma" if "sigma" in self.text else "σ")) + "'" * int(node.value)
            if len(args) > 1:
                name += f"_{{{self.show(args[1], 0)}}}"
            return f"{name}({self.show(args[0], 0)})"
        if op == "apply":
            name, order = node.value
            shown = (
                self.letter(name)
                if name in _COMMAND
                else ("\\" + name if self.latex and name in ("exp", "log", "sin", "cos", "tanh", "max", "min", "det") else name)
            )
            return f"{shown}{chr(39) * order}({', '.join(self.show(a, 0) for a in args)})"
        if op == "norm":
            bars = (r"\lVert ", r" \rVert") if self.latex else ("‖", "‖")
            return f"{bars[0]}{self.show(args[0], 0)}{bars[1]}"
        if op in ("sum", "prod"):
            sign = f"\\{op}_{node.value}" if self.latex else f"{'Σ' if op == 'sum' else 'Π'}_{node.value}"
            return f"{sign} {self.show(args[0], 29)}"
        if op in ("deriv", "grad") and args:
            return (
                f"∂({self.show(args[0], 0)})/∂({self.show(args[-1], 0)})"
                if args[-1].op != "none"
                else f"∇({self.show(args[0], 0)})"
            )
        if op == "eye":
            return "I"
        if op == "kron":
            inner = ",".join(self.show(a, 0) for a in args)
            return f"\\delta_{{{inner}}}" if self.latex else f"δ_{inner}"
        return op


def _bare(node: Node) -> Node:
    """A tree that stands nowhere, so that it is composed whole."""
    return Node(node.op, tuple(_bare(a) for a in node.args), node.value)
