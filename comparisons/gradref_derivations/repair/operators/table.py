"""The table of operators: each a small generator of new expressions for one place, with its price and where it applies.

An operator yields pairs `(extra, new)`: what is added to its price, mostly the price of an ingredient, and what stands in place of
the node. It is registered under the kind of node it changes: a type of expression, `Constant`, `Slice`, or `Option` for what
follows `axis=` and the like; one for `ast.expr` applies to every expression that is none of these three.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np

from ..ingredients import Ingredients
from ..nodes import nodes_of, parsed, put
from ..place import Context, Place, Predicate

__all__ = [
    "Kind",
    "Operator",
    "Option",
    "Proposals",
    "always",
    "offers",
    "operator",
    "operators_for",
    "proposals",
    "sample_ingredients",
]

Proposals = Iterator[tuple[float, ast.expr]]
OPTIONS = ("axis", "axes", "keepdims", "dtype", "ddof")


class Option:
    """Stands in the table for the value of an argument such as `axis=`."""


class Kind(Enum):
    """What an operator changes, as far as anybody asks: a name may be tried elsewhere at another price, and so on."""

    NAME = "another name"
    INDEX = "part of an index"
    OTHER = "anything else"


@dataclass(frozen=True)
class Operator:
    """One kind of edit; `name` and the docstring of `propose` say which."""

    name: str
    propose: Callable[[Place], Proposals]
    on: tuple[type, ...]
    cost: float
    applies: Predicate
    kind: Kind


TABLE: list[Operator] = []


def always(place: Place) -> bool:
    """Applies to every node of the type."""
    return True


def operator(
    name: str, *, on: type | tuple[type, ...], cost: float, applies: Predicate = always, kind: Kind = Kind.OTHER
) -> Callable[[Callable[[Place], Proposals]], Callable[[Place], Proposals]]:
    """Put a generator into the table."""

    def register(propose: Callable[[Place], Proposals]) -> Callable[[Place], Proposals]:
        TABLE.append(Operator(name, propose, on if isinstance(on, tuple) else (on,), cost, applies, kind))
        operators_for.cache_clear()
        return propose

    return register


@lru_cache
def operators_for(kind: type) -> tuple[Operator, ...]:
    """The rows of the table for one type of node."""
    own = (ast.Constant, ast.Slice, Option)
    return tuple(o for o in TABLE if kind in o.on or (kind not in own and ast.expr in o.on))


def proposals(place: Place) -> Iterator[tuple[float, ast.expr, Operator]]:
    """Everything the table has for one node: the price, what stands there instead, and whose idea it is."""
    kind = type(place.node)
    if kind not in (ast.Slice, ast.Constant) and isinstance(place.parent, ast.keyword) and place.parent.arg in OPTIONS:
        kind = Option
    for row in operators_for(kind):
        if row.applies(place):
            for extra, new in row.propose(place):
                yield row.cost + extra, new, row


def sample_ingredients(variables: dict[str, Any]) -> Ingredients:
    """Ingredients for an example: the variables, a tuple as a random array of that shape, and NumPy."""
    rng = np.random.default_rng(0)
    scope = {k: rng.standard_normal(v) if isinstance(v, tuple) else v for k, v in variables.items()}
    found = Ingredients([{"np": np, **scope}])
    for name in scope:
        found.add(name, 0.0)
    return found


def offers(propose: Callable[[Place], Proposals], expression: str, at: str | None = None, **variables: object) -> list[str]:
    """What an operator makes of an expression whose part `at` it changes, all of it by default; for the examples beside each one.

    The ingredients are the variables; a tuple stands for a random array of that shape. Nothing is made where the operator does not
    apply.
    """
    holder = ast.Expr(parsed(expression))
    ingredients = sample_ingredients(variables)
    rows = [o for o in TABLE if o.propose is propose]
    for node, slot, _ in nodes_of(holder.value, (holder, "value", None)):
        if ast.unparse(node) != (at or ast.unparse(holder)):
            continue
        place = Place(node, slot[0], Context(holder.value, ingredients, [], []))
        found = chain.from_iterable(o.propose(place) for o in rows if o.applies(place))
        written = []
        for _, new in found:
            put(slot, new)
            written.append(ast.unparse(ast.fix_missing_locations(holder)))
            put(slot, node)
        return written
    raise ValueError(f"offers: {at!r} must be part of {expression!r}. Correct the example.")
