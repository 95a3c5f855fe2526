"""Stand-ins for `numpy`, `math` and `float` under which somebody's code carries complex, extended or disturbed numbers.

Under `WIDENED`, arrays made inside the code (`np.zeros`, `np.full`...) can hold what is put into them, and `float(...)` at the
end of a forward pass does not throw the slope away. Under `DISTURBED`, scalar code (`math.erf`, `float`) keeps its disturbance.
Only what a module can see is exchanged; NumPy itself is not touched.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ..program.namespaces import ProxyModule
from .complex_step_rules import CONTINUED, is_complex
from .probe import Probe, disturb, settings, strip

__all__ = ["DISTURBED", "WIDENED", "StandIns"]

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
        return self.stacked(flat).reshape(arrays[0].shape) if _contains_probe(flat) else np.array(flat).reshape(arrays[0].shape)

    stacked = staticmethod(_stack)


class _VectorizeReal(_Vectorize):
    stacked = staticmethod(lambda flat: np.array([strip(e) for e in flat], np.float64).view(Probe))


NUMPY = ProxyModule(
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
        raw = [strip(a) for a in args]
        result: Any = np.asarray(CONTINUED[name](raw, "along"))
        result = result if any(is_complex(x) for x in raw) else result.real
        return (disturb(result) if settings().noise else result).view(Probe)

    return function


MATH = ProxyModule(math, {name: _math(name) for name in [*_BY_UFUNC, "erf", "erfc"]})
"""`math` for numbers that carry a slope."""


class StandIns:
    """What code sees in the place of some modules, functions and types, by their identity."""

    def __init__(self, *modules: tuple[Any, ProxyModule]):
        self.float = _scalar(float)
        self.replaced: dict[int, Any] = {id(float): self.float}
        for real, proxy in modules:
            self.replaced[id(real)] = proxy
            for name, value in proxy.__dict__.items():
                if not name.startswith("_") and hasattr(real, name):
                    self.replaced[id(getattr(real, name))] = value

    def of(self, value: Any) -> Any:
        """The stand-in for a module, function or type, or the thing itself."""
        return self.replaced.get(id(value), value)

    def builtins(self) -> dict[str, Any]:
        """Builtins with `float` exchanged and `import` that hands out the stand-ins."""
        names = dict(vars(builtins))
        names["float"] = self.float

        def importing(name, globals=None, locals=None, fromlist=(), level=0):
            return self.of(builtins.__import__(name, globals, locals, fromlist, level))

        names["__import__"] = importing
        return names


WIDENED = StandIns((np, NUMPY), (math, MATH))
"""For the complex step."""

DISTURBED = StandIns((np, ProxyModule(np, {"vectorize": _VectorizeReal, "float64": NUMPY.float64})), (math, MATH))
"""For the measurement of rounding errors."""
