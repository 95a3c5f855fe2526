"""A child process with one thread and, where the system can, one core: the only setting that every library obeys.

The limits are environment variables and an affinity of the child; nothing of the calling process is changed. XLA runs its own
thread pool whatever its flags say, hence the affinity.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from gradref_reference import GradrefError

__all__ = ["ONE_THREAD", "run_alone"]

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
}
"""What the child's libraries are told."""


def run_alone(task: str, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `measure(order)` of the module called `task`, run in a child process, as they come.

    Raises `GradrefError` with the last line of the child's complaint when it fails.
    """
    environment = os.environ | ONE_THREAD
    command = [sys.executable, "-W", "ignore", "-m", "gradref.bench.child"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        try:
            child.stdin.write(json.dumps(order | {"task": task}))
            child.stdin.close()
            for line in child.stdout:
                if line.startswith("{"):
                    yield json.loads(line)
            complaint = child.stderr.read().strip().splitlines()
        finally:
            if child.poll() is None and sys.exc_info()[0] is not None:
                child.kill()
    if child.returncode:
        last = complaint[-1] if complaint else f"exit code {child.returncode}"
        raise GradrefError(f"bench: the measuring process must finish, got: {last}. Run it again with less work.")


def pin() -> None:
    """Bind this process to the last core it may use, where the system can; called before the libraries count the cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
