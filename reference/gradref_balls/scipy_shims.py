"""The functions of `scipy.special`, `scipy.stats` and `scipy.signal` that balls need help with; scipy itself is not imported."""

import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, BallArray, is_ball, wrap
from .convert import as_objects
from .errors import NotBallable
from .math_shims import for_balls
from .overlay import overlay
from .products import tensordot
from .ufuncs import apply_rule

__all__ = ["SIGNAL", "SPECIAL", "NormShim", "scipy_stand_in"]


def _logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    a = as_objects(a).view(BallArray)
    top = np.max(a, axis=axis, keepdims=True)
    e = np.exp(a - top)
    total = np.log(np.sum(e if b is None else e * b, axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def _softmax(x, axis=None):
    return np.exp(x - _logsumexp(x, axis, keepdims=True))


def _log_softmax(x, axis=None):
    return x - _logsumexp(x, axis, keepdims=True)


def _by_ufunc(name: str) -> Callable:
    """A function of scipy that is the ufunc `name`."""
    return lambda *args: wrap(apply_rule(name, *args))


SPECIAL: dict[str, Callable] = {
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "digamma": _by_ufunc("psi"),
    "loggamma": _by_ufunc("gammaln"),
}
"""scipy.special functions that are no ufuncs (its ufuncs reach the table by themselves)."""


def _correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """scipy.signal.correlate2d with a border of zeros."""
    return _slide(in1, as_objects(in2), mode, boundary, fillvalue, [n // 2 for n in np.shape(in2)])


def _convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """scipy.signal.convolve2d with a border of zeros."""
    return _slide(in1, as_objects(in2)[::-1, ::-1], mode, boundary, fillvalue, [(n - 1) // 2 for n in np.shape(in2)])


def _slide(image, kernel, mode, boundary, fillvalue, start):
    if boundary != "fill" or fillvalue != 0:
        raise NotBallable(f"scipy.signal: only a border of zeros is supported on balls, got {boundary!r}. Pad the image first.")
    x, (h, w) = as_objects(image), kernel.shape
    if mode != "valid":
        x = as_objects(np.pad(x, ((h - 1, h - 1), (w - 1, w - 1))))
    full = wrap(tensordot(np.lib.stride_tricks.sliding_window_view(x, (h, w)), kernel, 2))
    (top, left), (rows, columns) = start, np.shape(image)
    return full[top : top + rows, left : left + columns] if mode == "same" else full


SIGNAL: dict[str, Callable] = {"correlate2d": _correlate2d, "convolve2d": _convolve2d}
"""scipy.signal functions on balls; its correlate and convolve run on objects as they are."""


class NormShim:
    """The four functions of `scipy.stats.norm` that activations use, standard normal only."""

    def __init__(self, real: Any):
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def cdf(self, x, *args, **kwargs):
        """Φ(x), the standard normal's; with a location or scale scipy's own, which balls cannot pass."""
        return _by_ufunc("ndtr")(x) if is_ball(x) and not args and not kwargs else self._real.cdf(x, *args, **kwargs)

    def logcdf(self, x, *args, **kwargs):
        """log Φ(x), the standard normal's; with a location or scale scipy's own, which balls cannot pass."""
        return np.log(self.cdf(x, *args, **kwargs)) if is_ball(x) else self._real.logcdf(x, *args, **kwargs)

    def pdf(self, x, *args, **kwargs):
        """exp(−x²/2)/√(2π), the standard normal's; with a location or scale scipy's own, which balls cannot pass."""
        if not is_ball(x) or args or kwargs:
            return self._real.pdf(x, *args, **kwargs)
        return np.exp(-(x * x) / 2) / Ball((2 * arb.pi()).sqrt())

    def logpdf(self, x, *args, **kwargs):
        """−x²/2 − log √(2π), the standard normal's; with a location or scale scipy's own, which balls cannot pass."""
        if not is_ball(x) or args or kwargs:
            return self._real.logpdf(x, *args, **kwargs)
        return -(x * x) / 2 - Ball((2 * arb.pi()).log()) / 2


def scipy_stand_in(module: types.ModuleType) -> types.ModuleType | None:
    """The stand-in for scipy, or for one of the three submodules that need one; None for any other module."""
    make = _SUBMODULES.get(module.__name__)
    if make is not None:
        return overlay(module, make(module))
    if module.__name__ != "scipy":
        return None
    loaded = [name for name in _SUBMODULES if name in sys.modules]
    return overlay(module, {name.rpartition(".")[2]: scipy_stand_in(sys.modules[name]) for name in loaded})


def _with(table: dict[str, Callable]) -> Callable[[types.ModuleType], dict[str, Any]]:
    return lambda module: {name: for_balls(getattr(module, name), function) for name, function in table.items()}


_SUBMODULES: dict[str, Callable[[types.ModuleType], dict[str, Any]]] = {
    "scipy.special": _with(SPECIAL),
    "scipy.stats": lambda module: {"norm": NormShim(module.norm)},
    "scipy.signal": _with(SIGNAL),
}
"""submodule -> what changes in it."""
