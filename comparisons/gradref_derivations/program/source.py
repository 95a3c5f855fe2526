"""Reading a program: the functions `backward` alone uses, and the lines that keep something between calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable

__all__ = ["called_names", "functions", "mendable", "state_lines"]


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """Module-level functions by name; `f = lambda ...` is not one."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def called_names(function: ast.AST) -> set[str]:
    """Every name read in a function: a helper may also be handed on without being called."""
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def _reach(start: str, known: dict[str, ast.FunctionDef]) -> list[str]:
    reached, queue = [], [start]
    while queue:
        name = queue.pop(0)
        if name in known and name not in reached:
            reached.append(name)
            queue += sorted(called_names(known[name]))
    return reached


def mendable(tree: ast.Module, forward: str = "forward", backward: str = "backward") -> list[str]:
    """Functions in which a mistake of the derivation can be: reached from `backward` and not from `forward`, backward first.

    A function that both use is part of the definition of the cost; to change it would change the question.
    """
    known = functions(tree)
    from_forward = set(_reach(forward, known))
    return [name for name in _reach(backward, known) if name not in from_forward]


def state_lines(tree: ast.Module) -> list[int]:
    """Lines of functions that write to module-level objects, to mutable defaults or to function attributes."""
    known = functions(tree)
    shared = _assigned(tree.body) | set(known)
    found = [line for function in known.values() for line in _writes(function, shared)]
    in_backward = [n for name in mendable(tree) for n in found if known[name].lineno <= n <= (known[name].end_lineno or n)]
    return sorted(in_backward) or sorted(found)


def _assigned(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that these statements bind."""
    kinds = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For)
    return {t.id for node in nodes if isinstance(node, kinds) for t in _targets(node) if isinstance(t, ast.Name)}


def _writes(function: ast.FunctionDef, shared: set[str]) -> list[int]:
    """Lines of one function that change what outlives its call; `shared` are the names of the module."""
    declared = {n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names}
    arguments = {a.arg for a in [*function.args.args, *function.args.kwonlyargs]}
    kept = _mutable_defaults(function)
    local = _assigned(ast.walk(function)) - declared
    outside = (shared - local - (arguments - kept)) | kept
    found = []
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            found += [node.lineno for target in _targets(node) if _reaches(target, declared, outside)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            changes = node.func.attr in ("append", "update", "setdefault", "extend", "add", "pop")
            found += [node.lineno] * (changes and node.func.value.id in outside)
    return found


def _reaches(target: ast.expr, declared: set[str], outside: set[str]) -> bool:
    """Whether an assignment to `target` changes something that is not the function's own."""
    base = target
    while isinstance(base, (ast.Subscript, ast.Attribute)):
        base = base.value
    return isinstance(base, ast.Name) and (base.id in declared or (base is not target and base.id in outside))


def _mutable_defaults(function: ast.FunctionDef) -> set[str]:
    positional = function.args.args[len(function.args.args) - len(function.args.defaults) :]
    pairs = [
        *zip(positional, function.args.defaults, strict=True),
        *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True),
    ]
    return {a.arg for a, d in pairs if isinstance(d, (ast.Dict, ast.List, ast.Set, ast.Call))}


def _targets(node: ast.AST) -> list[ast.expr]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
    return [e for t in targets for e in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
