"""Running a suite: case by case, dtype by dtype, setting by setting, and what that gives."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import NamedTuple

import numpy as np

from gradref.judges import Judgement, Subject, Truth, judge
from gradref.judges.known import Golden
from gradref.verdict import FAIL, SKIP, UNDECIDED, RunId, Verdict
from gradref_adapters import access
from gradref_adapters.protocol import Adapter
from gradref_reference import Case, Trace

from .ask import ask, skipped
from .cases import SuiteCase
from .differences import Difference, differences
from .plan import REFERENCE, Plan

__all__ = ["MapId", "Ruled", "SuiteRun", "new_run", "pooled", "rerun_command", "run_and_judge", "run_suite"]

MAP_SIZE = 24
"""Maps of per-entry shares are max-pooled to at most this many rows and columns."""

Runs = list[tuple[Case, str | None]]

Rerun = Callable[[Case], str]
"""The command that runs one case again, on its framework, mode, dtype and device."""


class MapId(NamedTuple):
    """Whose heat map: a run, equation and layer."""

    run: RunId
    equation: str
    layer: int


class Ruled(NamedTuple):
    """What the exact gradient says of one tensor of a case on which runs differ by more than rounding."""

    case: str
    dtype: str
    parameter: str
    decision: str
    sentence: str


@dataclass(eq=False)
class SuiteRun:
    """What a run has produced so far; complete unless `interrupted`.

    `planned` runs were asked for, on `frameworks`, of which `named` were asked for by name and `missing` are not here, each with
    its reason; `versions` are those of the others. `again` is the command that runs one case again. `differences` is the plain table
    of the gradients of each two frameworks; `nearest` says of each dtype which entries differ and who is nearest to the exact gradient,
    where that was asked for.
    """

    seed: int
    frameworks: list[str] = field(default_factory=list)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    verdicts: list[Verdict] = field(default_factory=list)
    maps: dict[MapId, np.ndarray] = field(default_factory=dict)
    notes: dict[RunId, tuple[str, ...]] = field(default_factory=dict)
    cases: list[SuiteCase] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    rulings: list[Ruled] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    nearest: list[str] = field(default_factory=list)
    planned: int = 0
    finished: int = 0
    interrupted: bool = False
    seconds: float = 0.0
    again: Rerun = field(default=lambda case: "")
    versions: dict[str, str] = field(default_factory=dict)
    isolated: bool = False

    @property
    def judged(self) -> list[Verdict]:
        """The rows in which something was compared, or had to be and failed."""
        return [v for v in self.verdicts if v.verdict != SKIP]

    @property
    def ok(self) -> bool:
        """True when nothing disagrees and nothing was cut short."""
        return not self.interrupted and all(v.verdict != FAIL for v in self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 agrees, 1 disagrees, 2 when what was asked could not be judged, 130 when it was interrupted."""
        if self.interrupted:
            return 130
        if not self.ok:
            return 1
        return 2 if self.unjudged else 0

    @property
    def unjudged(self) -> str:
        """Why nothing that was asked for can be said to agree, in one sentence; "" when it can."""
        reasons: dict[str, str] = {}
        for v in self.verdicts:
            if v.verdict == SKIP:
                reasons.setdefault(v.run.framework, v.message)
        ran = dict.fromkeys(v.run.framework for v in self.judged)
        if not ran:
            return f"nothing was compared, because no run was possible. {self._told(reasons)}".rstrip()
        absent = {name: reasons[name] for name in self.named if name not in ran and name in reasons}
        if absent:
            return f"a framework that was asked for did not run. {self._told(absent)}"
        others = {name: why for name, why in reasons.items() if name != REFERENCE}
        if set(ran) == {REFERENCE} and others:
            return f"no framework ran: nothing was compared but the reference with the exact enclosure. {self._told(others)}"
        if not any(v.sees for v in self.judged):
            return (
                "nothing can be said of the gradients: every number is smaller than its allowance, so a wrong one would pass. "
                "Use a wider dtype or numbers of ordinary size."
            )
        return ""

    def _told(self, reasons: dict[str, str]) -> str:
        """Each framework with its reason; the one why it is not here names it already."""
        return " ".join(why if name in self.missing else f"{name}: {why}" for name, why in reasons.items())


def run_suite(
    plan: Plan,
    seed: int = 0,
    on_start: Callable[[Case], None] | None = None,
    on_done: Callable[[Case], None] | None = None,
    again: Rerun | None = None,
    nearest: bool = False,
) -> SuiteRun:
    """Run a plan in order. An interrupt (Ctrl-C) ends the run early and keeps everything finished so far.

    `again` is the command that runs one case again; that of the suite without one. `nearest` asks of every case, disputed or not, who
    is nearest to the exact gradient. An interrupt before anything is finished is raised: there is nothing to keep.
    """
    run, start = new_run(plan, seed, again), perf_counter()
    try:
        for suite_case, formats in _begun(plan):
            for dtype, runs in formats:
                truth, subjects, disputed = Truth(replace(suite_case.case, dtype=dtype)), [], False
                for case, reason in runs:
                    if on_start:
                        on_start(case)
                    if reason is not None:
                        found = Judgement([skipped(case, reason)])
                    else:
                        adapter = access.adapter(case.framework, plan.isolated)
                        found = run_and_judge(case, adapter, truth, suite_case.golden, suite_case.exact)
                    _keep(run, suite_case, case, found)
                    subjects += [found.subject] if found.subject is not None else []
                    disputed |= found.disputed
                    if on_done:
                        on_done(case)
                run.differences += differences(subjects)
                if (disputed or nearest) and subjects and truth.exact is not None:
                    _arbitrated(run, truth.case, [s.trace for s in subjects], nearest)
    except KeyboardInterrupt:
        if not run.judged:
            raise
        run.interrupted = True
    run.seconds = perf_counter() - start
    return run


def _begun(plan: Plan) -> Iterator[tuple[SuiteCase, list[tuple[str, Runs]]]]:
    """Each case with its runs, dtype by dtype. Adapters in processes of their own are one case ahead of the judging."""
    waiting: list[tuple[SuiteCase, list[tuple[str, Runs]]]] = []
    for suite_case in plan.suite:
        formats = [(dtype, list(plan.runs(suite_case, dtype))) for dtype in plan.dtypes_of(suite_case)]
        if plan.isolated:
            for case in (case for _, runs in formats for case, reason in runs if reason is None):
                access.begin(access.adapter(case.framework, True), case)
        waiting.append((suite_case, formats))
        if len(waiting) > int(plan.isolated):
            yield waiting.pop(0)
    yield from waiting


def run_and_judge(case: Case, adapter: Adapter, truth: Truth, golden: Golden | None = None, exact: bool = False) -> Judgement:
    """Run a case on an adapter and judge the trace; what cannot run is a skip with its reason, what crashes a failure.

    `golden` and `exact` say what is known of the case beforehand.
    """
    answer = ask(case, adapter)
    if isinstance(answer, Verdict):
        return Judgement([answer])
    return judge(Subject(case, *answer, truth, golden, exact))


def _arbitrated(run: SuiteRun, case: Case, traces: Sequence[Trace], nearest: bool) -> None:
    """Say who is right, where the runs of a case differ by more than rounding, and if asked who is nearest to the exact gradient."""
    from gradref.arbitration import AGREE, ROUNDING, arbitrate

    found = arbitrate(case.network, case.parameters, case.batch, traces)
    differ = [r for r in found.rulings if r.decision not in (AGREE, ROUNDING)]
    run.rulings += [Ruled(case.name, case.dtype, r.parameter, r.decision, r.sentence) for r in differ]
    if nearest:
        run.nearest += found.summary


def new_run(plan: Plan, seed: int, again: Rerun | None = None) -> SuiteRun:
    """An empty run that already says which frameworks are missing, and why."""
    skips = [Verdict(RunId("*", name, "*", "*"), "RUN", 0, "", SKIP, finding=why) for name, why in plan.missing.items()]
    again = again or (lambda case: rerun_command(("report", "--case", case.name), case, seed))
    return SuiteRun(
        seed,
        plan.frameworks,
        verdicts=skips,
        missing=plan.missing,
        named=plan.named,
        planned=len(plan),
        again=again,
        versions=plan.versions,
        isolated=plan.isolated,
    )


def rerun_command(start: tuple[str, ...], case: Case, seed: int) -> str:
    """The command line that runs a case again, ready to paste into a shell; `start` names the command and what it reads."""
    words = [*start, "--framework", case.framework, "--mode", case.mode, "--dtype", case.dtype, "--seed", str(seed)]
    return shlex.join(["gradref", *words, *(["--device", case.device] if case.device != "cpu" else [])])


def _keep(run: SuiteRun, suite_case: SuiteCase, case: Case, found: Judgement) -> None:
    command = run.again(case) if found.disputed else ""
    run.verdicts += [replace(v, rerun=command) if v.verdict in (FAIL, UNDECIDED) else v for v in found.verdicts]
    key = RunId.of(case)
    if found.trace is not None and found.trace.notes:
        run.notes[key] = found.trace.notes
    for (equation, l), share in found.shares.items():
        if equation in ("BP3", "BP4"):
            run.maps[MapId(key, equation, l)] = pooled(np.atleast_2d(share)).astype(np.float16)
    if suite_case not in run.cases:
        run.cases.append(suite_case)
    run.finished += 1


def pooled(share: np.ndarray, size: int = MAP_SIZE) -> np.ndarray:
    """The matrix max-pooled to at most `size` rows and columns; NaN counts as infinity, so that no alarm is lost."""
    share = np.where(np.isnan(share), np.inf, share)
    for axis in (0, 1):
        n = share.shape[axis]
        if n > size:
            starts = np.arange(size) * n // size
            share = np.maximum.reduceat(share, starts, axis=axis)
    return np.minimum(share, 6e4)  # float16 ends at 65504
