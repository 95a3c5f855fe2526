"""python -m gradref_studies derivations: what the check of hand derivations finds on the corpus, beside the checks people use today."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from . import derivation_tables, derivation_work
from .corpus import load_corpus
from .derivation_jobs import Job, jobs_of

__all__ = ["run"]


def run(
    sample: int | None = None,
    jobs: int = 2,
    out: str | Path = "reports/studies",
    budget: float = 20.0,
    others: bool = True,
    corpus: str | Path | None = None,
) -> int:
    """Judge the corpus, print the rates and write `derivations.csv` and `derivations.md` into `out`.

    Parameters
    ----------
    sample : this many mistakes instead of all; the right files are always all judged.
    jobs : processes.
    budget : seconds for the search of a repair, per file.
    others : also run the checks of PyTorch, JAX, SciPy and CS231n.
    corpus : folder of the corpus; that of the checkout by default.

    Returns
    -------
    int : 0 when nothing right was refused and no mistake was missed at any seed, else 1.

    Outcomes are kept in `out/kept/derivations.jsonl` under everything they depend on; a second run computes only what is missing.
    """
    derivations = load_corpus(corpus)
    work = jobs_of(derivations, budget, sample, others)
    target = Path(out)
    (target / "kept").mkdir(parents=True, exist_ok=True)
    store = target / "kept" / "derivations.jsonl"
    known = _known(store)
    missing = [j for j in work if j.key not in known]
    with store.open("a", encoding="utf-8") as stream:
        for job, record in _computed(missing, jobs):
            known[job.key] = record
            stream.write(json.dumps({"key": job.key, **record}) + "\n")
            stream.flush()
    mistakes = {(d.name, m.name): m for d in derivations for m in d.mistakes}
    held_out = {d.name for d in derivations if d.held_out}
    rows = derivation_tables.rows_of([(j, known[j.key]) for j in work], mistakes, held_out)
    return derivation_tables.publish(rows, target, sample, "/".join(derivations[0].path.parts[-5:-2]))


def _computed(missing: list[Job], jobs: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Records as they are finished, with a progress bar on a terminal."""
    if not missing:
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar,
        ProcessPoolExecutor(max(1, jobs), mp_context=get_context("spawn")) as pool,
    ):
        task = bar.add_task("derivations", total=len(missing))
        running = {pool.submit(derivation_work.measure, asdict(job)): job for job in missing}
        try:
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    bar.update(task, advance=1, description=f"{job.name}: {job.mistake or 'right'}")
                    yield job, future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _known(store: Path) -> dict[str, dict[str, Any]]:
    """What earlier runs have kept; a line cut short by an interruption is left out."""
    found: dict[str, dict[str, Any]] = {}
    if not store.exists():
        return found
    for line in store.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
            found[record.pop("key")] = record
        except (ValueError, KeyError):
            continue
    return found
