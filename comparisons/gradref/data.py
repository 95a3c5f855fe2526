"""Data: the bundled handwritten digits, random batches, and a user's own .npz or .csv file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from gradref_reference import Batch, DataError, Network, Parameters, initialize
from gradref_reference.errors import FileError
from gradref_reference.files import load_arrays, load_parameters, read_text

__all__ = ["digits", "load_batch", "load_problem", "random_batch"]


@lru_cache(maxsize=1)
def digits() -> tuple[np.ndarray, np.ndarray]:
    """The 1797 handwritten digits that scikit-learn ships: x (1797, 64) in [0, 1], labels (1797,). UCI, Alpaydin & Kaynak 1998."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    x, y = np.asarray(pixels, np.float64) / 16.0, np.asarray(labels, np.int64)
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

    A CSV row holds the n[0] inputs, then either n[L] targets or one integer label; a header line is allowed. Raises `FileError`,
    `ShapeError` or `DataError`, naming the file and the line.
    """
    path = Path(path)
    if path.suffix == ".csv":
        x, y = _from_csv(path, network)
    elif path.suffix == ".npz":
        arrays = load_arrays(path)
        for name in ("x", "y"):
            if name not in arrays:
                raise FileError(
                    f"{path}: must hold arrays x and y, got {sorted(arrays) or 'none'}. Save it with np.savez(path, x=x, y=y)."
                )
        x, y = arrays["x"], arrays["y"]
    else:
        raise FileError(f"{path}: must end in .npz or .csv, got '{path.suffix}'. Convert it.")
    try:
        batch = Batch(x, y)
    except (DataError, ValueError) as error:
        raise type(error)(f"{path}: {error}") from None
    return batch


def load_problem(
    path: Path, data: Path | None, parameters: Path | None, seed: int, batch: int = 8, decimals: int | None = None
) -> tuple[Network, Parameters, Batch]:
    """The network in a TOML file, with its parameters and data from files; what is not given is drawn from `seed`.

    `decimals` rounds what is drawn, so that it can be followed with a pencil. Raises `GradrefError` when a file cannot be read
    or does not fit.
    """
    network, rng = Network.from_toml(path), np.random.default_rng(seed)
    p, b = initialize(network, rng), random_batch(network, rng, batch)
    if decimals is not None:
        p = Parameters(*({l: np.round(v, decimals) for l, v in arrays.items()} for arrays in (p.W, p.b)))
        b = Batch(np.round(b.x, decimals), np.round(b.y, decimals))
    p = load_parameters(parameters, network) if parameters else p
    b = load_batch(data, network) if data else b
    network.check(p, b)
    return network, p, b


def _from_csv(path: Path, network: Network) -> tuple[np.ndarray, np.ndarray]:
    lines = [(number, line) for number, line in enumerate(read_text(path).splitlines(), start=1) if line.strip()]
    if lines and _numbers(lines[0][1]) is None:
        lines = lines[1:]  # a header
    n, K = network.sizes[0], network.sizes[-1]
    rows = []
    for number, line in lines:
        row = _numbers(line)
        if row is None:
            raise FileError(
                f"{path}, line {number}: must hold numbers separated by commas, got {line[:60]!r}. Correct that line."
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
        rows.append(row)
    if not rows:
        raise FileError(f"{path}: must hold at least one sample, got none. Put one sample on each line.")
    table = np.array(rows)
    labels = table.shape[1] == n + 1 and K > 1
    return table[:, :n], table[:, n] if labels else table[:, n:]


def _numbers(line: str) -> list[float] | None:
    try:
        return [float(part) for part in line.split(",")]
    except ValueError:
        return None
