"""What the page's script reads: rows, maps and figures, packed small enough for a mail."""

from __future__ import annotations

import base64
import gzip
import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from gradref.results.record import KEY, Record
from gradref.suite.run import MapId
from gradref.verdict import RunId

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MAP_BUDGET", "maps", "pack", "pack_bytes", "rows"]

MAP_BUDGET = 1_500_000
"""Most entries of heat maps on one page, two bytes each before packing; failing runs go first."""

_NUMBERS = ("share", "max_abs", "max_rel", "max_ulp", "rms_sigma", "blind")
_COUNTS = ("layer", "entries", "failing", "undecided")
_WORDS = ("equation", "parameter", "verdict", "rule", "worst_index", "message")


def pack_bytes(data: bytes) -> str:
    """gzip and base64: what `DecompressionStream` in a browser undoes. The same bytes give the same text."""
    return base64.b64encode(gzip.compress(data, compresslevel=6, mtime=0)).decode("ascii")


def pack(value: Any) -> str:
    """JSON, packed."""
    return pack_bytes(json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8"))


def _short(x: float) -> float | str | None:
    if isfinite(x):
        return float(f"{x:.3g}")
    return None if x != x else "∞"  # JSON has neither


def rows(record: Record) -> dict[str, Any]:
    """The frame by columns: runs and words as numbers into lists of their own, numbers to three digits.

    `runs` lists case, framework, mode, dtype and device of each run, `run` says whose each row is, `notes` belong to `runs`.
    """
    frame = record.frame
    keys = [RunId(*key) for key in frame[KEY].itertuples(index=False, name=None)]
    places = {run: i for i, run in enumerate(dict.fromkeys(keys))}
    table: dict[str, Any] = {"runs": list(places), "run": [places[key] for key in keys]}
    table["notes"] = [list(record.notes.get(run, ())) for run in places]
    for name in _WORDS:
        codes, words = frame[name].astype(str).factorize()
        table[name] = {"words": list(words), "at": codes.tolist()}
    for name in _COUNTS:
        table[name] = frame[name].astype(int).tolist()
    for name in _NUMBERS:
        table[name] = [_short(float(x)) for x in frame[name]]
    return table


def maps(record: Record, budget: int = MAP_BUDGET) -> tuple[dict[str, Any], bytes]:
    """The heat maps: an index [run, equation, layer, offset, rows, columns] and the entries as float16; failing runs go first."""
    import numpy as np

    failing = {RunId(*key) for key in record.failures[KEY].itertuples(index=False, name=None)}

    def rank(at: MapId) -> tuple[bool, bool]:
        return at.run not in failing, at.equation not in ("BP3", "BP4")

    index: list[list[Any]] = []
    kept: list[np.ndarray] = []
    size, left_out = 0, 0
    for at in sorted(record.maps, key=rank):
        array = np.atleast_2d(record.maps[at])
        if size + array.size > budget:
            left_out += 1
            continue
        index.append([at.run, at.equation, at.layer, size, *array.shape])
        kept.append(np.asarray(array, "<f2").ravel())
        size += array.size
    return {"index": index, "left_out": left_out}, np.concatenate([*kept, np.zeros(0, "<f2")]).tobytes()
