"""The functions of somebody's program that may be edited or watched, and putting another version of one in place for a while."""

from __future__ import annotations

import ast
import copy
import functools
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .hole import HOLE, Hole
from .program import Program

__all__ = ["Editable", "editables", "installed", "reached_by"]

EDITED = "__gradref_edit__"


@dataclass(frozen=True)
class Editable:
    """A function or method that may be edited. `shared` ones are also used by `forward`."""

    node: ast.FunctionDef
    owner: str | None = None
    shared: bool = False


def editables(program: Program) -> list[Editable]:
    """Functions and methods that `backward` reaches, those that `forward` does not reach first."""
    known, tables = _definitions(program.tree), _tables(program.tree)
    from_forward = {(e.owner, e.node.name) for e in _reach("forward", known, {})}
    by_table = {(e.owner, e.node.name) for e in _reach("forward", known, tables)}
    reached = _reach("backward", known, tables)
    own = [e for e in reached if program.form.is_own(e.node)]
    found = [Editable(e.node, e.owner, (e.owner, e.node.name) in from_forward) for e in own]
    return sorted(found, key=lambda e: (e.shared, (e.owner, e.node.name) in by_table and e.node.name != "backward"))


def reached_by(program: Program, start: str) -> list[ast.FunctionDef]:
    """The functions and methods that one function may call, itself included."""
    return [e.node for e in _reach(start, _definitions(program.tree), _tables(program.tree))]


def _definitions(tree: ast.Module) -> dict[str, list[Editable]]:
    """Functions by name, methods by their name, constructors and calls by that of their class; other names given to them."""
    known: dict[str, list[Editable]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            known.setdefault(node.name, []).append(Editable(node))
        elif isinstance(node, ast.ClassDef):
            for inner in (n for n in node.body if isinstance(n, ast.FunctionDef)):
                known.setdefault(inner.name, []).append(Editable(inner, node.name))
                if inner.name in ("__init__", "__call__"):
                    known.setdefault(node.name, []).append(Editable(inner, node.name))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):  # backward = my_backward
            for target in node.targets:
                if isinstance(target, ast.Name) and node.value.id in known:
                    known.setdefault(target.id, []).extend(known[node.value.id])
    return known


def _tables(tree: ast.Module) -> dict[str, set[str]]:
    """Names that a module-level value mentions: ACT = {"tanh": (tanh, tanh_prime)} leads to the functions in it."""
    return {
        target.id: {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


_OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.MatMult: "matmul",
    ast.Pow: "pow",
    ast.USub: "neg",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
}


def _named_by(node: ast.AST) -> tuple[str, ...]:
    """What may be called where a piece of code stands: a name, an attribute, the methods behind an operator or an index."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (node.attr,)
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.UnaryOp)):
        name = _OPERATORS.get(type(node.op))
        return (f"__{name}__", f"__r{name}__", f"__i{name}__") if name else ()
    return ("__getitem__", "__setitem__") if isinstance(node, ast.Subscript) else ()


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
            queue += [n for node in ast.walk(editable.node) for n in _named_by(node)]
    return reached


@contextmanager
def installed(program: Program, editable: Editable, hole: Hole | None = None) -> Iterator[None]:
    """The function as its tree stands now, compiled and put in place of the original for the duration."""
    namespace = program.namespace
    if hole is not None:
        namespace[HOLE] = hole
    edited = _compiled(program, editable)
    try:
        if editable.owner is None:
            with _in_module(namespace, program.form.name_of(editable.node.name, editable.node), edited):
                yield
        else:
            with _in_class(namespace[editable.owner], editable.node.name, edited):
                yield
    finally:
        namespace.pop(HOLE, None)


def _compiled(program: Program, editable: Editable) -> types.FunctionType:
    """The function alone, without its decorators; a method is compiled inside a class, so that private names keep their meaning."""
    function, owner = editable.node, editable.owner
    name, function.name = function.name, EDITED
    decorators, function.decorator_list = function.decorator_list, []
    body: list[ast.stmt] = [program.form.renamed(copy.deepcopy(function)) if program.form.moved else function]
    if owner is not None:
        inner, body = body, ast.parse(f"class {owner}: pass").body
        body[0].body = inner  # type: ignore[attr-defined]
    try:
        code = compile(ast.Module(body, []), program.filename, "exec", dont_inherit=True)
    finally:
        function.name, function.decorator_list = name, decorators
    if owner is None:
        exec(code, program.namespace)
        return program.namespace.pop(EDITED)
    original = program.namespace[owner]
    try:
        exec(code, program.namespace)
        edited = program.namespace[owner].__dict__[EDITED]
    finally:
        program.namespace[owner] = original
    if "__class__" in edited.__code__.co_freevars:  # super() without arguments
        edited.__closure__[edited.__code__.co_freevars.index("__class__")].cell_contents = original
    return edited


@contextmanager
def _in_module(namespace: dict[str, Any], name: str, edited: Any) -> Iterator[None]:
    """`edited` under a name of the module, under all other names of the same function, and in tables that hold it."""
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


@contextmanager
def _in_class(owner: type, name: str, edited: Any) -> Iterator[None]:
    """`edited` as a method of a class, of the kind that the original is."""
    private = name.startswith("__") and not name.endswith("__")
    name = f"_{owner.__name__.lstrip('_')}{name}" if private else name
    original = owner.__dict__[name]
    kind = type(original) if isinstance(original, (staticmethod, classmethod, property)) else (lambda function: function)
    setattr(owner, name, kind(edited))
    try:
        yield
    finally:
        setattr(owner, name, original)


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
            elif isinstance(value, functools.partial) and value.func is function:
                setters.append(_partially(value, put))
            elif type(value) in (dict, list, tuple):
                visit(value, put)

    for name, value in list(namespace.items()):
        if not name.startswith("__") and type(value) in (dict, list, tuple):

            def put_global(new, name=name):
                namespace[name] = new

            visit(value, put_global)
    return setters


def _partially(value: functools.partial, put: Callable[[Any], None]) -> Callable[[Any], None]:
    """A setter for a function that is held with some of its arguments given."""
    return lambda new: put(functools.partial(new, *value.args, **value.keywords))
