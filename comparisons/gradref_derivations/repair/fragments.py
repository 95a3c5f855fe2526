"""Pieces of a file's own code: what could stand elsewhere in it, the same for its siblings, its constants and its calls."""

from __future__ import annotations

import ast
import re

from ..program.program import Program
from .nodes import function_name
from .operators import costs

__all__ = ["Fragment", "calls_of", "floats_of", "fragments_of", "unused_names"]

Fragment = tuple[str, ast.expr | None, float]  # its text, its node in the file if it has one, its price
EFFECTS = {
    "append",
    "pop",
    "update",
    "at",
    "fill",
    "sort",
    "put",
    "extend",
    "open",
    "print",
    "exec",
    "eval",
    "insert",
    "step",
} | {*("exit", "clear", "setdefault", "backward", "forward", "make_inputs")}
UNLIKELY_CALLS = {"zeros", "ones", "arange", "exp", "sqrt", "log", "abs", "sign", "sum", "mean", "dot", "outer"}


def fragments_of(program: Program, longest: int = 60) -> list[Fragment]:
    """The pieces of code of a file that could be a value, and the same for other layers (W1 for W2), with their costs."""
    found: dict[str, tuple[ast.expr | None, float]] = {}
    for node in ast.walk(program.tree):
        if isinstance(node, (ast.BinOp, ast.Call, ast.Subscript, ast.Attribute, ast.Compare, ast.UnaryOp)):
            if isinstance(getattr(node, "ctx", ast.Load()), ast.Store):
                continue
            try:
                text = ast.unparse(node)
            except Exception:
                continue
            if len(text) <= longest and "lambda" not in text and text not in found and not _effects(node):
                found[text] = (node, costs.FRAGMENT + costs.EACH_LETTER * min(len(text), costs.LONG))
    families = _families(program.text)
    for text in list(found):
        for renamed in _siblings(text, families):
            if renamed not in found:
                found[renamed] = (None, costs.SIBLING_FRAGMENT + costs.EACH_LETTER * min(len(text), costs.LONG))
    return sorted(((t, n, c) for t, (n, c) in found.items()), key=lambda item: item[2])


def _families(text: str) -> dict[str, dict[str, str]]:
    """For every pair of endings with several names in common (z1 z2, dq dk, W_mu W_lv): ending -> other -> nothing but names."""
    tokens = set(re.findall(r"[A-Za-z_]\w*", text))
    stems: dict[str, set[str]] = {}
    for token in tokens:
        for stem, ending in ((token[:-1], token[-1:]), (token.rpartition("_")[0] + "_", token.rpartition("_")[2])):
            if stem.strip("_") and ending:
                stems.setdefault(stem, set()).add(ending)
    shared: dict[tuple[str, str], list[str]] = {}
    for stem, endings in stems.items():
        for a in endings:
            for b in endings:
                if a != b:
                    shared.setdefault((a, b), []).append(stem)
    families = {}
    for (a, b), names in shared.items():
        if len(names) >= 2:
            families[f"{a} {b}"] = {s + a: s + b for s in names} | ({a: b} if {a, b} <= tokens else {})
    return families


def _siblings(text: str, families: dict[str, dict[str, str]]) -> set[str]:
    """The same piece of code for the other members of a family: dq @ Wq.T -> dk @ Wk.T."""
    found = set()
    for mapping in families.values():
        renamed = re.sub(r"[A-Za-z_]\w*", lambda m, names=mapping: names.get(m.group(), m.group()), text)
        if renamed != text:
            found.add(renamed)
    return found


def _effects(node: ast.AST) -> bool:
    """True for code that may change something: it is not evaluated on trial."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.NamedExpr, ast.Yield, ast.Await)):
            return True
        if isinstance(inner, ast.Call):
            if function_name(inner) in EFFECTS:
                return True
            f = inner.func
            if any(k.arg == "out" for k in inner.keywords) or "rng" in ast.dump(f) or "random" in ast.dump(f):
                return True
    return False


def unused_names(function: ast.FunctionDef) -> set[str]:
    """Names that a function assigns and never reads: what is left when the term that used them was forgotten."""
    written = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return (written | {a.arg for a in function.args.args}) - read


def calls_of(program: Program) -> list[ast.Call]:
    """One call of each NumPy function of the file that takes further plain arguments: np.tril(x, -1), np.clip(x, -1, 1)."""
    found: dict[str, ast.Call] = {}
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            plain = all(isinstance(a, (ast.Constant, ast.UnaryOp, ast.Name)) for a in node.args[1:])
            if node.func.value.id == "np" and node.args and plain and not isinstance(node.args[0], (ast.Constant, ast.Starred)):
                if node.func.attr in UNLIKELY_CALLS:
                    continue
                text = f"{node.func.attr} {[ast.unparse(a) for a in node.args[1:]]} {[ast.unparse(k) for k in node.keywords]}"
                found.setdefault(text, node)
    return list(found.values())[:10]


def floats_of(program: Program) -> list[float]:
    """The floating point numbers of the file, then twice each."""
    found = [n.value for n in ast.walk(program.tree) if isinstance(n, ast.Constant) and isinstance(n.value, float) and n.value]
    found = list(dict.fromkeys(found))
    return found + [2 * v for v in found if 2 * v not in found]
