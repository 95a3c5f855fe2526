"""What a sheet says its names and functions are."""

from __future__ import annotations

from dataclasses import dataclass

from .shapes import Dim
from .tree import Node

__all__ = ["COST_NAMES", "Body", "Definition", "Function"]

COST_NAMES = ("C", "J", "E", "L", "ℓ", "loss", "Loss", "cost", "Cost", "ℒ", "NLL", "CE", "MSE", "ce", "mse", "nll", "BCE")
"""Names that costs go by, the likeliest first; a cost is a number."""


@dataclass(frozen=True)
class Definition:
    """What a sheet says a name is.

    Attributes
    ----------
    name : key of the name; of a family its base.
    body : the right side as it was read.
    parameters : free indices of an array, or the step letter of a family.
    kind : value, array, family or first (one step of a family, numbered by `step`).
    span : where it stands.
    """

    name: str
    body: Node
    parameters: tuple[str, ...] = ()
    kind: str = "value"
    step: int | None = None
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Function:
    """A function of the sheet; `body` None for one that is never defined, which is then any smooth function."""

    name: str
    parameters: tuple[str, ...] = ()
    body: Node | None = None
    maps: tuple[tuple[str | int, ...], tuple[str | int, ...]] | None = None


@dataclass
class Body:
    """An elaborated definition."""

    tree: Node
    parameters: tuple[str, ...] = ()
    dims: tuple[Dim, ...] = ()
