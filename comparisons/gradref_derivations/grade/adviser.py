"""A second process for one submission: the whole check, with cause and repair, for the feedback. Never for the score.

Run as a script with the file to check, the file for its report, the limits and the seconds for the repair.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .limits import Limits, end_family

__all__ = ["advice"]

READ = 2**18  # characters of a report that are read


def advice(name: str, text: str, limits: Limits, seeds: list[int], budget: float, token: str) -> dict[str, Any]:
    """{"text", "root", "repair"...} about a file that `task.combined` made; {} when the check came to nothing."""
    from .client import spawn

    home = tempfile.mkdtemp(prefix="gradref-grade-")
    source, target = Path(home, name), Path(home, "report.json")
    source.write_text(text, encoding="utf-8")
    arguments = [str(source), str(target), json.dumps(limits.as_dict()), json.dumps(seeds), str(budget)]
    process = spawn("gradref_derivations.grade.adviser", arguments, token, home=home)
    until = time.monotonic() + limits.seconds + budget + 5
    try:
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError):
                os.set_blocking(process.stdout.fileno(), False)  # type: ignore[union-attr]
                os.read(process.stdout.fileno(), 2**16)  # type: ignore[union-attr]
            time.sleep(0.02)
        with contextlib.suppress(OSError, ValueError), target.open(encoding="utf-8") as stream:
            found = json.loads(stream.read(READ))
            return found if isinstance(found, dict) else {}
        return {}
    finally:
        end_family(process.pid, token)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.stdout.close()  # type: ignore[union-attr]
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    from gradref_derivations import check_file

    source, target, limits, seeds, budget = sys.argv[1:6]
    bound = Limits(**json.loads(limits))
    Limits(bound.seconds + float(budget) + 5, bound.memory, bound.file, bound.printed).apply()
    report = check_file(source, json.loads(seeds), budget=float(budget))
    Path(target).write_text(json.dumps({**report.to_dict(), "text": str(report)}), encoding="utf-8")
    os._exit(0)


if __name__ == "__main__":
    main()
