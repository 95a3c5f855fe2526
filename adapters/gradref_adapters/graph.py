"""Graph: what a framework computed on one run, operation by operation. Data without any framework in it; nothing is judged here.

A value is one version of one stored array. A node turns values into values; its pullback turned the cotangents of its outputs into
one contribution per input slot. Arrays are fetched when they are asked for, so that a graph costs no copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

__all__ = ["FLOATS", "BackwardRaised", "Fetch", "Graph", "Loss", "Node", "Pullback", "Recorder", "Trial", "Value", "Where"]

Fetch = Callable[[], np.ndarray]
"""Returns an array: float64 for any floating format, integers and truth values as they are."""

FLOATS = ("float64", "float32", "bfloat16", "float16")
"""The formats that the reference knows."""


@dataclass(frozen=True)
class Where:
    """Where an operation stands: the path of the module that ran it ("blocks.1.attn") and a line of somebody's source."""

    module: str = ""
    file: str = ""
    line: int = 0


@dataclass(eq=False)
class Value:
    """One version of one stored array.

    Attributes
    ----------
    index : its number in the graph.
    dtype : the framework's name of its format ("float32", "int64").
    fetch : the array.
    name : of a parameter, buffer or input; "" for what was computed.
    parameter : True for what the caller wants the gradient of.
    cotangent : ∂C/∂value as the framework summed it, or None where none arrived.
    hooked : somebody's hook may have changed the cotangent after it was summed.
    """

    index: int
    shape: tuple[int, ...]
    dtype: str
    fetch: Fetch
    name: str = ""
    parameter: bool = False
    cotangent: Fetch | None = None
    hooked: bool = False

    @property
    def floating(self) -> bool:
        """True for a format that the reference knows."""
        return self.dtype in FLOATS


@dataclass(eq=False)
class Pullback:
    """What the backward of a node was given and what it returned.

    `cotangents` has one entry per output, None where none arrived; `contributions` one per input slot that wants one, None where
    the framework returned none, which is 0.
    """

    name: str
    cotangents: tuple[Fetch | None, ...]
    contributions: dict[int, Fetch | None]
    dtypes: dict[int, str] = field(default_factory=dict)


@dataclass(eq=False)
class Node:
    """One operation.

    Attributes
    ----------
    operation : its name in the framework ("aten.addmm", "MyFunction").
    rule : the reference's name of it, or None where there is no rule: it is opaque.
    inputs : values, numbers and None, in the order of the rule.
    attributes : its other arguments, in the reference's words.
    body : the nodes of a function that stands as one node: its operations, in order; `rule` is None then.
    pullback : None where nothing was differentiated.
    given : random numbers and constants, taken as they are.
    names : what the function calls its inputs, where its rule does not say.
    """

    index: int
    operation: str
    rule: str | None
    inputs: tuple[Any, ...]
    attributes: dict[str, Any]
    outputs: tuple[Value, ...]
    where: Where
    pullback: Pullback | None = None
    body: tuple[Node, ...] = ()
    given: bool = False
    names: tuple[str, ...] = ()


class BackwardRaised(RuntimeError):
    """A model whose backward pass raised; `error` is what it raised."""

    def __init__(self, error: Exception):
        super().__init__(f"{type(error).__name__}: {error}")
        self.error = error


@dataclass(frozen=True)
class Trial:
    """One way of calling a custom function: its inputs in one format. An `optional` one may be refused by the forward."""

    name: str
    dtype: str
    inputs: tuple[Any, ...]
    optional: bool = False


@dataclass(frozen=True)
class Loss:
    """A kernel that is known to be less accurate than its format: agreement within this is agreement, and is reported as a loss.

    Attributes
    ----------
    rule, equation : the operation in the reference's words, and "FWD" or "VJP".
    dtypes : the formats it happens in.
    storage : it rounds every step, its sums too, to the storage format.
    relative : a constant in it is off by this much, whatever the format.
    reason : one sentence.
    """

    rule: str
    equation: str
    dtypes: tuple[str, ...]
    reason: str
    storage: bool = False
    relative: float = 0.0


@dataclass(eq=False)
class Graph:
    """One run of a model and of its backward pass, forward order.

    `parameters` maps each name to its value; `final` to the gradient as the framework handed it out, None where it handed out none;
    `losses` are the known losses of accuracy of the framework's kernels.
    """

    framework: str
    mode: str
    version: str
    nodes: list[Node]
    values: list[Value]
    parameters: dict[str, Value]
    final: dict[str, Fetch | None]
    output: Value
    losses: tuple[Loss, ...] = ()


class Recorder(Protocol):
    """What a framework offers so that its models can be judged operation by operation."""

    def record(self, model: Any, inputs: tuple[Any, ...], loss: Any, seed: int) -> Graph:
        """One forward and backward pass; `BackwardRaised` where the latter raises. The model is left as it was."""
        ...

    def trials(self, inputs: tuple[Any, ...], dtypes: tuple[str, ...]) -> Iterator[Trial]:
        """The ways of calling a custom function that are worth a check."""
        ...

    def repeated(self, function: Any, inputs: tuple[Any, ...], seed: int) -> bool:
        """True when a second run gives the same bits."""
        ...

    def second_derivative(self, function: Any, inputs: tuple[Any, ...], seed: int) -> float | None:
        """The error of a second derivative, in units of its own uncertainty; None where the function has none."""
        ...
