"""The HTML report: one self-contained page of a record, for a mail attachment, a phone or paper."""

from .page import page_of

__all__ = ["page_of"]
