"""Python 2 read as Python 3, line for line, as far as old derivations need it: print, xrange, except, raise, `<>`."""

from __future__ import annotations

import ast
import io
import re
import tokenize

__all__ = ["as_python3"]

_PLAIN = (
    (re.compile(r"^(\s*except\s+[\w.()\s,]+?)\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"^(\s*raise\s+\w+)\s*,\s*(.+)$"), r"\1(\2)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\.iteritems\(\)"), ".items()"),
    (re.compile(r"\.itervalues\(\)"), ".values()"),
    (re.compile(r"\.iterkeys\(\)"), ".keys()"),
    (re.compile(r"\.has_key\((\w+)\)"), r".__contains__(\1)"),
    (re.compile(r"\b0(\d+)\b(?!\.)"), r"0o\1"),
)


def as_python3(text: str) -> str | None:
    """The text with the same lines as Python 3, or None where that does not parse either.

    >>> as_python3("print 'a', 1\\n")
    "print('a', 1)\\n"
    """
    text = text.expandtabs(8) if re.search(r"^ *\t", text, re.MULTILINE) else text
    lines = text.split("\n")
    for pattern, new in _PLAIN[:-1]:
        lines = [pattern.sub(new, line) for line in lines]
    lines = _printed("\n".join(lines))
    for candidate in ("\n".join(lines), "\n".join(_PLAIN[-1][0].sub(_PLAIN[-1][1], line) for line in lines)):
        try:
            ast.parse(candidate)
        except (SyntaxError, ValueError):
            continue
        return candidate
    return None


def _printed(text: str) -> list[str]:
    """Print statements as calls; a statement may go over several lines."""
    lines = text.split("\n")
    edits: list[tuple[int, int, int, int]] = []
    start = None
    end = (0, 0)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER) or token.string in (";",):
                if start is not None:
                    edits.append((start[0], start[1], end[0], end[1]))
                start = None
            elif token.type == tokenize.NAME and token.string == "print" and _begins(lines, token.start):
                start, end = token.end, token.end
            elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
                end = token.end
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    for row, column, last_row, last_column in reversed(edits):
        inside = lines[row - 1][column:] if row != last_row else lines[row - 1][column:last_column]
        if inside.lstrip().startswith("(") and row == last_row and inside.rstrip().endswith(")"):
            continue
        if inside.lstrip().startswith(">>"):
            lines[row - 1] = lines[row - 1][:column].removesuffix("print") + "pass"
            continue
        lines[last_row - 1] = lines[last_row - 1][:last_column].rstrip(", ") + ")" + lines[last_row - 1][last_column:]
        lines[row - 1] = lines[row - 1][:column] + "(" + lines[row - 1][column:].removeprefix(" ")
    return lines


def _begins(lines: list[str], start: tuple[int, int]) -> bool:
    """Whether a name is the first of its statement."""
    before = lines[start[0] - 1][: start[1]].strip()
    return before == "" or before.endswith((":", ";"))
