"""Where a command writes: looked at before the work begins, so that an hour of it is not lost to a wrong path."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gradref_reference import FileError

__all__ = ["output_file", "output_folder"]


def output_folder(folder: Path, files: tuple[str, ...] = ()) -> Path:
    """`folder`, made if need be; `FileError` when it, or one of `files` in it, cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileError(f"--out: must be a folder, got the file {folder}. Give another path, or move the file away.") from None
    except OSError as error:
        raise FileError(f"--out: must be a folder that can be made, got {folder}: {_why(error)}. Give another path.") from None
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise FileError(f"--out: must be a folder that can be written, got {folder}: {_why(error)}. Give another path.") from None
    for name in files:
        _no_folder(folder / name)
    return folder


def output_file(path: Path, make_folder: bool = False) -> Path:
    """`path`, whose folder is there or, with `make_folder`, is made; `FileError` when it cannot be written."""
    _no_folder(path)
    if not make_folder and not path.parent.is_dir():
        raise FileError(f"--out: must be a file in an existing folder, got {path}. Correct the path or make the folder.")
    if not path.exists():
        output_folder(path.parent)
        return path
    try:
        path.open("ab").close()
    except OSError as error:
        raise FileError(f"--out: must be a file that can be written, got {path}: {_why(error)}. Give another path.") from None
    return path


def _no_folder(path: Path) -> None:
    if path.is_dir():
        raise FileError(f"--out: must be a file to write, got the folder {path}. Give another path.")


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
