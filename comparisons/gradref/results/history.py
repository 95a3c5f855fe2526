"""Earlier runs: what is kept of each for good, a few kilobytes of JSON: versions, and the verdict and share of every run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from typing import NamedTuple

from gradref.verdict import FAIL, SKIP, RunId
from gradref_reference.errors import FileError
from gradref_support.atomic import write_file
from gradref_support.strict_json import dumps

from .record import KEY, Record
from .store import load

__all__ = ["Kept", "Snapshot", "archive", "comparable", "read_history", "read_snapshot"]

FORMAT = 2


class Kept(NamedTuple):
    """What is kept of one run: its verdict and the largest share of its allowance, None where it has none."""

    verdict: str
    share: float | None


@dataclass(frozen=True)
class Snapshot:
    """What is kept of a run of the suite. `interrupted` marks one that was cut short: it lacks the cells it had not reached."""

    created: str
    command: str = ""
    git: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    cells: dict[RunId, Kept] = field(default_factory=dict)
    interrupted: bool = False

    @classmethod
    def of(cls, record: Record) -> Snapshot:
        """That of a record."""
        made = record.made
        cells = {RunId(*row[: len(KEY)]): Kept(row.verdict, _short(row.share)) for row in record.cells.itertuples(index=False)}
        return cls(made.created, made.command, made.git, made.versions, cells, made.interrupted)

    def worst(self, framework: str) -> float:
        """The largest share of one framework, 0 where it has none."""
        return max((kept.share or 0.0 for run, kept in self.cells.items() if run.framework == framework), default=0.0)

    def fails(self, framework: str) -> int:
        """How many runs of one framework disagree."""
        return sum(kept.verdict == FAIL for run, kept in self.cells.items() if run.framework == framework)

    @property
    def frameworks(self) -> list[str]:
        """The frameworks that ran, in the order of the run."""
        return list(dict.fromkeys(run.framework for run, kept in self.cells.items() if kept.verdict != SKIP))


def read_snapshot(path: str | Path) -> Snapshot:
    """The snapshot of a folder that holds a report, or of a file of reports/history; `FileError` for anything else."""
    path = Path(path)
    if path.is_dir():
        return Snapshot.of(load(path))
    if not path.exists():
        raise FileError(f"{path}: must be a run directory or a file of reports/history, got nothing there. Check the path.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise ValueError("another version")
        cells = {RunId(*run): Kept(verdict, None if s is None else float(s)) for *run, verdict, s in data.pop("cells")}
        return Snapshot(cells=cells, **data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        told = "must be a snapshot that this version of gradref wrote, got something else. Give a run directory."
        raise FileError(f"{path}: {told}") from None


def archive(record: Record, out: str | Path) -> Path | None:
    """Keep the snapshot of a run written to `out` in the `history` folder beside it; the file, or None when there is nowhere to keep it.

    A run is kept when the parent of `out` is called "reports" or already has a `history` folder: a report written to some other
    place leaves nothing behind but itself. One that was interrupted is not kept: its cells would pass for those of a whole run.
    """
    folder = Path(out).resolve().parent / "history"
    nowhere = not folder.is_dir() and (folder.parent.name != "reports" or folder.exists())
    if nowhere or record.made.interrupted:
        return None
    kept = Snapshot.of(record)
    data = {
        "format": FORMAT, "created": kept.created, "command": kept.command, "git": kept.git, "versions": kept.versions,
        "interrupted": kept.interrupted, "cells": [[*run, *cell] for run, cell in kept.cells.items()],
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    name = "".join(c for c in kept.created[:19] if c.isalnum()) or "undated"  # to the second
    return write_file(folder / f"{name}.json", dumps(data, indent=None) + "\n")


def read_history(folder: str | Path) -> list[Snapshot]:
    """Every snapshot of this version in a folder, oldest first; none when there is no such folder."""
    found = []
    for path in sorted(Path(folder).glob("*.json")):
        with suppress(FileError):  # somebody else's file: the history does without it
            found.append(read_snapshot(path))
    return sorted(found, key=lambda s: s.created)


def comparable(history: Sequence[Snapshot], present: Snapshot) -> list[Snapshot]:
    """The whole runs that cover at least half of the present one's cells, oldest first, the present one last; none for one cut short."""
    if present.interrupted:
        return []
    others = [
        s
        for s in history
        if not s.interrupted
        and s.created != present.created
        and 2 * len(s.cells.keys() & present.cells.keys()) >= len(present.cells)
    ]
    return [*sorted(others, key=lambda s: s.created), present]


def _short(x: float) -> float | None:
    return None if isnan(x) else float(f"{x:.3g}")
