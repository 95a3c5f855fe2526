"""Files that are there whole or not at all: after a crash, a kill or a full disk, a reader finds the old ones or the new ones.

A file is written beside its place, forced to the disk and renamed over the old one. A set of files is written into a folder beside
theirs, and the two folders change names in one step of the file system (renameat2 with RENAME_EXCHANGE on Linux, renamex_np with
RENAME_SWAP on macOS). Where that cannot be done (Windows, a mount point, a folder that holds other people's folders), the files are
renamed one after another when all of them are on the disk: a full disk still leaves the old set, a kill in that instant may leave both.
What a killed process left behind is removed by the next one that writes to the same place.
"""

from __future__ import annotations

import ctypes
import os
import re
import secrets
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psutil

__all__ = ["Content", "write_file", "write_set"]

Content = str | bytes | Callable[[Path], object]
"""What a file is to hold: a text (UTF-8), bytes, or a function that writes it to the path it is given."""


def write_file(path: str | Path, content: Content) -> Path:
    """Put a file in its place, whole; the path. `OSError` leaves the old one as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(Path(folder) / "a.txt", "new").read_text()
    'new'
    """
    path = Path(path).resolve()
    with _beside(path, path.parent) as part:
        _fill(part, content)
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
        _force(path.parent)
    return path


def write_set(folder: str | Path, files: Mapping[str, Content], stale: Iterable[str] = ()) -> Path:
    """Put files into a folder, made if need be, so that a reader sees the old set or the new one; the folder.

    Parameters
    ----------
    files : name -> what it is to hold; a name may lead into a folder below ("feedback/one.txt").
    stale : files of an older set that go away with it. Everything else in the folder stays.

    `OSError` leaves the old set as it was.
    """
    folder = Path(folder).resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _beside(folder, folder.parent) as part:
            _stage(part, files)
            if not folder.exists():
                os.rename(part, folder)
                _force(folder.parent)
                return folder
            shutil.copymode(folder, part)
            if _carry_over(folder, part, {*files, *stale}) and _exchange(part, folder):
                _force(folder.parent)
                return folder
    except PermissionError:  # nothing may be made beside it
        if not folder.exists():
            raise
    with _beside(folder, folder) as part:
        _stage(part, files)
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(part / name, folder / name)
        for name in set(stale) - files.keys():
            (folder / name).unlink(missing_ok=True)
        _force(folder)
    return folder


@contextmanager
def _beside(path: Path, where: Path) -> Iterator[Path]:
    """A name of our own in `where` that nobody reads; what still has it at the end goes away, and what dead processes left."""
    digest = sha256(f"{socket.gethostname()} {path.name}".encode()).hexdigest()[:12]
    ours = re.compile(rf"\.gradref-{digest}-(\d+)-[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for left in list(where.iterdir()):
            if (match := ours.fullmatch(left.name)) and not psutil.pid_exists(int(match[1])):
                _remove(left)
    part = where / f".gradref-{digest}-{os.getpid()}-{secrets.token_hex(4)}.part"
    try:
        yield part
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _stage(part: Path, files: Mapping[str, Content]) -> None:
    """Every file of a set on the disk, in a folder that nobody reads yet."""
    part.mkdir()
    for name, content in files.items():
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        _fill(part / name, content)
    for below in {(part / name).parent for name in files} | {part}:
        _force(below)


def _fill(path: Path, content: Content) -> None:
    if callable(content):
        content(path)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        path.write_bytes(content)
    _force(path)


def _force(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk; Windows knows this for files alone."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _carry_over(folder: Path, part: Path, ours: set[str]) -> bool:
    """Give the new folder what else lies in the old one, as second names of the same files; False where there are folders in it."""
    tops = {Path(name).parts[0] for name in ours}
    others = [entry for entry in folder.iterdir() if entry.name not in tops]
    if any(entry.is_dir() for entry in folder.iterdir()):
        return False
    try:
        for entry in others:
            os.link(entry, part / entry.name, follow_symlinks=False)
    except OSError:
        return False
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names in one step; False where the system cannot."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None)
        if sys.platform == "linux":
            here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
            return library.renameat2(here, names[0], here, names[1], exchange) == 0
        if sys.platform == "darwin":
            swap = 2  # RENAME_SWAP
            return library.renamex_np(*names, swap) == 0
    except (OSError, AttributeError, TypeError):  # a C library without it
        return False
    return False
