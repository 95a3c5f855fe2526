"""The process of one submission: binds itself to its limits, loads the file, then answers requests for gradients.

Started by `client.Submission`. Everything it needs is imported before the submission gets a chance to change it.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

import numpy as np

from gradref_derivations.grade.wire import pack, unpack
from gradref_derivations.truth.probe import Probe, Settings, probing, strip
from gradref_derivations.truth.rounding import as_gradient
from gradref_support.process import Closed, Limits, Nonsense, open_channel

FILENAME = "submission.py"
MOST_KEYS = 1000
NAME_LENGTH = 100


def load(text: str) -> Any:
    """The `backward` of the submission, or the sentence that says why there is none."""
    namespace: dict[str, Any] = {"__name__": "submission", "__file__": FILENAME}
    sys.argv[:] = [FILENAME]
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
    for key, value in list(returned.items())[:MOST_KEYS]:
        name = str(key)[:NAME_LENGTH].encode(errors="replace").decode()
        array = as_gradient(strip(value)) if value is not None else None
        if array is None:
            odd[name] = named(value)
        else:
            gradients[name] = array
    fields, body = pack(gradients)
    return {"gradients": fields, "odd": odd, "changed": changed}, body


def named(value: Any) -> str:
    """A value in two words that are an identifier: NoneType, str, list."""
    name = "".join(c for c in type(value).__name__ if c.isalnum() or c == "_")[:40]
    return "None" if value is None else name or "object"


def same(a: Any, b: Any) -> bool:
    """Whether two values hold the same numbers, NaN in the same places included."""
    try:
        return bool(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=np.asarray(a).dtype.kind == "f"))
    except Exception:
        return False


def main() -> None:
    """Load the submission and answer until nobody asks any more."""
    reply, request = open_channel()
    job, home = request()[0], os.getpid()
    Limits(**job["limits"]).apply()
    loaded = load(job["text"])
    reply({"failed": loaded} if isinstance(loaded, str) else {"ready": True})
    while not isinstance(loaded, str) and os.getpid() == home:  # a fork of the submission's has no business here
        try:
            header, payload = request()
            found, body = answer(loaded, header, payload)
            reply({**found, "id": header["id"]}, body)
        except (Closed, Nonsense):
            break
    os._exit(0)  # whatever threads or exit handlers the submission has left


if __name__ == "__main__":
    main()
