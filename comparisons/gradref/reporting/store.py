"""A run on disk: results.csv (and .parquet), run.json, maps.npz, report.md."""

from __future__ import annotations

import json
import platform
import shlex
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from gradref.rows import has_parquet
from gradref.suite.run import MapId, SuiteRun
from gradref.tallies import BLIND, Tally, tally
from gradref.verdict import FAIL, PASS, SKIP, UNDECIDED, RunId, to_frame
from gradref_support.strict_json import dumps

from .markdown import render

__all__ = ["FILES", "command_line", "folder_for", "record", "write_run"]

FILES = ("results.csv", "results.parquet", "run.json", "maps.npz", "report.md", "index.html")
"""What a report consists of."""


def command_line() -> str:
    """The command of this process, ready to paste into a shell."""
    return shlex.join(["gradref", *sys.argv[1:]])


def folder_for(run: SuiteRun, out: Path) -> Path:
    """Where a run is written: `out`, or `out`-interrupted for one that was cut short where `out` holds a complete report."""
    if not run.interrupted or not (out / "results.csv").exists():
        return out
    with suppress(OSError, ValueError):
        if json.loads((out / "run.json").read_text(encoding="utf-8"))["interrupted"]:
            return out
    whole = out if out.name else out.resolve()
    return whole.with_name(f"{whole.name}-interrupted")


def git_revision() -> str:
    """The revision of the checkout gradref runs from, "" outside one."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=10"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def versions() -> dict[str, str]:
    """Versions of everything a number in the report can depend on; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in ("gradref", "numpy", "torch", "jax", "jaxlib", "python-flint", "pandas", "scikit-learn"):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def record(run: SuiteRun, command: str) -> dict:
    """Everything about a run that is not a row: how it was made, on what, and its totals. Ready for `strict_json`."""
    from gradref.doctor import as_dict

    frame: Any = to_frame(run.verdicts)
    ran, whole = frame[frame.verdict != SKIP], tally(frame)
    runs = [
        {
            **RunId(*key)._asdict(),
            "verdict": _verdict(rows, counted),
            "share": counted.used,
            "blind_checks": counted.blind_checks,
            "seconds": float(rows.seconds.max()),
            "notes": list(run.notes.get(RunId(*key), ())),
        }
        for key, rows in ran.groupby(list(RunId._fields), sort=False)
        for counted in [tally(rows)]
    ]  # fmt: skip
    skipped = frame[frame.verdict == SKIP]
    not_run = skipped[skipped.equation == "RUN"]  # the others are checks of a run that was judged otherwise
    return {
        "format": 1,
        "created": run.created,
        "command": command,
        "seed": run.seed,
        "git": git_revision(),
        "seconds": round(run.seconds, 3),
        "interrupted": run.interrupted,
        "planned": run.planned,
        "finished": run.finished,
        "unjudged": run.unjudged,
        "versions": versions(),
        "environment": as_dict(run.frameworks)["findings"],
        "missing": run.missing,
        "cases": [
            {
                "name": c.name, "why": c.why, "sizes": list(c.case.network.sizes), "activations": list(c.case.network.activations),
                "cost": c.case.network.cost, "l2": c.case.network.l2, "batch": len(c.case.batch), "held_out": c.held_out,
            }
            for c in run.cases
        ],
        "runs": runs,
        "rulings": [r._asdict() for r in run.rulings],
        "skips": [
            {"framework": f, "mode": m, "reason": reason, "runs": int(n)}
            for (f, m, reason), n in not_run.groupby(["framework", "mode", "message"], sort=False).size().items()
        ],
        "totals": {
            "cases": len(run.cases), "runs": len(runs), "rows": len(ran), "entries": whole.numbers,
            "blind_runs": sum(r["verdict"] == BLIND for r in runs), "blind_rows": whole.blind_checks, "blind_entries": whole.blind_numbers,
            "pass": int((ran.verdict == PASS).sum()), "fail": whole.fail,
            "undecided": int((ran.verdict == UNDECIDED).sum()), "overflow": whole.overflows, "skip": len(skipped),
        },
    }  # fmt: skip


def _verdict(rows: Any, counted: Tally) -> str:
    """The verdict on one run: the worst of its rows, and "blind" where no gradient was seen."""
    if counted.fail:
        return FAIL
    return BLIND if not counted.sees else UNDECIDED if (rows.verdict == UNDECIDED).any() else PASS


def write_run(run: SuiteRun, directory: Path, command: str | None = None) -> dict:
    """Write a run into `directory` (made if needed) and return its record.

    Every file is written beside the old one and then put in its place, so that an interrupted write leaves the old report whole.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for stale in ("comparison.json", "comparison.md"):  # of the run that this one replaces
        (directory / stale).unlink(missing_ok=True)
    frame: Any = to_frame(run.verdicts)
    data = record(run, command or command_line())
    _put(directory / "results.csv", lambda path: frame.to_csv(path, index=False))
    if has_parquet():
        _put(directory / "results.parquet", lambda path: frame.to_parquet(path, index=False))
    else:
        (directory / "results.parquet").unlink(missing_ok=True)  # of the run that this one replaces
    _put(directory / "run.json", lambda path: path.write_text(dumps(data) + "\n", encoding="utf-8"))
    _put(directory / "maps.npz", lambda path: _savez(path, _named(run.maps)))
    _put(directory / "report.md", lambda path: path.write_text(render(frame, data), encoding="utf-8"))
    return data


def _named(maps: dict[MapId, np.ndarray]) -> dict[str, np.ndarray]:
    return {"|".join((*at.run[:4], at.equation, str(at.layer))): share for at, share in maps.items()}


def _savez(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _put(path: Path, write) -> None:
    beside = path.with_name(path.name + ".part")
    write(beside)
    beside.replace(path)
