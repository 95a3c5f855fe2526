"""Sites: the expressions of somebody's backward in which an edit can be tried."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from ..program.editable import Editable

__all__ = ["Site", "sites_of"]


@dataclass
class Site:
    """One expression of one statement, at `slot` = (holder, field, index); `key` is its key in a dict display."""

    editable: Editable
    statement: ast.stmt
    slot: tuple[Any, str, int | None]
    key: str | None = None
    score: float = 0.0  # suspicion, larger is more suspicious
    sure: bool = False  # proved to be the place, not only suspected
    judged: bool = False  # proved right, or proved to break the promise of its name

    @property
    def expression(self) -> ast.expr:
        """What stands there now."""
        holder, name, index = self.slot
        return getattr(holder, name) if index is None else getattr(holder, name)[index]

    @expression.setter
    def expression(self, node: ast.expr) -> None:
        holder, name, index = self.slot
        if index is None:
            setattr(holder, name, node)
        else:
            getattr(holder, name)[index] = node

    @property
    def line(self) -> int:
        """Line where the expression starts; that of the statement when the expression is all of its right side."""
        return self.expression.lineno if self.slot[0] is not self.statement else self.statement.lineno

    @property
    def lines(self) -> range:
        """The lines it covers; of a loop or a branch only its head."""
        if self.slot[0] is not self.statement:
            return range(self.expression.lineno, (self.expression.end_lineno or self.expression.lineno) + 1)
        if isinstance(self.statement, (ast.For, ast.If, ast.While)):
            return range(self.statement.lineno, (self.expression.end_lineno or self.statement.lineno) + 1)
        return range(self.statement.lineno, (self.statement.end_lineno or self.statement.lineno) + 1)


_EXPRESSIONS = {
    ast.Assign: "value",
    ast.AugAssign: "value",
    ast.AnnAssign: "value",
    ast.Return: "value",
    ast.Expr: "value",
    ast.For: "iter",
    ast.If: "test",
    ast.While: "test",
}


def sites_of(editable: Editable) -> list[Site]:
    """Every expression of a function that can be exchanged, in the order of the source."""
    found = []
    for node in ast.walk(editable.node):
        attribute = _EXPRESSIONS.get(type(node))  # type: ignore[arg-type]
        if attribute and getattr(node, attribute) is not None:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            value = getattr(node, attribute)
            parts = _display(value)
            if len(parts) > 1:  # each entry of a dict of gradients has a line of its own
                found += [Site(editable, node, slot, key) for slot, key in parts]  # type: ignore[arg-type]
            else:
                found.append(Site(editable, node, (node, attribute, None)))  # type: ignore[arg-type]
    return sorted(found, key=lambda s: (s.line, s.statement.col_offset))


def _display(value: ast.expr) -> list[tuple[tuple[Any, str, int | None], str | None]]:
    """The slots of the values of {"dW": ...} or dict(dW=...)."""
    if isinstance(value, ast.Dict):
        keys = [k.value if isinstance(k, ast.Constant) and isinstance(k.value, str) else None for k in value.keys]
        return [((value, "values", i), key) for i, key in enumerate(keys)]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict" and not value.args:
        return [((keyword, "value", None), keyword.arg) for keyword in value.keywords]
    return []
