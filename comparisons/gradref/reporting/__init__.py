"""What a run writes: the rows, the record of the run, and the report in Markdown."""

from .markdown import render
from .store import write_run

__all__ = ["render", "write_run"]
