"""Which lines a gradient came through: backward runs once on arrays that remember the line and the operands of each operation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .guard import Failed
from .instrument import NOTE, Instrument, instrumented
from .namespaces import ProxyModule
from .program import Inputs, Program

__all__ = ["Flow", "trace_flow"]


@dataclass
class _Node:
    lines: tuple[int, ...]
    parents: tuple[int, ...]
    shape: tuple[int, ...]


@dataclass
class Flow:
    """`lines[p]`: lines the gradient of p depends on, each with its distance in operations from the result; `order[p]` when p was done."""

    lines: dict[str, dict[int, int]] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)


_tape: list[_Node] = []
_filename, _last_line = "", sys.maxsize


def _lines_now() -> tuple[int, ...]:
    frame, lines = sys._getframe(2), []
    while frame is not None:
        if frame.f_code.co_filename == _filename and frame.f_lineno <= _last_line:
            lines.append(frame.f_lineno)
        frame = frame.f_back
    return tuple(lines)


def _record(parents: Any, shape: tuple[int, ...]) -> int:
    nodes = tuple({p._node for p in parents if isinstance(p, Traced) and p._node >= 0})
    _tape.append(_Node(_lines_now(), nodes, shape))
    return len(_tape) - 1


class Traced(np.ndarray):
    """An array that knows the node of the tape it came from; views share their base's node."""

    _node: int = -1

    def __array_finalize__(self, obj):
        self._node = getattr(obj, "_node", -1)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):  # type: ignore[override]
        raw = [x.view(np.ndarray) if isinstance(x, Traced) else x for x in inputs]
        if out is not None:
            kwargs["out"] = tuple(x.view(np.ndarray) if isinstance(x, Traced) else x for x in out)
        where = kwargs.get("where")
        if isinstance(where, Traced):
            kwargs["where"] = where.view(np.ndarray)
        result = getattr(ufunc, method)(*raw, **kwargs)
        if method == "at":
            _written(inputs[0], inputs)
            return None
        if out is not None:
            _written(out[0], (*inputs, out[0]))
            return out[0] if len(out) == 1 else out
        return _traced(result, inputs)

    def __array_function__(self, func, types, args: Any, kwargs):  # type: ignore[override]
        operands = _found((args, kwargs))
        result = super().__array_function__(func, types, args, kwargs)
        if func.__name__ in ("copyto", "put", "fill_diagonal", "put_along_axis"):
            _written(args[0], operands)
            return result
        return _traced(result, operands)

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        _written(self, (self, value, *_found(key)))

    def __getitem__(self, key):
        value = super().__getitem__(key)
        if not isinstance(value, np.ndarray):
            value = np.asarray(value).view(Traced)
            value._node = self._node
        if isinstance(value, Traced) and isinstance(key, Traced):
            value._node = _record((self, key), value.shape)
        return value

    def __iter__(self):
        return (self[i] for i in range(len(self)))


def _found(x: Any) -> tuple[Any, ...]:
    if isinstance(x, Traced):
        return (x,)
    if isinstance(x, (tuple, list)):
        return tuple(t for e in x for t in _found(e))
    if isinstance(x, dict):
        return _found(list(x.values()))
    return ()


def _traced(result: Any, operands: Any) -> Any:
    if type(result) in (tuple, list):
        return type(result)(_traced(r, operands) for r in result)
    if isinstance(result, (np.ndarray, np.generic)):
        array = np.asarray(result).view(Traced)
        array._node = _record(operands, array.shape)
        return array
    return result


def _written(target: Any, operands: Any) -> None:
    node = _record(operands, np.shape(target))
    while isinstance(target, Traced):
        target._node = node
        target = target.base  # type: ignore[assignment]


def trace_flow(program: Program, inputs: Inputs, keys: dict[str, str]) -> Flow:
    """Run `backward` once on traced arrays; `keys` maps a parameter to the key of its gradient. Empty where the code does not take them."""
    global _filename, _last_line
    flow = Flow()
    _tape.clear()
    _filename, _last_line = program.filename, program.form.own_lines or sys.maxsize
    traced = {k: v.copy().view(Traced) if isinstance(v, np.ndarray) else v for k, v in inputs.items()}
    try:
        returned = _run(program, traced)
    except Failed:
        return flow
    finally:
        program.refresh()
    if not isinstance(returned, dict):
        return flow
    for name, key in keys.items():
        value = returned.get(key)
        node = value._node if isinstance(value, Traced) else -1
        flow.order[name] = node if node >= 0 else len(_tape)
        flow.lines[name], flow.size[name] = _ancestors(node)
    return flow


def _ancestors(node: int) -> tuple[dict[int, int], int]:
    lines: dict[int, int] = {}
    seen, layer, distance = set(), [node] if node >= 0 else [], 0
    while layer:
        following = []
        for n in layer:
            if n in seen:
                continue
            seen.add(n)
            for line in _tape[n].lines:
                lines.setdefault(line, distance)
            following += _tape[n].parents
        layer, distance = following, distance + 1
    return lines, len(seen)


def _run(program: Program, inputs: Any) -> Any:
    """Backward on traced arrays; assignments that compute nothing (x = y) leave their line too."""
    instrument = Instrument(NOTE)

    def passed(site: int, value: Any, local: Any) -> Any:
        if isinstance(value, Traced) and value._node >= 0:
            _tape.append(_Node((*_lines_now(), instrument.sites[site][0]), (value._node,), value.shape))
            value._node = len(_tape) - 1
        return value

    program.refresh()
    try:
        with _made_traced(program.namespace), instrumented(program, instrument, passed):
            return program.call(program.namespace["backward"], inputs)
    except (SyntaxError, ValueError, TypeError):
        program.refresh()
        with _made_traced(program.namespace):
            return program.call(program.namespace["backward"], inputs)


_MAKERS = ["zeros", "ones", "empty", "full", "eye", "arange", "linspace", "zeros_like", "ones_like", "empty_like", "full_like"]


@contextmanager
def _made_traced(namespace: dict[str, Any]) -> Iterator[None]:
    """While it lasts, NumPy seen from `namespace` makes traced arrays."""

    def made(make: Any) -> Any:
        return lambda *args, **kwargs: np.asarray(make(*args, **kwargs)).view(Traced)

    proxy = ProxyModule(np, {name: made(getattr(np, name)) for name in _MAKERS})
    before = {k: v for k, v in namespace.items() if v is np}
    namespace.update(dict.fromkeys(before, proxy))
    try:
        yield
    finally:
        namespace.update(before)
