"""What PyTorch finds here: devices, a compiler, the user's flags and what they do to rounding; and how to leave them alone."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from inspect import signature
from pathlib import Path

import torch

from gradref_reference import Case
from gradref_reference.error_model.contract import Contract, of_mode

from .contract import CONTRACTS

__all__ = [
    "compiler",
    "contract_here",
    "flushes_subnormals",
    "product_precision",
    "users_state_kept",
    "why_not_compile",
    "why_not_device",
]


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
        return f"torch: device must be cpu, got {name!r}: PyTorch {torch.__version__} finds no CUDA device here. Use cpu."
    if device.index is not None and device.index >= torch.cuda.device_count():
        return f"torch: device must be one of cuda:0 to cuda:{torch.cuda.device_count() - 1}, got {name!r}. Choose one of them."
    return None


def why_not_compile(device: str = "cpu") -> str | None:
    """The reason why `torch.compile` cannot build code for `device` here, or None when it can."""
    if "isolate_recompiles" not in signature(torch.compile).parameters:  # all networks would share a cache of 8 graphs
        return f"torch: mode compile needs PyTorch 2.13 or newer, and this is {torch.__version__}. Use mode eager or func."
    if torch.device(device).type == "cuda" and find_spec("triton") is None:
        return "torch: torch.compile needs Triton for CUDA, and it is not here. Run: pip install triton."
    if compiler() is None:
        return "torch: torch.compile needs a C++ compiler, and neither $CXX, g++ nor clang++ is here. Install one."
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        return "torch: torch.compile needs Python's C headers, and Python.h is not here. Install python3-dev."
    return None


def compiler() -> str | None:
    """Path of the C++ compiler that torch.compile would call."""
    candidates = (os.environ.get("CXX"), "g++", "clang++")
    return next((path for name in candidates if name and (path := shutil.which(name))), None)


def product_precision(kind: str) -> str:
    """How float32 products are formed on "cpu" or "cuda" under the user's flags: "ieee", "tf32" or "bf16"."""
    backend = torch.backends.cuda if kind == "cuda" else torch.backends.mkldnn
    settings = (getattr(backend, "matmul", None), backend, torch.backends)  # the most special one that is set wins
    chosen = (getattr(setting, "fp32_precision", "none") for setting in settings)
    return next((precision for precision in chosen if precision in ("ieee", "tf32", "bf16")), "ieee")


def flushes_subnormals() -> bool:
    """True after `torch.set_flush_denormal(True)`; PyTorch has no getter, so a subnormal number is sent through a product."""
    return not bool(torch.tensor(2.0**-1070, dtype=torch.float64, device="cpu") * 1.0 > 0)


def contract_here(case: Case) -> Contract:
    """The accumulation contract of this case under the flags that are set now."""
    contract = of_mode(CONTRACTS, case.dtype, case.mode)
    kind = torch.device(case.device).type
    precision = product_precision(kind)
    if flushes_subnormals():
        contract = _with(contract, _FLUSH, flush_to_zero=True)
    if case.dtype == "float32" and precision != "ieee":
        contract = _with(contract, _NARROW.format(precision), accumulator=_UNITS[precision])
    if kind == "cuda":
        contract = _with(contract, _CUDA, library="any")
        matmul = torch.backends.cuda.matmul
        reduced = {
            "bfloat16": matmul.allow_bf16_reduced_precision_reduction,
            "float16": matmul.allow_fp16_reduced_precision_reduction,
        }
        if reduced.get(case.dtype):
            contract = _with(contract, _REDUCED, accumulator=contract.u)
    return contract


_UNITS = {"tf32": 2.0**-11, "bf16": 2.0**-8}
_FLUSH = "torch.set_flush_denormal(True) is in force, so subnormal numbers become 0."
_NARROW = "The user's precision flag lets float32 products round their factors to {}."
_CUDA = "The library functions of CUDA were not measured: the worst of all constants is used."
_REDUCED = "The user's flag (the default) lets partial sums of 16-bit products be stored in 16 bits on CUDA."


def _with(contract: Contract, reason: str, **changes: object) -> Contract:
    return contract.but(reasons=(*contract.reasons, reason), **changes)
