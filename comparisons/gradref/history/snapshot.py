"""Snapshot: what is kept of a run for good, a few kilobytes of JSON: versions, and verdict and share of every cell."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from gradref_reference.errors import FileError

__all__ = ["Snapshot", "archive", "read_history", "snapshot"]

FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """`cells` maps 'case|framework|mode|dtype' to (verdict, largest share of the allowance); an infinite share is 1e300.

    `interrupted` marks a run that was cut short: it lacks the cells it had not reached.
    """

    created: str
    command: str = ""
    git: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    cells: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    interrupted: bool = False
    format: int = FORMAT

    def worst(self, framework: str) -> float:
        """The largest share of one framework, 0 where it has none."""
        return max((s or 0.0 for key, (_, s) in self.cells.items() if _framework(key) == framework), default=0.0)

    def fails(self, framework: str) -> int:
        """How many cells of one framework disagree."""
        return sum(v == "fail" for key, (v, _) in self.cells.items() if _framework(key) == framework)

    @property
    def frameworks(self) -> list[str]:
        """The frameworks that ran, in the order of the run."""
        return list(dict.fromkeys(_framework(key) for key, (verdict, _) in self.cells.items() if verdict != "skip"))


def snapshot(source: str | Path | Snapshot) -> Snapshot:
    """The snapshot of a run directory, or of a .json file that `archive` wrote; `FileError` for anything else."""
    if isinstance(source, Snapshot):
        return source
    path = Path(source)
    if path.is_file():
        return _read(path)
    if not path.exists():
        raise FileError(f"{path}: must be a run directory or a file of reports/history, got nothing there. Check the path.")
    from gradref.page.run import read_run

    run = read_run(path)
    cells = {
        "|".join((c.case, c.framework, c.mode, c.dtype)): (str(c.verdict), _share(c.share))
        for c in run.cells.itertuples(index=False)
    }
    info = run.info
    return Snapshot(
        str(info.get("created", "")),
        str(info.get("command", "")),
        str(info.get("git") or ""),
        {k: str(v) for k, v in (info.get("versions") or {}).items()},
        cells,
        bool(info.get("interrupted")),
    )


def archive(run_dir: str | Path) -> Path | None:
    """Keep the snapshot of a run in the `history` folder beside it; the file, or None when there is nowhere to keep it.

    A run is kept when its parent is called "reports" or already has a `history` folder: a report written to some other place
    leaves nothing behind but itself. One that was interrupted is not kept: its cells would pass for those of a whole run.
    """
    folder = Path(run_dir).resolve().parent / "history"
    if not folder.is_dir() and (folder.parent.name != "reports" or folder.exists()):
        return None
    kept = snapshot(run_dir)
    if kept.interrupted:
        return None
    name = "".join(c for c in kept.created[:19] if c.isalnum()) or "undated"  # to the second
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(asdict(kept), separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def read_history(folder: str | Path) -> list[Snapshot]:
    """Every readable snapshot in a folder, oldest first; none when there is no such folder."""
    found = []
    for path in sorted(Path(folder).glob("*.json")):
        with suppress(FileError):  # somebody else's file: the history does without it
            found.append(_read(path))
    return sorted(found, key=lambda s: s.created)


def _read(path: Path) -> Snapshot:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != FORMAT:
            raise ValueError("another format")
        data["cells"] = {str(k): (str(v), None if s is None else float(s)) for k, (v, s) in data["cells"].items()}
        return Snapshot(**data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise FileError(f"{path}: must be a snapshot that gradref wrote, got something else. Give a run directory.") from None


def _framework(key: str) -> str:
    return key.rsplit("|", 3)[1]  # the name of a case may hold any sign


def _share(x: float) -> float | None:
    if isnan(x):
        return None
    return float(f"{x:.3g}") if isfinite(x) else 1e300
