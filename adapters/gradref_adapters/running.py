"""What every adapter does around a run: refuse what it cannot do, time it, copy its results, compare with an untraced run."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import perf_counter
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from gradref_reference import Case, SpecificationError, Trace
from gradref_reference.trace import Layers

from .protocol import Adapter

__all__ = ["Result", "Stopwatch", "changed_by_tracing", "refuse_unsupported", "trace_of", "unknown_mode"]

Tensor = TypeVar("Tensor")
Answer = TypeVar("Answer")


class Result(NamedTuple, Generic[Tensor]):
    """What one mode of a framework returns, still its own tensors, keyed by layer; delta, z and a are empty when nobody looked."""

    dW: dict[int, Tensor]
    db: dict[int, Tensor]
    delta: dict[int, Tensor]
    cost: Any
    z: dict[int, Tensor]
    a: dict[int, Tensor]


def unknown_mode(adapter: Adapter, case: Case) -> str | None:
    """The reason why `case.mode` is not one of the adapter's, or None when it is."""
    if case.mode in adapter.modes():
        return None
    return f"{adapter.name}: mode must be one of {', '.join(adapter.modes())}, got {case.mode!r}. Choose one of them."


def refuse_unsupported(adapter: Adapter, case: Case) -> None:
    """Raise `SpecificationError` with the adapter's reason, `ShapeError` or `DataError` for arrays that do not fit."""
    if reason := adapter.supports(case):
        raise SpecificationError(reason)
    case.network.check(case.parameters, case.batch)


def trace_of(
    adapter: Adapter,
    case: Case,
    result: Result[Tensor],
    copies: Callable[[dict[int, Tensor]], Layers],
    seconds: float,
    notes: tuple[str, ...] = (),
) -> Trace:
    """The Trace of a result; `copies` turns a framework's tensors into float64 arrays that nobody else holds."""
    return Trace(
        a=copies(result.a),
        z=copies(result.z),
        delta=copies(result.delta),
        dW=copies(result.dW),
        db=copies(result.db),
        cost=float(result.cost),
        dtype=case.dtype,
        framework=adapter.name,
        mode=case.mode,
        version=adapter.version(),
        seconds=seconds,
        notes=notes,
    )


def changed_by_tracing(trace: Trace, plain_dW: Layers, plain_db: Layers) -> str | None:
    """What tracing did to the gradients: None when every bit is the same, otherwise one sentence."""
    changed, total, largest = 0, 0, 0.0
    for traced, plain in [(trace.dW[l], plain_dW[l]) for l in trace.dW] + [(trace.db[l], plain_db[l]) for l in trace.db]:
        total += traced.size
        unequal = ~((traced == plain) | (np.isnan(traced) & np.isnan(plain)))
        changed += int(unequal.sum())
        if unequal.any():
            scale = np.abs(plain).max()
            largest = max(largest, float(np.abs(traced - plain)[unequal].max() / scale) if scale else np.inf)
    if not changed:
        return None
    return f"tracing changed {changed} of {total} gradient entries, by at most {largest:.1e} of the largest in its array"


class Stopwatch:
    """Times a computation whose first run of a kind compiles: that run is made twice and only the second one counts.

    >>> stopwatch = Stopwatch()
    >>> value, seconds, notes = stopwatch.time(lambda: 1 + 1, kind="a kind of run")
    >>> value, len(notes)
    (2, 1)
    """

    def __init__(self) -> None:
        self._known: set[Hashable] = set()

    def time(self, compute: Callable[[], Answer], kind: Hashable = None) -> tuple[Answer, float, tuple[str, ...]]:
        """The result of `compute()`, its seconds, and what its first run took. Nothing compiles where `kind` is None."""
        start = perf_counter()
        result = compute()
        seconds = perf_counter() - start
        if kind is None or kind in self._known:
            return result, seconds, ()
        self._known.add(kind)
        first, start = seconds, perf_counter()
        result = compute()
        return result, perf_counter() - start, (f"the first run, compilation included, took {first:.2f} s",)

    def forget(self) -> None:
        """Treat every kind as new again, after the framework's compiled functions were dropped."""
        self._known.clear()
