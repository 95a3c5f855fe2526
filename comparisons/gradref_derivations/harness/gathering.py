"""Which of the arrays that came back is the gradient of which parameter: by name, by place and by shape, never by value."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import numpy as np

from ..program.match_keys import match_keys
from .paths import Leaf

__all__ = ["Gathered", "gather", "returned_names"]


@dataclass(frozen=True)
class Gathered:
    """`paths` parameter -> expression of its gradient; `doubtful` parameters for which several would do."""

    paths: dict[str, str]
    doubtful: tuple[str, ...] = ()


def gather(parameters: dict[str, np.ndarray], found: list[Leaf], names: dict[str, str]) -> Gathered:
    """Pair parameters with leaves of the same shape.

    A leaf counts for more if it is spelt like the gradient of the parameter, stands beside it in the same object, or at the same
    place of a list. Where nothing but the shape speaks, it must leave one way.

    Parameters
    ----------
    parameters : name (a path such as layers[0].W) -> array.
    found : what came back; integer arrays are never gradients.
    names : expression of a returned value -> the name it had in the return statement.
    """
    open_leaves = [leaf for leaf in found if leaf.value.dtype.kind == "f"]
    paths = _by_name(parameters, open_leaves, names)
    doubtful = []
    for p in (p for p in parameters if p not in paths):
        free = [leaf for leaf in open_leaves if leaf.path not in paths.values() and _fits(parameters[p], leaf) and _may_be(leaf)]
        rivals = [q for q in parameters if q not in paths and parameters[q].shape == parameters[p].shape]
        path = _by_shape(free, len(rivals), parameters[p].size)
        if path is not None:
            paths[p] = path
        elif free:
            doubtful.append(p)
    return Gathered(paths, tuple(doubtful))


def _may_be(leaf: Leaf) -> bool:
    """What came back may be a gradient under any name; what an object keeps only if it is called one."""
    return leaf.path.startswith("returned") or _grad_word(re.findall(r"[^\W\d]\w*", leaf.path)[1:])


def _by_shape(free: list[Leaf], rivals: int, size: int) -> str | None:
    """The one leaf of that shape for the one parameter of it; or, of as many as there are parameters, the first."""
    back = [leaf for leaf in free if leaf.path.startswith("returned")]
    if size > 1 and len(back or free) == 1 == rivals:
        return (back or free)[0].path
    return back[0].path if len(back) == len(free) == rivals > 1 else None


def _by_name(parameters: dict[str, np.ndarray], found: list[Leaf], names: dict[str, str]) -> dict[str, str]:
    """The pairs for which names or places speak, the clearest first."""
    scored = [
        (_score(p, leaf, names), -i, -j, p, leaf.path)
        for i, p in enumerate(parameters)
        for j, leaf in enumerate(found)
        if _fits(parameters[p], leaf)
    ]
    paths: dict[str, str] = {}
    for score, _, _, p, path in sorted(scored, reverse=True):
        if score > 0 and p not in paths and path not in paths.values():
            paths[p] = path
    return paths


def _fits(value: np.ndarray, leaf: Leaf) -> bool:
    """The same shape, but for axes of length 1."""
    return np.shape(leaf.value) == np.shape(value) or (
        leaf.value.size > 1 and [n for n in leaf.value.shape if n > 1] == [n for n in np.shape(value) if n > 1]
    )


def _score(parameter: str, leaf: Leaf, names: dict[str, str]) -> int:
    """How much the names say that `leaf` is the gradient of `parameter`; 0 for nothing."""
    root = re.match(r"returned(?:\[\d+\])?", leaf.path)
    named = names.get(root[0]) if root else None
    word = leaf.name if leaf.name not in ("returned", "subject") else ""
    candidates = [w for w in (word, named) if w]
    own = _last(parameter)
    like = max((_alike(own, c) for c in candidates), default=0)
    beside = leaf.path.startswith("subject") and _parent(leaf.path) == _parent(f"subject.{parameter}")
    rest = leaf.path[len(root[0]) if root and named else 0 :]
    place = re.findall(r"\[(\d+)\]", rest) == re.findall(r"\[(\d+)\]", parameter)
    if not _may_be(leaf):
        return 0  # what an object keeps is a gradient only if it is called one: x is kept too
    listed = bool(re.search(r"\[\d+\]$", parameter)) and place and _grad_word(candidates)
    return 8 * like + 4 * (beside and like > 0) + 2 * (place and like > 0) + 2 * listed


def _alike(own: str, word: str) -> int:
    probe = np.zeros(2)
    matched = match_keys({word: probe}, {own: probe}, [own])
    if own not in matched.keys:
        return 0
    return 1 if own in matched.guessed else 2


_GRADIENT = re.compile(r"d[A-Z]|d_|d(w|b|x|theta|gamma|beta|h|u|v)\d*$|.*[gG]rad|nabla|delta_?[wb]|.*_(d|diff)$|delta_nabla")


def _grad_word(words: list[str]) -> bool:
    return any(_GRADIENT.match(w) for w in words)


def _last(path: str) -> str:
    words = re.findall(r"[^\W\d]\w*", path)
    return words[-1] if words else path


def _parent(path: str) -> str:
    return re.sub(r"(\.\w+|\['?\w+'?\])(\[\d+\])?$", "", path)


def returned_names(tree: ast.Module, function: str, owner: str | None = None) -> dict[str, str]:
    """'returned[0]' -> the variable that a function returns first; 'returned' where it returns one."""
    body = tree.body
    if owner is not None:
        body = [n for c in tree.body if isinstance(c, ast.ClassDef) and c.name == owner for n in c.body]
    names: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for statement in ast.walk(node):
                if isinstance(statement, ast.Return) and statement.value is not None:
                    names = _names_of(statement.value) or names
    return names


def _names_of(value: ast.expr) -> dict[str, str]:
    if isinstance(value, ast.Tuple):
        return {f"returned[{i}]": word for i, e in enumerate(value.elts) if (word := _word(e))}
    word = _word(value)
    return {"returned": word} if word else {}


def _word(value: ast.expr) -> str:
    if isinstance(value, ast.Name):
        return value.id
    return value.attr if isinstance(value, ast.Attribute) else ""
