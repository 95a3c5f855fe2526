"""Probe: an ndarray that makes somebody else's NumPy code tell more than its result.

Two uses, both on unchanged code. With noise, every rounded operation is disturbed by about one unit in the last place: the
spread of the results is the rounding error of that code, cancellation included (Monte Carlo arithmetic, Parker 1997). With
complex numbers, x + i h t carries the directional derivative along t through the code (complex step, Squire & Trapp 1998);
functions that are not analytic where they have a kink are continued from the side on which x + h t lies.

The noise is a hash of the value it disturbs, not a random stream: the same number gets the same disturbance wherever it is
computed, so that equal numbers stay equal, ties stay ties and exact zeros stay zeros, as they do in a real computation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .complex_step_rules import CONTINUED, continued_maximum, is_complex

__all__ = ["Probe", "Settings", "probing", "settings", "strip"]


@dataclass(frozen=True)
class Settings:
    """How probes behave: `noise` is the number of the disturbance (0: none), `unit` its size relative to a value.

    `side` says what a kink met exactly does: "along" the direction, or always the "low" or the "high" branch.
    """

    noise: int = 0
    unit: float = 2.0**-52
    side: str = "along"


_current = Settings()


def settings() -> Settings:
    """The settings in force."""
    return _current


@contextmanager
def probing(new: Settings) -> Iterator[None]:
    """Put `new` settings in force for the duration."""
    global _current
    before, _current = _current, new
    try:
        yield
    finally:
        _current = before


_EXACT = frozenset(
    [
        "negative",
        "positive",
        "absolute",
        "fabs",
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "sign",
        "floor",
        "ceil",
        "rint",
        "trunc",
        "copysign",
        "conjugate",
        "heaviside",
        "clip",
    ]
)
_SUMMING = frozenset(["matmul", "vecdot", "matvec", "vecmat"])
_PRODUCTS = frozenset(["dot", "inner", "vdot", "einsum", "convolve", "correlate", "tensordot", "trace", "cumsum"])


def disturb(x: Any) -> Any:
    """`x` with every entry changed by up to one and a half units, by a hash of its bits; integers and masks unchanged."""
    if not isinstance(x, (np.ndarray, np.inexact)) or x.dtype.kind not in "fc":
        return x
    if x.dtype == np.float32 and _current.unit < 2.0**-23:
        return x  # in float64 code a float32 array is what the check is to find, not what it should excuse
    if x.dtype.kind == "c":
        return x * (1 + _hash(x.real, x.real.dtype))
    return x * (1 + _hash(x, x.dtype))


def _hash(x: Any, dtype: Any) -> np.ndarray:
    bits = np.array(x, dtype=np.float64, order="C").view(np.uint64)  # ascontiguousarray would make a vector of a scalar
    with np.errstate(over="ignore"):
        bits = (bits ^ np.uint64(_current.noise * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)) * np.uint64(0xBF58476D1CE4E5B9)
        bits ^= bits >> np.uint64(29)
        bits *= np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(32)
    uniform = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1  # [-1, 1)
    return uniform.astype(dtype) * dtype.type(1.5 * max(_current.unit, np.finfo(dtype).eps))


def strip(x: Any) -> Any:
    """`x` with probes inside turned into plain arrays; lists, tuples and dicts are searched."""
    if isinstance(x, Probe):
        return x.view(np.ndarray)
    if (isinstance(x, tuple) and type(x) is tuple) or isinstance(x, list):
        return type(x)(strip(e) for e in x)
    if isinstance(x, dict):
        return {k: strip(v) for k, v in x.items()}
    return x


def _wrap(x: Any) -> Any:
    if type(x) is np.ndarray:
        return x.view(Probe) if x.dtype.kind in "fc" else x
    if isinstance(x, np.inexact):
        return np.asarray(x).view(Probe)
    if type(x) in (tuple, list):
        return type(x)(_wrap(e) for e in x)
    return x


def _map(x: Any, change: Any) -> Any:
    if type(x) in (tuple, list):
        return type(x)(_map(e, change) for e in x)
    return change(x)


def _applied(ufunc: Any, method: str, raw: list[Any], target: tuple[Any, ...] | None, kwargs: dict[str, Any]) -> Any:
    """A ufunc on plain operands, by its continuation to complex numbers where it has one; into `target` if there is one."""
    name = ufunc.__name__
    if any(is_complex(x) for x in raw) and name in CONTINUED and method == "__call__":
        kwargs.pop("dtype", None)
        result = CONTINUED[name](raw, _current.side)
        if target is None:
            return result
        np.copyto(target[0], result, where=kwargs.get("where", True))
        return target[0]
    if method == "reduce" and name in ("maximum", "minimum") and is_complex(raw[0]):
        return continued_maximum(raw[0], name, _current.side, kwargs)
    if target is not None:
        kwargs["out"] = target
    return getattr(ufunc, method)(*raw, **kwargs)


class Probe(np.ndarray):
    """A float or complex array under the current `Settings`; see the module."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):  # type: ignore[override]
        raw = [strip(x) for x in inputs]
        if kwargs.get("where") is not None:
            kwargs["where"] = strip(kwargs["where"])
        name, noisy = ufunc.__name__, bool(_current.noise)
        if out is not None and out[0] is inputs[0] and out[0].ndim == 0:
            out = None  # `total += x` binds a number anew; only arrays are written into
        if method == "at":
            getattr(ufunc, method)(*raw, **kwargs)
            return None
        summing = name in _SUMMING or (method != "__call__" and name in ("add", "multiply"))
        if noisy and summing:
            raw = [disturb(x) for x in raw]
        target = None if out is None else tuple(strip(o) for o in out)
        result = _applied(ufunc, method, raw, target, kwargs)
        if noisy and name not in _EXACT and ufunc.nout == 1:
            if target is not None:
                target[0][...] = disturb(target[0])
            else:
                result = disturb(result)
        return out[0] if out is not None and len(out) == 1 else _wrap(result)

    def __array_function__(self, func, types, args, kwargs):  # type: ignore[override]
        name = func.__name__
        if name in _REPLACED:
            return _wrap(_REPLACED[name](*args, **kwargs))
        linear_algebra = getattr(func, "__module__", "") == "numpy.linalg"
        if linear_algebra or name in _PRODUCTS:
            args, kwargs = _map(args, strip), strip(kwargs)
            if linear_algebra:  # LAPACK has no extended precision
                args = _map(args, _to_double)
                if is_complex(args[0]) and name in _HERMITIAN:
                    return _wrap(_HERMITIAN[name](*args, **kwargs))
            if _current.noise:
                args = _map(args, disturb)
            result = func(*args, **kwargs)
            if _current.noise:
                result = disturb(result) if isinstance(result, (np.ndarray, np.inexact)) else result
            return _wrap(result)
        return _wrap(super().__array_function__(func, types, args, kwargs))

    # --- methods that NumPy runs without asking the class ---------------------------------------------------------

    def __getitem__(self, key):
        value = super().__getitem__(strip(key))
        return value if isinstance(value, np.ndarray) else _wrap(value)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def dot(self, b, out=None):  # type: ignore[override]
        return np.dot(self, b)

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **ignored):  # type: ignore[override]
        return _var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **ignored):  # type: ignore[override]
        return np.sqrt(_var(self, axis=axis, ddof=ddof, keepdims=keepdims))

    def astype(self, dtype, *args, **kwargs):  # type: ignore[override]
        if self.dtype.kind == "c":
            wanted = np.dtype(dtype)
            return self.copy() if wanted.kind in "fc" else np.real(self.view(np.ndarray)).astype(wanted)
        if np.dtype(dtype).kind == "f" and self.dtype == np.longdouble:
            return self.copy()
        return super().astype(dtype, *args, **kwargs)

    def item(self, *args):
        return _wrap(np.asarray(super().item(*args))) if self.dtype.kind == "c" else super().item(*args)

    def __int__(self):
        return int(np.real(self.view(np.ndarray)))

    def __bool__(self):
        return bool(np.real(self.view(np.ndarray)) != 0) if self.size == 1 else super().__bool__()


def _to_double(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype.char in "gG":
        return x.astype(np.complex128 if x.dtype.char == "G" else np.float64)
    return x


def _var(x, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **ignored):
    mean = np.mean(x, axis=axis, keepdims=True)
    count = x.size // max(np.size(mean), 1)
    square = (x - mean) * (x - mean)  # NumPy's own multiplies by the conjugate, which is not analytic
    return np.sum(square, axis=axis, keepdims=bool(keepdims)) / (count - ddof)


def _norm(x, ord=None, axis=None, keepdims=False):
    if ord in (None, 2, "fro") and (ord != 2 or axis is not None or x.ndim == 1):
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    if ord == 1 and (axis is not None or x.ndim == 1):
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    raise TypeError(f"norm of order {ord} is not continued")


class _Slogdet(NamedTuple):
    sign: Any
    logabsdet: Any


def _slogdet(a):
    sign, size = np.linalg.slogdet(a)
    side = np.where(sign.real < 0, -1.0, 1.0)
    return _Slogdet(_wrap(side[()]), _wrap(size + 1j * (sign * side).imag))  # the angle of the sign carries the slope


def _cholesky(a):
    """A = L Lᵀ and dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with half the diagonal (Murray 2016); LAPACK's conjugates."""
    L = np.linalg.cholesky(a.real)
    half = np.linalg.solve(L, np.swapaxes(np.linalg.solve(L, a.imag), -1, -2))
    lower = np.tril(half) - 0.5 * half * np.eye(half.shape[-1])
    return L + 1j * (L @ lower)


def _refused(*args, **kwargs):
    raise TypeError("this factorisation of a complex matrix is not analytic")


_HERMITIAN = {"slogdet": _slogdet, "cholesky": _cholesky} | dict.fromkeys(
    ["eigh", "eigvalsh", "svd", "svdvals", "qr", "pinv", "lstsq", "cond", "matrix_norm", "matrix_rank"], _refused
)
"""Factorisations that take complex matrices for Hermitian ones, and would lose the slope or bend it."""


def _like(make):
    def like(x, *args, **kwargs):
        fill, dtype = args, kwargs.get("dtype")
        kind = np.dtype(dtype).kind if dtype is not None else x.dtype.kind
        wide = strip(x).dtype if kind in "fc" and x.dtype.kind == "c" else dtype
        return make(strip(x), *fill, **{**kwargs, "dtype": wide})

    return like


_REPLACED = {
    "var": _var,
    "std": lambda x, **kw: np.sqrt(_var(x, **kw)),
    "norm": _norm,
    "zeros_like": _like(np.zeros_like),
    "ones_like": _like(np.ones_like),
    "empty_like": _like(np.empty_like),
    "full_like": _like(np.full_like),
}
