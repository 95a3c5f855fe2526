"""Between floats and balls: exact one way, correctly rounded midpoints the other way."""

from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq

from .errors import NotBallable

__all__ = ["as_ball", "as_objects", "choose", "midpoints", "precision", "radii"]


def precision(bits: int) -> AbstractContextManager[Any]:
    """Work with `bits` bits inside the block; flint's precision is global, so it is put back."""
    return ctx.workprec(bits)


def _element(v: Any) -> arb:
    """One number as a ball, exactly."""
    if type(v) is arb:
        return v
    if isinstance(v, (bool, int, float)):
        return arb(v)
    if isinstance(v, (np.bool_, np.integer)):
        return arb(int(v))
    if isinstance(v, np.floating):
        return arb(float(v))
    inner = getattr(v, "ball", None)  # our scalar
    if type(inner) is arb:
        return inner
    if isinstance(v, fmpq):
        return arb(v)
    if isinstance(v, np.ndarray) and v.ndim == 0:
        return _element(v[()])
    raise NotBallable(f"balls: every element must be a real number, got {type(v).__name__}. Complex and text cannot be enclosed.")


_elements = np.frompyfunc(_element, 1, 1)


def as_ball(v: Any) -> arb:
    """A number, a scalar or an array of one element as one ball."""
    if isinstance(v, np.ndarray):
        if v.size != 1:
            raise TypeError("only arrays of one element can be converted to a scalar")
        v = v.view(np.ndarray).ravel()[0]
    return _element(v)


def as_objects(x: Any) -> np.ndarray:
    """`x` (array, scalar or nested lists, balls among them or not) as a plain object array whose every element is an arb."""
    if isinstance(x, np.ndarray):
        base = x.view(np.ndarray)
        if getattr(x, "all_balls", False):
            return base
    else:
        try:
            base = np.asarray(x)
        except (TypeError, NotBallable):
            base = np.asarray(x, dtype=object)
    if base.dtype.kind == "f" or base.dtype == object or base.dtype.kind in "iub":
        result = np.empty(base.shape, dtype=object)
        if base.dtype.kind in "fiub":
            result.ravel()[:] = list(map(arb, base.astype(np.float64 if base.dtype.kind == "f" else object).ravel().tolist()))
        else:
            result[...] = _elements(base)
        return result
    raise NotBallable(f"balls: an array must hold real numbers, got dtype {base.dtype}. Complex and text cannot be enclosed.")


def choose(condition: Any, x: Any, y: Any) -> np.ndarray:
    """np.where on object arrays; a single ball stands for an array of it (NumPy's stubs do not know arb)."""
    where: Any = np.where
    return where(condition, x, y)


def midpoints(x: np.ndarray) -> np.ndarray:
    """Midpoints of an object array of balls, rounded to nearest float64 (flint's conversion rounds correctly)."""
    flat: list[Any] = x.view(np.ndarray).ravel().tolist()
    return np.array(list(map(float, flat)), dtype=np.float64).reshape(x.shape)


def radii(x: np.ndarray) -> np.ndarray:
    """Radii of an object array of balls as float64, rounded up."""
    flat: list[Any] = x.view(np.ndarray).ravel().tolist()
    return np.nextafter(np.array([float(v.rad()) for v in flat], dtype=np.float64).reshape(x.shape), np.inf)
