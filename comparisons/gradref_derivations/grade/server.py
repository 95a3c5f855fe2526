"""The process of one submission: binds itself to its limits, loads the file, then answers requests for gradients.

Started by `client.Submission` as a script, with the number of its socket and its limits as arguments. Everything it needs is
imported before the submission gets a chance to change it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from typing import Any

import numpy as np

from gradref_derivations.grade.limits import Limits
from gradref_derivations.grade.wire import Broken, pack, receive, send, unpack
from gradref_derivations.truth.probe import Probe, Settings, probing, strip
from gradref_derivations.truth.rounding import as_gradient

FILENAME = "submission.py"


def load(text: str) -> Any:
    """The `backward` of the submission, or the sentence that says why there is none."""
    namespace: dict[str, Any] = {"__name__": "submission", "__file__": FILENAME}
    try:
        exec(compile(text, FILENAME, "exec"), namespace)
    except BaseException as error:
        return f"cannot be imported: {story(error)}"
    backward = namespace.get("backward")
    return backward if callable(backward) else "defines no function backward(inputs)"


def story(error: BaseException) -> str:
    """What went wrong, in one line with the line of the submission."""
    if isinstance(error, SystemExit):
        what = "it called sys.exit"
    else:
        what = f"{type(error).__name__}: " + (" ".join(str(error).split())[:200] or "no message")
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILENAME]
    line = lines[-1] if lines else getattr(error, "lineno", None)
    return f"line {line}: {what}" if line else what


def answer(backward: Any, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Run `backward` once, disturbed when the request asks for it (`probe`), and describe whatever comes back."""
    inputs = unpack(header["inputs"], payload)
    noise, unit = header.get("noise", 0), header.get("unit", 2.0**-52)
    before = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in inputs.items()}
    if noise:
        inputs = {k: v.view(Probe) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v for k, v in inputs.items()}
    try:
        with np.errstate(all="ignore"), probing(Settings(noise=noise, unit=unit) if noise else Settings()):
            returned = backward(inputs)
    except BaseException as error:
        return {"failed": story(error)}, b""
    if not isinstance(returned, dict):
        return {"failed": f"returned {named(returned)}, not a dict of gradients"}, b""
    changed = [k for k, v in before.items() if not same(v, strip(inputs.get(k)))]
    gradients, odd = {}, {}
    for key, value in list(returned.items())[:1000]:
        array = as_gradient(strip(value)) if value is not None else None
        if array is None:
            odd[str(key)[:100]] = named(value)
        else:
            gradients[str(key)[:100]] = array
    fields, body = pack(gradients)
    return {"gradients": fields, "odd": odd, "changed": changed}, body


def named(value: Any) -> str:
    """A value in two words that are an identifier: NoneType, str, list."""
    name = "".join(c for c in type(value).__name__ if c.isalnum() or c == "_")[:40]
    return "None" if value is None else name or "object"


def same(a: Any, b: Any) -> bool:
    try:
        return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=np.asarray(a).dtype.kind == "f"))
    except Exception:
        return False


def main() -> None:
    connection = socket.socket(fileno=int(sys.argv[1]))
    limits = Limits(**json.loads(sys.argv[2]))
    text = receive(connection)[0]["text"]
    home = os.getpid()
    limits.apply()
    loaded = load(text)
    if os.getpid() != home:  # a fork of the submission's has no business here
        os._exit(0)
    ready = {"failed": loaded} if isinstance(loaded, str) else {"ready": True}
    send(connection, ready)
    while not isinstance(loaded, str):
        try:
            header, payload = receive(connection)
            reply, body = answer(loaded, header, payload)
            if os.getpid() != home:
                os._exit(0)
            send(connection, {**reply, "id": header["id"]}, body)
        except Broken:
            break
    os._exit(0)  # whatever threads or exit handlers the submission has left


if __name__ == "__main__":
    main()
