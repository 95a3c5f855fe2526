"""The one place where this room takes its ball arithmetic from."""

from collections.abc import Iterator
from contextlib import contextmanager

from flint import arb, arb_series, ctx

__all__ = ["arb", "arb_series", "fac", "precision"]


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """`bits` of working precision inside, and what there was before outside."""
    before, ctx.prec = ctx.prec, bits
    caps, ctx.cap = ctx.cap, 12
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before, caps


def fac(n: int) -> int:
    """n!"""
    result = 1
    for k in range(2, n + 1):
        result *= k
    return result
