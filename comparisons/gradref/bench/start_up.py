"""gradref bench start-up: from nothing to ready, each part in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from gradref_adapters import registry

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bench_start_up"]

_ADAPTER = "from gradref_adapters import registry; registry.get({!r})"
_COMMAND = "import sys; sys.argv = ['gradref', {!r}]; from gradref.cli import main; main()"


def bench_start_up(repeats: int = 5) -> pd.DataFrame:
    """One row per part: median_s and min_s of `repeats` processes, taken in turn, and beyond_python, the median without Python's own.

    A part that cannot start has a note and no time.
    """
    import pandas as pd

    parts = {
        "Python": "",
        "import numpy": "import numpy",
        "import gradref": "import gradref",
        "gradref --version": _COMMAND.format("--version"),
        "gradref --help": _COMMAND.format("--help"),
    }
    parts |= {f"adapter {name}": _ADAPTER.format(name) for name in registry.names()}
    seconds: dict[str, list[float]] = {part: [] for part in parts}
    notes: dict[str, str] = {}
    for _ in range(repeats):
        for part, program in parts.items():
            start = perf_counter()
            answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
            seconds[part].append(perf_counter() - start)
            if answer.returncode:
                notes[part] = (answer.stderr.strip() or "it failed without a word").splitlines()[-1]
    python = median(seconds["Python"])
    rows = []
    for part, taken in seconds.items():
        if part in notes:
            rows.append({"part": part, "note": notes[part]})
        else:
            middle = median(taken)
            rows.append({"part": part, "median_s": middle, "min_s": min(taken), "beyond_python": middle - python, "note": ""})
    return pd.DataFrame(rows, columns=["part", "median_s", "min_s", "beyond_python", "note"])
