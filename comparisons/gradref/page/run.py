"""What a run wrote, read back: rows, facts and maps. Nothing here knows how they were made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradref.rows import read_rows
from gradref.tallies import BLIND, tally
from gradref.verdict import EQUATIONS, FAIL, SKIP, UNDECIDED
from gradref_reference.errors import FileError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["KEY", "SETTING", "Run", "cause", "read_run"]

SETTING = ["framework", "mode", "dtype", "device"]
"""What an implementation was asked for; a column of the matrix."""

KEY = ["case", *SETTING]
"""One run of one case; a cell of the matrix."""

_BACKWARD = {name: place for place, name in enumerate(EQUATIONS) if name not in ("RUN", "LIN", "ACT")}


def cause(equation: str, layer: int) -> tuple[int, int, bool]:
    """A sort key: what comes earlier in the computation comes first, for it causes what follows.

    >>> sorted([("BP4", 1), ("BP2", 1), ("BP2", 3), ("LIN", 2), ("ACT", 1)], key=lambda e: cause(*e))
    [('ACT', 1), ('LIN', 2), ('BP2', 3), ('BP2', 1), ('BP4', 1)]
    """
    if equation in ("LIN", "ACT"):
        return 0, layer, equation == "ACT"  # layer after layer
    return -1 if equation == "RUN" else _BACKWARD.get(equation, len(EQUATIONS)), -layer, False


@dataclass(frozen=True, eq=False)
class Run:
    """One run of the suite.

    Attributes
    ----------
    folder : where it lies.
    frame : one row per check, the fields of `Verdict`.
    info : run.json; every key may be missing.
    studies : tables that other commands wrote beside it, by file name.
    """

    folder: Path
    frame: Any  # a DataFrame; pandas' own types are too loose to be checked against
    info: dict[str, Any]
    studies: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def maps(self) -> dict[str, np.ndarray]:
        """Shares of the allowance, pooled, by 'case|framework|mode|dtype|equation|layer'; empty when none were kept."""
        import numpy as np

        path = self.folder / "maps.npz"
        if not path.is_file():
            return {}
        with np.load(path) as archive:
            return {name: archive[name] for name in archive.files}

    @cached_property
    def cells(self) -> Any:
        """One row per case and setting: verdict, the largest share, counts, seconds; in the order in which they were run.

        The verdict is the worst of the rows, or "blind" where nothing fails and nothing was seen of the gradients.
        """
        import pandas as pd

        rows = self.frame[self.frame["case"] != "*"]  # a framework that is missing altogether has one row, of no case
        found = []
        for key, group in rows.groupby(KEY, sort=False, observed=True):
            counted, opened = tally(group), int((group["verdict"] == UNDECIDED).sum())
            if counted.fail:
                verdict = FAIL
            elif not counted.checks:
                verdict = SKIP
            else:
                verdict = BLIND if not counted.sees else UNDECIDED if opened else "pass"
            found.append((*key, len(group), counted.numbers, counted.fail, opened, counted.used, group["seconds"].max(), verdict))
        return pd.DataFrame(found, columns=[*KEY, "checks", "entries", "fails", "open", "share", "seconds", "verdict"])

    @cached_property
    def failures(self) -> Any:
        """The failing rows, causes before consequences."""
        rows = self.frame[self.frame.verdict == "fail"]
        order = sorted(rows.index, key=lambda i: cause(rows.at[i, "equation"], int(rows.at[i, "layer"])))
        return rows.loc[order]


def read_run(folder: str | Path) -> Run:
    """The run in `folder`; `FileError` when its rows are missing, unreadable or lack columns."""
    folder = Path(folder)
    frame = read_rows(folder)
    return Run(folder, frame, _json(folder / "run.json"), _studies(folder.parent / "studies"))


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise FileError(f"{path}: must be valid JSON, got something else. Run 'gradref report' again.") from None
    return value if isinstance(value, dict) else {}


def _studies(folder: Path) -> dict[str, Any]:
    """The tables in reports/studies, those a page can show: at most 200 rows."""
    import pandas as pd

    tables = {}
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        try:
            table = pd.read_csv(path)
        except (OSError, ValueError):
            continue  # not ours; the page does without
        if 0 < len(table) <= 200:
            tables[path.stem] = table
    return tables
