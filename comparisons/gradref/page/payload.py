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

__all__ = ["MAP_BUDGET", "pack", "pack_bytes", "rows", "shares"]

MAP_BUDGET = 3_000_000
"""Most cells of heat maps on one page (a byte each before packing); failing runs go first."""

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


def shares(array: np.ndarray) -> bytes:
    """One byte per entry: 0 for 0, 1..200 for a share up to 1 in steps of 0.005, 201..254 for 10^((k-200)/6), 255 for NaN or more.

    >>> import numpy as np
    >>> list(shares(np.array([0, 0.001, 0.5, 1, 10, 1e20, np.nan])))
    [0, 1, 100, 200, 206, 255, 255]
    """
    import numpy as np

    x = np.asarray(array, np.float64).ravel()
    with np.errstate(all="ignore"):
        inside = np.clip(np.ceil(200 * x - 1e-6), 1, 200)
        outside = np.clip(200 + np.ceil(6 * np.log10(x)), 201, 255)
        code = np.where(x == 0, 0, np.where(x <= 1, inside, outside))
    return np.where(np.isnan(x) | (x < 0), 255, code).astype(np.uint8).tobytes()


def maps(run: Run, budget: int = MAP_BUDGET) -> dict[str, Any]:
    """The heat maps as one string of bytes and an index key -> [offset, rows, columns]; failing runs and gradients go first."""
    failing = {"|".join(map(str, key)) for key in run.failures[["case", "framework", "mode", "dtype"]].itertuples(index=False)}

    def rank(key: str) -> tuple[bool, bool]:
        run_key, _, _ = key.rpartition("|")
        run_key, _, equation = run_key.rpartition("|")
        return run_key not in failing, equation not in ("BP3", "BP4")

    index, blob, left_out = {}, bytearray(), 0
    for key in sorted(run.maps, key=rank):
        array = run.maps[key]
        if len(blob) + array.size > budget:
            left_out += 1
            continue
        shape = array.shape if array.ndim == 2 else (1, array.size)
        index[key] = [len(blob), *shape]
        blob += shares(array)
    return {"index": index, "data": base64.b64encode(bytes(blob)).decode("ascii"), "left_out": left_out}
