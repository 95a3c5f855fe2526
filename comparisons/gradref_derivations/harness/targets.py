"""What is to be checked: FILE.py, FILE.py:Class, FILE.py:function, FILE.py:forward,backward, FILE.ipynb; and its source as text."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from gradref_reference.errors import FileError

from .python2 import as_python3

__all__ = ["Source", "Target", "read_source"]


@dataclass(frozen=True)
class Target:
    """A file and the names in it that are meant; no names for a file that defines make_inputs, forward and backward."""

    path: Path
    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, what: str | Path) -> Target:
        """`FILE:NAME` or `FILE:FORWARD,BACKWARD`; `FileError` for anything else behind the colon.

        >>> Target.parse("net.py:Network").names
        ('Network',)
        """
        match = re.fullmatch(r"(.+\.(?:py|ipynb)):(.*)", str(what), re.IGNORECASE | re.DOTALL)
        if match is None:
            return cls(Path(what))
        names = tuple(n.strip() for n in match[2].split(","))
        if len(names) > 2 or not all(re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)?", n) for n in names):
            raise FileError(
                f"{what}: must be FILE:Class, FILE:function or FILE:forward,backward. Correct what follows the colon."
            )
        return cls(Path(match[1]), names)


@dataclass(frozen=True)
class Source:
    """The text of a target as Python 3, line for line; `cells[i]` is the cell of a notebook that line i + 1 belongs to.

    `remarks` say what was changed to read it.
    """

    text: str
    cells: tuple[int, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    def cell_of(self, line: int | None) -> tuple[int | None, int | None]:
        """(cell, line in the cell) of a line of the text; (None, line) outside notebooks."""
        if line is None or not 0 < line <= len(self.cells):
            return None, line
        cell = self.cells[line - 1]
        return cell, line - self.cells.index(cell)


def read_source(path: Path) -> Source:
    """Read a file or a notebook; `FileError` in one sentence for one that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"{path}: must be an existing file, got none. Check the path.") from None
    except IsADirectoryError:
        raise FileError(f"{path}: must be a file, got a folder. Use `gradref grade` for a folder.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error.strerror)
        raise FileError(f"{path}: must be a readable Python file, got {reason}. Check the file.") from None
    cells: tuple[int, ...] = ()
    if path.suffix.lower() == ".ipynb":
        text, cells = _notebook(path, text)
    if not _parses(text):
        plain = "\n".join(_without_magics(text))
        translated = plain if _parses(plain) else as_python3(plain)
        if translated == plain:
            return Source(plain + "\n", cells)
        if translated is not None:
            return Source(translated, cells, ("Python 2 was read as Python 3; integer division was not imitated",))
    return Source(text, cells)


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _notebook(path: Path, text: str) -> tuple[str, tuple[int, ...]]:
    """The code cells of a notebook in order, magics and shell lines left empty."""
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        raise FileError(f"{path}: must be a notebook with cells, got something else. Save it again.") from None
    lines: list[str] = []
    numbers: list[int] = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        code = _without_magics("".join(source) if isinstance(source, list) else str(source))
        lines += code
        numbers += [number] * len(code)
    return "\n".join(lines) + "\n", tuple(numbers)


def _without_magics(code: str) -> list[str]:
    if code.lstrip().startswith("%%") and not code.lstrip().startswith(("%%time", "%%capture")):
        return ["" for _ in code.split("\n")]
    return ["" if re.match(r"\s*([%!?]|\w+\?+\s*$)", line) else line for line in code.rstrip("\n").split("\n")]
