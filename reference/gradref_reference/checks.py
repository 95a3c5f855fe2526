"""What gets in at a door: instances, whole numbers, names of a table, and arrays that lose nothing when NumPy reads them."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

from .errors import DataError, ShapeError, SpecificationError, shown, unknown

__all__ = ["chosen", "expect", "finite_array", "number", "one_line", "real_array", "several", "unmasked", "whole_number"]

T = TypeVar("T")


def expect(where: str, value: object, kind: type[T], advice: str) -> T:
    """`value`, an instance of `kind`; `SpecificationError` otherwise."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise SpecificationError(f"{where}: must be {article} {kind.__name__}, got {shown(value)}. {advice}", where)
    return value


def whole_number(where: str, value: object, least: int, advice: str) -> int:
    """`value` as an int, a whole number >= `least` that is no bool; `SpecificationError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise SpecificationError(f"{where}: must be a whole number >= {least}, got {shown(value)}. {advice}", where)
    return int(value)


def number(where: str, value: object, advice: str, below: float = np.inf) -> float:
    """`value` as a float, a number >= 0 and < `below` that is no bool; `SpecificationError` otherwise."""
    try:
        found = float(value) if isinstance(value, Real) and not isinstance(value, bool | np.bool_) else np.nan
    except OverflowError:  # a whole number beyond float64
        found = np.inf
    except TypeError:  # NumPy calls a time span a number
        found = np.nan
    if not 0 <= found < below:
        wanted = "a finite number >= 0" if below == np.inf else f"a number >= 0 and < {below:g}"
        raise SpecificationError(f"{where}: must be {wanted}, got {shown(value)}. {advice}", where)
    return found


def several(where: str, value: Any, advice: str, wanted: str = "a list") -> list:
    """The items of `value`, which is no text; `SpecificationError` for what cannot be gone through."""
    if not isinstance(value, str | bytes):
        try:
            return list(value)
        except Exception:  # nothing to go through, or an object of anybody's that fails
            pass
    raise SpecificationError(f"{where}: must be {wanted}, got {shown(value)}. {advice}", where)


def one_line(where: str, value: object, advice: str) -> str:
    """`value`, a text without control characters or halves of characters; `SpecificationError` otherwise."""
    if not isinstance(value, str) or any(ord(sign) < 32 or "\ud800" <= sign <= "\udfff" for sign in value):
        raise SpecificationError(f"{where}: must be a text on one line, got {shown(value)}. {advice}", where)
    return value


def chosen(where: str, kind: str, name: object, table: Mapping[str, T]) -> T:
    """`table[name]`; `SpecificationError`, with the nearest name, for one that is not there."""
    if not isinstance(name, str) or name not in table:
        raise unknown(where, kind, name, list(table))
    return table[name]


def unmasked(where: str, value: Any) -> np.ndarray:
    """`value` as a plain array, no subclass; `DataError` where entries are masked, since the mask would be lost.

    Raises `ShapeError` for ragged rows and `DataError` for what NumPy cannot read.
    """
    if type(value) is np.ndarray:
        return value
    if masked := _masked(value):
        entries = "1 masked entry" if masked == 1 else f"{masked} masked entries"
        raise DataError(
            f"{where}: must be an array without a mask, got one with {entries}. Fill them with .filled() or drop them."
        )
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"{where}: must be a rectangular array, got ragged rows. Give every row the same length.") from error
    except Exception as error:  # a tensor that tracks gradients, lies on a GPU or is in bfloat16; an object of anybody's
        raise DataError(
            f"{where}: must be an array that NumPy can read, got a {type(value).__name__} that it cannot. "
            "Give tensor.detach().cpu().numpy(), with .double() before it for bfloat16."
        ) from error


def _masked(value: Any) -> int:
    """The number of masked entries in an array or in nested lists of arrays."""
    if isinstance(value, np.ma.MaskedArray):
        return int(np.ma.getmaskarray(value).sum())
    return sum(map(_masked, value)) if isinstance(value, list | tuple) else 0


def real_array(where: str, value: object) -> np.ndarray:
    """`value` as a plain array of real numbers, infinite ones and NaN among them; `DataError` or `ShapeError` otherwise."""
    array = unmasked(where, value)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{where}: must hold real numbers, got dtype {array.dtype}. Convert it to float64 first.")
    return array


def finite_array(where: str, value: object) -> np.ndarray:
    """`value` as a plain array of finite real numbers, floating unless it is integer; `DataError` or `ShapeError` otherwise."""
    array = real_array(where, value)
    if array.dtype.kind == "f" and array.dtype not in (np.float64, np.float32):
        with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite or NaN here is refused below
            array = array.astype(np.float64)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"{where}: must be finite, got {array[at]} at index {at}. Remove or replace it.", at)
    return array
