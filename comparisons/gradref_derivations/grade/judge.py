"""One submission: run it apart, judge its gradients here, and put the outcome in a Grade."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from gradref_derivations.findings.trial import Trial

from .client import GaveUp, Submission
from .limits import Limits
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
    advice : the report of the whole check (`adviser`), for the feedback only.
    printed : the beginning of what it printed; `flood` bytes in all.
    """

    name: str
    sha256: str
    status: str
    right: dict[str, bool]
    findings: dict[str, str] = field(default_factory=dict)
    remark: str = ""
    advice: dict[str, Any] = field(default_factory=dict)
    printed: str = ""
    flood: int = 0
    seconds: float = 0.0

    @property
    def score(self) -> float:
        """Share of the parameters whose gradient is right."""
        return sum(self.right.values()) / len(self.right)

    def with_advice(self, found: dict[str, Any]) -> Grade:
        return replace(self, advice=found)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "score": self.score}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Grade:
        return cls(**{k: v for k, v in data.items() if k != "score"})


def judge(name: str, sha256: str, text: str, task: Task, limits: Limits, token: str | None = None) -> Grade:
    """Gradients from the submission's own process, truth and verdict from this one."""
    start = time.perf_counter()
    findings: dict[str, str] = {}
    remark, submission = "", Submission(text, limits, token)
    try:
        with submission:
            program = task.program(submission, limits.seconds)
            findings |= _state(submission, task)
            for run in task.runs:
                trial = Trial(program, run.inputs, task.parameters, run.seed, run.condition)
                trial.evaluate_forward()
                trial.run()
                if submission.over:
                    raise GaveUp(submission.over)
                if trial.failure is not None:
                    raise GaveUp(f"{_told(trial.failure)} ({run.label})")
                for parameter, found in trial.findings.items():
                    findings.setdefault(parameter, f"{found.text} ({run.label})")
            if submission.changed:
                remark = f"backward changes its inputs: {', '.join(sorted(submission.changed))}"
    except GaveUp as error:
        remark = str(error)
        failed = dict.fromkeys(task.parameters, False)
        kept = (submission.printed.decode(errors="replace"), submission.flood)
        return Grade(name, sha256, "failed", failed, findings, remark, {}, *kept, time.perf_counter() - start)
    right = {p: p not in findings for p in task.parameters}
    status = "right" if all(right.values()) else "wrong"
    kept = (submission.printed.decode(errors="replace"), submission.flood)
    return Grade(name, sha256, status, right, findings, remark, {}, *kept, time.perf_counter() - start)


def _state(submission: Submission, task: Task) -> dict[str, str]:
    """Parameters whose gradient changes when `backward` is called a second time with the same inputs."""
    first: Run = task.runs[0]
    try:
        one, two = submission(first.inputs), submission(first.inputs)
    except RuntimeError:
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


def _told(failure: Any) -> str:
    """A failure without the wrapping of the grader's own exception."""
    return str(failure).removeprefix("raised RuntimeError: ")
