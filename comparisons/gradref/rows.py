"""The rows of a run as a table on disk: results.csv always, results.parquet where pyarrow is installed."""

from __future__ import annotations

from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gradref_reference import FileError

from .verdict import COLUMNS, Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NO_PARQUET", "has_parquet", "read_rows"]

NO_PARQUET = "The same rows in Parquet need pyarrow: pip install 'gradref[parquet]'."

_KINDS = {"int": "int64", "float": "float64"}


def has_parquet() -> bool:
    """Whether Parquet can be written and read here."""
    return find_spec("pyarrow") is not None


def read_rows(folder: Path) -> pd.DataFrame:
    """The rows kept in a folder, from results.parquet where it can be read and there is one, from results.csv otherwise.

    `FileError` when there are none, when they cannot be read, or when a column of `Verdict` is missing.
    """
    import pandas as pd

    path = folder / "results.parquet"
    if not (has_parquet() and path.is_file()):
        path = folder / "results.csv"
    if not path.is_file():
        raise FileError(f"{folder}: must hold a results.csv, got none. Run 'gradref report' first.")
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else _from_csv(path)
    except (OSError, ValueError) as error:
        raise FileError(
            f"{path}: must be a readable table of results, got {type(error).__name__}. Run 'gradref report' again."
        ) from None
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise FileError(f"{path}: must have the columns of Verdict, got none called {missing[0]!r}. Run 'gradref report' again.")
    return frame


def _from_csv(path: Path) -> pd.DataFrame:
    """Every number to the bit, and text as it is: a case may be called "nan"."""
    import pandas as pd

    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for field in fields(Verdict):
        if field.name in frame and field.type in _KINDS:
            values = frame[field.name]
            frame[field.name] = [float(v or "nan") for v in values] if field.type == "float" else [int(v) for v in values]
            frame[field.name] = frame[field.name].astype(_KINDS[field.type])  # an empty column has no kind of its own
    return frame
