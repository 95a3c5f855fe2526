"""`make nightly`: what takes too long for every change. Every test in random order, the fuzzers in large, honest sweeps, the studies.

At most 90 minutes in all. Writes reports/nightly/DATE.md, one line a step, and what each step printed beside it; exit 1 when a step
failed or ran out of time. `python tests/nightly.py fuzz honest` runs some of the steps.
"""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MINUTES = 90.0
SUMMARY = ROOT / "reports" / "nightly"


@dataclass(frozen=True)
class Step:
    """One command of the night.

    Attributes
    ----------
    name : how the summary and the command line call it.
    command : its arguments after `python`; {date} is YYYYMMDD (a new seed every night), {out} a folder of its own.
    minutes : after these it is ended and counts as failed.
    """

    name: str
    command: tuple[str, ...]
    minutes: float


def _pytest(*arguments: str) -> tuple[str, ...]:
    return ("-m", "pytest", "-n", "auto", "--dist", "worksteal", "-q", *arguments)


def _study(*arguments: str) -> tuple[str, ...]:
    return ("-m", "gradref_studies", *arguments, "--out", "{out}")


STEPS = (
    Step("tests", _pytest("--nightly", "-p", "randomly", "-p", "no:cacheprovider", "--randomly-seed={date}"), 25),
    Step("fuzz", _pytest("tests/fuzz", "tests/reference/test_files.py", "--nightly", "--hypothesis-profile=nightly"), 15),
    Step("honest", _study("honest", "--count", "1000", "--seed", "{date}"), 15),
    Step("derivations", _study("derivations"), 20),
    Step("detection", _study("detection"), 10),
    Step("drift", _study("drift"), 5),
)


@dataclass(frozen=True)
class Outcome:
    """How a step ended: its exit code (None: it ran out of time), seconds, and the last lines that it printed."""

    step: Step
    code: int | None
    seconds: float
    tail: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    def row(self) -> str:
        """Its line of the summary's table."""
        said = "passed" if self.ok else "out of time" if self.code is None else f"failed, exit code {self.code}"
        last = self.tail.splitlines()[-1].strip() if self.tail else ""
        return f"| {self.step.name} | {said} | {self.seconds / 60:.1f} | {last.strip('= ').replace('|', '/')} |"


def run(step: Step, folder: Path, date: str, minutes: float) -> Outcome:
    """Run one step for at most `minutes`; what it prints is kept in `folder`/NAME.log."""
    folder.mkdir(parents=True, exist_ok=True)
    log, out = folder / f"{step.name}.log", folder / step.name
    command = [sys.executable, *(word.format(date=date, out=out) for word in step.command)]
    start = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code: int | None = process.wait(timeout=60 * minutes)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    printed = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return Outcome(step, code, time.monotonic() - start, "\n".join(printed[-40:]))


def summary(outcomes: Sequence[Outcome], date: str) -> str:
    """The page of one night, as Markdown."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    failed = [outcome for outcome in outcomes if not outcome.ok]
    lines = [
        f"# Night of {date[:4]}-{date[4:6]}-{date[6:]}: {f'{len(failed)} of {len(outcomes)} steps failed' if failed else 'all passed'}",
        "",
        f"Commit {commit.stdout.strip() or 'unknown'}, Python {platform.python_version()}, {platform.machine()}, "
        f"{os.cpu_count()} cores. Seeds are made of the date.",
        "",
        "| step | outcome | minutes | its last line |",
        "|---|---|---|---|",
        *(outcome.row() for outcome in outcomes),
    ]
    for outcome in failed:
        lines += ["", f"## {outcome.step.name}", "", "```", outcome.tail, "```"]
    return "\n".join(lines) + "\n"


def main(names: Sequence[str]) -> int:
    """Run the steps named (all of them by default), write the summary after each, and return the exit code."""
    known = {step.name: step for step in STEPS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"nightly: a step must be one of {', '.join(known)}, got {', '.join(unknown)}. Name known ones.", file=sys.stderr)
        return 2
    date, outcomes, end = datetime.now(UTC).strftime("%Y%m%d"), [], time.monotonic() + 60 * MINUTES
    for step in [known[name] for name in names] or STEPS:
        left = (end - time.monotonic()) / 60
        outcome = run(step, SUMMARY / date, date, min(step.minutes, left)) if left > 0 else Outcome(step, None, 0.0, "")
        outcomes.append(outcome)
        print(outcome.row(), flush=True)
        (SUMMARY / f"{date}.md").write_text(summary(outcomes, date), encoding="utf-8")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
