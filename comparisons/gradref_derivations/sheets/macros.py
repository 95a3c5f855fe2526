"""`\\newcommand` and its kin, expanded; a macro that leads to itself is said and not followed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .problems import Unreadable
from .tokens import MAX_TOKENS, Token, group_at, lex

__all__ = ["Macros"]

_DEFINITION = re.compile(
    r"\\(?:re|provide)?(?:newcommand|DeclareMathOperator|def)\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?:\[(\d)\])?((?:#\d)*)\s*(?=\{)"
)
_MAX_DEPTH = 20


@dataclass(frozen=True)
class Macros:
    """Name of a macro -> number of arguments and its body."""

    bodies: dict[str, tuple[int, str]]

    @classmethod
    def of(cls, text: str) -> Macros:
        """The macros that a text defines."""
        bodies = {}
        for match in _DEFINITION.finditer(text):
            depth, at = 0, match.end()
            stop = min(len(text), at + 2000)
            while at < stop:
                depth += (text[at] == "{") - (text[at] == "}")
                at += 1
                if depth == 0:
                    break
            body = text[match.end() + 1 : at - 1]
            if "DeclareMathOperator" in match[0]:
                body = f"\\operatorname{{{body}}}"
            bodies[match[1]] = (int(match[2] or len(match[3]) // 2), body)
            if len(bodies) > 500:
                break
        return cls(bodies)

    def expand(self, tokens: list[Token], words: frozenset[str]) -> list[Token]:
        """Tokens with every macro replaced; what a macro gives stands where it was called. Raises `Unreadable`."""
        if not self.bodies or not any(t.kind == "command" and t.text in self.bodies for t in tokens):
            return tokens
        return self._expand(tokens, words, 0)

    def _expand(self, tokens: list[Token], words: frozenset[str], depth: int) -> list[Token]:
        result: list[Token] = []
        at = 0
        while at < len(tokens):
            t = tokens[at]
            at += 1
            if t.kind != "command" or t.text not in self.bodies:
                result.append(t)
                continue
            if depth > _MAX_DEPTH:
                raise Unreadable(f"the macro \\{t.text} leads to itself. Write it out.", t.span)
            count, body = self.bodies[t.text]
            arguments = []
            for _ in range(count):
                argument, at = group_at(tokens, at)
                arguments.append(self._expand(argument, words, depth + 1))
            pieces = re.split(r"#(\d)", body)
            for number, piece in enumerate(pieces):
                if number % 2:
                    result += arguments[int(piece) - 1] if int(piece) <= len(arguments) else []
                    continue
                inner = [Token(u.kind, u.text, t.start, t.end) for u in lex(piece, 0, len(piece), words)]
                result += self._expand(inner, words, depth + 1)
            if len(result) > MAX_TOKENS:
                raise Unreadable("a formula must have at most 20000 signs after its macros are expanded.", t.span)
        return result
