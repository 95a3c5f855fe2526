"""The four binary floating-point formats gradients are computed in, and exact rounding into them.

Sources: IEEE 754-2019; Higham, *Accuracy and Stability of Numerical Algorithms*, ch. 2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .checks import chosen, expect, real_array
from .errors import SpecificationError, shown, unknown

__all__ = ["FORMATS", "NATIVE", "Format", "format_of", "native", "round_to", "ulp"]


@dataclass(frozen=True)
class Format:
    """A binary format with `precision` significant bits (the hidden one included) and exponents up to `emax`."""

    name: str
    precision: int
    emax: int

    @property
    def u(self) -> float:
        """Unit roundoff, 2^-precision."""
        return 2.0**-self.precision

    @property
    def tiny(self) -> float:
        """The smallest normal number."""
        return 2.0 ** (1 - self.emax)

    @property
    def smallest(self) -> float:
        """The smallest subnormal number."""
        return 2.0 ** (2 - self.emax - self.precision)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return (2.0 - 2.0 ** (1 - self.precision)) * 2.0**self.emax


FORMATS: dict[str, Format] = {
    "float64": Format("float64", 53, 1023),
    "float32": Format("float32", 24, 127),
    "bfloat16": Format("bfloat16", 8, 127),
    "float16": Format("float16", 11, 15),
}


def format_of(name: str) -> Format:
    """The `Format` called `name`; `SpecificationError` with the nearest name otherwise."""
    return chosen("dtype", "dtype", name, FORMATS)


NATIVE = ("float64", "float32")
"""The formats NumPy computes in: it has no matrix product for the others, or accumulates them in a wider one."""


def native(dtype: Any) -> str:
    """ "float64" or "float32", however it is written (`np.float32`, `np.dtype("f4")`); `SpecificationError` for any other.

    >>> native(np.float32)
    'float32'
    """
    if isinstance(dtype, str) and dtype in NATIVE:
        return dtype
    try:
        name = "None" if dtype is None else np.dtype(dtype).name  # NumPy takes None for float64
    except Exception:  # whatever NumPy, or the object, says to it
        name = dtype if isinstance(dtype, str) else shown(dtype)
    if name in FORMATS and name not in NATIVE:
        raise SpecificationError(
            f"dtype: must be float64 or float32, in which NumPy computes, got {name!r}. "
            f"gradref.compare(..., dtypes=['{name}']) runs the frameworks in it.",
            "dtype",
        )
    if name not in NATIVE:
        raise unknown("dtype", "dtype", name, list(NATIVE))
    return name


def ulp(x: np.ndarray, form: Format) -> np.ndarray:
    """Spacing of `form` at each |x| (float64 array, same shape): 2^(e - precision + 1), never below `smallest`."""
    exponent = np.where(x == 0, -form.emax, np.frexp(x)[1] - 1)  # |x| in [2^e, 2^(e+1))
    exponent = np.maximum(exponent, 1 - form.emax)
    return np.ldexp(1.0, exponent - form.precision + 1)


def round_to(x: np.ndarray, form: Format) -> np.ndarray:
    """`x` (float64) rounded once, to nearest even, into `form`; the result is float64 holding representable values.

    Rounding happens directly from float64, so no double rounding occurs on the way to a 16-bit format.
    """
    x = real_array("x", x).astype(np.float64, copy=False)
    if expect("form", form, Format, "Use format_of('float32').").name == "float64":
        return x
    if form.name == "float32":
        with np.errstate(over="ignore"):
            return x.astype(np.float32).astype(np.float64)  # the processor's own conversion, ten times faster
    spacing = ulp(x, form)
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.rint(x / spacing) * spacing  # x/spacing and the product are exact: powers of two
    overflow = np.abs(rounded) > form.largest
    return np.where(overflow, np.copysign(np.inf, x), rounded) if overflow.any() else rounded
