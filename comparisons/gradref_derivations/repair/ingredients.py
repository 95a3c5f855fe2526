"""Ingredients: the expressions that could stand at a place, evaluated on the variables of the moment, once per value.

Two expressions with the same values are one; the simpler is kept.
"""

from __future__ import annotations

import ast
from time import perf_counter
from typing import Any

import numpy as np

from .values import Atom, evaluate, fingerprint, usable

__all__ = ["Ingredients"]

PATIENCE = 1.0  # seconds for gathering the ingredients of one site
MOST = 320  # expressions kept at one site
MOST_ALIKE = 4  # expressions of one whole number
FREE_OF_ACCIDENT = (0.5, 2.0)  # numbers that are the same number whatever formula gives them


class Ingredients:
    """Atoms by value for one place.

    Attributes
    ----------
    scopes : the namespaces (globals and locals) of the first executions of the place and of the last.
    local_names : the local variables among them.
    atoms : what could stand there, cheapest first once `sort` was called.
    functions : names of the functions in sight that are written in Python.
    calls : calls of the file whose first argument may be another.
    """

    def __init__(self, scopes: list[dict[str, Any]], local_names: set[str] | None = None):
        self.scopes = scopes
        self.atoms: list[Atom] = []
        self.calls: list[ast.Call] = []
        self._until = perf_counter() + PATIENCE
        self._seen: dict[Any, int] = {}
        self._texts: set[str] = set()
        self._alike: dict[Any, int] = {}
        local = scopes[-1] if scopes else {}
        self.local_names = set(local) if local_names is None else local_names
        self.names = [k for k in local if not k.startswith("__") and k != "_"]
        self.functions = [k for k in self.names if callable(local[k]) and hasattr(local[k], "__code__")]

    @property
    def local(self) -> dict[str, Any]:
        """The last scope."""
        return self.scopes[-1] if self.scopes else {}

    def arrays(self) -> list[Atom]:
        """The atoms that have axes."""
        return [a for a in self.atoms if a.is_array]

    def numbers(self) -> list[Atom]:
        """The atoms that have none."""
        return [a for a in self.atoms if a.is_number]

    def plain(self, dearest: float) -> list[Atom]:
        """Arrays of floating point numbers up to a price."""
        return [a for a in self.atoms if a.cost <= dearest and a.is_floating]

    def add(self, text: str, cost: float, node: ast.expr | None = None, sibling: bool = False) -> None:
        """Evaluate an expression and keep it, unless it raises or a cheaper one has the same values."""
        if text in self._texts or perf_counter() > self._until:
            return
        self._texts.add(text)
        sibling = node is None and sibling
        if node is None:
            try:
                node = ast.parse(text, mode="eval").body
            except SyntaxError:
                return
        values = evaluate(node, self.scopes)
        if not values or not all(usable(v) for v in values):
            return
        mark: Any = fingerprint(values)
        if isinstance(values[-1], (float, np.floating)) and values[-1] not in FREE_OF_ACCIDENT:
            mark = text  # two formulas may give one number by accident
        elif isinstance(values[-1], (int, np.integer)) and values[-1] > 1:
            mark = (mark, self._of_one_value(mark))  # two sizes may be equal by accident
        at = self._seen.get(mark)
        atom = Atom(text, node, values[-1], cost, sibling)
        if at is None:
            self._seen[mark] = len(self.atoms)
            self.atoms.append(atom)
        elif cost < self.atoms[at].cost:
            self.atoms[at] = atom

    def _of_one_value(self, mark: Any) -> int:
        """How many expressions of one whole number there are so far; those beyond a few count as one."""
        number = self._alike.get(mark, 0)
        self._alike[mark] = min(number + 1, MOST_ALIKE)
        return number

    def sort(self) -> None:
        """Cheapest first, and no more than can be tried."""
        self.atoms.sort(key=lambda a: (a.cost, len(a.text)))
        del self.atoms[MOST:]
