"""Timing several implementations of the same work so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

__all__ = ["Samples", "interleaved", "paired_ratio", "seconds_of"]

SAMPLE = 2e-3
"""Seconds that one sample should last: long against the clock's grain, short against the machine's moods."""

LEAST = 5
"""Samples taken whatever the budget."""


class Samples(NamedTuple):
    """Seconds per call, sample by sample: on the wall, and of the processor in all threads, which does not count waiting.

    On one quiet core the two are the same; on a busy machine the second is what can be believed.
    """

    wall: list[float]
    cpu: list[float]


def interleaved(contestants: Mapping[str, Callable[[], Any]], repeats: int = 41, seconds: float = 3.0) -> dict[str, Samples]:
    """The time of each contestant, `repeats` samples each, taken in turn and starting with another one each round.

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
    names, samples = list(contestants), {name: Samples([], []) for name in contestants}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for turn in range(rounds):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                run, n = contestants[name], range(loops[name])
                wall, cpu = perf_counter(), process_time()
                for _ in n:
                    run()
                cpu, wall = process_time() - cpu, perf_counter() - wall
                samples[name].wall.append(wall / loops[name])
                samples[name].cpu.append(cpu / loops[name])
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
