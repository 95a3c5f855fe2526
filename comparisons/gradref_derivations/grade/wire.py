"""Messages between the grader and the process of a submission: a JSON header, then the bytes of the arrays. Never pickle."""

from __future__ import annotations

import json
import math
import select
import socket
import struct
import time
from typing import Any

import numpy as np

__all__ = ["Broken", "pack", "receive", "send", "unpack"]

HEADER_LIMIT = 2**20
PAYLOAD_LIMIT = 2**28
KINDS = "fiub"


class Broken(Exception):
    """The other side closed, fell silent or sent something that is not a message."""


def pack(values: dict[str, Any]) -> tuple[list[dict[str, Any]], bytes]:
    """Arrays and plain values as a list that JSON can hold and the bytes of the arrays."""
    fields, parts = [], []
    for name, value in values.items():
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.ascontiguousarray(np.asarray(value))
            fields.append({"name": name, "dtype": array.dtype.str, "shape": list(np.shape(value))})
            parts.append(array.tobytes())
        else:
            fields.append({"name": name, "value": value})
    return fields, b"".join(parts)


def unpack(fields: Any, payload: bytes) -> dict[str, Any]:
    """The inverse of `pack`; nothing in a message is believed, `Broken` for what does not add up."""
    values, at = {}, 0
    try:
        for entry in fields:
            name = str(entry["name"])
            if "dtype" not in entry:
                values[name] = entry["value"]
                continue
            dtype, shape = np.dtype(str(entry["dtype"])), tuple(int(n) for n in entry["shape"])
            if dtype.kind not in KINDS or any(n < 0 for n in shape) or len(shape) > 16:
                raise Broken("sent an array of no allowed kind")
            size = math.prod(shape) * dtype.itemsize
            if size > len(payload) - at:
                raise Broken("sent less than it announced")
            values[name] = np.frombuffer(payload[at : at + size], dtype).reshape(shape).copy()
            at += size
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Broken("sent something that is not a message") from None
    return values


def send(connection: socket.socket, header: dict[str, Any], payload: bytes = b"") -> None:
    """One message; `Broken` when nobody listens."""
    text = json.dumps(header).encode()
    try:
        connection.sendall(struct.pack("!II", len(text), len(payload)) + text + payload)
    except OSError:
        raise Broken("closed its connection") from None


def receive(connection: socket.socket, deadline: float | None = None) -> tuple[dict[str, Any], bytes]:
    """The next message, before `deadline` (of `time.monotonic`); `TimeoutError` after it, `Broken` for anything else."""
    head, body = struct.unpack("!II", _exactly(connection, 8, deadline))
    if head > HEADER_LIMIT or body > PAYLOAD_LIMIT:
        raise Broken("sent more than the grader accepts")
    try:
        header = json.loads(_exactly(connection, head, deadline))
    except (ValueError, RecursionError):
        raise Broken("sent something that is not a message") from None
    if not isinstance(header, dict):
        raise Broken("sent something that is not a message")
    return header, _exactly(connection, body, deadline)


def _exactly(connection: socket.socket, count: int, deadline: float | None) -> bytes:
    parts = []
    while count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([connection], [], [], left)[0]:
                raise TimeoutError
        try:
            part = connection.recv(min(count, 2**16))
        except OSError:
            part = b""
        if not part:
            raise Broken("closed its connection")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
