"""Recurrent layers that run as one kernel. mathematics.md, section 6.9.

The hidden states stand in the result and start afresh; cell states nobody sees, so they carry their bounds from step to step.
"""

from __future__ import annotations

from typing import Any

from .. import pointwise as p
from ..contractions import matmul
from ..movement import concatenate, reshape, select, shape_of, transpose
from ..tape import Traced, pull_back
from .activating import sigmoid
from .operation import Operation

__all__ = ["RECURRING"]


def _gates(x: Any, h: Any, w_x: Any, w_h: Any, b_x: Any, b_h: Any) -> Any:
    affine = matmul(x, transpose(w_x, (1, 0)), b_x)
    other = matmul(h, transpose(w_h, (1, 0)), b_h)
    return affine + other


def _quarter(z: Any, k: int) -> Any:
    width = shape_of(z)[1] // 4
    return select(z, (slice(None), slice(k * width, (k + 1) * width)))


def lstm(
    x: Any, w_x: Any, w_h: Any, b_x: Any, b_h: Any, h: Any, c: Any, reverse: bool = False, seen: Any = None
) -> tuple[Any, Any, Any]:
    """i, f, o sigmoid, g tanh of one affine map; c = f c + i g, h = o tanh c. (T, N, I) -> (T, N, H), h, c.

    `seen` is the stored result, from which each step starts afresh.
    """
    steps = range(shape_of(x)[0])
    states: dict[int, Any] = {}
    for t in reversed(steps) if reverse else steps:
        z = _gates(select(x, t), h, w_x, w_h, b_x, b_h)
        i, f, g, o = (_quarter(z, k) for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * p.tanh(g)
        h = sigmoid(o) * p.tanh(c)
        states[t] = reshape(h, (1, *shape_of(h)))
        if seen is not None:
            h = _afresh(h, select(seen, t))
    return concatenate([states[t] for t in steps], 0), h, c


def _afresh(h: Any, seen: Any) -> Any:
    """h with the numbers that were stored; on the tape it stays what it is."""
    if isinstance(h, Traced):
        h.value = seen
        return h
    return seen


def lstm_staged(seen: Any, *inputs: Any, reverse: bool = False) -> tuple[Any, ...]:
    return lstm(*inputs, reverse=reverse, seen=seen[0])


def lstm_back(g: Any, y: Any, *inputs: Any, reverse: bool = False) -> list[Any]:
    """The tape over the steps, from the hidden states as they were stored."""
    traced = [Traced(x) for x in inputs]
    results = lstm(*traced, reverse=reverse, seen=y[0])
    return pull_back(results, list(g)[:3], traced)


RECURRING: dict[str, Operation] = {"lstm": Operation(lstm, lstm_back, lstm_staged)}
