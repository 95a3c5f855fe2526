"""Record: one run of the suite, whole: its rows, how it was made, and everything that is said of it, computed once."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradref.doctor import examine
from gradref.suite.differences import Difference
from gradref.suite.run import MapId, Ruled, SuiteRun
from gradref.verdict import EQUATIONS, FAIL, PASS, SKIP, UNDECIDED, RunId, to_frame
from gradref_adapters import Finding

from .tally import BLIND, Tally, tally

__all__ = ["KEY", "SETTING", "CaseFacts", "Frame", "Made", "Record", "Totals", "cause", "command_line"]

Frame = Any
"""A DataFrame: pandas' own types are too loose to be checked against."""

KEY = list(RunId._fields)
"""One run of one case; a cell of the matrix."""

SETTING = KEY[1:]
"""What an implementation was asked for; a column of the matrix."""

_BACKWARD = {name: place for place, name in enumerate(EQUATIONS) if name not in ("RUN", "LIN", "ACT")}


def cause(equation: str, layer: int) -> tuple[int, int, bool]:
    """A sort key: what comes earlier in the computation comes first, for it causes what follows.

    >>> sorted([("BP4", 1), ("BP2", 1), ("BP2", 3), ("LIN", 2), ("ACT", 1)], key=lambda e: cause(*e))
    [('ACT', 1), ('LIN', 2), ('BP2', 3), ('BP2', 1), ('BP4', 1)]
    """
    if equation in ("LIN", "ACT"):
        return 0, layer, equation == "ACT"  # layer after layer
    return -1 if equation == "RUN" else _BACKWARD.get(equation, len(EQUATIONS)), -layer, False


@dataclass(frozen=True)
class CaseFacts:
    """What a case is: sizes, activations and cost of its network, samples of its batch, and why it is in the suite."""

    name: str
    why: str
    sizes: list[int]
    activations: list[str]
    cost: str
    l2: float
    batch: int
    held_out: float | None = None


@dataclass(frozen=True)
class Made:
    """How a run was made, on what, and how far it came; what `run.json` is read back as."""

    created: str
    command: str
    seed: int
    git: str
    seconds: float
    interrupted: bool
    planned: int
    finished: int
    unjudged: str
    versions: dict[str, str] = field(default_factory=dict)
    environment: list[Finding] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    cases: list[CaseFacts] = field(default_factory=list)
    rulings: list[Ruled] = field(default_factory=list)
    nearest: list[str] = field(default_factory=list)


class Totals(NamedTuple):
    """What a run adds up to: runs, rows and the entries of their tensors, those that saw nothing, and how they were judged."""

    cases: int
    runs: int
    rows: int
    entries: int
    blind_runs: int
    blind_rows: int
    blind_entries: int
    passed: int
    failed: int
    undecided: int
    overflow: int
    skipped: int


class Skipped(NamedTuple):
    """What was not run, for one reason."""

    framework: str
    mode: str
    reason: str
    runs: int


@dataclass(frozen=True, eq=False)
class Record:
    """One run of the suite.

    Attributes
    ----------
    made : how it was made.
    frame : one row per check, the columns of `Verdict`.
    maps : shares of the allowance, pooled. notes : what an adapter said of a run.
    differences : the plain table of the gradients of each two frameworks.
    """

    made: Made
    frame: Frame
    maps: dict[MapId, np.ndarray] = field(default_factory=dict)
    notes: dict[RunId, tuple[str, ...]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @classmethod
    def of(cls, run: SuiteRun, command: str | None = None) -> Record:
        """The record of a run; `command` is what made it, that of this process without one."""
        made = Made(
            run.created, command or command_line(), run.seed, _revision(), round(run.seconds, 3), run.interrupted, run.planned,
            run.finished, run.unjudged, _versions(run.versions), examine(run.frameworks, run.isolated), run.missing,
            [
                CaseFacts(c.name, c.why, list(n.sizes), list(n.activations), n.cost, n.l2, len(c.case.batch), c.held_out)
                for c in run.cases
                for n in [c.case.network]
            ],
            run.rulings,
            run.nearest,
        )  # fmt: skip
        return cls(made, to_frame(run.verdicts), run.maps, run.notes, run.differences)

    @cached_property
    def judged(self) -> Frame:
        """The rows in which something was compared, or had to be and failed."""
        return self.frame[self.frame.verdict != SKIP]

    @cached_property
    def cells(self) -> Frame:
        """One row per run: the counts of its rows and its verdict; in the order in which they were run.

        The verdict is the worst of its rows, "blind" where nothing fails and nothing was seen of the gradients, and "skip" where
        nothing was judged.
        """
        import pandas as pd

        rows = self.frame[self.frame["case"] != "*"]  # a framework that is missing altogether has one row, of no case
        found = []
        for key, group in rows.groupby(KEY, sort=False, observed=True):
            counted, opened = tally(group), int((group["verdict"] == UNDECIDED).sum())
            found.append(
                (*key, len(group), counted.numbers, counted.fail, opened, counted.blind_checks, counted.used, group["seconds"].max(),
                 _verdict(counted, opened))
            )  # fmt: skip
        return pd.DataFrame(found, columns=[*KEY, "checks", "entries", "fails", "open", "blind", "share", "seconds", "verdict"])

    @cached_property
    def runs(self) -> Frame:
        """The cells of the runs that took place."""
        return self.cells[self.cells["verdict"] != SKIP]

    @cached_property
    def failures(self) -> Frame:
        """The failing rows, causes before consequences."""
        rows = self.frame[self.frame.verdict == FAIL]
        order = sorted(rows.index, key=lambda i: cause(rows.at[i, "equation"], int(rows.at[i, "layer"])))
        return rows.loc[order]

    @cached_property
    def first_causes(self) -> Frame:
        """The first failing row of each run that disagrees, in the order of cause: what comes after it is its echo."""
        return self.failures.groupby(KEY, sort=False, observed=True).head(1)

    @cached_property
    def skips(self) -> list[Skipped]:
        """The runs that did not take place, by framework, mode and reason."""
        rows = self.frame[(self.frame.verdict == SKIP) & (self.frame.equation == "RUN")]
        groups = rows.groupby(["framework", "mode", "message"], sort=False, observed=True).size()
        return [Skipped(framework, mode, reason, int(n)) for (framework, mode, reason), n in groups.items()]

    @cached_property
    def totals(self) -> Totals:
        """What it adds up to."""
        whole, verdicts = tally(self.frame), self.frame.verdict
        return Totals(
            cases=len(self.made.cases), runs=len(self.runs), rows=len(self.judged), entries=whole.numbers,
            blind_runs=int((self.runs["verdict"] == BLIND).sum()), blind_rows=whole.blind_checks, blind_entries=whole.blind_numbers,
            passed=int((verdicts == PASS).sum()), failed=whole.fail, undecided=int((verdicts == UNDECIDED).sum()),
            overflow=whole.overflows, skipped=int((verdicts == SKIP).sum()),
        )  # fmt: skip


def _verdict(counted: Tally, opened: int) -> str:
    if counted.fail:
        return FAIL
    if not counted.checks:
        return SKIP
    return BLIND if not counted.sees else UNDECIDED if opened else PASS


def command_line() -> str:
    """The command of this process, ready to paste into a shell."""
    return shlex.join(["gradref", *sys.argv[1:]])


def _revision() -> str:
    """The revision of the checkout gradref runs from, "" outside one."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=10"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _versions(frameworks: dict[str, str]) -> dict[str, str]:
    """Versions of everything a number in the report can depend on, `frameworks` among them; what is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in ("gradref", "numpy", "torch", "jax", "jaxlib", "python-flint", "pandas"):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return frameworks | found
