"""Finding the submissions in a folder, so that none is lost: each is one to judge, or named with the reason why it is not."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from gradref_reference.errors import DataError, FileError

__all__ = ["Submitted", "file_name", "find_submissions"]

MEMBERS = ("backward.py", "submission.py", "main.py", "solution.py")
LARGEST = 2**20  # bytes of source
LONGEST = 120  # bytes of a file name of ours, which file systems and archives take


@dataclass(frozen=True)
class Submitted:
    """One submission: its `name` as it is shown, and its file, or the `reason` why there is none to judge."""

    name: str
    path: Path | None
    reason: str = ""

    def read(self) -> tuple[bytes, str]:
        """Its bytes, and why they cannot be judged, or ''."""
        if self.path is None:
            return b"", self.reason
        try:
            raw = self.path.read_bytes()
        except OSError as error:
            return b"", f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
        if len(raw) > LARGEST:
            return raw, f"is larger than {LARGEST // 1024} KiB"
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw, "is not UTF-8 text"
        return raw, ""


def find_submissions(folder: Path, task: Path, out: Path | None = None) -> list[Submitted]:
    """Every Python file of the folder, and one in each folder of it (`backward.py`..., or the only Python file there).

    Named as not judged: notebooks, folders where no file can be chosen, links to nothing. Passed over: the task, the folder of the
    results, other kinds of files, and what is hidden and no Python file.
    """
    if not folder.is_dir():
        raise FileError(f"{folder}: must be a folder of submissions, got none. Check the path.")
    own = {p.resolve() for p in (task, out) if p is not None}
    entries = [e for e in sorted(folder.iterdir()) if e.resolve() not in own and e.name != "__pycache__"]
    found = [(entry, one) for entry in entries if (one := _submitted(entry)) is not None]
    if not found:
        raise DataError(
            f"{folder}: must hold at least one .py file, got none. Put one file, or one folder, per submission there."
        )
    short = Counter(one.name.casefold() for _, one in found)
    named: dict[str, Submitted] = {}
    for entry, one in found:
        name = one.name if short[one.name.casefold()] == 1 else _shown(entry.name)
        while name in named:
            name += "'"
        named[name] = replace(one, name=name)
    return [named[name] for name in sorted(named)]


def _submitted(entry: Path) -> Submitted | None:
    """What one entry of the folder is; None for what is no submission."""
    suffix = entry.suffix.lower()
    name = _shown(entry.stem if suffix in (".py", ".ipynb") else entry.name)
    if entry.is_symlink() and not entry.exists():
        return Submitted(name, None, "is a link to nothing")
    if entry.is_dir():
        return None if entry.name.startswith(".") else _in_folder(name, entry)
    if suffix == ".ipynb":
        return Submitted(name, None, "is a notebook: export its code as a .py file")
    if suffix != ".py":
        return None
    return Submitted(name, entry) if entry.is_file() else Submitted(name, None, "is no regular file")


def _in_folder(name: str, folder: Path) -> Submitted:
    """The submission in a folder of its own."""
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".py" and p.is_file())
    except OSError as error:
        return Submitted(name, None, f"cannot be read: {(error.strerror or type(error).__name__).lower()}")
    known = [p for member in MEMBERS for p in files if p.name.lower() == member]
    if known or len(files) == 1:
        return Submitted(name, (known or files)[0])
    what = f"holds {len(files)} .py files, none of them called {', '.join(MEMBERS)}" if files else "holds no .py file"
    return Submitted(name, None, what)


def _shown(name: str) -> str:
    """A file name as text that can be printed and written anywhere."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def file_name(name: str, others: Iterable[str], suffix: str) -> str:
    """A name for a file about the submission `name` that every file system takes and that differs from those of the others.

    >>> file_name("ann", ["ann", "bob"], ".md")
    'ann.md'
    """
    safe = "".join(c if c not in '/\\<>:"|?*' else "_" for c in name)
    same = sum(other.casefold() == name.casefold() for other in others)
    if safe == name and same == 1 and len(name.encode()) <= LONGEST and not name.startswith("."):
        return name + suffix
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return safe.lstrip(".").encode()[: LONGEST - 9].decode(errors="ignore") + "-" + digest + suffix
