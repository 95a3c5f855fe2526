"""Running cases on frameworks: the plan, one job after the other, and the record of a whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import perf_counter

import numpy as np

from gradref.judging import Judgement, Truth, run_and_judge, run_verdict
from gradref.suite.cases import DTYPES, SuiteCase
from gradref.verdict import FAIL, SKIP, UNDECIDED, Verdict
from gradref_adapters import registry
from gradref_reference import Case, MissingFrameworkError, Trace
from gradref_reference.errors import unknown

__all__ = ["Job", "Plan", "SuiteRun", "new_run", "plan", "run_job", "run_suite"]

MAP_SIZE = 24
"""Maps of per-entry shares are max-pooled to at most this many rows and columns."""

COMPILE_REASON = "torch.compile takes tens of seconds a graph: it runs on chosen cases; --thorough runs it on all"


@dataclass(frozen=True, eq=False)
class Job:
    """One case on one framework, mode and dtype."""

    suite_case: SuiteCase
    case: Case
    skip: str | None = None


@dataclass(eq=False)
class SuiteRun:
    """What a run has produced so far; complete unless `interrupted`."""

    seed: int
    frameworks: list[str] = field(default_factory=list)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    verdicts: list[Verdict] = field(default_factory=list)
    maps: dict[str, np.ndarray] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cases: list[SuiteCase] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    rulings: list[dict[str, str]] = field(default_factory=list)
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True when nothing disagrees and nothing was cut short."""
        return not self.interrupted and all(v.verdict != FAIL for v in self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 agrees, 1 disagrees, 2 when nothing could be judged, 130 when it was interrupted."""
        if self.interrupted:
            return 130
        if all(v.verdict == SKIP for v in self.verdicts):
            return 2
        return 0 if self.ok else 1


def choose(kind: str, wanted: Sequence[str] | None, known: Iterable[str]) -> list[str]:
    """`wanted` in the order of `known`, or all of them; `SpecificationError` for a name that is not known."""
    known = list(known)
    for name in wanted or ():
        if name not in known:
            raise unknown(f"--{kind}", kind, name, known)
    return [name for name in known if not wanted or name in wanted]


@dataclass(frozen=True, eq=False)
class Plan:
    """Jobs in the order they run, and the frameworks that were asked for and are not here, each with the reason."""

    jobs: list[Job]
    frameworks: list[str]
    missing: dict[str, str]


def plan(
    suite: Sequence[SuiteCase],
    frameworks: Sequence[str] | None = None,
    modes: Sequence[str] | None = None,
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    thorough: bool = False,
) -> Plan:
    """Every case on every framework, mode and dtype asked for; None means all, unknown names raise `SpecificationError`.

    Imports only the frameworks asked for. When none of them is here, a `MissingFrameworkError` says why.
    """
    offered, missing = {}, {}
    chosen = choose("framework", frameworks, registry.names())
    for name in chosen:
        try:
            offered[name] = registry.get(name).modes()
        except MissingFrameworkError as error:
            missing[name] = str(error)
    if not offered:
        raise MissingFrameworkError("; ".join(missing.values()))
    wanted_modes = choose("mode", modes, dict.fromkeys(mode for own in offered.values() for mode in own))
    wanted_dtypes = choose("dtype", dtypes, DTYPES)
    jobs = []
    for suite_case in suite:
        for dtype in (d for d in wanted_dtypes if d in suite_case.dtypes):
            for name, mode in ((name, mode) for name, own in offered.items() for mode in own if mode in wanted_modes):
                case = replace(suite_case.case, framework=name, mode=mode, dtype=dtype, device=device)
                costly = mode == "compile" and not thorough and dtype not in suite_case.compile
                jobs.append(Job(suite_case, case, COMPILE_REASON if costly else None))
    return Plan(jobs, chosen, missing)


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
    judgement = replace(judgement, verdicts=[replace(v, rerun=rerun_command(v, run.seed)) for v in judgement.verdicts])
    _keep(run, job.case, judgement)
    if job.suite_case not in run.cases:
        run.cases.append(job.suite_case)
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
) -> SuiteRun:
    """Run the jobs in order. An interrupt (Ctrl-C) ends the run early and keeps everything finished so far."""
    run, grounds, start = new_run(plan, seed), [], perf_counter()
    try:
        for job in plan.jobs:
            if on_start:
                on_start(job)
            run_job(job, run, grounds)
            if on_done:
                on_done(job)
        settle(run, grounds)
    except KeyboardInterrupt:
        run.interrupted = True
    run.seconds = perf_counter() - start
    return run


def new_run(plan: Plan, seed: int) -> SuiteRun:
    """An empty run that already says which frameworks are missing, and why."""
    skips = [Verdict("*", name, "*", "*", "cpu", "RUN", 0, "", SKIP, message=why) for name, why in plan.missing.items()]
    return SuiteRun(seed, plan.frameworks, verdicts=skips, missing=plan.missing)


def rerun_command(v: Verdict, seed: int) -> str:
    """The command that runs this one case again."""
    if v.verdict not in (FAIL, UNDECIDED):
        return ""
    return (
        f"gradref report --case {v.case} --framework {v.framework} --mode {v.mode} --dtype {v.dtype} --seed {seed}"
        f"{'' if v.device == 'cpu' else f' --device {v.device}'}"
    )


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
