"""The registry of the lecture's items, in its order; one module per chapter family."""

from difflib import get_close_matches

from ...errors import SpecificationError
from ..item import Item
from . import (
    algorithm,
    chain_rules,
    derivatives,
    elementwise,
    errors,
    expansion,
    forward,
    gradient_descent,
    layer_jacobian,
    matrix_calculus,
    one_neuron,
    parameters,
    stochastic_descent,
)

__all__ = ["ITEMS", "item"]

_FAMILIES = (
    forward,  # 1.3, 2.1, 2.2, 2.3
    matrix_calculus,  # 1.5.1, 1.5.2
    chain_rules,  # 1.5.3, 1.5.4
    elementwise,  # 3.2.1, 3.2.2
    expansion,  # 3.2.3, 3.2.4
    derivatives,  # 3.1, 3.3
    one_neuron,  # 3.4 - 3.6
    gradient_descent,  # 3.7
    stochastic_descent,  # 3.8
    layer_jacobian,  # 3.9
    errors,  # 4.1, 4.2.1, 4.2.2
    parameters,  # 4.2.3 - 4.2.5
    algorithm,  # 4.3, 4.4
)


def _place(item: Item) -> tuple[int, ...]:
    return tuple(int(part) for part in item.id.split("."))


ITEMS: dict[str, Item] = {i.id: i for i in sorted((i for family in _FAMILIES for i in family.ITEMS), key=_place)}
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
