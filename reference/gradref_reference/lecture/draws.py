"""Random inputs for claims, and the numbers of the lecture's chapter 3.2 in mathematics.md."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

__all__ = ["V", "W", "X", "diagonal", "normal", "positive_number"]

W, X, V = [2, -3, 5], [4, 7, -2], [1, 2, -1]


@cache
def normal(*shapes: str) -> Callable[..., tuple]:
    """A `draw` of standard normal arrays, one for each shape: "q p" is a matrix of the second size by the first, "" a number.

    The letters p, q, r, s, t stand for the first five of the six sizes and N for the last, digits for themselves.

    >>> [np.shape(v) for v in normal("q p", "N", "2")(np.random.default_rng(0), (2, 3, 4, 5, 6, 7))]
    [(3, 2), (7,), (2,)]
    """

    def draw(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple:
        widths = dict(zip("pqrstN", sizes, strict=True))
        return tuple(
            rng.standard_normal(tuple(widths[k] if k in widths else int(k) for k in shape.split()) or None) for shape in shapes
        )

    return draw


def positive_number(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple:
    """A `draw`: one number between 1 and 3."""
    return (1.0 + 2.0 * rng.random(),)


def diagonal(*entries: Any) -> list[list[Any]]:
    """The diagonal matrix of these entries, which may be fractions written as strings.

    >>> diagonal(4, "1/7")
    [[4, 0], [0, '1/7']]
    """
    return [[e if i == j else 0 for j in range(len(entries))] for i, e in enumerate(entries)]
