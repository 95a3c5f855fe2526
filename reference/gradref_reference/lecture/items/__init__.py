"""The registry of the lecture's items, in its order; one module per chapter family."""

from difflib import get_close_matches

from ...errors import SpecificationError
from ..item import Item
from . import derivatives, elementwise, forward, matrix_calculus

__all__ = ["ITEMS", "item"]

ITEMS: dict[str, Item] = {i.id: i for family in (forward, matrix_calculus, elementwise, derivatives) for i in family.ITEMS}
"""Every item by its id."""


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
