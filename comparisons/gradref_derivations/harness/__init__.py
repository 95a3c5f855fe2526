"""Code as people wrote it, without our three functions: read, run on made inputs, and wrapped so that it can be judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["definitions"]


def definitions(path: str | Path) -> dict[str, Any]:
    """What a file or notebook defines, without running its script: for a harness that was written with --write-harness."""
    from ..program.form import Form
    from ..program.program import Program
    from .targets import read_source

    source = read_source(Path(path))
    return Program(source.text, str(path), form=Form(definitions_only=True)).namespace
