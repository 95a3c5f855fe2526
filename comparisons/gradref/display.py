"""The old place of `gradref.report.notebook.style`."""

from __future__ import annotations

from typing import Any
from warnings import warn


def __getattr__(name: str) -> Any:
    if name not in ("COLUMNS", "style"):
        raise AttributeError(f"module 'gradref.display' has no attribute {name!r}")
    warn(
        "gradref.display is called gradref.report.notebook now; this name goes with the next version.",
        DeprecationWarning,
        stacklevel=2,
    )
    from .report import notebook

    return getattr(notebook, name)
