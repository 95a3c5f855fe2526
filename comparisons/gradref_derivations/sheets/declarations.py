"""Declarations: `x, w \\in \\mathbb{R}^n`, `A: n x n symmetric`, `y, b scalar`, `h_t: n, t = 1..T`, `sigma logistic`."""

from __future__ import annotations

from dataclasses import dataclass, field

from .macros import Macros
from .problems import Unreadable
from .tokens import Token, lex
from .vocabulary import ACCENTS

__all__ = ["PROPERTIES", "Declaration", "Name", "declarations"]

PROPERTIES = {
    "scalar": "scalar", "scalars": "scalar", "symmetric": "symmetric", "invertible": "invertible", "nonsingular": "invertible",
    "regular": "invertible", "positive": "positive", "orthogonal": "orthogonal", "diagonal": "diagonal", "onehot": "onehot",
    "probability": "probability", "probabilities": "probability", "logistic": "logistic", "sigmoid": "logistic", "function": "function",
    "constant": "constant", "constants": "constant", "definite": "definite", "generic": "generic", "smooth": "generic",
    "nonnegative": "positive",
    "antisymmetric": "antisymmetric", "skew": "antisymmetric", "nonzero": "nonzero", "unit": "unit", "square": "square", "real": "real",
    "distribution": "probability", "hot": "onehot", "differentiable": "generic", "arbitrary": "real", "full": "real", "rank": "real",
    "negative": "negative", "integer": "real", "tanh": "tanh", "elementwise": "function",
}  # fmt: skip
"""Word in a declaration -> the property it states."""

_FILLERS = set(
    """
    be a an the is are vector vectors matrix matrices column let and with where of all one number numbers weights weight
    bias input inputs target parameters size shape entries denote for every any given fixed that here both i.e. variable
    variables from to in
    """.split()  # noqa: SIM905
)
_WORDS = frozenset(w for w in {*PROPERTIES, *_FILLERS} if len(w) > 2)


@dataclass(frozen=True)
class Name:
    """A declared name: its letter with accents, and the tokens below it."""

    base: str
    below: tuple[Token, ...]
    span: tuple[int, int]


@dataclass
class Declaration:
    """What one item declares.

    Attributes
    ----------
    names : the names.
    shape : None (not said), () for a scalar, else one or two sizes, each a letter or a number.
    properties : see `PROPERTIES`.
    step : (letter, first, last) of a family; first and last are tokens' texts.
    maps : shape of the values, for a function `f: R^n -> R^m`.
    span : where it stands.
    """

    names: list[Name]
    span: tuple[int, int]
    shape: tuple[str | int, ...] | None = None
    properties: set[str] = field(default_factory=set)
    step: tuple[str, str, str] | None = None
    maps: tuple[str | int, ...] | None = None


def declarations(text: str, start: int, end: int, macros: Macros, strict: bool = True) -> list[Declaration] | None:
    """The declarations in `text[start:end]`, which may hold several, separated by commas or semicolons.

    Without `strict`, None for a text that is something else. Raises `Unreadable` with the place and what was expected.
    """
    try:
        found = _Reader(macros.expand(lex(text, start, end, _WORDS, plain=True), _WORDS)).all()
        if not found and strict:
            raise Unreadable("a declaration such as x: n was expected here.", (start, end))
        return found
    except Unreadable:
        if strict:
            raise
        return None


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = [t for t in tokens if not (t.kind == "text" and t.text not in PROPERTIES) and t.kind != "amp"]
        self.at = 0

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def kind(self, ahead: int) -> str:
        token = self.peek(ahead)
        return token.kind if token is not None else ""

    def expected(self, what: str) -> Unreadable:
        token = self.peek()
        last = self.tokens[-1].span if self.tokens else None
        return Unreadable(
            f"{what} was expected here, got {token.text!r}." if token else f"{what} was expected here.",
            token.span if token else last,
        )

    def sees(self, *texts: str) -> bool:
        token = self.peek()
        return token is not None and token.text in texts

    def all(self) -> list[Declaration]:
        found: list[Declaration] = []
        while self.peek() is not None:
            if self.sees(";", ",", ".") or self._filler():
                self.at += 1
                continue
            found.append(self.item())
        return found

    def _filler(self) -> bool:
        token = self.peek()
        return token is not None and token.text in _FILLERS and len(token.text) > 1 and token.kind in ("name", "text")

    def item(self) -> Declaration:
        names = self.names()
        item = Declaration(names, (names[0].span[0], names[-1].span[1]))
        token = self.peek()
        if token is None:
            raise self.expected("what the names are, as in x: n,")
        if token.text == "in" and token.kind == "command":
            self.at += 1
            item.shape = self.space(item)
        elif token.text == ":":
            self.at += 1
            self.after_colon(item)
        elif token.text in (">", "ge", "<", "le"):
            self.at += 1
            if not self.sees("0"):
                raise self.expected("0")
            self.at += 1
            item.properties.add("positive" if token.text in (">", "ge") else "negative")
        elif token.text == "=":
            self.symmetry(item)
        elif not self.properties(item):
            raise self.expected("a size, \\in, or a property such as scalar or symmetric,")
        self.properties(item)
        self.step(item)
        self.properties(item)
        last = self.tokens[self.at - 1]
        item.span = (item.span[0], last.end)
        return item

    def names(self) -> list[Name]:
        found = [self.name()]
        while self.sees(",", "and"):
            saved = self.at
            self.at += 1
            try:
                found.append(self.name())
            except Unreadable:
                self.at = saved
                break
        return found

    def name(self) -> Name:
        token = self.peek()
        if token is None or token.kind not in ("name", "accent", "word") or token.text in _WORDS:
            raise self.expected("a name")
        self.at += 1
        base = token.text
        if token.kind == "accent":
            group = self.group()
            if len(group) != 1:
                raise self.expected("one letter")
            base = group[0].text + ACCENTS[token.text]
        below: tuple[Token, ...] = ()
        if self.sees("_"):
            self.at += 1
            below = tuple(self.group())
        elif self.sees("^") and self.peek(1) is not None and self.peek(1).text in ("{", "l", "[", "("):  # type: ignore[union-attr]
            self.at += 1
            self.group()
        return Name(base, below, (token.start, self.tokens[self.at - 1].end))

    def group(self) -> list[Token]:
        token = self.peek()
        if token is None:
            raise self.expected("more")
        self.at += 1
        if token.text not in ("{", "("):
            return [token]
        first = self.at
        while not self.sees("}", ")"):
            if self.peek() is None:
                raise self.expected("'}'")
            self.at += 1
        self.at += 1
        return self.tokens[first : self.at - 1]

    def space(self, item: Declaration) -> tuple[str | int, ...]:
        """`R`, `R^n`, `R^{m x n}`, `\\mathbb{R}_{>0}^n`."""
        if not self.sees("R"):
            raise self.expected("R^n")
        self.at += 1
        shape: tuple[str | int, ...] = ()
        while self.sees("^", "_"):
            mark = self.peek()
            assert mark is not None
            self.at += 1
            if mark.text == "_":
                self.group()
                item.properties.add("positive")
            elif self.sees("+"):
                self.at += 1
                item.properties.add("positive")
            else:
                group = self.tokens[self.at : self.at + 1] if not self.sees("{", "(") else None
                shape = self.sizes(self.group() if group is None else self._loose())
        return shape

    def _loose(self) -> list[Token]:
        """The sizes of `R^n x m`, written without braces."""
        first = self.at
        self.at += 1
        while self.sees("_") or (self.sees("x", "times", "×") and self.kind(1) in ("name", "number")):
            self.at += 2
        return self.tokens[first : self.at]

    def sizes(self, tokens: list[Token]) -> tuple[str | int, ...]:
        parts: list[list[Token]] = [[]]
        for at, t in enumerate(tokens):
            if t.text in ("times", "*", ",") or (t.text == "x" and at and len(tokens) > 1):
                parts.append([])
            elif t.text not in ("{", "}"):
                parts[-1].append(t)
        if not 1 <= len(parts) <= 2:
            raise Unreadable("arrays of more than two dimensions are outside the language of sheets.", tokens[0].span)
        return tuple(self._size(p, tokens) for p in parts)

    def _size(self, part: list[Token], tokens: list[Token]) -> str | int:
        if len(part) == 1 and part[0].kind == "number" and part[0].text.isdigit():
            if int(part[0].text) < 1:
                raise Unreadable("a size must be at least 1.", part[0].span)
            return int(part[0].text)
        if part and part[0].kind == "name" and (len(part) == 1 or part[1].text == "_"):
            return "".join(t.text for t in part)
        raise Unreadable("a size must be a letter or a number.", (part or tokens)[0].span)

    def after_colon(self, item: Declaration) -> None:
        if self.sees("R"):
            item.shape = self.space(item)
            if self.sees("to"):
                self.at += 1
                item.maps = self.space(item)
                item.properties.add("function")
            return
        if self.properties(item):
            return
        first = self.at
        depth = 0
        while (token := self.peek()) is not None:
            if depth == 0 and (
                token.text in (";", ",") or token.text in PROPERTIES or (token.text in _FILLERS and len(token.text) > 1)
            ):
                break
            depth += (token.text in "({") - (token.text in ")}")
            self.at += 1
        if self.at == first:
            raise self.expected("a size such as n, m x n or scalar")
        item.shape = self.sizes(self.tokens[first : self.at])

    def symmetry(self, item: Declaration) -> None:
        """`A = A^T`, as a way to say symmetric."""
        name = item.names[0].base
        rest = [t.text for t in self.tokens[self.at : self.at + 4]]
        if rest[:2] == ["=", name] and len(rest) > 2 and rest[2] in ("^", "'"):
            self.at += 3 if rest[2] == "'" else 3 + len(self.group_at(self.at + 3))
            item.properties.add("symmetric")
            return
        raise self.expected("a size, \\in, or a property")

    def group_at(self, at: int) -> list[Token]:
        if at < len(self.tokens) and self.tokens[at].text == "{":
            stop = next((i for i in range(at, len(self.tokens)) if self.tokens[i].text == "}"), len(self.tokens) - 1)
            return self.tokens[at : stop + 1]
        return self.tokens[at : at + 1]

    def properties(self, item: Declaration) -> bool:
        found = False
        while (token := self.peek()) is not None:
            if token.text in PROPERTIES and len(token.text) > 1:
                item.properties.add(PROPERTIES[token.text])
                if token.text in ("scalar", "scalars"):
                    item.shape = ()
                found = True
            elif not (
                self._filler()
                or (token.text == "-" and found)
                or (token.text == "-" and [t.text for t in self.tokens[self.at + 1 : self.at + 2]] == ["hot"])
            ):
                break
            self.at += 1
        return found

    def step(self, item: Declaration) -> None:
        """`t = 1..T`, after a comma or not."""
        saved = self.at
        if self.sees(","):
            self.at += 1
        token, equals = self.peek(), self.peek(1)
        if token is None or equals is None or token.kind != "name" or equals.text != "=":
            self.at = saved
            return
        low, dots = self.peek(2), self.peek(3)
        at = 4
        while dots is not None and dots.text == ",":
            dots, at = self.peek(at), at + 1
        if low is None or dots is None or dots.text not in ("..", "dots"):
            self.at = saved
            return
        if self.peek(at) is not None and self.peek(at).text == ",":  # type: ignore[union-attr]
            at += 1
        high = self.peek(at)
        if high is None:
            raise self.expected("the last step")
        self.at += at + 1
        item.step = (token.text, low.text, high.text)
