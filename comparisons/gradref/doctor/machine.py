"""What on this machine decides the last bits of a gradient, each with what it means for agreement."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gradref_adapters import Finding, access, registry
from gradref_adapters.worker.failure import AdapterFailure
from gradref_reference import MissingFrameworkError

__all__ = ["Finding", "as_dict", "examine"]

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS")


def examine(frameworks: Sequence[str] | None = None, isolated: bool = False) -> list[Finding]:
    """The machine first, then what each framework finds in itself; a missing or broken framework is a finding too.

    Imports the frameworks asked for, with `isolated` in processes of their own; None means every one that is installed.
    """
    findings = list(_machine())
    names = list(registry.names() if frameworks is None else frameworks)
    if isolated:
        access.warm(names)
    for name in names:
        try:
            findings += _own_findings(name, access.adapter(name, isolated))
        except MissingFrameworkError as missing:
            findings.append(Finding(name, "missing", f"it is skipped: {missing}"))
    return findings


def as_dict(frameworks: Sequence[str] | None = None, isolated: bool = False) -> dict[str, list[dict[str, str]]]:
    """{"findings": [{"name", "value", "meaning"}, ...]}, ready for JSON; part of every run's record."""
    return {"findings": [asdict(finding) for finding in examine(frameworks, isolated)]}


def _own_findings(name: str, adapter: Any) -> list[Finding]:
    """What an adapter finds; one of a third party may have nothing to say, or fail to say it."""
    look = getattr(adapter, "findings", None)
    try:
        found = list(look()) if look is not None else []
        if not found:
            return [Finding(name, adapter.version(), "its adapter says nothing about flags, so check them yourself")]
    except AdapterFailure as failure:
        return [Finding(name, "not examined", f"its adapter failed: {failure}")]
    except (Exception, SystemExit) as error:
        return [Finding(name, "not examined", f"its adapter failed with {type(error).__name__}: {error}")]
    if not all(isinstance(finding, Finding) for finding in found):
        return [Finding(name, "not examined", "its adapter's findings are not gradref_adapters.Finding")]
    return found


def _machine() -> Iterator[Finding]:
    yield Finding("python", f"{platform.python_version()} on {platform.system()}", "it computes nothing itself")
    yield Finding(
        "processor",
        f"{_processor()} ({platform.machine()})",
        "libraries choose kernels by it, so another processor gives other last bits; the certificates hold on any",
    )
    yield Finding("cores", _cores(), "libraries split sums by it unless told otherwise, and last bits follow")
    set_here = ", ".join(f"{name}={os.environ[name]}" for name in THREAD_VARIABLES if name in os.environ)
    yield Finding(
        "environment variables", set_here or "none", "they fix threads and devices; set the same to repeat a run's bits"
    )
    yield _gpu()


def _processor() -> str:
    """The processor's name; Linux keeps it where `platform` does not look."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or "unknown"


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return f"{usable} usable of {os.cpu_count()}"


def _gpu() -> Finding:
    if Path("/dev/nvidiactl").exists() or Path("/dev/kfd").exists():
        return Finding(
            "graphics processor", "present", "a framework built for it may use it with --device cuda, at lower precision"
        )
    return Finding("graphics processor", "none found", "everything runs on the CPU; GPU arithmetic is not judged here")
