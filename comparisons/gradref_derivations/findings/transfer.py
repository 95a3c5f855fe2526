"""Records as plain data and back: how a report crosses from the process that made it, without pickle."""

from __future__ import annotations

import types
import typing
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from math import isfinite
from typing import Any, TypeVar

__all__ = ["NotARecord", "decoded", "encoded"]

T = TypeVar("T")


class NotARecord(ValueError):
    """Plain data that no record of that class can have been."""


def encoded(record: Any) -> dict[str, Any]:
    """A dataclass as dicts, lists and plain values that JSON can hold; a number that is not finite becomes its name."""
    return _plain(asdict(record))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(float(value))
    return value


def decoded(cls: type[T], data: Any) -> T:
    """The record that `encoded` was given; `NotARecord` for data with another field, or a value of another type.

    >>> from gradref_derivations.findings.report import Equation
    >>> decoded(Equation, encoded(Equation(2, 1)))
    Equation(kind=2, layer=1, or_cost=False)
    """
    if not isinstance(data, dict) or data.keys() != {f.name for f in fields(cls)}:  # type: ignore[arg-type]
        raise NotARecord(f"{cls.__name__}: the fields do not match")
    hints = _hints(cls)
    return cls(**{name: _value(hints[name], value) for name, value in data.items()})


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _value(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return value
    if origin is types.UnionType or origin is typing.Union:
        if value is None and type(None) in arguments:
            return None
        return _value(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(arguments[0], v) for v in value)
    if origin is dict and isinstance(value, dict):
        return {str(k): _value(arguments[1], v) for k, v in value.items()}
    if is_dataclass(kind):
        return decoded(kind, value)  # type: ignore[arg-type]
    if kind is float and (type(value) in (int, float) or value in ("nan", "inf", "-inf")):
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise NotARecord(f"must be {kind}, got {type(value).__name__}")
