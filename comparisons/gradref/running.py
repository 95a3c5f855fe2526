"""Running cases on frameworks: one job after the other, and the record of a whole run."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter

import numpy as np

from gradref.judging import Judgement, Truth, run_and_judge, run_verdict
from gradref.planning import REFERENCE, Job, Plan, plan
from gradref.suite.cases import SuiteCase
from gradref.tallies import sees
from gradref.verdict import FAIL, SKIP, UNDECIDED, Verdict
from gradref_adapters import registry
from gradref_reference import Case, Trace

__all__ = ["Job", "Plan", "SuiteRun", "new_run", "plan", "rerun_command", "run_job", "run_suite"]

MAP_SIZE = 24
"""Maps of per-entry shares are max-pooled to at most this many rows and columns."""

Rerun = Callable[[Case], str]
"""The command that runs one case again, on its framework, mode, dtype and device."""


@dataclass(eq=False)
class SuiteRun:
    """What a run has produced so far; complete unless `interrupted`.

    `planned` jobs were to be run, on `frameworks`, of which `named` were asked for by name and `missing` are not here, each with
    its reason. `again` is the command that runs one case again.
    """

    seed: int
    frameworks: list[str] = field(default_factory=list)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    verdicts: list[Verdict] = field(default_factory=list)
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cases: list[SuiteCase] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)
    rulings: list[dict[str, str]] = field(default_factory=list)
    planned: int = 0
    finished: int = 0
    interrupted: bool = False
    seconds: float = 0.0
    again: Rerun = field(default=lambda case: "")

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
                reasons.setdefault(v.framework, v.message)
        ran = dict.fromkeys(v.framework for v in self.judged)
        if not ran:
            return f"nothing was compared, because no run was possible. {_told(reasons)}".rstrip()
        absent = {name: reasons[name] for name in self.named if name not in ran and name in reasons}
        if absent:
            return f"a framework that was asked for did not run. {_told(absent)}"
        others = {name: why for name, why in reasons.items() if name != REFERENCE}
        if set(ran) == {REFERENCE} and others:
            return f"no framework ran: nothing was compared but the reference with the exact enclosure. {_told(others)}"
        if not any(sees(v) for v in self.judged):
            return (
                "nothing can be said of the gradients: every number is smaller than its allowance, so a wrong one would pass. "
                "Use a wider dtype or numbers of ordinary size."
            )
        return ""


def _told(reasons: dict[str, str]) -> str:
    """Each framework with its reason; a reason that names it already stands alone."""
    return " ".join(why if why.lower().startswith(name) else f"{name}: {why}" for name, why in reasons.items())


@dataclass(eq=False)
class Ground:
    """What is known of one case in one dtype while its jobs run: the truth, and the traces so far."""

    job: Job
    truth: Truth
    traces: list[Trace] = field(default_factory=list)
    disputed: bool = False


def run_job(job: Job, run: SuiteRun, grounds: list[Ground]) -> Judgement:
    """Run one job, add what it says to `run`, and return it; `grounds` keeps the truth between the jobs of one case and dtype."""
    if job.skip is not None:
        judgement = Judgement([run_verdict(job.case, SKIP, job.skip)])
    else:
        if not grounds or (grounds[0].job.suite_case, grounds[0].job.case.dtype) != (job.suite_case, job.case.dtype):
            settle(run, grounds)
            grounds.append(Ground(job, Truth.of(job.case)))
        adapter = registry.get(job.case.framework)
        judgement = run_and_judge(job.case, adapter, grounds[0].truth, job.suite_case.golden, job.suite_case.extra)
        if judgement.trace is not None:
            grounds[0].traces.append(judgement.trace)
        grounds[0].disputed |= any(v.verdict in (FAIL, UNDECIDED) for v in judgement.verdicts)
    if any(v.verdict in (FAIL, UNDECIDED) for v in judgement.verdicts):
        command = run.again(job.case)
        told = [replace(v, rerun=command) if v.verdict in (FAIL, UNDECIDED) else v for v in judgement.verdicts]
        judgement = replace(judgement, verdicts=told)
    _keep(run, job.case, judgement)
    if job.suite_case not in run.cases:
        run.cases.append(job.suite_case)
    run.finished += 1
    return judgement


def settle(run: SuiteRun, grounds: list[Ground]) -> None:
    """Forget the case that was being run; if its runs differ by more than rounding, say first who is right."""
    for ground in grounds:
        if ground.disputed and ground.traces and ground.truth.exact is not None:
            from gradref.arbitration import AGREE, ROUNDING, arbitrate

            case = ground.job.case
            rulings = arbitrate(case.network, case.parameters, case.batch, ground.traces).rulings
            run.rulings += [
                {"case": case.name, "dtype": case.dtype, "parameter": r.parameter, "decision": r.decision, "sentence": r.sentence}
                for r in rulings
                if r.decision not in (AGREE, ROUNDING)
            ]
    grounds.clear()


def run_suite(
    plan: Plan,
    seed: int = 0,
    on_start: Callable[[Job], None] | None = None,
    on_done: Callable[[Job], None] | None = None,
    again: Rerun | None = None,
) -> SuiteRun:
    """Run the jobs in order. An interrupt (Ctrl-C) ends the run early and keeps everything finished so far.

    `again` is the command that runs one case again; that of the suite without one. An interrupt before anything is finished is
    raised: there is nothing to keep.
    """
    run, grounds, start = new_run(plan, seed, again), [], perf_counter()
    try:
        for job in plan.jobs:
            if on_start:
                on_start(job)
            run_job(job, run, grounds)
            if on_done:
                on_done(job)
        settle(run, grounds)
    except KeyboardInterrupt:
        if not run.judged:
            raise
        run.interrupted = True
    run.seconds = perf_counter() - start
    return run


def new_run(plan: Plan, seed: int, again: Rerun | None = None) -> SuiteRun:
    """An empty run that already says which frameworks are missing, and why."""
    skips = [Verdict("*", name, "*", "*", "cpu", "RUN", 0, "", SKIP, message=why) for name, why in plan.missing.items()]
    again = again or (lambda case: rerun_command(("report", "--case", case.name), case, seed))
    return SuiteRun(
        seed, plan.frameworks, verdicts=skips, missing=plan.missing, named=plan.named, planned=len(plan.jobs), again=again
    )


def rerun_command(start: tuple[str, ...], case: Case, seed: int) -> str:
    """The command line that runs a case again, ready to paste into a shell; `start` names the command and what it reads."""
    words = [*start, "--framework", case.framework, "--mode", case.mode, "--dtype", case.dtype, "--seed", str(seed)]
    return shlex.join(["gradref", *words, *(["--device", case.device] if case.device != "cpu" else [])])


def _keep(run: SuiteRun, case: Case, judgement: Judgement) -> None:
    run.verdicts += judgement.verdicts
    key = f"{case.name}|{case.framework}|{case.mode}|{case.dtype}"
    if judgement.trace is not None and judgement.trace.notes:
        run.notes[key] = judgement.trace.notes
    for (equation, l), share in judgement.shares.items():
        if equation in ("BP3", "BP4"):
            run.maps[f"{key}|{equation}|{l}"] = pooled(np.atleast_2d(share)).astype(np.float16)


def pooled(share: np.ndarray, size: int = MAP_SIZE) -> np.ndarray:
    """The matrix max-pooled to at most `size` rows and columns; NaN counts as infinity, so that no alarm is lost."""
    share = np.where(np.isnan(share), np.inf, share)
    for axis in (0, 1):
        n = share.shape[axis]
        if n > size:
            starts = np.arange(size) * n // size
            share = np.maximum.reduceat(share, starts, axis=axis)
    return np.minimum(share, 6e4)  # float16 ends at 65504
