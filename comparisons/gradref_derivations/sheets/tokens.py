"""Signs of a formula: LaTeX, Unicode and ASCII spellings become the same tokens, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .problems import Unreadable
from .vocabulary import (
    ACCENTS,
    BUILTIN,
    GREEK,
    INVISIBLE,
    SIGNS,
    STYLES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
)  # fmt: skip

__all__ = ["MAX_NESTING", "MAX_TOKENS", "Token", "check_nesting", "group_at", "lex"]

MAX_NESTING = 60
MAX_TOKENS = 20_000

_OPERATORS = (":=", "==", "<=", ">=", "!=", "->", "<-", ".*", "./", ".^", "**", "||", "...", "..", ".T")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.S)
_WORD = re.compile(r"[A-Za-z]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+", re.A)
_GROUP_WORD = re.compile(r"\s*\{\s*([A-Za-z][A-Za-z \-.,]*?)\s*\}")
_LETTER = re.compile(r"\s*\{\s*(?:([A-Za-z])|\\([A-Za-z]+))\s*\}")
_WORDS_OF_PROSE = {"in", "if", "and", "for", "where", "when", "with", "otherwise", "else", "let", "then", "or", "unless", "is"}
_ALIASES = {"lVert": "Vert", "rVert": "Vert", "|": "Vert", "lvert": "vert", "rvert": "vert", "neq": "ne", "leq": "le", "geq": "ge",
            "colonequals": "coloneqq", "Rightarrow": "implies", "Longrightarrow": "implies", "Leftrightarrow": "iff", "gets": "leftarrow",
            "Longleftrightarrow": "iff", "rightarrow": "to", "longrightarrow": "to", "cdotp": "cdot", "ast": "ast", "bullet": "cdot",
            "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "ldots": "dots", "cdots": "dots", "dotsc": "dots", "vdots": "dots",
            "intercal": "top", "transpose": "top", "nicefrac": "frac", "sfrac": "frac", "odot": "odot", "lbrace": "{", "rbrace": "}",
            "lbrack": "[", "rbrack": "]", "triangleq": "coloneqq", "doteq": "coloneqq", "hadamard": "odot", "le": "le", "otimes": "otimes",
            "boxdot": "odot", "circledast": "odot", "star": "star", "Trace": "tr", "given": "mid",
            "lt": "<", "gt": ">", "land": "and"}  # fmt: skip


@dataclass(frozen=True)
class Token:
    """One sign: `kind` is number, name, word, command, sign, text, begin, end or newline."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


def lex(text: str, start: int, end: int, words: frozenset[str] = frozenset(), plain: bool = False) -> list[Token]:
    """The tokens of `text[start:end]`; offsets are those of `text`.

    `words` are names of several letters that the sheet declares or defines. `plain` is for a formula typed without LaTeX: there a
    word is one name, and `W2` is W with the index 2; in LaTeX every letter is a name.
    Raises `Unreadable` for a formula that is too long.
    """
    tokens = []
    for token in _Lexer(text, start, end, words, plain).tokens():
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            raise Unreadable(f"a formula must have at most {MAX_TOKENS} signs. Split it.", (start, end))
    return tokens


def check_nesting(tokens: list[Token]) -> None:
    """Raise `Unreadable` where brackets are nested so deep that nobody wrote them by hand."""
    depth = 0
    for t in tokens:
        if t.kind == "begin" or (t.kind == "sign" and t.text in "({["):
            depth += 1
            if depth > MAX_NESTING:
                raise Unreadable(f"brackets must be nested at most {MAX_NESTING} deep. Name a part of the formula.", t.span)
        elif t.kind == "end" or (t.kind == "sign" and t.text in ")}]"):
            depth -= 1


def group_at(tokens: list[Token], at: int) -> tuple[list[Token], int]:
    """The tokens of the group at `at`, or the one token that stands for it, and where it ends."""
    if at >= len(tokens):
        return [], at
    if tokens[at].text != "{":
        return [tokens[at]], at + 1
    depth, first = 0, at
    while at < len(tokens):
        depth += (tokens[at].text == "{") - (tokens[at].text == "}")
        at += 1
        if depth == 0:
            break
    return tokens[first + 1 : at - 1], at


class _Lexer:
    def __init__(self, text: str, start: int, end: int, words: frozenset[str], plain: bool) -> None:
        self.text, self.at, self.end, self.words, self.plain = text, start, end, words, plain
        self.sized = (-1, -1)  # where \left and the like stand, which belong to the bracket that follows

    def tokens(self) -> Iterator[Token]:
        while self.at < self.end:
            here, c = self.at, self.text[self.at]
            if c.isspace() or c in "~\u200b\u2061\u2062\u00a0$":
                self.at += 1
            elif c == "&":
                self.at += 1
                yield Token("amp", "&", here, self.at)
            elif c == "\\":
                yield from self._command()
            elif c == "%" and not self.plain:
                stop = self.text.find("\n", here, self.end)
                self.at = self.end if stop < 0 else stop
            elif c.isascii() and c.isalpha():
                yield from self._word(here)
            elif match := _NUMBER.match(self.text, here, self.end):
                if match[0].startswith(".") and here and self.text[here - 1].isalnum():
                    match = None
                    self.at += 1
                    yield Token("sign", ".", here, here + 1)
                else:
                    yield from self._number(match)
            elif c in SUPERSCRIPTS or c in SUBSCRIPTS:
                yield from self._small(SUPERSCRIPTS if c in SUPERSCRIPTS else SUBSCRIPTS, "^" if c in SUPERSCRIPTS else "_")
            else:
                yield from self._sign(c, here)

    def _number(self, match: re.Match[str]) -> Iterator[Token]:
        text = match[0]
        if "e" in text.lower() and not self.plain:
            text = re.split("[eE]", text)[0]
        if text.endswith("."):
            text = text[:-1]
        if len(text) > 40:
            raise Unreadable("a number must have at most 40 figures. Round it.", match.span())
        self.at = match.start() + len(text)
        yield Token("number", text, match.start(), self.at)

    def _small(self, table: dict[str, str], sign: str) -> Iterator[Token]:
        """A run of small figures: `^{-1}`, `_{jk}`."""
        first = self.at
        while self.at < self.end and self.text[self.at] in table:
            self.at += 1
        run = [(table[self.text[i]], i) for i in range(first, self.at)]
        yield Token("sign", sign, first, first)
        yield Token("sign", "{", first, first)
        for c, i in run:
            kind = "number" if c.isdigit() else "name" if c.isalpha() else "sign"
            yield Token(kind, c, i, i + 1)
        yield Token("sign", "}", self.at, self.at)

    def _sign(self, c: str, here: int) -> Iterator[Token]:
        if c in SIGNS:
            self.at += 1
            yield Token("command", _ALIASES.get(SIGNS[c], SIGNS[c]), here, here + 1)
            return
        if c in "½¼¾⅓⅔":
            self.at += 1
            top, bottom = {"½": "12", "¼": "14", "¾": "34", "⅓": "13", "⅔": "23"}[c]
            yield Token("command", "frac", here, here + 1)
            yield Token("number", top, here, here + 1)
            yield Token("number", bottom, here, here + 1)
            return
        if c.isalpha():
            self.at += 1
            name = c
            while self.at < self.end and "\u0300" <= self.text[self.at] <= "\u036f":
                name += self.text[self.at]
                self.at += 1
            yield Token("name", {"ϵ": "ε", "ϕ": "φ", "𝜎": "σ", "Δ": "Δ"}.get(name, name), here, self.at)
            return
        for operator in _OPERATORS:
            if self.text.startswith(operator, here) and here + len(operator) <= self.end:
                if operator == ".T" and self.text[here + 2 : here + 3].isalpha():
                    continue
                self.at += len(operator)
                if operator == ".T":
                    yield Token("sign", "^", here, here)
                    yield Token("name", "T", here, self.at)
                    return
                text = {
                    "==": "=",
                    "**": "^",
                    ".^": "^",
                    "...": "..",
                    "->": "to",
                    "<-": "leftarrow",
                    "<=": "le",
                    ">=": "ge",
                    "!=": "ne",
                }
                word = text.get(operator, operator)
                if operator == "||":
                    word = "Vert"
                yield Token("command" if word.isalpha() else "sign", word, here, self.at)
                return
        self.at += 1
        if (
            c == "."
            and self.plain
            and self.text[here - 1 : here].isspace()
            and self.text[here + 1 : here + 2].isspace()
            and here + 2 < self.end
        ):
            yield Token("command", "cdot", here, here + 1)
            return
        here = self._first(here)
        yield Token("sign", {"−": "-", "–": "-", "’": "'", "′": "'", "″": "''", "`": "'"}.get(c, c), here, self.at)

    def _first(self, here: int) -> int:
        """Where a bracket begins, a \\left before it counted in."""
        return self.sized[0] if self.sized[1] == here else here

    def _word(self, here: int) -> Iterator[Token]:
        match = _WORD.match(self.text, here, self.end)
        assert match
        word = match[0]
        if self.plain or len(word) > 1:
            digits = re.compile(r"\d+").match(self.text, match.end(), self.end) if self.plain else None
            whole = word + (digits[0] if digits else "")
            if whole in self.words:
                self.at = here + len(whole)
                yield Token("name", whole, here, self.at)
                return
            known = self._known(word)
            if known is not None:
                self.at = match.end()
                yield Token(known[0], known[1], here, self.at)
                if digits and known[0] == "name":
                    yield from self._index(digits)
                return
            if self.plain:
                yield from self._split(word, here, digits)
                return
        self.at = here + 1
        yield Token("name", word[0], here, here + 1)

    def _known(self, word: str) -> tuple[str, str] | None:
        if word in self.words:
            return "name", word
        if word in GREEK and len(word) > 1:
            return "name", GREEK[word]
        if word in BUILTIN and (len(word) > 2 or self.plain or word in ("tr", "ln")):
            return "word", word
        lower = word.lower()
        if len(word) > 3 and lower in BUILTIN:
            return "word", lower
        if self.plain and word in _WORDS_OF_PROSE:
            return ("command", "in") if word == "in" else ("text", word)
        if self.plain and word == "grad":
            return "command", "nabla"
        if self.plain and word in ("partial", "nabla", "odot"):
            return "command", word
        if self.plain and word in ("approx",):
            return "command", "approx"
        return None

    def _split(self, word: str, here: int, digits: re.Match[str] | None) -> Iterator[Token]:
        """An unknown word of plain text: letter by letter; `dW2` is d, then W with the index 2; `dsigma` is d, then σ."""
        rest = word[1:]
        if word[0] in "dD" and rest and (rest in self.words or rest in GREEK):
            yield Token("name", word[0], here, here + 1)
            yield Token("name", GREEK.get(rest, rest), here + 1, here + len(word))
        elif digits and word[0] == "d" and rest + digits[0] in self.words:
            yield Token("name", "d", here, here + 1)
            self.at = here + len(word) + len(digits[0])
            yield Token("name", rest + digits[0], here + 1, self.at)
            return
        else:
            for i, c in enumerate(word):
                yield Token("name", c, here + i, here + i + 1)
        self.at = here + len(word)
        if digits:
            yield from self._index(digits)

    def _index(self, digits: re.Match[str]) -> Iterator[Token]:
        self.at = digits.end()
        yield Token("sign", "_", digits.start(), digits.start())
        yield Token("number", digits[0], digits.start(), digits.end())

    def _command(self) -> Iterator[Token]:
        match = _COMMAND.match(self.text, self.at, self.end)
        if match is None:
            self.at += 1
            return
        here, name = self.at, match[1]
        self.at = match.end()
        name = _ALIASES.get(name, name)
        if name == "\\" or name == "cr":
            if gap := re.compile(r"\s*\[-?[\d.]+\s*[a-z]{2}\]").match(self.text, self.at, self.end):
                self.at = gap.end()
            yield Token("newline", "\\\\", here, self.at)
        elif name in ("begin", "end"):
            group = re.compile(r"\s*\{([^{}]{0,40})\}").match(self.text, self.at, self.end)
            if group is None:
                raise Unreadable(f"\\{name} must be followed by {{an environment}}.", (here, self.at))
            self.at = group.end()
            environment = group[1].strip().rstrip("*")
            columns = re.compile(r"\s*(\[\w\])?\s*\{[^{}]{0,60}\}").match(self.text, self.at, self.end)
            if columns and name == "begin" and environment in ("array", "tabular", "alignat", "alignedat"):
                self.at = columns.end()
            yield Token(name, environment, here, self.at)
        elif name in (
            "label",
            "tag",
            "hspace",
            "vspace",
            "phantom",
            "vphantom",
            "hphantom",
            "color",
            "textcolor",
            "ref",
            "eqref",
            "cite",
        ):
            group = re.compile(r"\s*\*?\s*\{[^{}]*\}").match(self.text, self.at, self.end)
            self.at = group.end() if group else self.at
        elif name in STYLES:
            yield from self._styled(name, here)
        elif name in INVISIBLE:
            if name in ("left", "right") and self.text[self.at : self.at + 1] == ".":
                self.at += 1
                yield Token("sign", "(" if name == "left" else ")", here, self.at)
            elif name not in (",", ";", ":", "!", " ", "quad", "qquad"):
                self.sized = here, self.at
        elif name in GREEK:
            yield Token("name", GREEK[name], here, self.at)
        elif name in ACCENTS:
            yield Token("accent", name, here, self.at)
        elif name in BUILTIN:
            yield Token("word", name, here, self.at)
        elif name in ("{", "}"):
            yield Token("sign", "(" if name == "{" else ")", self._first(here), self.at)
        elif name in "[]<>()":
            yield Token("sign", name, here, self.at)
        elif name == "and":
            yield Token("text", "and", here, self.at)
        elif name in ("_", "&", "#", "%", "$"):
            return
        else:
            yield Token("command", name, here, self.at)

    def _styled(self, style: str, here: int) -> Iterator[Token]:
        """`\\mathrm{softmax}` is one word, `\\mathbf{W}` the letter, `\\mathbf 1` the vector of ones, `\\text{if}` prose."""
        group = _GROUP_WORD.match(self.text, self.at, self.end)
        letter = _LETTER.match(self.text, self.at, self.end)
        loose = re.compile(r"\s+([A-Za-z]{2,})").match(self.text, self.at, self.end) if style in ("rm", "bf", "it") else None
        if loose:
            self.at = loose.end()
            yield Token("name", loose[1], loose.start(1), self.at)
            return
        ones = re.compile(r"\s*(?:\{\s*(?:1|I)\s*\}|1)").match(self.text, self.at, self.end)
        if ones and style in ("mathbf", "mathbb", "boldsymbol", "bm", "vec", "bold", "bs", "bf", "pmb", "mathrm") and (
            "I" not in ones[0] or style in ("mathbb",)
        ):  # fmt: skip
            self.at = ones.end()
            yield Token("command", "ones", here, self.at)
        elif re.compile(r"\s*\{\s*R\s*\}|\s*R(?![a-zA-Z])").match(self.text, self.at, self.end) and style == "mathbb":
            self.at = self.text.index("R", self.at) + 1
            if self.text[self.at : self.at + 1] == "}":
                self.at += 1
            yield Token("command", "R", here, self.at)
        elif letter and (letter[1] or letter[2] in GREEK) and not (letter[1] and style in ("text", "mbox", "hbox")):
            self.at = letter.end()
            yield Token("name", letter[1] or GREEK[letter[2]], here, self.at)
        elif group and (len(group[1]) > 1 or style in ("text", "mbox", "hbox")):
            self.at = group.end()
            yield from self._group_word(group, style, here)
        elif (
            prose := re.compile(r"\s*\{([^{}]*)\}").match(self.text, self.at, self.end)
            if style in ("text", "mbox", "hbox")
            else None
        ):
            self.at = prose.end()
            if prose[1].strip(" ,.;:"):
                yield Token("text", prose[1].strip().lower(), here, self.at)

    def _group_word(self, group: re.Match[str], style: str, start: int) -> Iterator[Token]:
        word, end = group[1], group.end()
        lower = word.lower().strip(" .,")
        first = lower.split(" ")[0]
        if lower.replace("-", "") in BUILTIN:
            yield Token("word", lower.replace("-", ""), start, end)
        elif lower in ("grad", "nabla"):
            yield Token("command", "nabla", start, end)
        elif first in _WORDS_OF_PROSE or " " in lower:
            yield Token("text", lower, start, end)
        elif word in self.words or style not in ("mathbf", "boldsymbol", "vec", "bm", "mathbb", "pmb", "bold", "bs", "mathcal"):
            yield Token("name", word, start, end)
        else:
            for i, c in enumerate(word):
                if c.isalpha():
                    yield Token("name", c, group.start(1) + i, group.start(1) + i + 1)
