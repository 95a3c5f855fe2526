"""Network: the architecture of a feed-forward network, without its numbers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from .activations import Activation, activation
from .arrays import Batch, Parameters
from .checks import expect, number, several
from .costs import Cost, cost_function
from .errors import DataError, FileError, ShapeError, SpecificationError, shown
from .paths import writable
from .toml import fields_from_toml, fields_to_toml

__all__ = ["Network", "check_problem"]


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
        sizes: Sequence[int] | np.ndarray,
        activations: str | Sequence[str] = "sigmoid",
        cost: str = "quadratic",
        l2: float = 0.0,
    ):
        object.__setattr__(self, "sizes", _widths(sizes))
        object.__setattr__(self, "activations", _names(activations, self.sizes))
        object.__setattr__(self, "cost", _cost(cost, self.activations[-1]))
        object.__setattr__(self, "l2", number("l2", l2, "Use 0 for no penalty."))

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
        expect("parameters", parameters, Parameters, "Write Parameters(W, b).")
        if parameters.sizes != self.sizes:
            raise ShapeError(f"parameters: widths must be {self.sizes}, got {parameters.sizes}. Use the network they belong to.")
        if batch is not None:
            self.check_batch(batch)

    def check_batch(self, batch: Batch) -> None:
        """Raise `ShapeError` or `DataError` unless the batch fits this network."""
        expect("batch", batch, Batch, "Write Batch(x, y).")
        if batch.x.shape[1] != self.sizes[0]:
            raise ShapeError(f"x: must have {self.sizes[0]} columns, one per input, got {batch.x.shape[1]}. Check the data.")
        self._check_targets(batch.y)

    def _check_targets(self, y: np.ndarray) -> None:
        outputs = self.sizes[-1]
        if y.ndim == 2:
            if y.shape[1] != outputs:
                raise ShapeError(f"y: must have {outputs} columns, one per output, got {y.shape[1]}. Check the targets.")
            return
        if outputs == 1 and self.activations[-1] != "softmax":  # no classes: one-hot would turn every target into 1
            raise ShapeError("y: must have shape (batch, 1) for one output, got a vector. Write y[:, None].")
        if y.view(np.uint64).max() >= outputs:  # a negative int64 reads as a huge number: both bounds at once
            i = int(((y < 0) | (y >= outputs)).argmax())
            raise DataError(
                f"y: labels must lie in 0..{outputs - 1}, got {y[i]} at index {i}. Renumber the classes or widen the last layer.",
                (i,),
            )

    def targets(self, batch: Batch, dtype: Any = np.float64) -> np.ndarray:
        """The targets as numbers (m, n[L]): y itself, or integer labels one-hot; `ShapeError` or `DataError` as in `check`."""
        self._check_targets(expect("batch", batch, Batch, "Write Batch(x, y).").y)
        if batch.y.ndim == 2:
            return batch.y.astype(dtype, copy=False)
        y = np.zeros((len(batch), self.sizes[-1]), dtype)
        y[np.arange(len(batch)), batch.y] = 1
        return y

    def to_toml(self, path: str | Path | None = None) -> str:
        """This network as TOML; written to `path` when one is given."""
        text = fields_to_toml(self.sizes, self.activations, self.cost, self.l2)
        if path is not None:
            with writable(path) as file:
                file.write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_toml(cls, path: str | Path) -> "Network":
        """The network described by a TOML file; `FileError` names the line or the field that is wrong."""
        fields, line_of = fields_from_toml(path)
        try:
            return cls(**fields)
        except SpecificationError as error:
            raise FileError(f"{path}, line {line_of(error.field)}: {error}") from None


def check_problem(network: Network, parameters: Parameters, batch: Batch) -> None:
    """Refuse what does not fit (`ShapeError`, `DataError`), and what is no network, parameters or batch (`SpecificationError`)."""
    expect("network", network, Network, "Write Network((2, 3, 1), 'tanh').")
    network.check(parameters, expect("batch", batch, Batch, "Write Batch(x, y)."))


def _widths(sizes: Any) -> tuple[int, ...]:
    widths = sizes.tolist() if isinstance(sizes, np.ndarray) else sizes
    if isinstance(widths, (str, bytes)) or not isinstance(widths, Sequence) or len(widths) < 2:
        raise SpecificationError(
            f"sizes: must list the input width and at least one layer, got {shown(sizes)}. Write (2, 3, 1).", "sizes"
        )
    for l, n in enumerate(widths):
        if isinstance(n, bool) or not isinstance(n, Integral) or n < 1:
            raise SpecificationError(f"sizes[{l}]: must be a whole number >= 1, got {shown(n)}. Correct this width.", "sizes")
    return tuple(int(n) for n in widths)


def _names(activations: Any, sizes: tuple[int, ...]) -> tuple[str, ...]:
    layers = len(sizes) - 1
    names = (activations,) * layers if isinstance(activations, str) else activations
    names = several("activations", names, "Write 'relu'.", "one name or a list of names")
    if len(names) != layers:
        raise SpecificationError(
            f"activations: must name one function per layer, {layers} for sizes {shown(sizes)}, got {len(names)}. "
            "The input layer has none.",
            "activations",
        )
    for l, name in enumerate(names, start=1):
        if not isinstance(name, str):
            raise SpecificationError(f"activations: must be names, got {shown(name)} for layer {l}. Write 'relu'.", "activations")
        with _blaming("activations"):
            activation(name)
    return tuple(str(name) for name in names)


def _cost(cost: Any, last: str) -> str:
    if not isinstance(cost, str):
        raise SpecificationError(f"cost: must be a name, got {shown(cost)}. Write 'quadratic'.", "cost")
    with _blaming("cost"):
        output = cost_function(cost).output
    if output is not None and last != output:
        raise SpecificationError(
            f"cost: {cost} must follow a {output} output layer, got {last!r}. "
            f"Set the last activation to '{output}' (the two are computed together, on the logits).",
            "cost",
        )
    return cost


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Name the field in a `SpecificationError` raised inside."""
    try:
        yield
    except SpecificationError as error:
        raise SpecificationError(str(error), field) from None
