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
_OPAQUE = (
    str,
    bytes,
    type,
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    np.random.Generator,
)


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
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiu" and value.size:
            yield Leaf(path, value, name)
        elif value.dtype.kind == "O":
            yield from (
                leaf
                for i, v in enumerate(value.flat)
                if value.ndim == 1
                for leaf in _walk(v, f"{path}[{i}]", name, seen, depth + 1)
            )
        return
    if isinstance(value, (float, np.floating)):
        yield Leaf(path, np.asarray(value, float), name)
        return
    if value is None or isinstance(value, (_OPAQUE, int, complex)) or (callable(value) and not hasattr(value, "__dict__")):
        return
    if id(value) in seen or depth > DEPTH:
        return
    seen.add(id(value))
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(v, (float, int, np.floating)) and not isinstance(v, bool) for v in value):
            if any(isinstance(v, (float, np.floating)) for v in value) or name in ("weights", "bias", "biases"):
                yield Leaf(path, np.asarray(value, float), name, listed=isinstance(value, list))
            return
        for i, v in enumerate(value):
            yield from _walk(v, f"{path}[{i}]", name, seen, depth + 1)
    elif isinstance(value, dict):
        for key, v in value.items():
            if isinstance(key, (str, int)):
                yield from _walk(v, f"{path}[{key!r}]", key if isinstance(key, str) else name, seen, depth + 1)
    elif hasattr(value, "__dict__"):
        for key, v in vars(value).items():
            shown = key
            if key.startswith("_") and "__" in key[1:]:  # a private name, as it is stored
                shown = f"{key}"
            yield from _walk(v, f"{path}.{shown}", key, seen, depth + 1)


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
