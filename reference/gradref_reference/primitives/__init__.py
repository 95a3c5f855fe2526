"""Primitives: array operations whose text runs in three arithmetics: plain numbers, numbers with their rounding, and balls."""

from .bounded import Bounded
from .tape import Traced, pull_back

__all__ = ["Bounded", "Traced", "pull_back"]
