"""Which entry of what `backward` returns is the gradient of which input: by its name, and by its shape where that leaves one way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["DATA_NAMES", "Matched", "differentiable", "is_data", "match_keys"]

PREFIXES = ("d", "grad_", "g_", "nabla_", "d_", "grad", "∇", "nabla")
DATA_NAMES = frozenset(
    ["x", "y", "t", "X", "Y", "T", "target", "targets", "inputs", "data", "mask", "label", "labels", "h0", "c0", "onehot"]
)
# dJdW1, dL_dW, d_loss_d_W, dC/dW; dW, grad_W, gradient_of_W, ∂W; then W_grad, W1_diff, W.grad, weights_error
_DECORATED = (
    re.compile(r"(?:d|∂|partial)_?(?:J|L|C|E|loss|cost|error|err|out)_?/?_?(?:d|∂|by|wrt|partial)_?(?P<of>\w+)"),
    re.compile(r"(?:gradients?|grads?|nabla|delta|derivatives?|derivs?|partial|∂|∇|d|D|g)_?(?:of_|wrt_)?_?(?P<of>\w+)"),
    re.compile(r"(?P<of>\w+?)[_.]?(?:gradients?|grads?|diff|error|derivatives?|derivs?|delta|bar|prime|d|g)"),
)
_SYNONYMS = (
    (re.compile(r"^(?:weights?|kernel|theta|w)(?=_?\d*$)"), "w"),
    (re.compile(r"^(?:bias(?:es)?|offsets?|intercept|b)(?=_?\d*$)"), "b"),
)


@dataclass(frozen=True)
class Matched:
    """`keys` parameter -> key of its gradient, `missing` parameters without one, `extra` keys that belong to no input.

    `guessed` are the parameters whose key was not spelt like them and was matched by the shape of the gradient as well.
    """

    keys: dict[str, str]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    guessed: tuple[str, ...] = field(default=())


def differentiable(value: Any) -> bool:
    """Floating arrays and floating numbers; labels and flags are not."""
    return (isinstance(value, (np.ndarray, np.floating)) and value.dtype.kind == "f") or type(value) is float


def is_data(name: str) -> bool:
    """Inputs, targets and initial states: what a network is run on, not what is learnt."""
    return bool(
        re.fullmatch(
            r"(x|y|t|z0|s0|u|data|inputs?|targets?|labels?|(h|c|s|hidden|cell|state)_?(0|prev|init|last)\w*)\d?",
            name,
            re.IGNORECASE,
        )
    )


def match_keys(returned: Mapping[str, Any] | Iterable[str], inputs: Mapping[str, Any], wanted: Iterable[str] | None) -> Matched:
    """Match returned keys to inputs; `wanted` None means: what was returned, and its siblings.

    A sibling is an input named like two or more returned ones but for its number: W2 when dW1 and dW3 came back. A key that is
    spelt like a gradient of something else (`grad_bias` where the input is b) is matched if its name or its shape leaves one way.

    >>> match_keys(["dW1", "dJdW2"], {"W1": 1.0, "W2": 1.0}, None).keys
    {'W1': 'dW1', 'W2': 'dJdW2'}
    """
    keys_returned = list(returned)
    names = list(wanted) if wanted is not None else [k for k, v in inputs.items() if differentiable(v)]
    keys = _usual(keys_returned, names)
    by_name = set(keys)
    rest = [k for k in keys_returned if isinstance(k, str) and k not in keys.values() and not _not_wanted(k, inputs)]
    values = returned if isinstance(returned, Mapping) else {}
    for same in (_spelt_alike, _synonymous, _shaped_alike):
        _match_rest(keys, rest, names, inputs, values, same)
    extra = tuple(str(k) for k in keys_returned if k not in keys.values() and not _not_wanted(str(k), inputs))
    guessed = tuple(n for n in keys if n not in by_name and not any(of == n for of in _of(keys[n])))
    return Matched(keys, _missing(keys, names, wanted is None), extra, guessed)


def _usual(returned: list[str], names: list[str]) -> dict[str, str]:
    """The keys that are spelt as most people spell them."""
    keys: dict[str, str] = {}
    for name in names:
        spellings = [prefix + name for prefix in PREFIXES] + [name, name + "_grad", "d" + name.lower(), "d" + name.upper()]
        free = (s for s in spellings if s in returned and s not in keys.values())
        if (spelling := next(free, None)) is not None:
            keys[name] = spelling
    return keys


def _missing(keys: dict[str, str], names: list[str], siblings: bool) -> tuple[str, ...]:
    """Names without a key; of `siblings` only those whose like have one."""
    stems = {_stem(name) for name in keys if _stem(name) != name}
    return tuple(n for n in names if n not in keys and (not siblings or (_stem(n) in stems and n not in DATA_NAMES)))


def _match_rest(keys: dict[str, str], rest: list[str], names: list[str], inputs: Mapping, values: Mapping, same: Any) -> None:
    """Add the pairs of a free key and a free name for which `same` holds and that exclude each other."""
    open_keys = [k for k in rest if k not in keys.values()]
    open_names = [n for n in names if n not in keys]
    pairs = [(k, n) for k in open_keys for n in open_names if same(k, n, inputs.get(n), values.get(k))]
    for key, name in pairs:
        if sum(k == key for k, _ in pairs) == 1 and sum(n == name for _, n in pairs) == 1:
            keys[name] = key


def _of(key: str) -> Iterator[str]:
    """What a key may be the gradient of, judged by its decoration: 'dJdW1' -> 'dW1'?, 'W1'; nothing for a plain word."""
    for pattern in _DECORATED:
        if (match := pattern.fullmatch(key)) and not (of := match["of"].strip("_")).isdigit():  # delta2: of a layer, of no input
            yield of


def _spelt_alike(key: str, name: str, value: Any, gradient: Any) -> bool:
    return any(of.lower().replace("_", "") == name.lower().replace("_", "") for of in _of(key))


def _synonymous(key: str, name: str, value: Any, gradient: Any) -> bool:
    fits = gradient is None or np.shape(gradient) == np.shape(value)
    return fits and any(_plain_name(of) == _plain_name(name) for of in (key, *_of(key)))


def _shaped_alike(key: str, name: str, value: Any, gradient: Any) -> bool:
    """The only gradient of the only input of one shape, where the key says that it is a gradient at all."""
    said = any(len(of) < len(key) - 1 for of in _of(key))  # one letter in front of a word is no decoration: dropout, gain
    size = np.size(value)
    return said and name not in DATA_NAMES and not is_data(name) and size > 1 and np.shape(gradient) == np.shape(value)


def _plain_name(name: str) -> str:
    plain = name.lower()
    for pattern, short in _SYNONYMS:
        plain = pattern.sub(short, plain)
    return plain.replace("_", "")


def _stem(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _not_wanted(key: str, inputs: Mapping[str, Any]) -> bool:
    """True for the gradient of an input that was not asked for, which is welcome."""
    return any(key == prefix + name for prefix in (*PREFIXES, "") for name in inputs)
