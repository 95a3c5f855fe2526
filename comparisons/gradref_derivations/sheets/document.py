"""A sheet's file as pieces: formulas, prose and headers, each with its place in the file."""

from __future__ import annotations

import bisect
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from gradref_reference.errors import FileError

__all__ = ["FORMS", "MAX_BYTES", "Document", "Piece", "document_of", "form_of", "read_document"]

MAX_BYTES = 300_000
FORMS = {".md": "md", ".markdown": "md", ".tex": "tex", ".txt": "txt", ".ipynb": "ipynb"}
"""Suffix of a file -> how formulas stand in it."""

_HEADER = re.compile(
    r"^[\s>#*%\-]*(?:<!--)?\s*\**(network|layout|batch|where|samples|sheet)\**\s*:\**\s*(.*?)\s*(?:-->)?\s*$", re.I
)
_ENVIRONMENTS = "equation|align|aligned|gather|gathered|split|eqnarray|multline|displaymath|math|flalign|alignat|array|cases"
_MATH = re.compile(
    r"(?P<fence>^[ \t]*(?:```|~~~).*?^[ \t]*(?:```|~~~)[^\n]*$)|(?P<comment><!--.*?-->)|(?P<escaped>\\\$|\\%)"
    r"|(?P<display>\$\$.*?\$\$)|(?P<bracket>\\\[.*?\\\])|(?P<round>\\\(.*?\\\))"
    rf"|(?P<environment>\\begin\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}}.*?\\end\{{(?P=name)\}})"
    r"|(?P<inline>\$(?!\s*\$)[^$]+?\$)|(?P<code>`[^`\n]+`)|(?P<percent>%[^\n]*)",
    re.S | re.M,
)


@dataclass(frozen=True)
class Piece:
    """A part of a sheet: `kind` is math, prose, header or unclosed; `display` for a formula on lines of its own."""

    kind: str
    start: int
    end: int
    name: str = ""
    display: bool = False


@dataclass
class Document:
    """A sheet's text in pieces.

    Attributes
    ----------
    text : the text; every offset is into it.
    form : md, tex or txt.
    path : the file, or None.
    lines : line of the file for each line of `text` (they differ in a notebook).
    """

    text: str
    form: str
    path: str | None = None
    lines: list[int] | None = None
    pieces: list[Piece] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(m.end() for m in re.finditer("\n", self.text))]
        self.pieces = list(_pieces(self.text, self.form))

    def place(self, offset: int) -> tuple[int, int]:
        """Line of the file and column, both from 1."""
        at = bisect.bisect_right(self._starts, offset) - 1
        line = self.lines[at] if self.lines and at < len(self.lines) else at + 1
        return line, offset - self._starts[at] + 1

    def row(self, offset: int) -> int:
        """Line of `text` (not of the file), from 0."""
        return bisect.bisect_right(self._starts, offset) - 1

    def slice(self, span: tuple[int, int]) -> str:
        return self.text[span[0] : span[1]]


def form_of(text: str) -> str:
    """How formulas stand in a text without a file name: with delimiters (md), or one on each line (txt)."""
    return "md" if re.search(r"\$|\\\(|\\\[|\\begin\{(?!cases|array|[bp]?matrix)", text) else "txt"


def document_of(text: str, form: str | None = None, path: str | None = None) -> Document:
    """The document of a text.

    Raises `FileError` for a text that is too long.
    """
    if len(text) > MAX_BYTES:
        raise FileError(f"{path or 'sheet'}: must have at most {MAX_BYTES:,} characters, got {len(text):,}. Split it.")
    return Document(text.replace("\r\n", "\n").replace("\r", "\n"), form or form_of(text), path)


def read_document(path: str | Path) -> Document:
    """The document of a file; of a notebook its Markdown cells.

    Raises `FileError` for a file that cannot be read, is too long or has an unknown suffix.
    """
    path = Path(path)
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise FileError(f"{path}: a sheet must be .md, .tex, .txt or .ipynb, got {path.suffix!r}. Rename it.")
    try:
        if path.stat().st_size > (MAX_BYTES if form != "ipynb" else 100 * MAX_BYTES):
            raise FileError(f"{path}: must have at most {MAX_BYTES:,} bytes, got {path.stat().st_size:,}. Split it.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(
            f"{path}: must be a file that can be read: {(error.strerror or 'error').lower()}. Check the path."
        ) from None
    except UnicodeDecodeError:
        raise FileError(f"{path}: must be UTF-8 text. Save it as UTF-8.") from None
    return _notebook(text, str(path)) if form == "ipynb" else document_of(text, form, str(path))


def _notebook(raw: str, path: str) -> Document:
    try:
        cells = json.loads(raw)["cells"]
        sources = [c["source"] for c in cells if c["cell_type"] == "markdown"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FileError(f"{path}: must be a Jupyter notebook of format 4. Open it in Jupyter and save it again.") from None
    rows, lines, cursor = [], [], 0
    for source in sources:
        for row in (source if isinstance(source, str) else "".join(map(str, source))).split("\n"):
            rows.append(row)
            found = max((raw.find(json.dumps(row, ensure_ascii=ascii_)[1:-1], cursor) for ascii_ in (True, False)), default=-1)
            cursor = found if found >= 0 else cursor
            lines.append(raw.count("\n", 0, cursor) + 1)
        rows.append("")
        lines.append(lines[-1])
    text = "\n".join(rows)
    if len(text) > MAX_BYTES:
        raise FileError(f"{path}: the Markdown must have at most {MAX_BYTES:,} characters, got {len(text):,}. Split it.")
    return Document(text, "md", path, lines)


def _pieces(text: str, form: str):
    if form == "txt":
        yield from _plain_lines(text)
        return
    at = 0
    body = text.find("\\begin{document}") if form == "tex" else -1
    at = body + len("\\begin{document}") if body >= 0 else 0
    if body > 0:
        yield from _prose(text, 0, at, preamble=True)
    headers = _header_lines(text, at)
    for match in _MATH.finditer(text, at):
        kind = match.lastgroup
        kind = "environment" if kind == "name" else kind
        if match.start() < at:
            continue
        inside = next((h for h in headers if h[0] <= match.start() < h[1]), None)
        if inside is not None:
            continue
        if kind == "percent" and form != "tex":
            continue
        yield from _prose(text, at, match.start())
        at = match.end()
        yield _piece(match, str(kind), text)
    yield from _prose(text, at, len(text))


def _header_lines(text: str, at: int) -> list[tuple[int, int]]:
    return [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text) if m.start() >= at and _HEADER.match(m[0])]


def _piece(match: re.Match[str], kind: str, text: str) -> Piece:
    start, end = match.span()
    if kind in ("fence", "code", "escaped"):
        return Piece("prose", start, end)
    if kind in ("comment", "percent"):
        inner = text[start:end].lstrip("%<!- ").removesuffix("-->")
        return Piece(
            "remark",
            start + text[start:end].find(inner) if inner else start,
            start + text[start:end].find(inner) + len(inner) if inner else start,
        )
    if kind == "display":
        return Piece("math", start + 2, end - 2, display=True)
    if kind in ("bracket", "round"):
        return Piece("math", start + 2, end - 2, display=kind == "bracket")
    if kind == "environment":
        return Piece("math", start, end, display=True)
    return Piece("math", start + 1, end - 1)


def _prose(text: str, start: int, end: int, preamble: bool = False):
    """Prose by line, and the headers among it."""
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        whole = text[at : _line_end(text, at)]
        match = _HEADER.match(whole) if at == 0 or text[at - 1] == "\n" else None
        if match:
            stop = max(stop, _line_end(text, at))
            yield Piece("header", at + match.start(2), at + match.end(2), match[1].lower())
        elif stop > at:
            yield Piece("preamble" if preamble else "prose", at, stop)
        at = stop + 1


def _line_end(text: str, at: int) -> int:
    stop = text.find("\n", at)
    return len(text) if stop < 0 else stop


def _plain_lines(text: str):
    """A .txt file: one statement a line; an environment or a bracket left open goes on to the next."""
    at = 0
    while at < len(text):
        stop = _line_end(text, at)
        line = text[at:stop]
        while line.count("\\begin{") > line.count("\\end{") and stop < len(text):
            stop = _line_end(text, stop + 1)
            line = text[at:stop]
        stripped = line.strip()
        if match := _HEADER.match(line):
            yield Piece("header", at + match.start(2), at + match.end(2), match[1].lower())
        elif stripped.startswith(("#", "%", "//")):
            inner = at + len(line) - len(line.lstrip(" \t#%/"))
            yield Piece("remark", min(inner, stop), stop)
        elif stripped:
            yield Piece("line", at, stop, display=True)
        at = stop + 1
