"""A folder of submissions: judge those not judged before, several at a time, and write what was found."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradref_reference.errors import SpecificationError
from gradref_support.atomic import write_file
from gradref_support.process import Child, Closed, Limits, Nonsense, TooManyProcesses

from ..findings.transfer import NotARecord, decoded, encoded
from .feedback import feedback, write_table
from .judge import Grade
from .submissions import Submitted, file_name, find_submissions
from .task import Task

__all__ = ["Graded", "grade_folder"]

VERSION = 2  # of what is kept; raise it when the verdicts may change
GRACE = 60.0  # seconds beyond all limits of a submission after which its judge is given up


@dataclass(frozen=True)
class Graded(Sequence[Grade]):
    """All submissions of a folder: a sequence of the `grades` of those that were judged, and the `others` with the reason."""

    grades: tuple[Grade, ...]
    others: tuple[Submitted, ...]

    def __getitem__(self, index: Any) -> Any:
        return self.grades[index]

    def __len__(self) -> int:
        return len(self.grades)

    @property
    def verdict(self) -> str:
        """Wrong as soon as one is; unjudged where one could not be judged."""
        if any(g.status != "right" for g in self.grades):
            return "wrong"
        return "unjudged" if self.others or not self.grades else "right"

    def to_dict(self) -> dict[str, Any]:
        """The fields that every judging command prints, then one object for each submission."""
        return {
            "format": 1,
            "verdict": self.verdict,
            "ok": self.verdict == "right",
            "judged": [g.name for g in self.grades],
            "not_judged": [{"name": s.name, "reason": s.reason} for s in self.others],
            "grades": [g.to_dict() for g in self.grades],
        }


@dataclass(frozen=True)
class _Job:
    """One submission that is to be judged, and where its grade is kept."""

    name: str
    raw: bytes
    kept: Path


def grade_folder(
    folder: str | Path,
    task: str | Path,
    out: str | Path = "grades",
    *,
    seeds: list[int] | None = None,
    jobs: int | None = None,
    limits: Limits | None = None,
    budget: float = 10.0,
    done: Callable[[Grade], None] | None = None,
) -> Graded:
    """Grade every submission in `folder` and write `grades.csv` and `feedback/NAME.md` into `out`.

    The task is tried first: `FileError` or `DataError` about the task when it cannot be used. Grades are kept in `out/kept/` under
    the hash of submission, task, seeds and limits, each as soon as it is there: a second call, also after an interruption, judges
    only what is new. `budget` is the time for the search of a repair, in seconds; `done` is called after each submission.
    """
    if not Limits.supported():
        raise SpecificationError("grade: needs a system that can limit processes, got Windows. Run it on Linux, macOS or in WSL.")
    seeds, limits = list(range(5)) if seeds is None else seeds, limits or Limits()
    subject = Task.read(task, seeds).tried()
    target = Path(out)
    submitted = find_submissions(Path(folder), Path(task), target)
    for part in (target / "feedback", target / "kept"):
        part.mkdir(parents=True, exist_ok=True)
    grades: dict[str, Grade] = {}
    others: list[Submitted] = []
    waiting: list[_Job] = []
    for one in submitted:
        raw, reason = one.read()
        if reason:
            others.append(replace(one, reason=reason))
            continue
        job = _Job(one.name, raw, target / "kept" / f"{_key(raw, subject, seeds, limits, budget)}.json")
        kept = _read(job)
        if kept is None:
            waiting.append(job)
            continue
        grades[one.name] = kept
        if done:
            done(kept)
    shared = {"task": str(task), "seeds": seeds, "limits": limits.as_dict(), "budget": budget}
    for job, grade in _in_parallel(waiting, shared, subject, jobs or os.cpu_count() or 1):
        grades[grade.name] = grade
        write_file(job.kept, json.dumps(encoded(grade)))
        if done:
            done(grade)
    result = Graded(tuple(grades[s.name] for s in submitted if s.name in grades), tuple(others))
    names = [g.name for g in result.grades]
    for grade in result.grades:
        write_file(target / "feedback" / file_name(grade.name, names, ".md"), feedback(grade, subject))
    write_table(result.grades, result.others, subject.parameters, target / "grades.csv")
    return result


def _in_parallel(waiting: list[_Job], shared: dict[str, Any], task: Task, jobs: int) -> Iterator[tuple[_Job, Grade]]:
    """Judge in workers, a new one for each submission, so that nothing is carried over and none can end the others."""
    if not waiting:
        return
    stop = threading.Event()
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running: dict[Future, _Job] = {}
        try:
            for job in waiting:
                running[pool.submit(_apart, job, shared, task, stop)] = job
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _apart(job: _Job, shared: dict[str, Any], task: Task, stop: threading.Event) -> Grade:
    """Have one submission judged by a worker process; one that is ended costs only its submission."""
    digest = hashlib.sha256(job.raw).hexdigest()
    one = {"name": job.name, "sha256": digest, "text": job.raw.decode("utf-8"), "file": file_name(job.name, [job.name], ".py")}
    limits = Limits(**shared["limits"])
    until = time.monotonic() + 2 * limits.seconds + shared["budget"] + GRACE
    try:
        with Child("gradref_derivations.grade.worker") as worker:
            worker.send(shared | one)
            while not stop.is_set():
                try:
                    return decoded(Grade, worker.receive(min(until, time.monotonic() + 0.2))[0]["grade"])
                except TimeoutError:
                    if time.monotonic() > until:
                        break
    except (Closed, Nonsense, TooManyProcesses, NotARecord, KeyError):
        pass
    remark = "ended the process that judged it"
    return Grade(job.name, digest, "failed", dict.fromkeys(task.parameters, False), remark=remark)


def _key(raw: bytes, task: Task, seeds: list[int], limits: Limits, budget: float) -> str:
    settings = json.dumps([VERSION, seeds, limits.as_dict(), budget])
    return hashlib.sha256(b"\0".join([raw, task.text.encode(), settings.encode()])).hexdigest()[:32]


def _read(job: _Job) -> Grade | None:
    """A kept grade, under the present name of the submission; None for none or a broken one."""
    try:
        return replace(decoded(Grade, json.loads(job.kept.read_text(encoding="utf-8"))), name=job.name)
    except (OSError, ValueError):
        return None
