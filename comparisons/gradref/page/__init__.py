"""The HTML report: one self-contained page from what a run wrote, for a mail attachment, a phone or paper."""

from .write import write_page

__all__ = ["write_page"]
