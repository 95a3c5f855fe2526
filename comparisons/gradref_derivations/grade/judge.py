"""One submission: run it apart, judge its gradients here, and put the outcome in a Grade."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np

from gradref_support.process import Limits

from ..findings.report import DerivationReport
from ..findings.transfer import encoded
from ..findings.trial import Trial
from ..program.guard import Failed
from ..program.program import Program
from .client import GaveUp, Submission
from .task import Run, Task

__all__ = ["Grade", "judge"]


@dataclass(frozen=True)
class Grade:
    """The outcome of one submission.

    Attributes
    ----------
    name : of the submission. `sha256` of its text.
    status : right, wrong, or "failed" for one that gave no gradients.
    right : parameter -> True when its gradient is right on every run.
    findings : parameter -> what is wrong with it, in one sentence, with the run that shows it.
    remark : what a failed submission did; or what a right one should not do.
    root, line, advice : what the whole check says of a wrong one, for the feedback only: the parameter the error enters at, the
        line to look at, and the report as text.
    printed : the beginning of what it printed; `flood` bytes in all.
    """

    name: str
    sha256: str
    status: str
    right: dict[str, bool]
    findings: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    root: str = ""
    line: int | None = None
    advice: str = ""
    printed: str = ""
    flood: int = 0
    seconds: float = 0.0

    @property
    def score(self) -> float:
        """Share of the parameters whose gradient is right."""
        return sum(self.right.values()) / len(self.right)

    def with_advice(self, report: DerivationReport) -> Grade:
        """The grade with what the whole check found; never its score."""
        return replace(self, root=report.root or "", line=report.line, advice=str(report))

    def to_dict(self) -> dict:
        """Plain values, the score included, for JSON."""
        return {**encoded(self), "score": self.score}


def judge(name: str, sha256: str, text: str, task: Task, limits: Limits) -> Grade:
    """Gradients from the submission's own process, truth and verdict from this one."""
    start = time.perf_counter()
    findings: dict[str, str] = {}
    remark, failed, submission = "", False, Submission(text, limits)
    try:
        with submission:
            program = task.program(submission, limits.seconds)
            findings |= _state(submission, task)
            for run in task.runs:
                _judge_run(program, task, run, submission, findings)
            if submission.changed:
                remark = f"backward changes its inputs: {', '.join(sorted(submission.changed))}"
    except GaveUp as error:
        remark, failed = str(error), True
    right = {p: not failed and p not in findings for p in task.parameters}
    status = "failed" if failed else "right" if all(right.values()) else "wrong"
    return Grade(
        name,
        sha256,
        status,
        right,
        findings,
        remark,
        printed=submission.printed.decode(errors="replace"),
        flood=submission.flood,
        seconds=time.perf_counter() - start,
    )


def _judge_run(program: Program, task: Task, run: Run, submission: Submission, findings: dict[str, str]) -> None:
    """Judge one set of inputs; the first finding on each parameter stays."""
    trial = Trial(program, run.inputs, task.parameters, run.seed, run.condition)
    trial.evaluate_forward()
    trial.run()
    if submission.over:
        raise GaveUp(submission.over)
    if trial.failure is not None:
        raise GaveUp(f"{trial.failure} ({run.label})")
    for parameter, found in trial.findings.items():
        findings.setdefault(parameter, f"{found.text} ({run.label})")


def _state(submission: Submission, task: Task) -> dict[str, str]:
    """Parameters whose gradient changes when `backward` is called a second time with the same inputs."""
    first: Run = task.runs[0]
    try:
        one, two = submission(first.inputs), submission(first.inputs)
    except Failed:
        return {}  # the trial will say what happened
    found = {}
    for key, value in one.items():
        again = two.get(key)
        if isinstance(value, np.ndarray) and isinstance(again, np.ndarray) and not _close(value, again):
            names = [p for p in task.parameters if key.endswith(p)]
            for parameter in sorted(names, key=len)[-1:]:
                found[parameter] = f"a second call with the same inputs gives another {key}: something is kept between calls"
    return found


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-12, atol=0, equal_nan=True))
