"""Data: the bundled handwritten digits, random batches, and a user's own .npz or .csv file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from pathlib import Path

import numpy as np

from gradref_reference import Batch, DataError, Network, Parameters, ShapeError, initialize
from gradref_reference.errors import FileError, shown
from gradref_reference.files import load_arrays, load_parameters
from gradref_reference.initialize import generator
from gradref_reference.paths import read_text

__all__ = ["digits", "load_batch", "load_problem", "random_batch"]


@lru_cache(maxsize=1)
def digits() -> tuple[np.ndarray, np.ndarray]:
    """1797 handwritten digits: x (1797, 64) in [0, 1], labels (1797,), read-only. Alpaydin & Kaynak 1998, UCI; see digits.md."""
    arrays = load_arrays(Path(__file__).with_name("digits.npz"))
    x, y = arrays["pixels"] / 16.0, arrays["labels"].astype(np.int64)
    x.setflags(write=False)
    y.setflags(write=False)
    return x, y


def random_batch(network: Network, rng: np.random.Generator, size: int) -> Batch:
    """Normal inputs; targets that suit the cost: labels, probabilities or normal numbers."""
    x = rng.standard_normal((size, network.sizes[0]))
    K = network.sizes[-1]
    match network.cost:
        case "cross_entropy":
            return Batch(x, rng.integers(0, K, size))
        case "binary_cross_entropy" | "nielsen_cross_entropy":
            return Batch(x, rng.integers(0, 2, (size, K)).astype(float))
        case _:
            return Batch(x, rng.standard_normal((size, K)))


def load_batch(path: str | Path, network: Network) -> Batch:
    """A batch from a .npz file with arrays x and y, or from a .csv file with one sample per row.

    A CSV row holds the n[0] inputs, then either n[L] targets or, where there is more than one output, one integer label. The first
    line may be a header: none of its cells is a number. Raises `FileError`, `ShapeError` or `DataError`, naming the file and, in
    CSV, the line.
    """
    path, lines = Path(path), None
    match path.suffix.lower():
        case ".csv":
            x, y, lines = _from_csv(path, network)
        case ".npz":
            arrays = load_arrays(path)
            for name in ("x", "y"):
                if name not in arrays:
                    found = sorted(arrays) or "none"
                    raise FileError(f"{path}: must hold arrays x and y, got {found}. Save it with np.savez(path, x=x, y=y).")
            x, y = arrays["x"], arrays["y"]
        case _:
            raise FileError(f"{path}: must end in .npz or .csv, got '{path.suffix}'. Convert it.")
    try:
        batch = Batch(x, y)
        network.check_batch(batch)
    except DataError as error:
        where = f"{path}, line {lines[error.at[0]]}" if lines and error.at else str(path)
        raise DataError(f"{where}: {error}", error.at) from None
    except ShapeError as error:
        raise ShapeError(f"{path}: {error}") from None
    return batch


def load_problem(
    path: Path, data: Path | None, parameters: Path | None, seed: int, batch: int = 8, decimals: int | None = None
) -> tuple[Network, Parameters, Batch]:
    """The network in a TOML file, with its parameters and data from files; what is not given is drawn from `seed`.

    `decimals` rounds what is drawn, so that it can be followed with a pencil. Raises `GradrefError` when a file cannot be read
    or does not fit.
    """
    network, rng = Network.from_toml(path), generator(seed)
    p, b = initialize(network, rng), random_batch(network, rng, batch)
    if decimals is not None:
        p = Parameters(*({l: np.round(v, decimals) for l, v in arrays.items()} for arrays in (p.W, p.b)))
        b = Batch(np.round(b.x, decimals), np.round(b.y, decimals))
    p = load_parameters(parameters, network) if parameters else p
    b = load_batch(data, network) if data else b
    network.check(p, b)
    return network, p, b


def _from_csv(path: Path, network: Network) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """x, y and the line of each sample."""
    n, K = network.sizes[0], network.sizes[-1]
    rows, lines = [], []
    for number, cells in _cells(path):
        row = [value for cell in cells if (value := _number(cell)) is not None]
        if len(row) != len(cells):
            wrong = next(cell for cell in cells if _number(cell) is None)
            raise FileError(
                f"{path}, line {number}: must hold numbers separated by commas, got {shown(wrong.strip())} in "
                f"{shown(','.join(cells))}. Correct that line."
            )
        if len(row) not in (n + K, n + 1):
            raise FileError(
                f"{path}, line {number}: must hold {n} inputs and then {K} targets or one label, got {len(row)} numbers. "
                "Correct that line."
            )
        if rows and len(row) != len(rows[0]):
            raise FileError(
                f"{path}, line {number}: must have {len(rows[0])} numbers as the lines above, got {len(row)}. Correct it."
            )
        if len(row) == n + 1 < n + K and row[n] % 1:
            raise FileError(f"{path}, line {number}: the label must be a whole number, got {cells[n].strip()}. Count from 0.")
        rows.append(row)
        lines.append(number)
    if not rows:
        raise FileError(f"{path}: must hold at least one sample, got none. Put one sample on each line.")
    table = np.array(rows)
    labels = table.shape[1] == n + 1 < n + K
    return table[:, :n], table[:, n] if labels else table[:, n:], lines


def _cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that is not blank; a header, whose cells are words and not numbers, is left out."""
    reader = csv.reader(StringIO(read_text(path)))
    first = True
    try:
        for cells in reader:
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            header = first and any(cell.strip() for cell in cells) and all(_number(cell) is None for cell in cells)
            first = False
            if not header:
                yield reader.line_num, cells
    except csv.Error as error:
        raise FileError(f"{path}, line {reader.line_num}: must be comma-separated values, got: {error}. Correct it.") from None


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
