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


def run_alone(module: str, order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Start `python -m module`, give it `order` as JSON on stdin, and yield each line of JSON that it prints as it comes.

    Raises `GradrefError` with the last line of the child's complaint when it fails.
    """
    environment = os.environ | ONE_THREAD
    command = [sys.executable, "-W", "ignore", "-m", module]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        try:
            child.stdin.write(json.dumps(order))
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
        raise GradrefError(f"bench: the measuring process must finish, got: {last}. Run it again with fewer networks.")


def pin() -> str:
    """Bind this process to the last core it may use, before the libraries count cores; says what was done."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned: this system cannot bind a process to a core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"
