"""A record on disk: results.csv (and .parquet), differences.csv, run.json, maps.npz. The reader reads exactly what the writer writes."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from gradref.suite.differences import Difference
from gradref.suite.run import MapId, Ruled
from gradref.verdict import COLUMNS, RunId, Verdict
from gradref_adapters import Finding
from gradref_reference.errors import FileError
from gradref_support.atomic import Content, write_set
from gradref_support.strict_json import dumps

from .record import KEY, CaseFacts, Frame, Made, Record

__all__ = ["FILES", "NO_PARQUET", "files", "folder_for", "has_parquet", "load", "save", "to_dict"]

FILES = ("results.csv", "results.parquet", "differences.csv", "run.json", "maps.npz")
"""What a record consists of; the Parquet file only where pyarrow is installed."""

NO_PARQUET = "The same rows in Parquet need pyarrow: pip install 'gradref[parquet]'."

FORMAT = 2
"""Of run.json and what lies beside it."""

_KINDS = {
    **dict.fromkeys(COLUMNS, str),
    **{f.name: {"int": int, "float": float}.get(str(f.type), str) for f in fields(Verdict)[1:]},
}
"""Column of results.csv -> what stands in it; the annotations of `Verdict` are texts."""


def has_parquet() -> bool:
    """Whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


def save(record: Record, folder: str | Path) -> Path:
    """Write a record into a folder, made if need be: a reader finds the old one or this one, whole."""
    return write_set(folder, files(record), stale=FILES)


def files(record: Record) -> dict[str, Content]:
    """The files of a record by name."""
    found: dict[str, Content] = {
        "results.csv": record.frame.to_csv(index=False),
        "differences.csv": _differences(record.differences).to_csv(index=False),
        "run.json": dumps(to_dict(record)) + "\n",
        "maps.npz": _archive(record.maps),
    }
    if has_parquet():
        found["results.parquet"] = lambda path: record.frame.to_parquet(path, index=False)
    return found


def to_dict(record: Record) -> dict[str, Any]:
    """Everything about a run that is not a row: how it was made, on what, each run's verdict, and the totals. What run.json holds."""
    made, t = asdict(record.made), record.totals
    made["rulings"] = [r._asdict() for r in record.made.rulings]
    runs = [
        {
            **key._asdict(), "verdict": row.verdict, "share": row.share, "blind_checks": row.blind, "seconds": row.seconds,
            "notes": list(record.notes.get(key, ())),
        }
        for row in record.runs.itertuples(index=False)
        for key in [RunId(*row[: len(KEY)])]
    ]  # fmt: skip
    return {
        "format": FORMAT,
        **made,
        "runs": runs,
        "skips": [s._asdict() for s in record.skips],
        "totals": {
            "cases": t.cases, "runs": t.runs, "rows": t.rows, "entries": t.entries, "blind_runs": t.blind_runs,
            "blind_rows": t.blind_rows, "blind_entries": t.blind_entries, "pass": t.passed, "fail": t.failed, "undecided": t.undecided,
            "overflow": t.overflow, "skip": t.skipped,
        },
    }  # fmt: skip


def load(folder: str | Path) -> Record:
    """The record in a folder; `FileError` where there is none, or none of this version."""
    folder = Path(folder)
    made, notes = _made(folder / "run.json")
    gaps = _table(folder / "differences.csv", get_type_hints(Difference))
    differences = [Difference(*row) for row in gaps[list(Difference._fields)].itertuples(index=False, name=None)]
    return Record(made, _table(folder / "results.csv", _KINDS), _maps(folder / "maps.npz"), notes, differences)


def folder_for(interrupted: bool, out: Path) -> Path:
    """Where a run is written: `out`, or `out`-interrupted for one that was cut short where `out` holds a whole one."""
    if not interrupted or not (out / "run.json").exists():
        return out
    try:
        if _made(out / "run.json")[0].interrupted:
            return out
    except FileError:  # unreadable: it may have been whole
        pass
    whole = out if out.name else out.resolve()
    return whole.with_name(f"{whole.name}-interrupted")


def _made(path: Path) -> tuple[Made, dict[RunId, tuple[str, ...]]]:
    if not path.is_file():
        raise FileError(f"{path.parent}: must hold a run.json, got none. Run 'gradref report' first.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError("another version")
        notes = {RunId(*(r[k] for k in KEY)): tuple(r["notes"]) for r in data["runs"] if r["notes"]}
        given = {f.name: data[f.name] for f in fields(Made)}
        given["environment"] = [Finding(**f) for f in given["environment"]]
        given["cases"] = [CaseFacts(**c) for c in given["cases"]]
        given["rulings"] = [Ruled(**r) for r in given["rulings"]]
        return Made(**given), notes
    except (OSError, ValueError, KeyError, TypeError):
        told = f"must be what this version of gradref writes (format {FORMAT}), got something else. Run 'gradref report' again."
        raise FileError(f"{path}: {told}") from None


def _differences(rows: list[Difference]) -> Frame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(Difference._fields))


def _table(path: Path, kinds: dict[str, type]) -> Frame:
    """The rows of a CSV file, every number to the bit, and text as it is: a case may be called "nan"."""
    import pandas as pd

    try:
        frame: Any = pd.read_csv(path, dtype=str, keep_default_na=False)
        for name, kind in kinds.items():
            if name in frame and kind is float:
                frame[name] = [float(text or "nan") for text in frame[name]]  # Python's own float gives back the same bits
            elif name in frame and kind is int:
                frame[name] = frame[name].astype("int64")
    except (OSError, ValueError) as error:
        told = f"must be the readable table of a run, got {type(error).__name__}. Run 'gradref report' again."
        raise FileError(f"{path}: {told}") from None
    missing = [name for name in kinds if name not in frame]
    if missing:
        raise FileError(f"{path}: must have the column {missing[0]!r}, got none of that name. Run 'gradref report' again.")
    return frame


def _archive(maps: dict[MapId, np.ndarray]) -> bytes:
    """The arrays numbered, and an index of whose they are."""
    held = BytesIO()
    index = np.array(dumps([[*at.run, at.equation, at.layer] for at in maps], indent=None))
    np.savez_compressed(held, allow_pickle=False, index=index, **{f"map{i}": share for i, share in enumerate(maps.values())})
    return held.getvalue()


def _maps(path: Path) -> dict[MapId, np.ndarray]:
    try:
        with np.load(path) as archive:
            index = json.loads(str(archive["index"]))
            return {MapId(RunId(*run), equation, layer): archive[f"map{i}"] for i, (*run, equation, layer) in enumerate(index)}
    except (OSError, ValueError, KeyError) as error:
        told = f"must hold the heat maps of a run, got {type(error).__name__}. Run 'gradref report' again."
        raise FileError(f"{path}: {told}") from None
