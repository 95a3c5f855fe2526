"""In which form a source is executed: whole or its definitions alone, with its own folder on the path, a harness behind it."""

from __future__ import annotations

import ast
import builtins
import copy
import io
import os
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["MADE_UP_TEXT", "Form", "Missing", "functions_in", "own_folder", "usual_in"]

GUARD = "__gradref_missing__"
MADE_UP_TEXT = "the quick brown fox jumps over the lazy dog; " * 20
RENAMED = {"cPickle": "pickle", "cStringIO": "io", "Queue": "queue", "ConfigParser": "configparser"}
_PLAIN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ASSIGNED = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_COMPOUND = (ast.If, ast.With, ast.Try)


@dataclass(frozen=True)
class Form:
    """How a source is executed.

    Attributes
    ----------
    own_lines : the lines that are somebody's; what follows is a harness, which is never blamed or edited. None: all of them.
    moved : names that the harness defines as well; somebody's own go by `own_NAME`.
    definitions_only : training loops, plots and downloads at the top level are not run; what is missing then is a clear error when
        it is used.
    zeroed : constants that are taken out of the modules beside the file; see `patch`.
    """

    own_lines: int | None = None
    moved: frozenset[str] = field(default_factory=frozenset)
    definitions_only: bool = False
    zeroed: frozenset[tuple[str, str, float]] = field(default_factory=frozenset)

    def patch(self, modules: list[types.ModuleType]) -> None:
        """Take constants out of functions of the modules beside the file: those of `zeroed`, (file, function, value)."""
        for file, name, value in self.zeroed:
            for function in (f for m in modules if m.__file__ == file for f in functions_in(m) if f.__qualname__ == name):
                constants = tuple(0.0 if type(c) is float and c == value else c for c in function.__code__.co_consts)
                function.__code__ = function.__code__.replace(co_consts=constants)

    def is_own(self, node: ast.AST) -> bool:
        """Whether a statement or function is somebody's, not the harness's."""
        return self.own_lines is None or getattr(node, "lineno", 0) <= self.own_lines

    def name_of(self, name: str, node: ast.AST) -> str:
        """The global name under which somebody's function `name` runs."""
        return f"own_{name}" if name in self.moved and self.is_own(node) else name

    def executed(self, tree: ast.Module) -> ast.Module:
        """The tree to execute: a copy where anything has to be changed."""
        if not self.moved and not self.definitions_only:
            return tree
        body = copy.deepcopy(tree.body)
        if self.definitions_only:
            body = [kept for node in body for kept in (_definitions(node) if self.is_own(node) else [node])]
        changed = ast.Module([self.renamed(node) for node in body], [])
        return ast.fix_missing_locations(changed)

    def renamed(self, node: Any) -> Any:
        """A node of somebody's with the names that were moved, in place."""
        if not self.moved or not self.is_own(node):
            return node
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id in self.moved:
                inner.id = f"own_{inner.id}"
        if isinstance(node, ast.FunctionDef) and node.name in self.moved:
            node.name = f"own_{node.name}"
        return node

    def builtins(self, given: dict[str, Any] | None) -> dict[str, Any] | None:
        """Builtins for the execution of definitions alone: what Python 2 had, made-up text for files that are not there."""
        if not self.definitions_only:
            return given
        names = dict(given if given is not None else vars(builtins))
        names |= {"xrange": range, "unicode": str, "raw_input": lambda *a: "", GUARD: Missing, "open": _open}
        return names


USUAL = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(0, z),
    "softmax": lambda z: np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True),
}


class Missing:
    """Stands for a value or module that was not made; using it says why."""

    def __new__(cls, name: str, why: str) -> Any:
        """What everybody knows by its name (sigmoid) is there even if its module is not; `usual_in` says which."""
        return USUAL.get(name) or super().__new__(cls)

    def __init__(self, name: str, why: str):
        object.__setattr__(self, "_gradref", f"{name} is not there: {why}")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(object.__getattribute__(self, "_gradref"))

    def _used(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(object.__getattribute__(self, "_gradref"))

    __call__ = __len__ = __iter__ = __getitem__ = __add__ = __mul__ = __sub__ = __truediv__ = __float__ = __int__ = __bool__ = (
        _used
    )
    __radd__ = __rmul__ = __rsub__ = __rtruediv__ = __matmul__ = __rmatmul__ = __index__ = __neg__ = __enter__ = __exit__ = _used


def functions_in(module: types.ModuleType) -> list[types.FunctionType]:
    """The functions and methods that a module defines."""
    found: list[types.FunctionType] = []
    for value in list(vars(module).values()):
        members = list(vars(value).values()) if isinstance(value, type) and value.__module__ == module.__name__ else [value]
        found += [f for f in members if isinstance(f, types.FunctionType) and f.__module__ == module.__name__]
    return found


def usual_in(namespace: dict[str, Any]) -> list[str]:
    """Names of a missing module for which the usual function was taken."""
    return [k for k, v in namespace.items() if k in USUAL and v is USUAL[k]]


def _open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    if mode.startswith("r") and isinstance(file, (str, os.PathLike)) and not os.path.exists(file):
        return io.BytesIO(MADE_UP_TEXT.encode()) if "b" in mode else io.StringIO(MADE_UP_TEXT)
    return open(file, mode, *args, **kwargs)


def _definitions(node: ast.stmt) -> list[ast.stmt]:
    """What of one top-level statement is executed: definitions, and imports and assignments with a guard around them."""
    if isinstance(node, ast.ClassDef) and (node.bases or node.decorator_list):
        return [_guarded([node], [node.name], "its definition failed")]
    if isinstance(node, _PLAIN) or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
        return [node]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [_import(node)]
    if isinstance(node, _ASSIGNED):
        return [_assignment(node)] if _cheap(node) else []
    if isinstance(node, _COMPOUND):
        return [_guarded([node], [], "")] if not _is_main(node) and all(_quiet(n) for n in _bodies(node)) else []
    return [node] if isinstance(node, ast.Expr) and _sets_up(node.value) else []


def _import(node: ast.Import | ast.ImportFrom) -> ast.stmt:
    for alias in node.names if isinstance(node, ast.Import) else []:
        if alias.name in RENAMED:
            alias.asname, alias.name = alias.asname or alias.name, RENAMED[alias.name]
    return _guarded([node], [(a.asname or a.name).split(".")[0] for a in node.names if a.name != "*"], "its import failed")


def _assignment(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> ast.stmt:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return _guarded([node], names, "its value could not be made without running the script")


def _guarded(body: list[ast.stmt], names: list[str], why: str) -> ast.stmt:
    text = "try:\n pass\nexcept Exception as __gradref_error__:\n pass\n"
    why += " ({type(__gradref_error__).__name__}: {__gradref_error__})"
    text += "".join(f" {name} = {GUARD}({name!r}, f{why!r})\n" for name in names)
    guard = ast.parse(text).body[0]
    assert isinstance(guard, ast.Try)
    guard.body = body
    return ast.copy_location(guard, body[0])


def _bodies(node: ast.AST) -> list[ast.stmt]:
    parts = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    return [s for part in parts for s in part] + [s for h in getattr(node, "handlers", []) for s in h.body]


def _quiet(node: ast.stmt) -> bool:
    """Statements of a branch that only define, import or assign."""
    if isinstance(node, _COMPOUND):
        return all(_quiet(n) for n in _bodies(node))
    return isinstance(node, (*_PLAIN, ast.Import, ast.ImportFrom, ast.Pass)) or (isinstance(node, _ASSIGNED) and _cheap(node))


_COSTLY = (
    "train",
    "fit",
    "load",
    "fetch",
    "download",
    "read_csv",
    "urlopen",
    "urlretrieve",
    "minimize",
    "show",
    "plot",
    "figure",
)


def _cheap(node: ast.AST) -> bool:
    """Whether a value can be made at once: no training, no data from elsewhere."""
    for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if any(name.lower().startswith(word) for word in _COSTLY):
            return False
    return True


def _sets_up(value: ast.expr) -> bool:
    """`sys.path.append(...)`, `np.random.seed(0)`."""
    return isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-2:-1] in (["path"], ["random"])


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


@contextmanager
def own_folder(filename: str) -> Iterator[list[types.ModuleType]]:
    """The folder of a file, and those above it, on the path for a while; yields a list that is filled with its own modules.

    They are forgotten at the end, so that another file with a module of the same name gets its own.
    """
    folder = Path(filename).resolve().parent if Path(filename).is_file() else None
    found: list[types.ModuleType] = []
    if folder is None:
        yield found
        return
    before, path = set(sys.modules), sys.path[:]
    added = [str(folder), *(str(p) for p in list(folder.parents)[:3] if len(p.parts) > 1)]
    added = [p for p in added if p not in path]
    sys.path[:] = added[:1] + path + added[1:]
    try:
        yield found
    finally:
        sys.path[:] = path
        new = set(sys.modules) - before
        found += [sys.modules.pop(n) for n in sorted(new, reverse=True) if _place(n) in added]


def _place(name: str) -> str:
    """The entry of the path that a module was found at."""
    top = sys.modules.get(name.split(".")[0])
    spec = getattr(top, "__spec__", None)
    locations = list(getattr(spec, "submodule_search_locations", None) or [getattr(top, "__file__", None) or ""])
    return str(Path(locations[0]).parent) if locations and locations[0] else ""
