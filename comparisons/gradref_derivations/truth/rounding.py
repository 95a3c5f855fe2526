"""How far somebody's float64 backward may be from the exact value of its own formula: measured by disturbing every operation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program.guard import Failed
from ..program.match_keys import Matched
from ..program.program import Inputs, Program, copy_inputs
from .probe import Probe, Settings, probing, strip
from .proxies import DISTURBED

__all__ = ["RUNS", "as_gradient", "disturbed_gradients"]

RUNS = 4  # disturbed runs; an entry whose spread is missed by all of them by a factor 32 is one in 1e6


def disturbed_gradients(
    program: Program, inputs: Inputs, matched: Matched, cached: bool = False, runs: int = RUNS
) -> list[dict[str, np.ndarray]]:
    """The gradients of `runs` disturbed executions; where the code does not take probes, inputs alone are disturbed.

    `cached`: `backward` reads what `forward` has stored, which is then run before it.
    """
    floats = [v for v in inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f"]
    unit = 2.0**-23 if floats and all(v.dtype == np.float32 for v in floats) else 2.0**-52
    results = []
    for run in range(1, runs + 1):
        how = Settings(noise=run, unit=unit)
        program.refresh()
        for namespace, probes in ((program.seen_through(DISTURBED), True), (program.namespace, True), (program.namespace, False)):
            gradients = _one(program, namespace, inputs, matched, how, probes, cached)
            if gradients is not None:
                results.append(gradients)
                break
    return results


def _one(
    program: Program, namespace: dict[str, Any], inputs: Inputs, matched: Matched, how: Settings, probes: bool, cached: bool
) -> dict[str, np.ndarray] | None:
    disturbed: Inputs = {}
    for name, value in inputs.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            array = value.copy()
            if not probes:
                rng = np.random.default_rng(how.noise)
                array *= 1 + how.unit * rng.uniform(-1.5, 1.5, array.shape)
            disturbed[name] = array.view(Probe) if probes else array
        else:
            disturbed[name] = value.copy() if isinstance(value, np.ndarray) else value
    program.refresh()
    try:
        with probing(how if probes else Settings()):
            if cached:
                program.call(namespace["forward"], copy_inputs(disturbed))
            returned = program.call(namespace["backward"], disturbed)
    except Failed:
        return None
    if not isinstance(returned, dict):
        return None
    gradients = {}
    for name, key in matched.keys.items():
        gradient = as_gradient(strip(returned.get(key)))
        if gradient is None:
            return None
        gradients[name] = gradient
    return gradients


def as_gradient(value: Any) -> np.ndarray | None:
    """A returned gradient as a float64 array of its own shape, or None for what is not an array of real numbers."""
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            return None
    return array.astype(np.float64) if array.dtype.kind in "fiub" else None
