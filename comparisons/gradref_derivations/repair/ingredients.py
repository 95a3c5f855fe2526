"""The library of a site: every expression that could stand there, evaluated on the variables of the moment, once per value.

Names in scope, entries of dicts and lists, attributes, pieces of the file's own code, and the few forms derivatives are made
of (1 - v², v > 0, a helper of the file applied to v). Two expressions with the same values are one; the simpler is kept.
"""

from __future__ import annotations

import ast
import re
from time import perf_counter
from typing import Any

import numpy as np

from ..program.program import Program
from .combinations import add_combinations, add_forms, add_products, add_textbook
from .edit_locations import Site
from .fragments import calls_of
from .values import Atom, evaluate, fingerprint, is_number, usable

__all__ = ["Library"]

PATIENCE = 1.0  # seconds for filling the library of one site
MOST = 320  # expressions kept at one site


class Library:
    """Atoms by value for one site. `scopes` are the namespaces (globals and locals) of its first executions."""

    def __init__(
        self, program: Program, site: Site, locals_: list[dict[str, Any]], fragments: list[tuple[str, ast.expr | None, float]]
    ):
        scopes = [{**program.namespace, **env} for env in locals_]
        self.scopes = scopes
        self.local_names = set(locals_[-1]) if locals_ else set()
        self.atoms: list[Atom] = []
        self._until = perf_counter() + PATIENCE
        self._seen: dict[Any, int] = {}
        self._texts: set[str] = set()
        local = scopes[-1]
        names = [k for k in local if not k.startswith("__") and k != "_"]
        self.functions = [
            k for k in names if callable(local[k]) and not isinstance(local[k], type) and hasattr(local[k], "__code__")
        ]
        self.body = ast.unparse(site.editable.node)
        plain = [("2", 0.05), ("0.5", 0.1), *self._names(local, names)]
        for text, cost in plain:
            base = re.match(r"\w*", text).group()  # type: ignore[union-attr]
            self.add(text, cost + 0.06 / (1 + len(re.findall(rf"\b{re.escape(base)}\b", self.body))))
        for text, node, cost in fragments:
            self.add(text, cost, node, sibling=node is None)
        add_forms(self, ast.unparse(site.statement if not hasattr(site.statement, "body") else site.expression))
        add_products(self, site)
        add_textbook(self, site)
        add_combinations(self, site, program)
        self.calls = calls_of(program)
        self.atoms.sort(key=lambda a: (a.cost, len(a.text)))
        del self.atoms[MOST:]

    def arrays(self) -> list[Atom]:
        return [a for a in self.atoms if a.is_array]

    def numbers(self) -> list[Atom]:
        return [a for a in self.atoms if a.is_number]

    # --- filling --------------------------------------------------------------------------------------------------

    def _names(self, local: dict[str, Any], names: list[str]) -> list[tuple[str, float]]:
        found: list[tuple[str, float]] = []
        whole = [
            k for k, v in local.items() if isinstance(v, (int, np.integer)) and type(v) is not bool and not k.startswith("__")
        ]
        for name in names:
            value = local[name]
            if isinstance(value, np.ndarray) or is_number(value):
                found.append((name, 0.0))
                if isinstance(value, np.ndarray) and value.ndim >= 1:
                    found += [(f"{name}.shape[{axis}]", 1.5) for axis in range(value.ndim)] + [(f"{name}.size", 1.6)]
                    for index in whole:
                        if value.ndim >= 2 or value.dtype.kind in "iu":
                            written = f"{name}[{index}]" in self.body
                            found += [
                                (f"{name}[{index}]", 0.15 if written else 0.9),
                                (f"{name}[{index} - 1]", 1.1),
                                (f"{name}[{index} + 1]", 1.1),
                            ]
            elif isinstance(value, dict):
                for key in list(value)[:60]:
                    if isinstance(key, str) and isinstance(value[key], (np.ndarray, float, int)):
                        found.append((f'{name}["{key}"]', 0.1))
                for index in whole:
                    if local[index] in value:
                        found += [(f"{name}[{index}]", 0.2), (f"{name}[{index} - 1]", 0.3), (f"{name}[{index} + 1]", 0.3)]
            elif isinstance(value, (list, tuple)) and value and len(value) <= 60:
                for index in whole:
                    found += [(f"{name}[{index}]", 0.2), (f"{name}[{index} - 1]", 0.3), (f"{name}[{index} + 1]", 0.3)]
                    found += [(f"{name}[-{index}]", 0.4), (f"{name}[-{index} - 1]", 0.5), (f"{name}[-{index} + 1]", 0.5)]
                found += [(f"{name}[{i}]", 0.6) for i in range(min(len(value), 6))] + [(f"{name}[-1]", 0.6), (f"{name}[-2]", 0.6)]
            elif (
                hasattr(value, "__dict__")
                and not callable(value)
                and not hasattr(value, "__path__")
                and not hasattr(value, "__spec__")
            ):
                found += [(f"{name}.{k}", 0.1) for k, v in vars(value).items() if isinstance(v, np.ndarray) or is_number(v)]
        return found

    def add(self, text: str, cost: float, node: ast.expr | None = None, sibling: bool = False) -> None:
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
        if values is None or not all(usable(v) for v in values):
            return
        mark: Any = fingerprint(values)
        if isinstance(values[-1], (float, np.floating)) and values[-1] not in (0.5, 2.0):
            mark = text  # two formulas may give one number by accident
        at = self._seen.get(mark)
        atom = Atom(text, node, values[-1], cost, sibling)
        if at is None:
            self._seen[mark] = len(self.atoms)
            self.atoms.append(atom)
        elif cost < self.atoms[at].cost:
            self.atoms[at] = atom
