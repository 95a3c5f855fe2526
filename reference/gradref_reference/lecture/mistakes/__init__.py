"""The known mistakes of each item: wrong formulas that people write, which the judges of `gradref lecture --mistakes` must reject."""

from ..item import Mistake
from . import m1, m2, m3_1_to_3_3, m3_4_to_3_9, m4_1_to_4_2, m4_3_to_4_4

__all__ = ["MISTAKES"]

MISTAKES: dict[str, tuple[Mistake, ...]] = {
    id: mistakes
    for part in (m1, m2, m3_1_to_3_3, m3_4_to_3_9, m4_1_to_4_2, m4_3_to_4_4)
    for id, mistakes in part.MISTAKES.items()
}
"""The mistakes of an item by its id."""
