"""Call: one ATen operator as it was dispatched, its tensors replaced by values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ...graph import Value, Where

__all__ = ["Call", "Tracked", "dtype_name", "fetch_of", "tensors_in"]


def dtype_name(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def fetch_of(tensor: torch.Tensor) -> Any:
    """A function that returns the tensor's numbers: float64 for floats, the others as they are."""
    plain = tensor.detach()

    def fetch() -> Any:
        with torch.no_grad():
            t = plain.resolve_conj().resolve_neg()
            if t.dtype in (torch.bfloat16, torch.float16):
                t = t.to(torch.float32)
            array = t.numpy(force=True)
            return array.astype(np.float64) if t.is_floating_point() else array

    return fetch


@dataclass(eq=False)
class Tracked:
    """A tensor that was seen, its value, and the edge of autograd's graph that its gradient arrives at."""

    tensor: torch.Tensor
    version: int
    value: Value
    edge: tuple[Any, int] | None = None
    leaf: bool = False


@dataclass(eq=False)
class Call:
    """One operator: its name, its arguments by the names of its schema, what it returned.

    `arguments` holds values where tensors were, lists of them where lists were; `tracked` the inputs in the order of the schema.
    """

    name: str
    overload: str
    arguments: dict[str, Any]
    inputs: list[Tracked]
    outputs: list[Tracked]
    where: Where
    random: bool = False
    node: Any = None  # autograd's node, where the operator has one of its own
    written: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, argument: str) -> Any:
        return self.arguments.get(argument)


def tensors_in(x: Any) -> list[torch.Tensor]:
    """Every tensor of an argument or result: itself, or those of a list or tuple."""
    if isinstance(x, torch.Tensor):
        return [x]
    if isinstance(x, (list, tuple)):
        return [t for item in x for t in tensors_in(item)]
    return []
