"""How a record is shown: `terminal` the summary of a command, `markdown` report.md, `page` index.html, `notebook` a styled frame.

Each takes a record (a frame, in a notebook) and computes nothing of its own; `write` puts a whole report into a folder.
"""

from .write import FILES, write_report

__all__ = ["FILES", "write_report"]
