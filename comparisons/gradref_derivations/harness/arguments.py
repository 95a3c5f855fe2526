"""What an argument is for, judged by its name, and values to try for it."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any

__all__ = ["BATCH", "SIZES", "Argument", "constructor_calls", "kind_of", "signature_of"]

BATCH = 6  # samples
SIZES = (4, 5, 3)  # units of the input, hidden and output layer: different from each other and from the batch

# kind -> words for it, each for a whole name (case ignored); the first kind that fits counts
_HYPER = {
    "rate": [r"lr", r"\w*learn\w*rate\w*", r"eta", r"alpha", r"step_?size", r"epsilon"],
    "decay": [r"lmbda", r"lam", r"lambd\w*", r"reg\w*", r"weight_decay\w*", r"l2\w*", r"wd"],
    "steps": [r"\w*epochs?", r"\w*iter\w*", r"\w*passes", r"\w*steps"],
    "batch": [r"(mini_?)?batch_?size", r"n_?samples", r"m"],
}
_SIZED = {  # arguments of a constructor
    "hidden": [r"(?!.*(sizes|dims|layers)$)\w*hid\w*", r"n_?h", r"h", r"(num_?|n_?)?(units|neurons)", r"nodes"],
    "in": [
        r"((n|num|no|nb)_?(of_)?)?(inputs?|in|features?)(_?(size|dim\w*|nodes|n|len|num|neurons|features|channels|shape|layer\w*))?",
        r"n_?x|d|nin|fan_?in|d_?in|v|vocab\w*",
    ],
    "out": [
        r"((n|num|no|nb)_?(of_)?)?(outputs?|out|class\w*|labels)(_?(size|dim\w*|nodes|n|len|num|neurons|features|shape|layer\w*))?",
        r"n_?y|c|k|nout|fan_?out|d_?out",
    ],
    "sizes": [
        r"\w*sizes",
        r"\w*dims",
        r"\w*(layers?|nn)_?(dims?|sizes?|structure|architecture|list)",
        r"layers|topology|architecture|structure|shape|neurons",
    ],
}
_GIVEN = {  # arguments of a call
    "upstream": [
        r"d_?(out|y|z|a|h|l|v|s|x)\w*",
        r"(?!.*(clip|norm))\w*(grad|gradient)s?(_\w+)?",
        r"top_?diff|delta\w*|upstream\w*|dvalues|eprop|error_signal|output_?error",
    ],
    "y": [
        r"y\w*|t|\w*targets?\w*|labels?\w*|\w*outputs?|expected\w*|truth|actual\w*|desired\w*",
        r"tgt|correct\w*|answers?|gold|ground_?truth",
    ],
    "x": [
        r"x\w*|a|\w*inputs?\w*|\w*data\w*|features|image\w*|img|samples?|signal|a_?prev|batch|mini_?batch|\w*sets?",
    ],
    "state": [r"h\w*prev|\w*prev\w*|h_?0|state|hidden_state|c_?0"],
}
_ARRAYS = {
    "weight": [r"w\d*|w_\w+|theta\d*|kernel|f|filters?"],
    "bias": [r"b\d*|b_\w+|beta|bias"],
    "scale": [r"gamma|scale"],
    "parameters": [r"param\w*|model|weights|network|net"],
    "cache": [r"\w*cache\w*|memory|\w*activations?|zs?"],
}


def _compiled(*tables: dict[str, list[str]]) -> list[tuple[str, re.Pattern[str]]]:
    return [(kind, re.compile("|".join(words), re.IGNORECASE)) for table in tables for kind, words in table.items()]


_OF_CALLS = _compiled(_HYPER, _GIVEN, _ARRAYS)
_OF_CONSTRUCTORS = _compiled(_HYPER, _SIZED, _ARRAYS)


@dataclass(frozen=True)
class Argument:
    """One parameter of a function: what it is for, and its default (`required` if there is none)."""

    name: str
    kind: str
    required: bool
    default: Any = None


def kind_of(name: str, constructing: bool = False) -> str:
    """'x', 'y', 'rate'... for a name; 'other' for one that says nothing.

    >>> kind_of("learning_rate"), kind_of("X_train"), kind_of("dout"), kind_of("hidden_size", constructing=True)
    ('rate', 'x', 'upstream', 'hidden')
    """
    if name in ("W", "w", "b"):
        return "bias" if name == "b" else "weight"
    for kind, pattern in _OF_CONSTRUCTORS if constructing else _OF_CALLS:
        if pattern.fullmatch(name):
            return kind
    return "other"


def signature_of(function: Any, constructing: bool = False) -> list[Argument] | None:
    """The positional arguments of a function or bound method; None for one that has no signature."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    found = []
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        required = p.default is inspect.Parameter.empty
        found.append(Argument(p.name, kind_of(p.name, constructing), required, None if required else p.default))
    return found


def constructor_calls(cls: type) -> list[str]:
    """Argument lists, as source, with which an object of a class may be made: small sizes first."""
    arguments = signature_of(cls, constructing=True)
    if arguments is None:
        return [""]
    n, h, k = SIZES
    sizes = {"in": n, "hidden": h, "out": k, "batch": BATCH, "rate": 0.5, "decay": 0.1, "steps": 1}
    arrays = {"weight": f"_random(({n}, {k}))", "bias": f"_random({k})", "scale": f"_random({k})"}
    lists = [f"[{n}, {h}, {k}]", f"({n}, {h}, {k})", f"[{n}, {k}]"]
    calls: list[str] = []
    for listed in lists:
        parts: list[str] = []
        unknown = iter((n, h, k, k, k))
        for a in arguments:
            small = isinstance(a.default, int) and not isinstance(a.default, bool) and a.kind in ("in", "hidden", "out")
            if not a.required and not small:
                continue
            if a.kind == "sizes":
                text = listed
            elif a.kind in sizes:
                text = repr(sizes[a.kind])
            elif a.kind in arrays:
                text = arrays[a.kind]
            elif a.required:
                text = str(next(unknown))
            else:
                continue
            parts.append(f"{a.name}={text}")
        calls.append(", ".join(parts))
    swapped = [
        c.replace(f"_random(({n}, {k}))", f"_random(({k}, {n}))").replace(f"_random({k})", f"_random(({k}, 1))") for c in calls
    ]
    return list(dict.fromkeys([*calls, *swapped]))
