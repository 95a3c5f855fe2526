"""What the page's script reads: rows, maps and figures, packed small enough for a mail."""

from __future__ import annotations

import base64
import gzip
import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from .run import KEY, Run

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MAP_BUDGET", "maps", "pack", "pack_bytes", "rows"]

MAP_BUDGET = 1_500_000
"""Most entries of heat maps on one page, two bytes each before packing; failing runs go first."""

_NUMBERS = ("share", "max_abs", "max_rel", "max_ulp", "rms_sigma", "blind")
_COUNTS = ("layer", "entries", "failing", "undecided")
_WORDS = (*KEY, "equation", "parameter", "verdict", "rule", "worst_index", "message")


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


def rows(run: Run) -> dict[str, Any]:
    """The frame by columns: words as numbers into a list of their own, numbers to three digits."""
    table: dict[str, Any] = {}
    for name in _WORDS:
        codes, words = run.frame[name].astype(str).factorize()
        table[name] = {"words": list(words), "at": codes.tolist()}
    for name in _COUNTS:
        table[name] = run.frame[name].astype(int).tolist()
    for name in _NUMBERS:
        table[name] = [_short(float(x)) for x in run.frame[name]]
    table["notes"] = {
        "|".join(str(r.get(k, "")) for k in ("case", "framework", "mode", "dtype")): r["notes"]
        for r in run.info.get("runs") or []
        if isinstance(r, dict) and r.get("notes")
    }
    return table


def maps(run: Run, budget: int = MAP_BUDGET) -> tuple[dict[str, Any], bytes]:
    """The heat maps: an index key -> [offset, rows, columns] and the entries as float16; failing runs and gradients go first."""
    import numpy as np

    failing = {"|".join(map(str, key)) for key in run.failures[["case", "framework", "mode", "dtype"]].itertuples(index=False)}

    def rank(key: str) -> tuple[bool, bool]:
        cell, equation, _ = key.rsplit("|", 2)
        return cell not in failing, equation not in ("BP3", "BP4")

    index: dict[str, list[int]] = {}
    kept: list[np.ndarray] = []
    size, left_out = 0, 0
    for key in sorted(run.maps, key=rank):
        array = run.maps[key]
        if size + array.size > budget:
            left_out += 1
            continue
        index[key] = [size, *(array.shape if array.ndim == 2 else (1, array.size))]
        kept.append(np.asarray(array, "<f2").ravel())
        size += array.size
    return {"index": index, "left_out": left_out}, np.concatenate([*kept, np.zeros(0, "<f2")]).tobytes()
