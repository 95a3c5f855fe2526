"""Messages between a process of ours and one that runs somebody else's code: a JSON object, then bytes. Never pickle."""

from __future__ import annotations

import json
import os
import struct
from typing import Any, NoReturn

__all__ = ["Closed", "Nonsense", "read_message", "write_message"]

HEADER_LIMIT = 2**24
PAYLOAD_LIMIT = 2**28


class Closed(Exception):
    """The other side has closed its end."""


class Nonsense(Exception):
    """The other side sent something that is not a message; the text says what."""


def write_message(descriptor: int, header: dict[str, Any], payload: bytes = b"") -> None:
    """Write one message; `Closed` when nobody listens. NaN and infinity are no JSON: `ValueError`."""
    text = json.dumps(header, allow_nan=False).encode()
    parts = memoryview(struct.pack("!II", len(text), len(payload)) + text + payload)
    try:
        while parts:
            parts = parts[os.write(descriptor, parts) :]
    except OSError:
        raise Closed from None


def read_message(descriptor: int) -> tuple[dict[str, Any], bytes]:
    """Wait for one message and read it; nothing in it is believed: `Nonsense` for what is no JSON object or is too long."""
    head, body = struct.unpack("!II", _exactly(descriptor, 8))
    if head > HEADER_LIMIT or body > PAYLOAD_LIMIT:
        raise Nonsense("sent more than is accepted")
    try:
        header = json.loads(_exactly(descriptor, head), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Nonsense("sent something that is not a message") from None
    if not isinstance(header, dict):
        raise Nonsense("sent something that is not a message")
    return header, _exactly(descriptor, body)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _exactly(descriptor: int, count: int) -> bytes:
    parts = []
    while count:
        try:
            part = os.read(descriptor, min(count, 2**20))
        except OSError:
            part = b""
        if not part:
            raise Closed
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
