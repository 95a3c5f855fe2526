"""A process for the judging of one submission, so that nothing is carried over and none can end the others.

It adopts what the submission leaves behind, and is closed to the submission: its memory and environment cannot be read through
/proc (Linux), and its task comes over a pipe, not with its arguments.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from gradref_derivations.findings.transfer import encoded
from gradref_derivations.grade.judge import Grade, judge
from gradref_derivations.grade.task import Task, combined
from gradref_derivations.isolated import check_file_isolated
from gradref_reference.errors import GradrefError
from gradref_support.process import Closed, Limits, open_channel

_DUMPABLE = 4  # PR_SET_DUMPABLE of prctl(2)


def graded(job: dict[str, Any]) -> Grade:
    """Everything about one submission; advice is looked for in a wrong one."""
    limits, seeds = Limits(**job["limits"]), job["seeds"]
    task = Task.read(job["task"], seeds)
    grade = judge(job["name"], job["sha256"], job["text"], task, limits)
    if grade.status == "wrong" and job["budget"] > 0:
        with contextlib.suppress(SyntaxError, GradrefError), tempfile.TemporaryDirectory(prefix="gradref-grade-") as home:
            path = Path(home, job["file"])
            path.write_text(combined(task.text, job["text"]), encoding="utf-8")
            wider = Limits(limits.seconds + job["budget"] + 5, limits.memory, limits.file, limits.printed)
            grade = grade.with_advice(check_file_isolated(path, seeds, budget=job["budget"], limits=wider))
    return grade


def main() -> None:
    """Judge one submission and send its grade."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)
    reply, request = open_channel()
    with contextlib.suppress(Closed):
        reply({"grade": encoded(graded(request()[0]))})
    os._exit(0)


if __name__ == "__main__":
    main()
