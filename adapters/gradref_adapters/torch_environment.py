"""What PyTorch finds on this machine: devices, a compiler, the user's flags; and how to leave those flags alone."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from gradref_reference import Case
from gradref_reference.error_model.contract import Contract, contract_for

from .protocol import Finding

__all__ = ["torch_contract", "torch_findings", "users_state_kept", "why_not_compile", "why_not_device"]


@contextmanager
def users_state_kept(device: str) -> Iterator[None]:
    """Gradients on, inference mode and autocast off, for this thread and this block only, whatever the user has set.

    The default dtype and device, threads, TF32 and determinism are neither set nor relied on.
    """
    kind = torch.device(device).type
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(kind, enabled=False):
        yield


def why_not_device(name: str) -> str | None:
    """The reason why PyTorch cannot compute on `name`, or None when it can."""
    try:
        device = torch.device(name)
    except RuntimeError:
        return f"torch: device must be cpu, cuda or cuda:0, 1, ..., got {name!r}. Choose one of them."
    if device.type == "cpu":
        return None
    if device.type != "cuda":
        return f"torch: device must be cpu or cuda, got {name!r}. Choose one of them."
    if not torch.cuda.is_available():
        return f"torch: no CUDA device is usable here (PyTorch {torch.__version__}, built for CUDA {torch.version.cuda})"
    if device.index is not None and device.index >= torch.cuda.device_count():
        return f"torch: device must be one of cuda:0 to cuda:{torch.cuda.device_count() - 1}, got {name!r}. Choose one of them."
    return None


def why_not_compile() -> str | None:
    """The reason why `torch.compile` cannot build code for the CPU here, or None when it can."""
    if compiler() is None:
        return "torch: torch.compile needs a C++ compiler, and neither $CXX, g++ nor clang++ is here"
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        return "torch: torch.compile needs Python's C headers, and Python.h is not here (Debian: python3-dev)"
    return None


def compiler() -> str | None:
    """Path of the C++ compiler that torch.compile would call."""
    candidates = (os.environ.get("CXX"), "g++", "clang++")
    return next((path for name in candidates if name and (path := shutil.which(name))), None)


def torch_contract(case: Case) -> Contract:
    """The accumulation contract of this case under the flags that are set now."""
    return contract_for("torch", case.dtype, case.mode)


def torch_findings() -> list[Finding]:
    return []
