"""LaTeX formulas as MathML, so that a page needs neither a network nor a font: the part of LaTeX that this project writes."""

import re
from html import escape

__all__ = ["mathml"]

_TOKEN = re.compile(r"\\(?:text|mathrm|mathbf|operatorname)\{[^}]*\}|\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?(?:e[+-]?\d+)?|[^\s]|\s+")
_SIGNS = {
    r"\odot": "⊙", r"\cdot": "·", r"\times": "×", r"\le": "≤", r"\ge": "≥", r"\approx": "≈", r"\ne": "≠", r"\in": "∈",
    r"\to": "→", r"\sum": "∑", r"\partial": "∂", r"\nabla": "∇", r"\top": "⊤", r"\lVert": "‖", r"\rVert": "‖", r"\vdots": "⋮",
    r"\cdots": "⋯", r"\ddots": "⋱", r"\{": "{", r"\}": "}", r"\infty": "∞", r"\pm": "±", r"\equiv": "≡", r"\ldots": "…",
}  # fmt: skip
_LETTERS = {
    r"\delta": "δ", r"\Delta": "Δ", r"\sigma": "σ", r"\Phi": "Φ", r"\pi": "π", r"\lambda": "λ", r"\alpha": "α", r"\eta": "η",
    r"\varepsilon": "ε", r"\ell": "ℓ", r"\theta": "θ",
}  # fmt: skip
_NAMES = {r"\ln", r"\log", r"\exp", r"\max", r"\min", r"\tanh", r"\sinh", r"\cosh"}
_WORDS = {
    r"\text": "<mtext>{}</mtext>",
    r"\mathrm": '<mi mathvariant="normal">{}</mi>',
    r"\operatorname": '<mi mathvariant="normal">{}</mi><mspace width="0.17em"/>',
    r"\mathbf": '<mi mathvariant="normal" style="font-weight: bold">{}</mi>',
}
_FENCES = {"pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "cases": ("{", ".")}
_SPACES = {r"\,": 0.17, r"\:": 0.22, r"\;": 0.28, r"\ ": 0.33, r"\quad": 1.0, r"\qquad": 2.0}


def mathml(latex: str, display: bool = False) -> str:
    """A LaTeX formula as a <math> element; unknown commands are shown as they were written, nothing is lost.

    >>> mathml(r"a^2")
    '<math><msup><mi>a</mi><mn>2</mn></msup></math>'
    """
    reader = _Reader([t for t in _TOKEN.findall(latex) if not t.isspace()])
    body = reader.row(until=set())
    return f'<math display="block">{body}</math>' if display else f"<math>{body}</math>"


def _fenced(opening: str, body: str, closing: str) -> str:
    """Something in brackets. Tall brackets need a mathematical font, which not every machine has: round a table CSS draws them."""
    if "<mtable>" in body:
        sides = ("open" if opening != "." else "") + (" close" if closing != "." else "")
        return f'<mrow class="fence {sides.strip()}">{body}</mrow>'
    left, right = (f"<mo>{escape(_SIGNS.get(f, f))}</mo>" if f != "." else "" for f in (opening, closing))
    return f"<mrow>{left}{body}{right}</mrow>"


class _Reader:
    """Recursive descent over the tokens; each method returns MathML."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def row(self, until: set[str]) -> str:
        parts = []
        while self.at < len(self.tokens) and self.peek() not in until:
            parts.append(self.scripted())
        return "".join(parts)

    def group(self) -> str:
        """What stands in braces, or the next atom."""
        if self.peek() != "{":
            return self.atom()
        self.next()
        body = self.row({"}"})
        self.next()
        return f"<mrow>{body}</mrow>"

    def name(self) -> str:
        """The word in braces."""
        letters = []
        self.next()
        while self.peek() not in ("}", ""):
            letters.append(self.next())
        self.next()
        return "".join(letters)

    def scripted(self) -> str:
        base = self.atom()
        sub = sup = primes = ""
        while self.peek() in ("^", "_", "'"):
            mark = self.next()
            if mark == "'":
                primes += "′"
            elif mark == "_":
                sub = self.group()
            else:
                sup = self.group()
        if primes:
            sup = f"<mrow><mo>{primes}</mo>{sup}</mrow>" if sup else f"<mo>{primes}</mo>"
        if sub and sup:
            return f"<msubsup>{base}{sub}{sup}</msubsup>"
        if sub:
            return f"<munder>{base}{sub}</munder>" if "∑" in base else f"<msub>{base}{sub}</msub>"
        return f"<msup>{base}{sup}</msup>" if sup else base

    def atom(self) -> str:
        token = self.next()
        if token == "{":
            self.at -= 1
            return self.group()
        if token in (r"\frac", r"\tfrac"):
            return f"<mfrac>{self.group()}{self.group()}</mfrac>"
        if token == r"\sqrt":
            return f"<msqrt>{self.group()}</msqrt>"
        if token.endswith("}") and token != r"\}":  # \text{...} and its siblings come as one token, spaces kept
            command, _, words = token[:-1].partition("{")
            return _WORDS[command].format(escape(words))
        if token == r"\left":
            opening = self.next()
            body = self.row({r"\right"})
            self.next()
            return _fenced(opening, body, self.next())
        if token == r"\begin":
            return self.matrix(self.name())
        if token in _SPACES:
            return f'<mspace width="{_SPACES[token]}em"/>'
        if token in _SIGNS:
            return f"<mo>{escape(_SIGNS[token])}</mo>"
        if token in _LETTERS:
            return f"<mi>{_LETTERS[token]}</mi>"
        if token in _NAMES:
            return f'<mi mathvariant="normal">{token[1:]}</mi><mspace width="0.17em"/>'
        if token[:1].isdigit():
            return f"<mn>{token}</mn>"
        if token[:1].isalpha():
            return f"<mi>{escape(token)}</mi>"
        return f"<mo>{'−' if token == '-' else escape(token)}</mo>"

    def matrix(self, kind: str) -> str:
        rows, cells = [], []
        while self.peek():
            cells.append(f"<mtd>{self.row({'&', chr(92) * 2, chr(92) + 'end'})}</mtd>")
            mark = self.next()
            if mark != "&":
                rows.append(f"<mtr>{''.join(cells)}</mtr>")
                cells = []
            if mark == r"\end":
                self.name()
                break
        table = f"<mtable>{''.join(rows)}</mtable>"
        opening, closing = _FENCES.get(kind, (".", "."))
        return _fenced(opening, table, closing)
