"""NumPy's lines of `gradref doctor`: the library behind its products, each with what it means for agreement."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..protocol import Finding
from .environment import loaded_blas

__all__ = ["findings"]


def findings() -> list[Finding]:
    """What NumPy's build means for agreement, most general first."""
    return [
        Finding("numpy", np.__version__, "the reference computes with it"),
        *_blas(),
        _simd(),
        _flush(),
        _errors(),
    ]


def _blas() -> list[Finding]:
    built: dict[str, Any] = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index]
    running = loaded_blas()
    value = f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()
    if kernel := running.get("architecture"):
        value += f", {kernel} kernels"
    threads = str(running.get("num_threads", "unknown"))
    return [
        Finding(
            "numpy BLAS", value, "another BLAS or kernel sums products in another order, so last bits differ between machines"
        ),
        Finding("numpy BLAS threads", threads, "another number may split sums elsewhere; the certificates hold for any"),
    ]


def _simd() -> Finding:
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])  # type: ignore[index]
    return Finding(
        "numpy SIMD", ", ".join(found) or "baseline", "its exp, tanh and log differ in last bits between instruction sets"
    )


def _flush() -> Finding:
    if np.float64(2.0**-1070) * np.float64(1.0) > 0:
        return Finding("numpy subnormals", "kept", "tiny gradients survive in the reference")
    return Finding("numpy subnormals", "flushed to 0", "another library set the CPU so; the reference loses tiny gradients")


def _errors() -> Finding:
    raising = sorted(kind for kind, action in np.geterr().items() if action in ("raise", "call"))
    value = f"raises on {', '.join(raising)}" if raising else "does not raise"
    return Finding("numpy floating-point errors", value, "nothing: the reference sets this aside while it computes")
