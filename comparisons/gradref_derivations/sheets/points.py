"""Trial points: sizes, and values of everything that is free, whole numbers first."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .ball import arb
from .functions_of_one import FUNCTIONS, Function, generic
from .problems import NoValue
from .shapes import Dim
from .tree import Node, walk

if TYPE_CHECKING:
    from .model import Model

__all__ = ["LARGEST_FIXED", "World", "size_plans"]

LARGEST_FIXED = 6
"""A size given as a number is tried as such up to this; a larger one is tried as if it were a letter."""


def size_plans(sizes: Iterable[Any], least: dict[Any, int]) -> list[dict[Any, int]]:
    """Sizes to try for each letter: pairwise different, all equal, and some of them 1; never less than `least`."""
    names = sorted(sizes, key=str)
    k = len(names)
    spread = [2, 3, 4, 5] if k <= 4 else [2, 3, 4]
    first = [spread[i % len(spread)] for i in range(k)]
    plans = [first, [spread[(k - 1 - i) % len(spread)] for i in range(k)], [2] * k, [3] * k]
    plans += [[1 if i == j else first[i] for i in range(k)] for j in range(min(k, 2))] or [[]]
    plans += [[1] * k]
    return [{n: max(v, least.get(n, 1)) for n, v in zip(names, p, strict=True)} for p in plans]


@dataclass
class World:
    """One trial point of one model.

    Attributes
    ----------
    sizes : value of each size letter.
    seed, point : what the values follow from; the same pair gives the same values.
    signs : "any", "positive" or "unit" (between 0 and 1): where values are drawn, when the domain asks for it.
    whole : whether values are small whole numbers.
    properties : name -> what it is declared or assumed to be.
    logistic : whether σ is the logistic function.
    rounded : whether a decimal means its rounding interval.
    fixed : values given from outside: name -> array of whole numbers.
    """

    model: Model
    sizes: dict[Any, int]
    seed: int
    point: int
    signs: str = "any"
    whole: bool = True
    properties: dict[str, set[str]] = field(default_factory=dict)
    logistic: bool = False
    rounded: bool = False
    fixed: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    work: int = 0
    _functions: dict[str, Function] = field(default_factory=dict)
    _depends: dict[Any, bool] = field(default_factory=dict)
    _letters: dict[Any, frozenset[str]] = field(default_factory=dict)

    def size(self, dim: Dim | str | int) -> int:
        known = dim.known if isinstance(dim, Dim) else dim
        if known is None:
            raise NoValue("a size is not known.")
        if isinstance(known, int) and known <= LARGEST_FIXED:
            return known
        return self.sizes.setdefault(known, 3)

    def _rng(self, key: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.point, zlib.crc32(key.encode())])

    # -- free values

    def free(self, key: str) -> Any:
        """The value of a name that nothing defines."""
        if key not in self.values:
            base = key.partition("@")[0]
            shape = self.model.shapes[base]
            rows, columns = self.size(shape[0]), self.size(shape[1])
            if key in self.fixed and np.shape(self.fixed[key]) == (rows, columns):
                numbers = self.fixed[key]
            else:
                numbers = self._drawn(key, (rows, columns), self.properties.get(base, set()))
            value = np.empty((rows, columns), dtype=object)
            for place in np.ndindex(rows, columns):
                top, bottom = numbers[place]
                value[place] = arb(int(top)) / int(bottom)
            self.values[key] = value
            self.fixed.setdefault(key, numbers)
        return self.values[key]

    def _drawn(self, key: str, shape: tuple[int, int], properties: set[str]) -> Any:
        """Fractions: an object array of (numerator, denominator)."""
        rng = self._rng(key)
        bottom = 1 if self.whole and self.signs != "unit" else 64
        top = rng.integers(1, (4 if self.whole else 160) if self.signs != "unit" else 63, shape)
        if self.signs == "any" and "positive" not in properties:
            top = top * rng.choice([-1, 1], shape)
        if "negative" in properties:
            top = -abs(top)
        numbers = np.empty(shape, dtype=object)
        if properties & {"onehot", "probability", "sums", "distribution"}:
            top = abs(top)
            for j in range(shape[1]):
                if "onehot" in properties:
                    hot = rng.integers(0, shape[0])
                    top[:, j], total = np.eye(shape[0], dtype=int)[hot], 1
                else:
                    total = int(top[:, j].sum())
                for i in range(shape[0]):
                    numbers[i, j] = (int(top[i, j]), total)
            return numbers
        square = shape[0] == shape[1]
        if square and properties & {"symmetric", "definite"}:
            top = np.triu(top) + np.triu(top, 1).T
        if square and "definite" in properties:
            top = top @ top.T + np.eye(shape[0], dtype=int) * bottom * bottom
            bottom = bottom * bottom
        if square and "antisymmetric" in properties:
            top = np.triu(top, 1) - np.triu(top, 1).T
        if square and "diagonal" in properties:
            top = np.diag(np.diag(top))
        if square and "orthogonal" in properties:
            return _orthogonal(shape[0], rng)
        for place in np.ndindex(*shape):
            numbers[place] = (int(top[place]), bottom)
        return numbers

    # -- functions that are not defined

    def function(self, name: str) -> Function:
        """Any smooth function called `name`; σ is the logistic one where that is assumed."""
        if self.logistic and name == "·σ":
            return FUNCTIONS["sigmoid"]
        if "tanh" in self.properties.get(name[1:], ()):
            return FUNCTIONS["tanh"]
        if name not in self._functions:
            rng = self._rng(name)
            coefficients = [int(c) for c in rng.choice([-3, -2, -1, 1, 2, 3], 6)]
            if self.signs != "any":
                coefficients = [abs(c) for c in coefficients]
            self._functions[name] = generic(coefficients, waves=not self.whole)
        return self._functions[name]

    def weights(self, name: str, number: int, place: int) -> tuple[int, int]:
        """Two weights of an argument's entry in a function of arrays."""
        rng = self._rng(f"{name} {number} {place}")
        a, b = rng.integers(1, 4, 2)
        return (int(a), int(b)) if self.signs != "any" else (int(a) * int(rng.choice([-1, 1])), int(b))

    def first_step(self, base: str) -> int:
        """The first step that a family's recursion gives; the one before is free."""
        body = self.model.bodies.get(base)
        letter = body.parameters[0] if body is not None and body.parameters else "t"
        low = self.model.steps.get(letter, (1, "T"))[0]
        return low

    # -- what depends on what

    def depends(self, key: str, changed: dict[str, Any]) -> bool:
        """Whether a name's definition leads to one of `changed`."""
        question = (key, *sorted(changed))
        if question not in self._depends:
            bases = {c.partition("@")[0] for c in changed}
            base = key.partition("@")[0]
            body = self.model.bodies.get(key) or self.model.bodies.get(base)
            self._depends[question] = body is not None and bool(self.model.depends(body.tree) & bases)
        return self._depends[question]

    def letters(self, top: Node, variable: Node) -> frozenset[str]:
        """The index letters that stand in two trees."""
        question = (top, variable)
        if question not in self._letters:
            self._letters[question] = frozenset(n.value for t in (top, variable) for n in walk(t) if n.op == "index")
        return self._letters[question]


def _orthogonal(n: int, rng: np.random.Generator) -> Any:
    """A rational orthogonal matrix: a reflection at a whole vector."""
    v = rng.integers(1, 4, n)
    square = int(v @ v)
    numbers = np.empty((n, n), dtype=object)
    for i, j in np.ndindex(n, n):
        numbers[i, j] = (int(square * (i == j) - 2 * v[i] * v[j]), square)
    return numbers
