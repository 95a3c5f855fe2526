"""Determinant and inverse of a small matrix whose entries may carry slopes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ball import arb
from .duals import OutOfDomain, primal, reciprocal

__all__ = ["determinant", "inverse"]


def _pivot(rows: Any, column: int) -> int:
    """The row with the largest certain entry. Raises `OutOfDomain` for a singular matrix."""
    best = max(range(column, len(rows)), key=lambda r: float(abs(primal(rows[r, column])).abs_lower()))
    if primal(rows[best, column]).contains(0):
        raise OutOfDomain("a singular matrix")
    return best


def determinant(matrix: Any) -> Any:
    """By expansion: exact where the entries are, and without a pivot that must not vanish."""
    n = matrix.shape[0]
    if n == 1:
        return matrix[0, 0]
    total: Any = arb(0)
    for k in range(n):
        minor = np.delete(matrix[1:], k, axis=1)
        term = matrix[0, k] * determinant(minor)
        total = total + term if k % 2 == 0 else total - term
    return total


def inverse(matrix: Any) -> Any:
    """By elimination. Raises `OutOfDomain` for a singular matrix."""
    n = matrix.shape[0]
    identity = np.full((n, n), arb(0), dtype=object)
    np.fill_diagonal(identity, arb(1))
    rows = np.concatenate([matrix, identity], axis=1)
    for c in range(n):
        p = _pivot(rows, c)
        if p != c:
            rows[[c, p]] = rows[[p, c]]
        rows[c] = rows[c] * reciprocal(rows[c, c])
        for r in range(n):
            if r != c:
                rows[r] = rows[r] - rows[c] * rows[r, c]
    return rows[:, n:]
