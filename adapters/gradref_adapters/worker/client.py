"""An adapter in a process of its own, which looks like any other adapter from here."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gradref_reference import Case, MissingFrameworkError, SpecificationError, Trace
from gradref_reference.error_model import Contract
from gradref_reference.errors import unknown
from gradref_support.messages import PAYLOAD_LIMIT
from gradref_support.process import Child, Closed, Nonsense

from .. import registry
from ..protocol import Finding
from .failure import ENDED, GAVE_UP, HUNG, RAISED, UNFIT, AdapterFailure, Failure
from .wire import Unfit, pack_case, text, unpack_contract, unpack_findings, unpack_trace

__all__ = ["START", "TIME_LIMIT", "Isolated", "close", "get", "warm"]

TIME_LIMIT = 300.0
"""Seconds one run may take, compilation included; the slowest honest one known is torch.compile on a busy machine, a minute."""

START = 180.0
"""Seconds a framework may take to be imported; PyTorch takes 3 on a quiet machine."""

PATIENCE = 3
"""Runs of one mode in a row that may cost the process; the rest of that mode is not tried. Another mode starts anew."""

Reply = tuple[dict[str, Any], bytes]


@dataclass(frozen=True, eq=False)
class _Ahead:
    """What a case asked for in advance has given: a reason not to run it, or a contract and a trace."""

    reason: str | None
    contract: Contract | None = None
    trace: Trace | None = None


class Isolated:
    """The adapter called `name`, run by a process of its own; its members raise `AdapterFailure` where there is no answer.

    The process is started when it is first needed, and again after it was lost. `prefetch(case)` runs a case in the background, so that
    several frameworks run side by side; `supports`, `contract` and `run` then wait for it. Raises `MissingFrameworkError` from the first
    member that needs a framework that cannot run here.
    """

    def __init__(self, name: str, time_limit: float = TIME_LIMIT):
        self.name, self.time_limit = name, time_limit
        self._child: Child | None = None
        self._card: dict[str, Any] | None = None  # what the first process said of its adapter
        self._ready = self._closed = False
        self._looked: Case | None = None  # the case the process knows
        self._lost: Counter[str] = Counter()  # mode -> runs in a row that cost the process
        self._turn = threading.RLock()
        self._ahead: dict[Case, Future[_Ahead]] = {}
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._helper: threading.Thread | None = None

    def version(self) -> str:
        return text(self._greeted()["version"])

    def modes(self) -> tuple[str, ...]:
        return tuple(map(text, self._greeted()["modes"]))

    def supports(self, case: Case) -> str | None:
        if case not in self._ahead:
            return self._look(case)[0]
        try:
            reason = self._ahead[case].result().reason
        except BaseException:
            self._ahead.pop(case, None)
            raise
        if reason is not None:
            del self._ahead[case]
        return reason

    def contract(self, case: Case) -> Contract:
        if case in self._ahead and (found := self._ahead[case].result().contract) is not None:
            return found
        reason, contract = self._look(case)
        if contract is None:
            raise SpecificationError(str(reason))
        return contract

    def run(self, case: Case) -> Trace:
        ahead = self._ahead.pop(case, None)
        if ahead is not None and (found := ahead.result().trace) is not None:
            return found
        return self._run(case)

    def findings(self) -> list[Finding]:
        if "findings" not in self._greeted()["members"]:
            return []
        header, _ = self._ask("findings", {"do": "findings"})
        return self._believed("findings", lambda: unpack_findings(header.get("findings")))

    def forget_compiled(self) -> None:
        """Drop what the framework has compiled, where its adapter can."""
        if self._ready and "forget_compiled" in self._greeted()["members"]:
            self._ask("forget_compiled", {"do": "forget"})

    def prefetch(self, case: Case) -> None:
        """Begin with a case now, after those begun before; its answers are kept until `run` takes the trace."""
        future: Future[_Ahead] = Future()
        self._ahead[case] = future

        def work() -> None:
            try:
                reason, contract = self._look(case)
                future.set_result(_Ahead(reason, contract, None if reason is not None else self._run(case)))
            except BaseException as error:
                future.set_exception(error)

        self._waiting.put(work)
        if self._helper is None:
            self._helper = threading.Thread(target=self._work, daemon=True)
            self._helper.start()

    def start(self) -> None:
        """Start the process without waiting for it."""
        with self._turn:
            if self._closed:
                raise AdapterFailure(Failure("run", ENDED, "was closed"))
            if self._child is None:
                child = Child("gradref_adapters.worker.server", threads=None)
                self._child = child.__enter__()
                with suppress(Closed):  # its end is found when its first word is waited for
                    child.send({"framework": self.name})

    def close(self) -> None:
        """End the process for good; a run that is waited for raises `AdapterFailure`."""
        self._closed = True
        self._drop()

    def _drop(self) -> None:
        child, self._child, self._ready, self._looked = self._child, None, False, None
        if child is not None:
            child.__exit__()

    def _work(self) -> None:
        while True:
            self._waiting.get()()

    def _look(self, case: Case) -> tuple[str | None, Contract | None]:
        """Why a case cannot be run, or its contract."""
        if self._lost[case.mode] >= PATIENCE:
            raise AdapterFailure(Failure("run", GAVE_UP, str(PATIENCE)))
        header, payload = pack_case(case)
        if len(payload) > PAYLOAD_LIMIT:
            size = f"{len(payload) >> 20} MiB of numbers, and a message holds {PAYLOAD_LIMIT >> 20}"
            raise AdapterFailure(Failure("run", UNFIT, f"was given {size}"))
        with self._turn:
            answer, _ = self._ask("supports", {"do": "look at", **header}, payload, case.mode)
            self._looked = case
        reason, contract = answer.get("reason"), answer.get("contract")
        if reason is not None:
            return self._believed("supports", lambda: text(reason)), None
        return None, self._believed("contract", lambda: unpack_contract(contract or {}))

    def _run(self, case: Case) -> Trace:
        with self._turn:
            if self._looked is not case:
                self._look(case)
            header, payload = self._ask("run", {"do": "run"}, mode=case.mode)
            self._lost[case.mode] = 0
        return self._believed("run", lambda: unpack_trace(header, payload, case))

    def _believed(self, member: str, unpack: Callable[[], Any]) -> Any:
        try:
            return unpack()
        except Unfit as unfit:
            raise AdapterFailure(Failure(member, UNFIT, str(unfit))) from None

    def _greeted(self) -> dict[str, Any]:
        """What the process says of its adapter; `MissingFrameworkError` with the reason where it has none."""
        with self._turn:
            if self._card is None:
                try:
                    self._card = self._greet()
                except AdapterFailure as error:
                    if self._closed:
                        raise
                    happened = error.failure.told if error.failure.how == ENDED else f"did not load it within {START:g} seconds"
                    self._card = {"missing": f"{self.name}: loading its adapter {happened}. Repair or uninstall it."}
            if "missing" in self._card:
                raise MissingFrameworkError(text(self._card["missing"]))
            return self._card

    def _greet(self) -> dict[str, Any]:
        """Start the process if need be, and wait for its first word."""
        self.start()
        card, _ = self._receive("supports", START)
        self._ready = True
        if "missing" in card:
            self._drop()
        return card

    def _ask(self, member: str, header: dict[str, Any], payload: bytes = b"", mode: str = "") -> Reply:
        """The reply to a request; `AdapterFailure` for a failure that it tells, and where none comes."""
        with self._turn:
            self._greeted()
            try:
                if not self._ready:
                    self._greet()
                assert self._child is not None
                with suppress(Closed):  # why it no longer listens is found when its reply is waited for
                    self._child.send(header, payload, deadline=time.monotonic() + self.time_limit)
                answer, data = self._receive(member, self.time_limit)
            except AdapterFailure:
                self._lost[mode] += 1
                raise
        if "failed" in answer:
            self._lost[mode] = 0
            how = RAISED if answer.get("how") == RAISED else UNFIT
            raise AdapterFailure(Failure("contract" if answer["failed"] == "contract" else member, how, text(answer.get("told"))))
        return answer, data

    def _receive(self, member: str, limit: float) -> Reply:
        """The next message; where none comes the process is ended, and `AdapterFailure` says why."""
        child = self._child
        assert child is not None
        try:
            return child.receive(time.monotonic() + limit)
        except TimeoutError:
            failure = Failure(member, HUNG, f"{limit:g}")
        except Closed:
            failure = Failure(member, ENDED, child.ended_how() or "closed its channel")
        except Nonsense as nonsense:
            failure = Failure(member, ENDED, str(nonsense))
        except BaseException:  # an interrupt: what comes later answers a question that nobody asks any more
            self._drop()
            raise
        self._drop()
        raise AdapterFailure(failure)


_WORKERS: dict[str, Isolated] = {}


def get(name: str, time_limit: float | None = None) -> Isolated:
    """The adapter called `name` in a process of its own, which stays until `close` or the end of this process.

    `time_limit` is how many seconds one run may take from now on; without it that stays as it is, `TIME_LIMIT` at first.

    Raises `SpecificationError` for a name nobody registered, `MissingFrameworkError` with the reason for one that cannot run.
    """
    warm([name])
    worker = _WORKERS[name]
    worker.time_limit = time_limit or worker.time_limit
    worker.modes()
    return worker


def warm(names: Iterable[str]) -> None:
    """Start the processes of these frameworks side by side, without waiting for them."""
    for name in names:
        if name not in registry.names():
            raise unknown("adapters", "framework", name, list(registry.names()))
        if name not in _WORKERS:
            if not _WORKERS:
                atexit.register(close)
            _WORKERS[name] = Isolated(name)
            _WORKERS[name].start()


def close() -> None:
    """End every process; `get` starts anew."""
    while _WORKERS:
        _, worker = _WORKERS.popitem()
        worker.close()
    atexit.unregister(close)
