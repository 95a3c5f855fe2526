"""Where the ingredients of a place come from: names in scope, entries of dicts and lists, attributes, pieces of the file's own code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..program.program import Program
from .combinations import add_clips, add_combinations, add_forms, add_gates, add_penalties, add_products, add_textbook
from .edit_locations import Site
from .fragments import Fragment, calls_of
from .ingredients import Ingredients
from .operators import costs
from .values import is_number

__all__ = ["gathered"]

Priced = Iterator[tuple[str, float]]
LONGEST = 60  # entries of a container that are looked at
FIRST_FEW = 6


def gathered(program: Program, site: Site, locals_: list[dict[str, Any]], fragments: list[Fragment]) -> Ingredients:
    """The ingredients of a site whose local variables were these in its first executions."""
    found = Ingredients([{**program.namespace, **env} for env in locals_], set(locals_[-1]))
    body = ast.unparse(site.editable.node)
    for text, cost in [("2", costs.TWO), ("0.5", costs.HALF), *_names(found, body)]:
        base = re.match(r"\w*", text).group()  # type: ignore[union-attr]
        uses = len(re.findall(rf"\b{re.escape(base)}\b", body))
        found.add(text, cost + costs.USED_ELSEWHERE / (1 + uses))
    for text, node, cost in fragments:
        found.add(text, cost, node, sibling=node is None)
    add_forms(found, ast.unparse(site.expression if hasattr(site.statement, "body") else site.statement))
    add_penalties(found)
    add_gates(found)
    add_clips(found, [n for n in ast.walk(program.tree) if isinstance(n, ast.Call)])
    add_products(found, site)
    add_textbook(found, site)
    add_combinations(found, site, program)
    found.calls = calls_of(program)
    found.sort()
    return found


def _names(found: Ingredients, body: str) -> Priced:
    """Everything that has a name, with its entries."""
    local = found.local
    whole = [k for k, v in local.items() if isinstance(v, (int, np.integer)) and type(v) is not bool and not k.startswith("__")]
    for name in found.names:
        value = local[name]
        if isinstance(value, np.ndarray) or is_number(value):
            yield name, costs.IN_SCOPE
            yield from _of_array(name, value, whole, body)
        elif isinstance(value, dict):
            yield from _of_dict(name, value, whole, local)
        elif isinstance(value, (list, tuple)):
            yield from _of_list(name, value, whole)
        elif _is_object(value):
            for attribute, inner in vars(value).items():
                if isinstance(inner, np.ndarray) or is_number(inner):
                    yield f"{name}.{attribute}", costs.ATTRIBUTE


def _of_array(name: str, value: Any, whole: list[str], body: str) -> Priced:
    """Its lengths, and one entry or row of it."""
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return
    for axis in range(value.ndim):
        yield f"{name}.shape[{axis}]", costs.LENGTH
    yield f"{name}.size", costs.SIZE
    for index in whole:
        if value.ndim >= 2 or value.dtype.kind in "iu":
            yield f"{name}[{index}]", costs.ROW_WRITTEN if f"{name}[{index}]" in body else costs.ROW
            yield f"{name}[{index} - 1]", costs.NEIGHBOUR_ROW
            yield f"{name}[{index} + 1]", costs.NEIGHBOUR_ROW


def _of_dict(name: str, value: dict, whole: list[str], local: dict[str, Any]) -> Priced:
    """Its entries by name, and those at a whole number and beside it."""
    for key in list(value)[:LONGEST]:
        if isinstance(key, str) and isinstance(value[key], (np.ndarray, float, int)):
            yield f'{name}["{key}"]', costs.ENTRY
            for axis in range(np.ndim(value[key])):
                yield f'{name}["{key}"].shape[{axis}]', costs.LENGTH
    for index in whole:
        if local[index] in value:
            yield from _around(name, index, costs.ENTRY_BY_NUMBER)


def _of_list(name: str, value: list | tuple, whole: list[str]) -> Priced:
    """Its entries at a whole number, from either end, and the first and last few."""
    if not value or len(value) > LONGEST:
        return
    for index in whole:
        yield from _around(name, index, costs.ENTRY_BY_NUMBER)
        yield from _around(name, f"-{index}", costs.ENTRY_FROM_THE_END)
    for i in [*range(min(len(value), FIRST_FEW)), -1, -2]:
        yield f"{name}[{i}]", costs.ENTRY_BY_PLACE


def _around(name: str, index: str, cost: float) -> Priced:
    yield f"{name}[{index}]", cost
    yield f"{name}[{index} - 1]", cost + costs.NEIGHBOUR
    yield f"{name}[{index} + 1]", cost + costs.NEIGHBOUR


def _is_object(value: Any) -> bool:
    """True for an instance with attributes; a module is none."""
    return (
        hasattr(value, "__dict__") and not callable(value) and not hasattr(value, "__path__") and not hasattr(value, "__spec__")
    )
