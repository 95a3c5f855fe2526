"""Which entry of what `backward` returns belongs to which input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Matched", "differentiable", "match_keys"]

PREFIXES = ("d", "grad_", "g_", "nabla_", "d_", "grad", "∇", "nabla")
DATA_NAMES = frozenset(
    ["x", "y", "t", "X", "Y", "T", "target", "targets", "inputs", "data", "mask", "label", "labels", "h0", "c0", "onehot"]
)


@dataclass(frozen=True)
class Matched:
    """`keys` parameter -> key of its gradient, `missing` parameters without one, `extra` keys that belong to no input."""

    keys: dict[str, str]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def differentiable(value: Any) -> bool:
    """Floating arrays and floating numbers; labels and flags are not."""
    return (isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f") or type(value) is float


def match_keys(returned: Iterable[str], inputs: Mapping[str, Any], wanted: Iterable[str] | None) -> Matched:
    """Match returned keys to inputs; `wanted` None means: what was returned, and its siblings.

    A sibling is an input named like two or more returned ones but for its number: W2 when dW1 and dW3 came back.
    """
    returned = list(returned)
    names = list(wanted) if wanted is not None else [k for k, v in inputs.items() if differentiable(v)]
    keys: dict[str, str] = {}
    for name in names:
        spellings = [prefix + name for prefix in PREFIXES] + [name, name + "_grad", "d" + name.lower(), "d" + name.upper()]
        for spelling in spellings:
            if spelling in returned and spelling not in keys.values():
                keys[name] = spelling
                break
    extra = tuple(str(k) for k in returned if k not in keys.values() and not _not_wanted(str(k), inputs))
    if wanted is None:
        stems = {_stem(name) for name in keys if _stem(name) != name}
        missing = [n for n in names if n not in keys and _stem(n) in stems and n not in DATA_NAMES]
    else:
        missing = [n for n in names if n not in keys]
    return Matched(keys, tuple(missing), extra)


def _stem(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _not_wanted(key: str, inputs: Mapping[str, Any]) -> bool:
    """True for the gradient of an input that was not asked for, which is welcome."""
    return any(key == prefix + name for prefix in (*PREFIXES, "") for name in inputs)
