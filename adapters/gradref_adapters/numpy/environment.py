"""What NumPy finds here: one device, and the library behind its products."""

from __future__ import annotations

from typing import Any

__all__ = ["loaded_blas", "why_not_device"]


def why_not_device(name: str) -> str | None:
    """The reason why NumPy cannot compute on `name`, or None when it can."""
    return None if name == "cpu" else f"numpy: device must be cpu, got {name!r}. NumPy runs nowhere else."


def loaded_blas() -> dict[str, Any]:
    """The BLAS that NumPy has loaded, as threadpoolctl sees it; empty where it knows none."""
    from threadpoolctl import threadpool_info

    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return next((pool for pool in blas if "numpy" in pool["filepath"]), blas[0] if blas else {})
