"""The registry of the lecture's items, in its order; one module per chapter family."""

from difflib import get_close_matches

from ...errors import SpecificationError
from ..item import Item
from . import (
    algorithm,
    derivatives,
    elementwise,
    equations,
    forward,
    gradient_descent,
    layer_jacobian,
    matrix_calculus,
    one_neuron,
)

__all__ = ["ITEMS", "item"]

_FAMILIES = (
    forward,
    matrix_calculus,
    elementwise,
    derivatives,
    one_neuron,
    gradient_descent,
    layer_jacobian,
    equations,
    algorithm,
)


def _place(id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in id.split("."))


ITEMS: dict[str, Item] = {
    i.id: i for i in sorted((i for family in _FAMILIES for i in family.ITEMS), key=lambda i: _place(i.id))
}
"""Every item by its id, in the lecture's order."""


def item(id: str) -> Item:
    """The item with this id; `SpecificationError` with the nearest id otherwise.

    >>> item("1.5.4").title
    'The Jacobian chain rule'
    """
    if id not in ITEMS:
        near = get_close_matches(id, ITEMS, n=1, cutoff=0.0)
        raise SpecificationError(
            f"lecture: the id must be one of {len(ITEMS)} items from 1.3 to 4.4, got {id!r}. Did you mean '{near[0]}'?"
        )
    return ITEMS[id]
