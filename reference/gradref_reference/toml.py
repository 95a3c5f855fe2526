"""A network's fields to and from TOML; an unreadable file raises a `FileError` that names the file, the line and the field."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import FileError, shown, unknown
from .paths import read_text

__all__ = ["fields_from_toml", "fields_to_toml"]

FIELDS = ("sizes", "activations", "cost", "l2")


def fields_to_toml(sizes: tuple[int, ...], activations: tuple[str, ...], cost: str, l2: float) -> str:
    """The fields as TOML text, which `fields_from_toml` reads back."""
    names = ", ".join(f'"{name}"' for name in activations)
    return f'sizes = {list(sizes)}\nactivations = [{names}]\ncost = "{cost}"\nl2 = {l2!r}\n'


def fields_from_toml(path: str | Path) -> tuple[dict[str, Any], Callable[[str | None], int]]:
    """The fields of a TOML file with `sizes`, `activations`, `cost` and optionally `l2`, and the line on which a field is set."""
    text = read_text(path)
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise FileError(f"{path}: must be valid TOML, got brackets nested too deeply to read. Write flat lists.") from None
    except ValueError as error:  # TOMLDecodeError, or a number of more digits than Python reads
        raise FileError(f"{path}: must be valid TOML, got: {error}. Correct that line.") from None
    for key in table:
        if key not in FIELDS:
            raise FileError(f"{path}, line {_line_of(text, key)}: {unknown('network', 'field', key, list(FIELDS))}")
    for key in ("sizes", "activations"):
        if key not in table:
            example = 'sizes = [784, 30, 10]\nactivations = ["relu", "softmax"]\ncost = "cross_entropy"'.splitlines()
            raise FileError(f"{path}: field '{key}' must be present, got none. Add a line like: {example[key == 'activations']}")
    for key, kinds, wanted in (
        ("sizes", list, "a list of whole numbers"),
        ("activations", (list, str), "a list of names"),
        ("cost", str, "a name in quotes"),
        ("l2", (int, float), "a number"),
    ):
        if key in table and (not isinstance(table[key], kinds) or isinstance(table[key], bool)):
            raise FileError(
                f"{path}, line {_line_of(text, key)}: field '{key}' must be {wanted}, got {shown(table[key])}. Correct its type."
            )
    return table, lambda field: _line_of(text, field or FIELDS[0])


def _line_of(text: str, key: str) -> int:
    """Number of the line where a top-level key is set; 1 if it cannot be found."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"\s*[\[\"']*{re.escape(key)}\b", line):
            return number
    return 1
