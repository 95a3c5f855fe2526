"""Arrays and plain values as a message: names and values as JSON, the arrays as safetensors, which is made for untrusted bytes."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from gradref_support.process import Nonsense

__all__ = ["pack", "unpack"]

KINDS = "fiub"


def pack(values: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Names and plain values for the header, and the bytes of the arrays; a number that JSON lacks travels as an array.

    >>> header, payload = pack({"W": np.ones((2, 3)), "rate": 0.5})
    >>> unpack(header, payload)["W"].shape
    (2, 3)
    """
    arrays: dict[str, np.ndarray] = {}
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, (np.ndarray, np.generic)) or (isinstance(value, float) and not isfinite(value)):
            array = np.asarray(value)
            double = array.dtype.kind == "f" and array.dtype.itemsize > 8  # extended precision is no format of the wire
            array = array.astype(np.float64 if double else array.dtype.newbyteorder("="))
            arrays[name] = np.require(array, requirements="C")
        else:
            plain[name] = value
    tensors = {str(i): array for i, array in enumerate(arrays.values())}
    return {"names": list(arrays), "plain": plain}, safetensors.numpy.save(tensors) if tensors else b""


def unpack(header: Any, payload: bytes) -> dict[str, Any]:
    """The inverse of `pack`; nothing in a message is believed, `Nonsense` for what does not add up."""
    try:
        tensors = safetensors.numpy.load(payload) if payload else {}
        found = {str(name): np.array(tensors[str(i)]) for i, name in enumerate(header["names"])}
        plain = {str(name): value for name, value in header["plain"].items()}
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Nonsense("sent something that is not a message") from None
    if any(array.dtype.kind not in KINDS for array in found.values()):
        raise Nonsense("sent an array of no allowed kind")
    return plain | found
