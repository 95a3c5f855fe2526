"""Parameters and Batch: the numbers a network is run on, checked and copied once, when they are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import finite_array
from .errors import DataError, ShapeError, shown
from .formats import native

__all__ = ["Batch", "Parameters"]

Layered = Mapping[int, Any] | Sequence[Any]


def _by_layer(where: str, value: Layered) -> dict[int, np.ndarray]:
    """A dict keyed by layer 1..L from a dict or from a list whose first entry belongs to layer 1."""
    try:
        items = dict(value) if isinstance(value, Mapping) else dict(enumerate(value, start=1))
    except TypeError:
        raise ShapeError(
            f"{where}: must be a dict keyed by layer or a list, got {shown(value)}. Give one array per layer."
        ) from None
    if set(items) != set(range(1, len(items) + 1)):
        raise ShapeError(f"{where}: layers must be numbered 1..{len(items)}, got {shown(list(items))}. The input is layer 0.")
    return {l: _owned(finite_array(f"{where}[{l}]", items[l])) for l in sorted(items)}


def _owned(array: np.ndarray, dtype: Any = None) -> np.ndarray:
    """A read-only copy in `dtype`; without one floating numbers stay as they are and others become float64."""
    copy = np.array(array, dtype=dtype or (array.dtype if array.dtype.kind == "f" else np.float64))
    copy.setflags(write=False)
    return copy


def _rounded(array: np.ndarray, dtype: str) -> np.ndarray:
    """A read-only array in `dtype`: `array` itself where it is so already."""
    rounded = np.asarray(array, dtype)
    rounded.setflags(write=False)
    return rounded


@dataclass(frozen=True, eq=False)
class Parameters:
    """Weights W[l] of shape (n[l], n[l-1]) and biases b[l] of shape (n[l],), dicts keyed by l = 1..L.

    Lists are taken too (first entry = layer 1). The arrays are read-only copies, so that what was checked stays true. Raises
    `ShapeError` when widths do not chain, `DataError` on NaN or infinity.
    """

    W: dict[int, np.ndarray]
    b: dict[int, np.ndarray]

    def __init__(self, W: Layered, b: Layered):
        weights, biases = _by_layer("W", W), _by_layer("b", b)
        if not weights:
            raise ShapeError("W: must have at least one layer, got none. Give W[1] and b[1].")
        if weights.keys() != biases.keys():
            raise ShapeError(f"b: must have the layers of W, {sorted(weights)}, got {sorted(biases)}. Add the missing ones.")
        for l, matrix in weights.items():
            if matrix.ndim != 2:
                raise ShapeError(f"W[{l}]: must be a matrix (n[{l}], n[{l - 1}]), got shape {matrix.shape}. Reshape it.")
            if biases[l].shape != (len(matrix),):
                raise ShapeError(
                    f"b[{l}]: must have shape ({len(matrix)},), one bias per row of W[{l}], got {biases[l].shape}. "
                    f"{'Drop the extra axis with .ravel().' if biases[l].size == len(matrix) else 'Match it to W.'}"
                )
            if l > 1 and matrix.shape[1] != len(weights[l - 1]):
                before = len(weights[l - 1])
                advice = "It looks transposed: rows are outputs." if len(matrix) == before else "Check the widths."
                raise ShapeError(
                    f"W[{l}]: must have {before} columns, one per unit of layer {l - 1}, got shape {matrix.shape}. {advice}"
                )
        object.__setattr__(self, "W", weights)
        object.__setattr__(self, "b", biases)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Widths n[0], ..., n[L]."""
        return (self.W[1].shape[1], *(len(self.W[l]) for l in self.W))

    @property
    def count(self) -> int:
        """Number of scalar parameters."""
        return sum(self.W[l].size + self.b[l].size for l in self.W)

    def astype(self, dtype: Any) -> "Parameters":
        """The same parameters rounded to float64 or float32; `SpecificationError` for another dtype."""
        name = native(dtype)
        new = object.__new__(Parameters)
        object.__setattr__(new, "W", {l: _rounded(v, name) for l, v in self.W.items()})
        object.__setattr__(new, "b", {l: _rounded(v, name) for l, v in self.b.items()})
        return new


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs x of shape (m, n[0]) and targets y: (m, n[L]) numbers, or (m,) integer class labels counted from 0.

    A network with one output takes its targets as (m, 1): a vector would be labels of one class. The arrays are read-only copies,
    so that what was checked stays true. Raises `ShapeError` or `DataError`; an empty batch is refused.
    """

    x: np.ndarray
    y: np.ndarray

    def __init__(self, x: Any, y: Any):
        x, y = finite_array("x", x), finite_array("y", y)
        if x.ndim != 2:
            raise ShapeError(f"x: must have shape (batch, n[0]), got {x.shape}. One sample is x[None, :].")
        if len(x) == 0:
            raise DataError("batch: must hold at least one sample, got 0. Check how the data were selected.")
        if y.ndim not in (1, 2):
            raise ShapeError(f"y: must have shape (batch, n[L]), or (batch,) for labels, got {y.shape}. Reshape it.")
        if len(y) != len(x):
            raise ShapeError(f"y: must have {len(x)} rows, one per sample of x, got {len(y)}. Match the two.")
        if y.ndim == 1:
            _check_labels(y)
        object.__setattr__(self, "x", _owned(x))
        object.__setattr__(self, "y", _owned(y, np.int64 if y.ndim == 1 else None))

    def __len__(self) -> int:
        return len(self.x)

    def astype(self, dtype: Any) -> "Batch":
        """The same batch rounded to float64 or float32, integer labels as they are; `SpecificationError` for another dtype."""
        name = native(dtype)
        new = object.__new__(Batch)
        object.__setattr__(new, "x", _rounded(self.x, name))
        object.__setattr__(new, "y", _rounded(self.y, name) if self.y.ndim == 2 else self.y)
        return new


def _check_labels(y: np.ndarray) -> None:
    """Refuse a vector that is not whole numbers within int64; their range is checked against a network."""
    if y.dtype.kind == "f" and not (y == np.rint(y)).all():
        raise ShapeError(
            f"y: a vector must hold integer class labels, got fractional numbers. "
            f"For regression with one output give shape ({len(y)}, 1): y[:, None]."
        )
    if y.dtype.kind in "fu" and (large := np.abs(y) >= 2.0**63).any():
        i = int(large.argmax())
        raise DataError(f"y: labels must be class numbers counted from 0, got {y[i]:g} at index {i}. Correct it.", (i,))
