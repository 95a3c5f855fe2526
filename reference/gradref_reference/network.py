"""Network: the architecture of a feed-forward network, without its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from .activations import Activation, activation
from .arrays import Batch, Parameters
from .costs import Cost, cost_function
from .errors import DataError, ShapeError, SpecificationError

__all__ = ["Network"]


@dataclass(frozen=True)
class Network:
    """A feed-forward network a[l] = σ[l](W[l] a[l-1] + b[l]), l = 1..L, with its cost.

    Parameters
    ----------
    sizes : widths n[0], ..., n[L].
    activations : one name per layer 1..L, or one name for all of them; see `ACTIVATIONS`.
    cost : see `COSTS`. A cross-entropy is fused with its output activation (softmax or sigmoid).
    l2 : λ >= 0 of the penalty λ/2 Σ‖W‖² (biases are not penalised, as in Nielsen; his λ/n is this λ).

    Raises
    ------
    SpecificationError : for anything that cannot be, naming what to write instead.

    >>> Network((784, 30, 10), ("relu", "softmax"), "cross_entropy").parameter_count
    23860
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str = "quadratic"
    l2: float = 0.0

    def __init__(
        self,
        sizes: Sequence[int],
        activations: str | Sequence[str] = "sigmoid",
        cost: str = "quadratic",
        l2: float = 0.0,
    ):
        if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Sequence) or len(sizes) < 2:
            raise SpecificationError(f"sizes: must list the input width and at least one layer, got {sizes!r}. Write (2, 3, 1).")
        for l, n in enumerate(sizes):
            if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
                raise SpecificationError(f"sizes[{l}]: must be a whole number >= 1, got {n!r}. Correct this width.")
        layers = len(sizes) - 1
        names = (activations,) * layers if isinstance(activations, str) else tuple(activations)
        if len(names) != layers:
            raise SpecificationError(
                f"activations: must name one function per layer, {layers} for sizes {tuple(sizes)}, got {len(names)}. "
                "The input layer has none."
            )
        for name in names:
            activation(name)
        output = cost_function(cost).output
        if output is not None and names[-1] != output:
            raise SpecificationError(
                f"cost: {cost} must follow a {output} output layer, got {names[-1]!r}. "
                f"Set the last activation to '{output}' (the two are computed together, on the logits)."
            )
        if isinstance(l2, bool) or not isinstance(l2, (int, float)) or not (isfinite(l2) and l2 >= 0):
            raise SpecificationError(f"l2: must be a finite number >= 0, got {l2!r}. Use 0 for no penalty.")
        object.__setattr__(self, "sizes", tuple(int(n) for n in sizes))
        object.__setattr__(self, "activations", names)
        object.__setattr__(self, "cost", cost)
        object.__setattr__(self, "l2", float(l2))

    @property
    def L(self) -> int:
        """Index of the last layer."""
        return len(self.sizes) - 1

    @property
    def parameter_count(self) -> int:
        """Σ n[l] (n[l-1] + 1)."""
        return sum(n * (before + 1) for before, n in zip(self.sizes, self.sizes[1:], strict=False))

    @cached_property
    def sigma(self) -> dict[int, Activation]:
        """The activation of each layer, keyed by l."""
        return {l: activation(name) for l, name in enumerate(self.activations, start=1)}

    @cached_property
    def cost_function(self) -> Cost:
        """The cost as a function."""
        return cost_function(self.cost)

    @property
    def fused(self) -> bool:
        """True when the cost is computed on the logits, together with the output activation."""
        return self.cost_function.output is not None

    def check(self, parameters: Parameters, batch: Batch | None = None) -> None:
        """Raise `ShapeError` or `DataError` unless parameters and batch fit this network."""
        if parameters.sizes != self.sizes:
            raise ShapeError(f"parameters: widths must be {self.sizes}, got {parameters.sizes}. Use the network they belong to.")
        if batch is None:
            return
        if batch.x.shape[1] != self.sizes[0]:
            raise ShapeError(f"x: must have {self.sizes[0]} columns, one per input, got {batch.x.shape[1]}. Check the data.")
        outputs = self.sizes[-1]
        if batch.y.ndim == 1:
            if self.activations[-1] != "softmax" and self.cost == "quadratic" and outputs == 1:
                raise ShapeError("y: must have shape (batch, 1) for one output, got a vector. Write y[:, None].")
            low, high = int(batch.y.min()), int(batch.y.max())
            if low < 0 or high >= outputs:
                bad = low if low < 0 else high
                raise DataError(
                    f"y: labels must lie in 0..{outputs - 1}, got {bad}. Renumber the classes or widen the last layer."
                )
        elif batch.y.shape[1] != outputs:
            raise ShapeError(f"y: must have {outputs} columns, one per output, got {batch.y.shape[1]}. Check the targets.")

    def targets(self, batch: Batch, dtype: Any = np.float64) -> np.ndarray:
        """The targets as numbers (m, n[L]): y itself, or integer labels one-hot."""
        if batch.y.ndim == 2:
            return batch.y.astype(dtype, copy=False)
        y = np.zeros((len(batch), self.sizes[-1]), dtype)
        y[np.arange(len(batch)), batch.y] = 1
        return y

    def to_toml(self, path: str | Path | None = None) -> str:
        """This network as TOML; written to `path` when one is given."""
        from .files import network_to_toml

        return network_to_toml(self, path)

    @classmethod
    def from_toml(cls, path: str | Path) -> "Network":
        """The network described by a TOML file; `FileError` names the line or the field that is wrong."""
        from .files import network_from_toml

        return network_from_toml(path)
