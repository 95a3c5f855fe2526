"""Arrays inside objects, lists and dicts, and the expressions that lead to them."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Leaf", "leaves", "parameters_in"]

_NO_PARAMETER = re.compile(
    r"d[A-Z]\w*|d_\w+|(?i:.*grad.*|nabla.*|delta.*|.*momentum.*|v_?[wb].*|velocit.*|.*cache.*|(running|moving)_.*|.*_(mean|var))"
)
DEPTH = 6
MOST = 400  # arrays and numbers that are looked at
_OPAQUE = (str, bytes, type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
_OPAQUE = (*_OPAQUE, np.random.Generator, int, complex, type(None))


@dataclass(frozen=True)
class Leaf:
    """An array (or a list of numbers) and the source expression that gives it; `name` is the last word of the way to it."""

    path: str
    value: np.ndarray
    name: str
    listed: bool = False  # a list of plain numbers


def leaves(root: Any, path: str, name: str = "") -> list[Leaf]:
    """Every floating or integer array below `root`, in order; lists of numbers count as one."""
    found: list[Leaf] = []
    for leaf in _walk(root, path, name or path, set(), 0):
        found.append(leaf)
        if len(found) >= MOST:
            break
    return found


def _walk(value: Any, path: str, name: str, seen: set[int], depth: int) -> Iterator[Leaf]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        if value.size:
            yield Leaf(path, value, name)
    elif isinstance(value, (float, np.floating)):
        yield Leaf(path, np.asarray(value, float), name)
    elif isinstance(value, (list, tuple)) and value and all(_is_number(v) for v in value):
        if any(isinstance(v, (float, np.floating)) for v in value) or name in ("weights", "bias", "biases"):
            yield Leaf(path, np.asarray(value, float), name, listed=isinstance(value, list))
    elif not isinstance(value, _OPAQUE) and id(value) not in seen and depth <= DEPTH:
        seen.add(id(value))
        for step, word, inner in _inside(value, name):
            yield from _walk(inner, path + step, word, seen, depth + 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, (float, int, np.floating)) and not isinstance(value, bool)


def _inside(value: Any, name: str) -> list[tuple[str, str, Any]]:
    """(step of the path, name, value) of everything that a container or an object holds."""
    if isinstance(value, np.ndarray):
        return [(f"[{i}]", name, v) for i, v in enumerate(value)] if value.dtype.kind == "O" and value.ndim == 1 else []
    if isinstance(value, (list, tuple)):
        return [(f"[{i}]", name, v) for i, v in enumerate(value)]
    if isinstance(value, dict):
        return [(f"[{k!r}]", k if isinstance(k, str) else name, v) for k, v in value.items() if isinstance(k, (str, int))]
    return [(f".{key}", key, v) for key, v in getattr(value, "__dict__", {}).items()]


def parameters_in(root: Any, path: str) -> dict[str, list[Leaf]]:
    """name -> the places of one floating array below `root`; the shortest way gives the name, without `path` itself."""
    groups: dict[int, list[Leaf]] = {}
    for leaf in leaves(root, path):
        if _NO_PARAMETER.fullmatch(leaf.name) or "grads" in leaf.path:
            continue
        if leaf.value.dtype.kind == "f" and (leaf.value.ndim or re.match(r"(?i)w|b$|b\d|bias|theta", leaf.name)):
            groups.setdefault(id(leaf.value) if leaf.value.ndim else id(leaf), []).append(leaf)
    found = {}
    for group in groups.values():
        best = min(group, key=lambda leaf: len(leaf.path))
        way = best.path.removeprefix(path).lstrip(".")
        found[re.sub(r"^\['([^']*)'\]$", r"\1", way)] = group
    return found
