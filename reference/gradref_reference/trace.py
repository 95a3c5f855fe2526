"""Trace: everything one implementation computed on its way through a network; Case: what it was asked to compute."""

from dataclasses import dataclass, field, replace
from html import escape

import numpy as np

from .arrays import Batch, Parameters
from .checks import expect, unmasked
from .formats import format_of, round_to
from .network import Network

__all__ = ["Case", "Trace"]

Layers = dict[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class Trace:
    """One run of a network, forward and backward: the implementation's own numbers as float64 arrays.

    They are read and never written to; of a subclass of array the plain array is kept, and a masked one is refused (`DataError`),
    since a mask would hide what is judged. Several may be one array: a[0] the x of the batch, a[l] the z[l] of an identity.

    Attributes
    ----------
    a : activations, l = 0..L, (m, n[l]); a[0] is the input.
    z : weighted inputs, l = 1..L, (m, n[l]).
    delta : errors ∂C/∂z[l], l = 1..L, (m, n[l]), the batch factor inside.
    dW, db : gradients, l = 1..L, (n[l], n[l-1]) and (n[l],).
    cost : C.
    dtype : the format it was computed in ("float32", ...), whatever the format of these arrays.
    framework, mode, version : who computed it and how.
    seconds : wall time of the computation.
    notes : what a reader must know, e.g. that tracing changed a bit of the result.
    """

    a: Layers
    z: Layers
    delta: Layers
    dW: Layers
    db: Layers
    cost: float
    dtype: str = "float64"
    framework: str = "numpy"
    mode: str = "reference"
    version: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("a", "z", "delta", "dW", "db"):
            layers = getattr(self, name)
            if isinstance(layers, dict) and any(isinstance(v, np.ndarray) and type(v) is not np.ndarray for v in layers.values()):
                plain = {l: unmasked(f"{name}[{l}]", v) if isinstance(v, np.ndarray) else v for l, v in layers.items()}
                object.__setattr__(self, name, plain)

    @property
    def L(self) -> int:
        """Index of the last layer."""
        return len(self.dW)

    def __repr__(self) -> str:
        sizes = "-".join(str(self.a[l].shape[1]) for l in sorted(self.a))
        return f"Trace({self.framework} {self.mode} {self.dtype}, {sizes}, batch {len(self.a[0])}, cost {self.cost:.6g})"

    def _repr_html_(self) -> str:
        """A table of the tensors, for a notebook."""
        rows = []
        for l in range(1, self.L + 1):
            tensors = (("z", self.z), ("a", self.a), ("δ", self.delta), ("∂C/∂W", self.dW), ("∂C/∂b", self.db))
            for name, array in ((name, layers[l]) for name, layers in tensors):
                low, high, norm = (f"{x:.4g}" for x in (array.min(), array.max(), np.linalg.norm(array)))
                shape = " × ".join(map(str, array.shape))
                rows.append(f"<tr><th>{name}[{l}]</th><td>{shape}</td><td>{low}</td><td>{high}</td><td>{norm}</td></tr>")
        head = "<tr><th></th><th>shape</th><th>least</th><th>largest</th><th>norm</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


@dataclass(frozen=True, eq=False)
class Case:
    """What an adapter is asked to run.

    `parameters` and `batch` are given in float64; `rounded` holds them rounded once into `dtype`, so that every
    implementation starts from the same numbers.
    """

    network: Network
    parameters: Parameters
    batch: Batch
    dtype: str = "float64"
    framework: str = "numpy"
    mode: str = "reference"
    device: str = "cpu"
    name: str = "case"
    seed: int | None = None
    tags: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        expect("network", self.network, Network, "Write Network((2, 3, 1), 'tanh').")
        expect("parameters", self.parameters, Parameters, "Write Parameters(W, b).")
        expect("batch", self.batch, Batch, "Write Batch(x, y).")

    def rounded(self) -> tuple[Layers, Layers, np.ndarray, np.ndarray]:
        """W, b, x, y as float64 arrays whose values are representable in `dtype`; integer labels stay (m,) int64."""
        form = format_of(self.dtype)
        W = {l: round_to(v, form) for l, v in self.parameters.W.items()}
        b = {l: round_to(v, form) for l, v in self.parameters.b.items()}
        y = self.batch.y
        return W, b, round_to(self.batch.x, form), y if y.ndim == 1 else round_to(y, form)

    def on(self, framework: str, mode: str, dtype: str | None = None) -> "Case":
        """The same case for another framework, mode and dtype."""
        return replace(self, framework=framework, mode=mode, dtype=dtype or self.dtype)

    @property
    def label(self) -> str:
        """'torch eager float32 · digits-relu'."""
        return f"{self.framework} {self.mode} {self.dtype} · {self.name}"
