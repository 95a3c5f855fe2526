"""Timing several implementations of the same work so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter
from typing import Any

__all__ = ["interleaved", "paired_ratio", "seconds_of"]

SAMPLE = 2e-3
"""Seconds that one sample should last: long against the clock's grain, short against the machine's moods."""

LEAST = 5
"""Samples taken whatever the budget."""


def interleaved(contestants: Mapping[str, Callable[[], Any]], repeats: int = 41, seconds: float = 3.0) -> dict[str, list[float]]:
    """Seconds per call of each contestant, `repeats` samples each, taken in turn and starting with another one each round.

    Fewer samples are taken, though at least `LEAST`, when they would last longer than about `seconds` altogether. Every
    contestant runs twice before it counts, so compiling and first touches of memory are left out; results are let go.
    """
    loops, round_lasts = {}, 0.0
    for name, run in contestants.items():
        run()
        once = min(seconds_of(run) for _ in range(2))
        loops[name] = max(1, round(SAMPLE / once))
        round_lasts += loops[name] * once
    rounds = max(LEAST, min(repeats, int(seconds / round_lasts)))
    names, samples = list(contestants), {name: [] for name in contestants}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                run, n = contestants[name], range(loops[name])
                start = perf_counter()
                for _ in n:
                    run()
                samples[name].append((perf_counter() - start) / loops[name])
            gc.collect(0)  # between the samples, never in one
    finally:
        if collecting:
            gc.enable()
    return samples


def seconds_of(run: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = perf_counter()
    run()
    return perf_counter() - start


def paired_ratio(ours: list[float], theirs: list[float]) -> float:
    """Median over the rounds of our time divided by theirs in the same round: a slow minute slows both and cancels."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))
