"""Asking an adapter: somebody else's code runs here, and whatever it does is an answer or a row that says why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from gradref.verdict import FAIL, SKIP, RunId, Verdict
from gradref_adapters.protocol import Adapter
from gradref_adapters.worker.failure import AdapterFailure
from gradref_reference import Case, MissingFrameworkError, Trace
from gradref_reference.error_model import Contract

__all__ = ["ask", "failed", "skipped"]

Answer = TypeVar("Answer")


def skipped(case: Case, reason: str) -> Verdict:
    """The row of a run that did not take place."""
    return Verdict(RunId.of(case), "RUN", 0, "", SKIP, finding=reason)


def failed(case: Case, finding: str) -> Verdict:
    """The row of a run that gave nothing to judge."""
    return Verdict(RunId.of(case), "RUN", 0, "", FAIL, rule="structure", finding=finding)


def ask(case: Case, adapter: Adapter) -> tuple[Trace, Contract] | Verdict:
    """The trace of a run and how its adapter says that it rounds, or the row that says why there is none.

    The trace is named after what was run, whatever it calls itself.
    """
    reason = _member(case, adapter, "supports", "None or a sentence", str, type(None))
    if isinstance(reason, Verdict):
        return reason
    if reason is not None:
        return skipped(case, reason)
    contract = _member(case, adapter, "contract", "a Contract", Contract)
    if isinstance(contract, Verdict):
        return contract
    trace = _member(case, adapter, "run", "a Trace", Trace)
    if isinstance(trace, Verdict):
        return trace
    for member, answer in (("contract", contract), ("run", trace)):
        if answer.dtype != case.dtype:
            told = f"{member} must answer for {case.dtype}, got {answer.dtype}. Compute in the dtype of the case, and say so."
            return failed(case, told)
    return replace(trace, framework=case.framework, mode=case.mode), contract


def _member(case: Case, adapter: Adapter, member: str, required: str, *kinds: type[Answer]) -> Answer | Verdict:
    """What a member of the adapter answers for the case, or the row that says why not."""
    try:
        answer = getattr(adapter, member)(case)
    except MissingFrameworkError as error:
        return skipped(case, str(error))
    except AdapterFailure as error:
        return failed(case, error.failure.sentence)
    except (Exception, SystemExit) as error:
        first = (str(error).strip() or "no message").splitlines()[0][:200]
        got, advice = f"{type(error).__name__}: {first}", "Run this case alone to see the whole message"
    else:
        if isinstance(answer, kinds) and answer != "":
            return answer
        got, advice = repr(answer)[:200], "See gradref_adapters.protocol"
    return failed(case, f"{member} must return {required}, got {got.rstrip('.')}. {advice}.")
