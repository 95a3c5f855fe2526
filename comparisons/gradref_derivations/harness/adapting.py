"""A file with make_inputs, forward and backward whose values are not plain: tuples of gradients, nested inputs, np.matrix."""

from __future__ import annotations

import inspect
import re
import warnings
from itertools import pairwise
from typing import Any

import numpy as np

from ..findings.report import Remark, Taken
from ..program.guard import Failed
from ..program.match_keys import DATA_NAMES, is_data
from ..program.program import Program
from .gathering import gather, returned_names
from .paths import leaves

__all__ = ["adapted", "as_matrices", "flat", "nested"]

OUTDATED = "np.matrix is outdated: {names} went in as a matrix and came back as an array"


def adapted(program: Program) -> tuple[Program, Taken, tuple[Remark, ...]]:
    """The program with a thin harness where it needs one: dicts of arrays go in and come out; else the program itself."""
    seen = _first_call(program)
    if seen is None:
        return program, Taken(), ()
    inputs, returned = seen
    matrices = sorted(k for k, v in inputs.items() if isinstance(v, np.matrix))
    deep = any(_nests(v) for v in inputs.values())
    plain = isinstance(returned, dict) and not any(_nests(v) for v in returned.values())
    if not matrices and not deep and (plain or not isinstance(returned, (dict, list, tuple))):
        return program, Taken(), ()
    flattened = flat(inputs)
    paths = _gradients(program, flattened, returned) if not plain or deep else None
    remarks = (Remark(OUTDATED.format(names=", ".join(matrices))),) if matrices else ()
    shown = {n: p for n, p in (paths or {}).items() if p != f"returned['d{n}']"}
    parameters = tuple(n for n in flattened if n not in inputs) if deep else ()
    harness = _harness(program, matrices, deep, paths)
    return program.with_harness(harness), Taken(parameters=parameters, gradients=shown), remarks


def _first_call(program: Program) -> tuple[dict[str, Any], Any] | None:
    """The first inputs and what backward makes of them; None where that fails, which the check will say."""
    condition = program.conditions()[0]
    make = program.namespace["make_inputs"]
    try:
        inputs = program.call(make, 0) if condition is None else program.call(make, 0, condition)
        return (inputs, _returned(program, inputs)) if isinstance(inputs, dict) and inputs else None
    except Failed:
        return None


def _nests(value: Any) -> bool:
    return isinstance(value, (list, tuple, dict)) and _holds_arrays(value)


def _returned(program: Program, inputs: dict[str, Any]) -> Any:
    program.refresh()
    try:
        return program.backward(inputs)
    except Failed:
        program.refresh()
        program.forward(inputs)
        return program.backward(inputs)
    finally:
        program.refresh()


def _holds_arrays(value: Any) -> bool:
    return any(leaf.value.ndim or leaf.value.dtype.kind == "f" for leaf in leaves(value, "v")) and bool(value)


def _gradients(program: Program, inputs: dict[str, Any], returned: Any) -> dict[str, str]:
    wanted = program.namespace.get("PARAMS")
    arrays = {k: np.asarray(v) for k, v in inputs.items() if np.asarray(v).dtype.kind == "f"}
    if isinstance(wanted, (list, tuple)):
        arrays = {k: v for k, v in arrays.items() if any(k == w or re.match(re.escape(str(w)) + r"[.\[]", k) for w in wanted)}
    else:
        arrays = {k: v for k, v in arrays.items() if k not in DATA_NAMES and not is_data(k)}
    return gather(arrays, leaves(returned, "returned"), returned_names(program.tree, "backward")).paths


def _harness(program: Program, matrices: list[str], deep: bool, paths: dict[str, str] | None) -> str:
    parameters = list(inspect.signature(program.namespace["make_inputs"]).parameters.values())
    second = ""
    if len(parameters) > 1:
        default = parameters[1].default
        second = f", condition={default!r}" if isinstance(default, (str, int, float, type(None))) else ", condition"
    given = "seed" + (", condition" if second else "")
    flattened = "_flat(made)" if deep else "made"
    inside = "_nested(i)" if deep else "i"
    lines = ["import numpy as _np", "from gradref_derivations.harness.adapting import as_matrices as _matrices"]
    lines += ["from gradref_derivations.harness.adapting import flat as _flat, nested as _nested"]
    lines += ["", "", f"def make_inputs(seed{second}):", f"    made = own_make_inputs({given})"]
    lines += [f"    return {{k: _np.asarray(v) if isinstance(v, _np.matrix) else v for k, v in {flattened}.items()}}"]
    call = f"_matrices({inside}, {matrices!r})" if matrices else inside
    lines += ["", "", "def forward(i):", f"    return own_forward({call})"]
    lines += ["", "", "def backward(i):", f"    returned = own_backward({call})"]
    if paths is not None:
        lines += ["    return {" + ", ".join(f"{n!r}: {p}" for n, p in paths.items()) + "}"]
    else:
        lines += ["    return {k: _np.asarray(v) if isinstance(v, _np.matrix) else v for k, v in returned.items()}"]
    return "\n".join(lines) + "\n"


def as_matrices(inputs: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Some inputs as np.matrix, which is what the code they go into expects."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return {k: np.asmatrix(np.asarray(v)) if k in names else v for k, v in inputs.items()}


def flat(inputs: dict[str, Any]) -> dict[str, Any]:
    """Arrays inside lists and dicts under their path.

    >>> sorted(flat({"weights": [np.ones(2), np.ones(3)], "rate": 0.5}))
    ['rate', 'weights[0]', 'weights[1]']
    """
    found: dict[str, Any] = {}
    for key, value in inputs.items():
        if _nests(value):
            _spread(found, key, value)
        else:
            found[key] = value
    return found


def _spread(found: dict[str, Any], path: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _spread(found, f"{path}[{key!r}]", inner)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            _spread(found, f"{path}[{i}]", inner)
    else:
        found[path] = value


def nested(inputs: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `flat`; tuples come back as lists.

    >>> nested({"p['W']": 1, "l[0]": 2, "l[1]": 3})
    {'p': {'W': 1}, 'l': [2, 3]}
    """
    found: dict[str, Any] = {}
    for path, value in inputs.items():
        head, *steps = re.split(r"(?=\[)", path)
        keys = [head, *(int(s[1:-1]) if s[1:-1].isdigit() else s[1:-1].strip("'\"") for s in steps)]
        place: Any = found
        for key, following in pairwise(keys):
            if isinstance(place, list) and key == len(place):
                place.append([] if isinstance(following, int) else {})
            elif isinstance(place, dict) and key not in place:
                place[key] = [] if isinstance(following, int) else {}
            place = place[key]
        if isinstance(place, list):
            place.append(value)
        else:
            place[keys[-1]] = value
    return found
