"""What a run writes: the rows, the record of the run, and the report in Markdown."""

from .markdown import render
from .store import FILES, folder_for, write_run

__all__ = ["FILES", "folder_for", "render", "write_run"]
