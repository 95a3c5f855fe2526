"""Operation: what a framework calls one operation, as expressions in primitives, and how its equations are evaluated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...formats import round_to
from ..bounded import Bounded, value_of
from ..tape import Traced, pull_back, trace_value

__all__ = ["Operation", "constant", "forward_of", "plain", "pullback_of"]


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes
    ----------
    forward : `forward(*inputs, **attributes)`, an expression in primitives: one output or a tuple of them.
    pullback : `pullback(g, y, *inputs, **attributes)` where kernels start from stored results y; one contribution per input, None
        where there is none, a function without arguments where it need not be formed. Without one the tape runs over `forward`.
    staged : `staged(seen, *inputs, **attributes)`, the outputs where a later one is formed from an earlier one as it was stored.
    """

    forward: Callable
    pullback: Callable | None = None
    staged: Callable | None = None


def plain(x: Any) -> Any:
    """The numbers of a value in any arithmetic, to compare and select with."""
    return value_of(trace_value(x))


def constant(c: float, like: Any) -> Any:
    """A number that somebody wrote in a program, as `like` meets it: rounded to the dtype, or not."""
    model = trace_value(like)
    if not isinstance(model, Bounded) or isinstance(c, (bool, int)) or not np.isfinite(c):
        return c
    off = abs(c - float(round_to(np.asarray(c, float), model.contract.form)))
    return model.like(np.asarray(c), np.asarray(off), np.asarray(0.5 * off)) if off else c


def forward_of(operation: Operation, inputs: Sequence[Any], attributes: dict[str, Any], seen: Sequence[Any]) -> tuple[Any, ...]:
    """Every output of the operation, from its inputs and, where it says so, from the outputs that were `seen`."""
    if operation.staged is not None:
        return _tuple(operation.staged(tuple(seen), *inputs, **attributes))
    return _tuple(operation.forward(*inputs, **attributes))


def pullback_of(
    operation: Operation,
    inputs: Sequence[Any],
    attributes: dict[str, Any],
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    wanted: Sequence[bool],
) -> list[Any]:
    """The contribution to each wanted input, None for the others and where the operation does not depend on it."""
    if operation.pullback is None:
        traced = [Traced(x) if want else x for x, want in zip(inputs, wanted, strict=True)]
        results = _tuple(operation.forward(*traced, **attributes))
        return pull_back(results, list(cotangents)[: len(results)], traced)
    single = len(outputs) == 1
    g, y = (cotangents[0], outputs[0]) if single else (tuple(cotangents), tuple(outputs))
    found = operation.pullback(g, y, *inputs, **attributes)
    found = [*found, *(None,) * len(inputs)][: len(inputs)]
    return [(c() if callable(c) else c) if want else None for c, want in zip(found, wanted, strict=True)]


def _tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)
