"""The functions of somebody's program that may be edited or watched, and putting another version of one in place for a while."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .hole import HOLE, Hole
from .program import Program

__all__ = ["Editable", "editables", "installed"]


@dataclass(frozen=True)
class Editable:
    """A function or method that may be edited. `shared` ones are also used by `forward`."""

    node: ast.FunctionDef
    owner: str | None = None
    shared: bool = False


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
