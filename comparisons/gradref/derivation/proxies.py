"""Stand-ins for `numpy`, `math` and `float` under which somebody's forward pass carries complex or extended numbers.

Arrays made inside the code (`np.zeros`, `np.full`...) must be able to hold what is put into them, and `float(...)` at the end
of a forward pass must not throw the slope away. Only what a module can see is exchanged; NumPy itself is not touched.
"""

from __future__ import annotations

import builtins
import math
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .continuation import is_complex
from .probe import Probe, strip

__all__ = ["MATH", "NUMPY", "standing_in", "tracing_namespace", "widened_builtins"]

WIDE = np.clongdouble


def _floating(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype).kind == "f"


def _maker(make: Any, position: int):
    def wide(*args, **kwargs):
        args = list(args)
        dtype = args[position] if len(args) > position else kwargs.get("dtype")
        if not _floating(dtype):
            return make(*args, **kwargs)
        if len(args) > position:
            args[position] = WIDE
        else:
            kwargs["dtype"] = WIDE
        return make(*args, **kwargs).view(Probe)

    return wide


def _full(shape, fill, dtype=None, **kwargs):
    if (dtype is None and isinstance(fill, (bool, int, np.integer))) or not _floating(dtype):
        return np.full(shape, fill, dtype, **kwargs)
    return np.full(shape, strip(fill), WIDE).view(Probe)


def _array(convert: Any):
    def wide(x, dtype=None, *args, **kwargs):
        if isinstance(x, Probe):
            out = x.astype(dtype) if dtype is not None else x
            return out.copy() if convert is np.array and kwargs.get("copy", True) else out
        if isinstance(x, (list, tuple)) and _contains_probe(x):
            return _stack(x)
        return convert(x, dtype, *args, **kwargs)

    return wide


def _contains_probe(x: Any) -> bool:
    return any(isinstance(e, Probe) or is_complex(e) or (isinstance(e, (list, tuple)) and _contains_probe(e)) for e in x)


def _stack(x: Any) -> Any:
    parts = [strip(_stack(e)) if isinstance(e, (list, tuple)) else strip(e) for e in x]
    return np.array(parts, dtype=WIDE).view(Probe)


def _scalar(make: Any):
    class Meta(type):
        def __call__(cls, x=0.0, *args):
            if isinstance(x, Probe):
                return x
            return x if is_complex(x) else make(x, *args)

        def __instancecheck__(cls, x):
            return isinstance(x, make)

    return Meta(make.__name__, (), {"dtype": np.dtype(make)})


class _Vectorize:
    """`np.vectorize` that keeps whatever the function returns."""

    def __init__(self, pyfunc, otypes=None, **ignored):
        self.function = pyfunc

    def __call__(self, *args):
        arrays = np.broadcast_arrays(*[strip(np.asarray(a)) for a in args])
        flat = [
            self.function(*[np.asarray(e).view(Probe) if is_complex(e) else e for e in row])
            for row in zip(*[a.ravel() for a in arrays], strict=True)
        ]
        return _stack(flat).reshape(arrays[0].shape) if _contains_probe(flat) else np.array(flat).reshape(arrays[0].shape)


class _Proxy(types.ModuleType):
    def __init__(self, real: Any, replaced: dict[str, Any]):
        super().__init__(real.__name__)
        self.__dict__.update(replaced)
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_real"], name)


NUMPY = _Proxy(
    np,
    {
        "zeros": _maker(np.zeros, 1),
        "ones": _maker(np.ones, 1),
        "empty": _maker(np.empty, 1),
        "eye": lambda *a, **k: np.eye(*a, **k).astype(WIDE).view(Probe) if _floating(k.get("dtype")) else np.eye(*a, **k),
        "full": _full,
        "array": _array(np.array),
        "asarray": _array(np.asarray),
        "asanyarray": _array(np.asanyarray),
        "ascontiguousarray": _array(np.ascontiguousarray),
        "stack": lambda x, *a, **k: np.stack([np.asanyarray(e) for e in x], *a, **k),
        "float64": _scalar(np.float64),
        "float32": _scalar(np.float32),
        "double": _scalar(np.float64),
        "vectorize": _Vectorize,
    },
)
"""NumPy as seen by code under complex step."""

_BY_UFUNC = {
    "fabs": np.abs,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "pow": np.power,
    "atan": np.arctan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan2": np.arctan2,
    "hypot": np.hypot,
    **{
        name: getattr(np, name)
        for name in ["exp", "log", "sqrt", "tanh", "sin", "cos", "sinh", "cosh", "log2", "log10", "exp2", "cbrt"]
    },
}


def _math(name: str):
    real, wide = getattr(math, name), _BY_UFUNC.get(name)

    def function(*args):
        if not any(isinstance(a, Probe) or is_complex(a) for a in args):
            return real(*args)
        args = tuple(np.asarray(a).view(Probe) if is_complex(a) and not isinstance(a, Probe) else a for a in args)
        if wide is not None:
            return wide(*args)
        from .continuation import CONTINUED

        return np.asarray(CONTINUED[name]([strip(a) for a in args], "along")).view(Probe)

    return function


MATH = _Proxy(math, {name: _math(name) for name in [*_BY_UFUNC, "erf", "erfc"]})
"""`math` for numbers that carry a slope."""

_REPLACEMENTS: dict[int, Any] = {id(np): NUMPY, id(math): MATH, id(float): _scalar(float)}
for _name, _value in NUMPY.__dict__.items():
    if not _name.startswith("_") and hasattr(np, _name):
        _REPLACEMENTS[id(getattr(np, _name))] = _value
for _name, _value in MATH.__dict__.items():
    if not _name.startswith("_") and hasattr(math, _name):
        _REPLACEMENTS[id(getattr(math, _name))] = _value
_REPLACEMENTS[id(np.vectorize)] = _Vectorize


def standing_in(value: Any) -> Any:
    """The stand-in for a module or function, or the thing itself."""
    try:
        return _REPLACEMENTS.get(id(value), value)
    except Exception:
        return value


def widened_builtins() -> dict[str, Any]:
    """Builtins with `float` exchanged and `import` that hands out the stand-ins."""
    names = dict(vars(builtins))
    names["float"] = _REPLACEMENTS[id(float)]

    def importing(name, globals=None, locals=None, fromlist=(), level=0):
        module = builtins.__import__(name, globals, locals, fromlist, level)
        return standing_in(module)

    names["__import__"] = importing
    return names


@contextmanager
def tracing_namespace(namespace: dict[str, Any], kind: type) -> Iterator[None]:
    """While it lasts, NumPy seen from `namespace` makes arrays of class `kind`."""

    def made(make: Any):
        def function(*args, **kwargs):
            return np.asarray(make(*args, **kwargs)).view(kind)

        return function

    names = ["zeros", "ones", "empty", "full", "eye", "arange", "linspace", "zeros_like", "ones_like", "empty_like", "full_like"]
    proxy = _Proxy(np, {name: made(getattr(np, name)) for name in names})
    before = {k: v for k, v in namespace.items() if v is np}
    namespace.update(dict.fromkeys(before, proxy))
    try:
        yield
    finally:
        namespace.update(before)
