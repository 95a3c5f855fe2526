"""Repair: which single edit of the source makes every gradient right."""

from .search import find_repair

__all__ = ["find_repair"]
