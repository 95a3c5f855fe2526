"""A folder of submissions: find them, judge those not judged before, several at a time, and write what was found."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from gradref_reference.errors import DataError, FileError

from .adviser import advice
from .feedback import feedback, write_table
from .judge import Grade, judge
from .limits import Limits, end_family
from .task import Task, combined

__all__ = ["find_submissions", "grade_folder"]

MEMBERS = ("backward.py", "submission.py", "main.py", "solution.py")
LARGEST = 2**20  # bytes of source
VERSION = 1  # of what is kept; raise it when the verdicts may change


def find_submissions(folder: Path, task: Path) -> dict[str, Path]:
    """name -> file: every `.py` in the folder, and one in each folder of it (`backward.py`, or the only `.py` there)."""
    if not folder.is_dir():
        raise FileError(f"{folder}: must be a folder of submissions, got none. Check the path.")
    found: dict[str, Path] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "_")) or entry.resolve() == task.resolve():
            continue
        if entry.is_file() and entry.suffix == ".py":
            found[entry.stem] = entry
        elif entry.is_dir():
            files = sorted(p for p in entry.iterdir() if p.suffix == ".py" and p.is_file())
            known = [p for name in MEMBERS for p in files if p.name == name]
            if known or len(files) == 1:
                found[entry.name if entry.name not in found else f"{entry.name}.folder"] = (known or files)[0]
    if not found:
        raise DataError(
            f"{folder}: must hold at least one .py file, got none. Put one file, or one folder, per submission there."
        )
    return found


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
) -> list[Grade]:
    """Grade every submission in `folder` and write `grades.csv` and `feedback/NAME.md` into `out`.

    Outcomes are kept in `out/kept/` under the hash of submission, task, seeds and limits: a second call judges only what is
    new. `budget` is the time for the search of a repair, in seconds; `done` is called after each submission.
    """
    seeds, limits = list(range(5)) if seeds is None else seeds, limits or Limits()
    subject = Task.read(task, seeds)
    files = find_submissions(Path(folder), Path(task))
    target = Path(out)
    for part in (target / "feedback", target / "kept"):
        part.mkdir(parents=True, exist_ok=True)
    grades: dict[str, Grade] = {}
    waiting: list[tuple[str, Path, Path]] = []
    for name, path in files.items():
        kept = target / "kept" / f"{_key(path, subject, seeds, limits, budget)}.json"
        grade = _read(kept, name)
        if grade is None:
            waiting.append((name, path, kept))
        else:
            grades[name] = grade
            if done:
                done(grade)
    for grade, kept in _in_parallel(waiting, str(task), seeds, limits, budget, jobs or os.cpu_count() or 1):
        grades[grade.name] = grade
        partial = kept.with_suffix(".part")
        partial.write_text(json.dumps(grade.to_dict()), encoding="utf-8")
        partial.replace(kept)
        if done:
            done(grade)
    ordered = [grades[name] for name in files]
    for grade in ordered:
        (target / "feedback" / f"{grade.name}.md").write_text(feedback(grade, subject), encoding="utf-8")
    write_table(ordered, target / "grades.csv")
    return ordered


def _in_parallel(
    waiting: list[tuple[str, Path, Path]], task: str, seeds: list[int], limits: Limits, budget: float, jobs: int
) -> Iterator[tuple[Grade, Path]]:
    """Judge in workers, a new one for each submission, so that nothing is carried over and none can end the others."""
    if not waiting:
        return
    stop = threading.Event()
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        running: dict[Future, Path] = {}
        try:
            for name, path, kept in waiting:
                running[pool.submit(_apart, (name, str(path), task, seeds, limits, budget), stop)] = kept
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield future.result(), running.pop(future)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _apart(work: tuple, stop: threading.Event) -> Grade:
    """Run `_one` in a worker process and wait for it; a worker that is ended costs only its submission."""
    name, path, task, seeds, *_ = work
    context, token = get_context("spawn"), secrets.token_hex(16)
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_report, args=(theirs, *work, token), daemon=True)
    try:
        if not stop.is_set():
            worker.start()
        theirs.close()
        while not ours.poll(0.2):
            if stop.is_set():
                raise EOFError
        return ours.recv()
    except EOFError:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        parameters = Task.read(task, seeds[:1]).parameters
        return Grade(name, digest, "failed", dict.fromkeys(parameters, False), remark="ended the process that judged it")
    finally:
        if worker.pid is not None:
            worker.kill()
            worker.join(timeout=5)
        end_family(None, token)
        ours.close()


def _report(connection, *work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is the parent's to handle
    connection.send(_one(*work))


def _one(name: str, path: str, task: str, seeds: list[int], limits: Limits, budget: float, token: str) -> Grade:
    """Everything about one submission; runs in a worker."""
    subject = Task.read(task, seeds)
    raw = Path(path).read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    nothing = dict.fromkeys(subject.parameters, False)
    if len(raw) > LARGEST:
        return Grade(name, digest, "failed", nothing, remark=f"is larger than {LARGEST // 1024} KiB")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return Grade(name, digest, "failed", nothing, remark="is not UTF-8 text")
    grade = judge(name, digest, text, subject, limits, token)
    if grade.status == "wrong" and budget > 0:
        with contextlib.suppress(SyntaxError):
            grade = grade.with_advice(advice(f"{name}.py", combined(subject.text, text), limits, seeds, budget, token))
    return grade


def _key(path: Path, task: Task, seeds: list[int], limits: Limits, budget: float) -> str:
    settings = json.dumps([VERSION, seeds, limits.as_dict(), budget])
    return hashlib.sha256(b"\0".join([path.read_bytes(), task.text.encode(), settings.encode()])).hexdigest()[:32]


def _read(path: Path, name: str) -> Grade | None:
    """A kept grade, under the present name of the submission; None for none or a broken one."""
    try:
        return Grade.from_dict({**json.loads(path.read_text(encoding="utf-8")), "name": name})
    except (OSError, ValueError, TypeError):
        return None
