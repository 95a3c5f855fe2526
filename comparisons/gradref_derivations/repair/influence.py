"""Which lines of backward could have caused the error at all: what a change of a line's value can do must contain the residual.

Every value that `backward` assigns is changed, entry by entry, and the change of all gradients is seen; backward passes are linear
in what they carry back. A line whose changes cannot add up to the error of the wrong gradients, while the right ones stay as they
are, did not cause it, whatever it looks like. Nothing is asked of names or of forward.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from time import perf_counter, thread_time
from typing import Any

import numpy as np

from ..findings.trial import Trial
from ..program.guard import Failed
from ..program.instrument import Instrument, instrumented
from ..program.program import Program
from ..truth.rounding import as_gradient

__all__ = ["Reach", "reach_of"]

NOTE = "__gradref_reach__"
MOST_ENTRIES = 256  # entries of one line's values, all its executions together
EXPLAINS, REFUTES = 1e-3, 0.03  # share of the residual that is left; between them nothing is said
FULL = 48  # entries up to which a gradient is compared entry by entry, and random directions of a larger one
STEP = 1e-4  # of the largest entry
SLOW = 2e-3  # seconds of one run of backward above which hundreds of them take longer than a search without them
PARTS = 100_000  # sites beyond which those of the parts of a tuple are numbered
SPARE = 3  # projections that a line must leave free, or it could explain anything


@dataclass
class Reach:
    """`explains[line]`: True if a change of the line's value can mend every gradient, False if none can; other lines: unknown."""

    explains: dict[int, bool] = field(default_factory=dict)


@dataclass
class _Place:
    """One assignment, all its executions: the sizes of the values and how large they are."""

    line: int
    in_place: bool
    sizes: list[int] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)


def reach_of(program: Program, trial: Trial, wrong: set[str], seconds: float) -> Reach:
    """Judge every assignment of backward's functions, within a time; nothing where the error cannot be had as numbers."""
    found, start = Reach(), perf_counter()
    shown = [n for n in trial.findings if n in wrong]
    if not shown or trial.truth is None or any(trial.findings[n].kind != "value" for n in shown) or trial.failure is not None:
        return found
    directions, residual = _residual(trial, 0.4 * seconds)
    if residual is None or not np.isfinite(residual).all() or not residual.any():
        return found
    runner = _Runner(program, trial, directions)
    by_line: dict[int, list[bool]] = {}
    with instrumented(program, runner.instrument, runner.hook):
        before = thread_time()
        baseline = runner.run(None)
        if baseline is None or thread_time() - before > SLOW:
            return found
        for site, place in sorted(runner.places.items(), key=lambda item: sum(item[1].sizes)):
            if not 0 < sum(place.sizes) <= MOST_ENTRIES or perf_counter() - start > seconds:
                break
            verdict = _verdict(runner, site, place, baseline, residual, start + seconds)
            if verdict is not None:
                by_line.setdefault(place.line, []).append(verdict)
    found.explains = {line: any(verdicts) for line, verdicts in by_line.items()}
    return found


def _verdict(runner: _Runner, site: int, place: _Place, baseline: np.ndarray, residual: np.ndarray, until: float) -> bool | None:
    """Is the residual a combination of what the entries of one assignment do? None where everything would be, or time is up."""
    columns = []
    for execution, (size, scale) in enumerate(zip(place.sizes, place.scales, strict=True)):
        for entry in range(size):
            if perf_counter() > until:
                return None
            step = STEP * scale
            moved = runner.run((site, execution, entry, step))
            if moved is None or not np.isfinite(moved).all():
                return None
            column = (moved - baseline) / step
            if column.any():
                columns.append(column / np.linalg.norm(column))
    if not columns:
        return False
    effect = np.array(columns).T
    solution, _, rank, _ = np.linalg.lstsq(effect, residual, rcond=1e-9)
    if rank > len(residual) - SPARE:
        return None
    left = float(np.linalg.norm(residual - effect @ solution) / np.linalg.norm(residual))
    return True if left < EXPLAINS else False if left > REFUTES else None


def _residual(trial: Trial, seconds: float) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Directions of every gradient, one a row, and what each projection is off by: zero for the right ones."""
    rng, start = np.random.default_rng(11), perf_counter()
    directions: dict[str, np.ndarray] = {}
    residual: list[float] = []
    for name, gradient in trial.gradients.items():
        if gradient.shape != np.shape(trial.inputs[name]):
            return directions, None
        rows = np.eye(gradient.size) if gradient.size <= FULL else rng.standard_normal((FULL, gradient.size))
        if name in trial.findings:
            kept = []
            for row in rows:
                if perf_counter() - start > seconds:
                    break
                slope = trial.truth.slope({name: row.reshape(gradient.shape)}, quick=True)  # type: ignore[union-attr]
                kept.append(row)
                residual.append(slope.value - float(row @ gradient.ravel()))
            rows = np.array(kept).reshape(len(kept), gradient.size)
        else:
            residual += [0.0] * len(rows)
        directions[name] = rows
    return directions, np.array(residual)


class _Runner:
    """Backward with one entry of one value changed, seen as projections of its gradients."""

    def __init__(self, program: Program, trial: Trial, directions: dict[str, np.ndarray]):
        self.program, self.trial, self.directions = program, trial, directions
        self.instrument = Instrument(NOTE)
        self.places: dict[int, _Place] = {}
        self.counts: dict[int, int] = {}
        self.active: tuple[int, int, int, float] | None = None

    def hook(self, site: int, value: Any, local: dict[str, Any]) -> Any:
        """Hand a value on, its parts one by one, after one of its entries was changed where that is asked for."""
        if type(value) is tuple:
            return tuple(self._passed(site + PARTS * (i + 1), v) for i, v in enumerate(value))
        return self._passed(site, value)

    def _passed(self, site: int, value: Any) -> Any:
        number = isinstance(value, (float, np.floating))
        if not number and not (isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size):
            return value
        execution = self.counts.get(site, 0)
        self.counts[site] = execution + 1
        if self.active is None:
            line, _, node = self.instrument.sites[site % PARTS]
            place = self.places.setdefault(site, _Place(line, isinstance(node, ast.AugAssign) and not number))
            size = float(np.max(np.abs(value)))
            if place.in_place and execution:  # later changes of one accumulator do what the first does
                return value
            place.sizes.append(int(np.size(value)))
            place.scales.append(size if np.isfinite(size) and size > 0 else 1.0)
            return value
        if self.active[:2] != (site, execution):
            return value
        _, _, entry, step = self.active
        if number:
            return value + step
        changed = value if self.places[site].in_place else value.copy()
        changed[np.unravel_index(entry, value.shape)] += step
        return changed

    def run(self, active: tuple[int, int, int, float] | None) -> np.ndarray | None:
        """The projections after a change of (site, execution, entry, step); None where backward does not run."""
        self.counts.clear()
        self.active = active
        self.program.refresh()
        try:
            if self.trial.cached:
                self.program.forward(self.trial.inputs)
            returned = self.program.backward(self.trial.inputs)
        except Failed:
            return None
        finally:
            self.program.refresh()
        return self._projected(returned)

    def _projected(self, returned: Any) -> np.ndarray | None:
        if not isinstance(returned, dict):
            return None
        parts = []
        for name, rows in self.directions.items():
            gradient = as_gradient(returned.get(self.trial.matched.keys[name]))
            if gradient is None or gradient.size != rows.shape[1]:
                return None
            parts.append(rows @ gradient.ravel())
        return np.concatenate(parts)
