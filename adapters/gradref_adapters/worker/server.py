"""The worker: `python -m gradref_adapters.worker.server` runs one adapter for `client`, until nobody asks any more.

Nothing that an adapter does leaves this process but as an answer: every exception, SystemExit included, is told as its type and its
first line, and what is printed goes to the runner's record.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from gradref_reference import Case, MissingFrameworkError, Trace
from gradref_reference.error_model import Contract
from gradref_support.messages import PAYLOAD_LIMIT
from gradref_support.process import Closed, open_channel

from .. import registry
from ..protocol import Adapter
from .failure import RAISED, UNFIT
from .wire import Message, Unfit, pack_contract, pack_findings, pack_trace, text, unpack_case

__all__ = ["main"]


def main() -> None:
    """Say which adapter this is, then answer one request after the other."""
    reply, request = open_channel()
    faulthandler.enable()
    _end_with(os.getppid())
    try:
        asked, _ = request()
        try:
            adapter = registry.get(asked["framework"])
        except MissingFrameworkError as missing:
            reply({"missing": text(str(missing))})
            return
        members = [name for name in ("findings", "forget_compiled") if hasattr(adapter, name)]
        reply({"version": text(adapter.version()), "modes": [text(mode) for mode in adapter.modes()], "members": members})
        case: Case | None = None
        while True:
            asked, payload = request()
            if asked["do"] == "look at":
                case = unpack_case(asked, payload)
            reply(*_answer(asked["do"], adapter, case))
    except Closed:
        return


def _answer(duty: str, adapter: Adapter, case: Case | None) -> Message:
    """What the adapter says, or the member that failed and how."""
    try:
        if duty == "findings":
            return {"findings": _told("findings", adapter.findings, pack_findings)}, b""  # type: ignore[attr-defined]
        if duty == "forget":
            adapter.forget_compiled()  # type: ignore[attr-defined]
            return {}, b""
        assert case is not None
        if duty == "look at":
            reason = _told("supports", lambda: adapter.supports(case), _reason)
            contract = None if reason is not None else _told("contract", lambda: adapter.contract(case), _contract)
            return {"reason": reason, "contract": contract}, b""
        return _told("run", lambda: adapter.run(case), _trace)
    except _Failed as failed:
        return {"failed": failed.member, "how": failed.how, "told": failed.told}, b""


class _Failed(Exception):
    def __init__(self, member: str, how: str, told: str):
        self.member, self.how, self.told = member, how, told


def _told(member: str, call: Callable[[], Any], pack: Callable[[Any], Any]) -> Any:
    """The packed answer of a member; `_Failed` for whatever else happens in somebody else's code."""
    try:
        return pack(call())
    except Unfit as unfit:
        raise _Failed(member, UNFIT, str(unfit)) from None
    except BaseException as error:
        raise _Failed(member, RAISED, _named(error)) from None


def _named(error: BaseException) -> str:
    """The type of an error and its first line, where it can be shown at all."""
    try:
        first = text((str(error).strip() or "no message").splitlines()[0][:200])
    except BaseException:
        first = "a message that cannot be shown"
    return f"{type(error).__name__}: {first}"


def _reason(answer: object) -> str | None:
    if answer == "":
        raise Unfit("must be None or a sentence, got an empty one")
    return None if answer is None else text(answer)


def _contract(answer: object) -> dict[str, Any]:
    if not isinstance(answer, Contract):
        raise Unfit(f"must be a Contract, got a {type(answer).__name__}")
    return pack_contract(answer)


def _trace(answer: object) -> Message:
    if not isinstance(answer, Trace):
        raise Unfit(f"must be a Trace, got a {type(answer).__name__}")
    header, payload = pack_trace(answer)
    if len(payload) > PAYLOAD_LIMIT:
        raise Unfit(f"must fit in a message of {PAYLOAD_LIMIT >> 20} MiB, got {len(payload) >> 20}")
    return header, payload


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone, whatever the adapter is doing."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
