"""The registry of the lecture's items, in its order: one module `c…` for each item, and its mistakes from `mistakes/`."""

from dataclasses import replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from ..errors import SpecificationError, shown
from .item import Item
from .mistakes import MISTAKES

__all__ = ["ITEMS", "item"]

_CHAPTERS = [import_module(f".{file.stem}", __package__).ITEM for file in Path(__file__).parent.glob("c[0-9]*.py")]

ITEMS: dict[str, Item] = {
    one.id: replace(one, mistakes=MISTAKES[one.id]) for one in sorted(_CHAPTERS, key=lambda i: [int(n) for n in i.id.split(".")])
}
"""Every item by its id, in the lecture's order."""


def item(id: str) -> Item:
    """The item with this id; `SpecificationError` with the nearest id otherwise.

    >>> item("1.5.4").title
    'The Jacobian chain rule'
    """
    if not isinstance(id, str) or id not in ITEMS:
        near = get_close_matches(str(id) if isinstance(id, str | float) else "", ITEMS, n=1, cutoff=0.0)
        raise SpecificationError(
            f"lecture: the id must be one of {len(ITEMS)} items from 1.3 to 4.4, got {shown(id)}. Did you mean '{near[0]}'?"
        )
    return ITEMS[id]
