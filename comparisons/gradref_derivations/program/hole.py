"""A hole: what stands in for one expression of a running function, to record its variables or to try another expression there.

The function is compiled once with a call of the hole in place of the expression; another version of the expression is then one
compiled expression, which the hole evaluates over the local variables of the moment.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["HOLE", "Hole", "hole_call"]

HOLE = "__gradref_hole__"
MOST_RECORDED = 60  # executions that are watched
COPIES = 3  # executions of a statement whose variables are kept, to evaluate fragments on: the first ones and the last


class Hole:
    """Stands in for one expression. Without a candidate it evaluates the original and keeps copies of the local variables."""

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace
        self.candidate: types.CodeType | None = None
        self.environments: list[dict[str, Any]] = []
        self.values: list[Any] = []
        self.count = 0
        self.recording = True

    def __call__(self, local: dict[str, Any], original: Callable[[], Any]) -> Any:
        self.count += 1
        if self.candidate is not None:
            scope = dict(self.namespace)
            scope.update(local)
            return eval(self.candidate, scope)
        if self.recording and self.count <= MOST_RECORDED:
            if len(self.environments) == COPIES:
                self.environments.pop()
                self.values.pop()
            self.environments.append({k: _snapshot(v) for k, v in local.items()})
            value = original()
            self.values.append(_snapshot(value))
            return value
        return original()


def _snapshot(value: Any, depth: int = 0) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if depth < 3:
        if type(value) is dict:
            return {k: _snapshot(v, depth + 1) for k, v in value.items()}
        if type(value) in (list, tuple):
            return type(value)(_snapshot(v, depth + 1) for v in value)
        if (
            hasattr(value, "__dict__")
            and not isinstance(value, (type, types.ModuleType, types.FunctionType))
            and not callable(value)
        ):
            try:
                return copy.deepcopy(value)
            except Exception:
                return value
    return value


def hole_call(expression: ast.expr) -> ast.expr:
    """`__hole__(locals(), lambda: expression)`."""
    call = ast.parse(f"{HOLE}(locals(), lambda: 0)", mode="eval").body
    assert isinstance(call, ast.Call)
    call.args[1].body = expression  # type: ignore[attr-defined]
    for node in ast.walk(call):
        if node is not expression and not hasattr(node, "lineno"):
            ast.copy_location(node, expression)
    for node in (call, *call.args, call.func):
        ast.copy_location(node, expression)
    ast.fix_missing_locations(call)
    return call
