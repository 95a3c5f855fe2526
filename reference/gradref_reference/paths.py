"""Where files are read and written: every failure is a `FileError` that names the file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import FileError, shown

__all__ = ["as_path", "read_text", "writable"]

LONGEST = 255  # bytes in a name, on every common file system


def as_path(path: str | Path) -> Path:
    """`path` as a `Path`; `FileError` for what cannot be the name of a file."""
    try:
        file = Path(path)
        odd = any(ord(sign) < 32 for sign in str(file)) or any(len(os.fsencode(part)) > LONGEST for part in file.parts)
    except (TypeError, UnicodeError):  # no text at all, or halves of characters
        odd = True
    if odd:
        raise FileError(f"path: must be the name of a file, got {shown(path)}. Write a plain name in quotes.")
    return file


@contextmanager
def writable(path: str | Path) -> Iterator[Path]:
    """The path to write to; `FileError` when its folder does not exist or nothing can be written there."""
    file = as_path(path)
    if not file.parent.is_dir():
        raise FileError(f"{path}: must be in an existing folder, got none called {file.parent}. Make it first.")
    try:
        yield file
    except OSError as error:
        raise FileError(f"{path}: must be a file that can be written, got {type(error).__name__}. Check its folder.") from None


def read_text(path: str | Path) -> str:
    """The text of a file, without the byte-order mark that Excel and Notepad write; `FileError` when it is missing, a folder or
    not UTF-8.
    """
    try:
        return as_path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileError(f"{path}: must be an existing file, got nothing there. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: must be a readable UTF-8 text file, got {type(error).__name__}. Check the file.") from None
