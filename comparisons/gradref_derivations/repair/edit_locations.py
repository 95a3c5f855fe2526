"""Sites: the statements of somebody's backward in which an edit can be tried, and how one is tried without compiling the file.

To try many versions of one expression, its function is compiled once with a call to a hole in its place; a version is then
only one compiled expression, which the hole evaluates over the local variables of the moment.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..program.program import Program

__all__ = ["Editable", "Hole", "Site", "editables", "installed", "sites_of"]

HOLE = "__gradref_hole__"
MOST_RECORDED = 60  # executions that are watched
COPIES = 3  # executions of a statement whose variables are kept, to evaluate fragments on: the first ones and the last


@dataclass(frozen=True)
class Editable:
    """A function or method that may be edited. `shared` ones are also used by `forward`."""

    node: ast.FunctionDef
    owner: str | None = None
    shared: bool = False


@dataclass
class Site:
    """One expression of one statement, at `slot` = (holder, field, index); `key` is its key in a dict display."""

    editable: Editable
    statement: ast.stmt
    slot: tuple[Any, str, int | None]
    key: str | None = None
    score: float = 0.0  # suspicion, larger is more suspicious
    sure: bool = False  # proved to be the place, not only suspected
    reasons: list[str] = field(default_factory=list)

    @property
    def expression(self) -> ast.expr:
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


def editables(program: Program) -> list[Editable]:
    """Functions and methods that `backward` reaches, those that `forward` does not reach first."""
    known: dict[str, list[Editable]] = {}
    for node in program.tree.body:
        if isinstance(node, ast.FunctionDef):
            known.setdefault(node.name, []).append(Editable(node))
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    known.setdefault(inner.name, []).append(Editable(inner, node.name))
                    if inner.name in ("__init__", "__call__"):
                        known.setdefault(node.name, []).append(Editable(inner, node.name))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):  # backward = my_backward
            for target in node.targets:
                if isinstance(target, ast.Name) and node.value.id in known:
                    known.setdefault(target.id, []).extend(known[node.value.id])
    tables = {  # ACT = {"tanh": (tanh, tanh_prime)}: functions reached through a module-level table
        target.id: {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        for node in program.tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    from_forward = {(e.owner, e.node.name) for e in _reach("forward", known, {})}
    by_table = {(e.owner, e.node.name) for e in _reach("forward", known, tables)}
    reached = _reach("backward", known, tables)
    found = [Editable(e.node, e.owner, (e.owner, e.node.name) in from_forward) for e in reached]
    return sorted(found, key=lambda e: (e.shared, (e.owner, e.node.name) in by_table and e.node.name != "backward"))


def _reach(start: str, known: dict[str, list[Editable]], tables: dict[str, set[str]]) -> list[Editable]:
    reached: list[Editable] = []
    queue, seen = [start], set()
    while queue:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.add(name)
        queue += sorted(tables.get(name, ()))
        for editable in known.get(name, []):
            if editable not in reached:
                reached.append(editable)
            for node in ast.walk(editable.node):
                if isinstance(node, ast.Name):
                    queue.append(node.id)
                elif isinstance(node, ast.Attribute):
                    queue.append(node.attr)
    return reached


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
                import copy

                return copy.deepcopy(value)
            except Exception:
                return value
    return value


@contextmanager
def installed(program: Program, editable: Editable, hole: Hole | None = None) -> Iterator[None]:
    """The function as its tree stands now, compiled and put in place of the original for the duration."""
    function = editable.node
    name, function.name = function.name, "__gradref_edit__"
    decorators, function.decorator_list = function.decorator_list, []
    try:
        code = compile(ast.Module([function], []), program.filename, "exec")
    finally:
        function.name, function.decorator_list = name, decorators
    namespace = program.namespace
    if hole is not None:
        namespace[HOLE] = hole
    exec(code, namespace)
    edited = namespace.pop("__gradref_edit__")
    if editable.owner is None:
        tables = _tables_with(namespace, namespace.get(name))
        original, namespace[name] = namespace[name], edited
        aliases = [k for k, v in namespace.items() if v is original]
        namespace.update(dict.fromkeys(aliases, edited))
        for put in tables:
            put(edited)
        try:
            yield
        finally:
            namespace[name] = original
            namespace.update(dict.fromkeys(aliases, original))
            for put in tables:
                put(original)
            namespace.pop(HOLE, None)
    else:
        owner = namespace[editable.owner]
        original = owner.__dict__[name]
        setattr(owner, name, staticmethod(edited) if isinstance(original, staticmethod) else edited)
        try:
            yield
        finally:
            setattr(owner, name, original)
            namespace.pop(HOLE, None)


def _tables_with(namespace: dict[str, Any], function: Any) -> list[Callable[[Any], None]]:
    """Setters for the module-level dicts, lists and tuples that hold a function."""
    setters: list[Callable[[Any], None]] = []

    def visit(container: Any, write: Callable[[Any], None] | None) -> None:
        if type(container) is dict:
            items = list(container.items())
        elif type(container) in (list, tuple):
            items = list(enumerate(container))
        else:
            return
        for key, value in items:

            def put(new: Any, key: Any = key, container: Any = container) -> None:
                if type(container) is not tuple:
                    container[key] = new
                elif write is not None:
                    write(tuple(new if i == key else v for i, v in enumerate(container)))

            if value is function:
                setters.append(put)
            elif type(value) in (dict, list, tuple):
                visit(value, put)

    for name, value in list(namespace.items()):
        if not name.startswith("__") and type(value) in (dict, list, tuple):

            def put_global(new, name=name):
                namespace[name] = new

            visit(value, put_global)
    return setters


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
