"""Stand-ins for `float`, `np.float64` and their siblings: types that let balls pass and otherwise behave as the real ones."""

from typing import Any

import numpy as np

from .array import Ball, BallArray, from_numpy, is_ball
from .convert import as_ball

__all__ = ["FLOAT", "SCALARS"]


class _PassingType(type):
    """The class of the stand-ins; `real` is the type that one stands for."""

    real: type

    def __instancecheck__(cls, instance):
        return isinstance(instance, (cls.real, Ball))

    def __subclasscheck__(cls, subclass):
        return issubclass(subclass, cls.real)

    def __call__(cls, x: Any = 0.0, /):
        if not is_ball(x):
            return from_numpy(cls.real(x))
        if isinstance(x, BallArray) and x.ndim and cls.real is not float:  # np.float64(array) is an array
            return x
        return Ball(as_ball(x))

    def __eq__(cls, other):
        return other is cls.real or type.__eq__(cls, other)

    __hash__ = type.__hash__

    def __getattr__(cls, name: str) -> Any:
        return getattr(type.__getattribute__(cls, "real"), name)


def _passing(real: type) -> type:
    return _PassingType(real.__name__, (), {"real": real, "dtype": np.dtype(real)})


FLOAT = _passing(float)
"""`float`, but `float(ball)` is the ball; still good as a dtype."""

SCALARS: dict[str, type] = {t.__name__: _passing(t) for t in (np.float64, np.float32, np.float16, np.longdouble)}
"""name in numpy -> the stand-in of that scalar type."""
