"""Everything that is checked on one trace: certificates, agreement with the reference, golden numbers, exact probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from gradref.certificate import certify_case
from gradref.certificate.reference import Bounds, Subject, reference_rows, reference_trace
from gradref.known import enclosure_of, enclosure_verdicts, golden_verdicts, inputs_are_golden
from gradref.suite.golden import Golden
from gradref.verdict import FAIL, PASS, SKIP, Verdict
from gradref_adapters.protocol import Adapter
from gradref_reference import Case, Enclosure, MissingFrameworkError, Trace
from gradref_reference.error_model import Contract

__all__ = ["Judgement", "Truth", "judge", "run_and_judge", "run_verdict"]

Extra = Callable[[Case, Trace], list[Verdict]]
Answer = TypeVar("Answer")

_BROKEN = {"structure": "missing or malformed", "finite": "NaN or infinite"}
"""The rules by which a tensor fails that leave nothing to compare, in words."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """The verdicts on one run and, per equation and layer, the share of the allowance each entry used."""

    verdicts: list[Verdict]
    shares: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    trace: Trace | None = None


def run_verdict(case: Case, verdict: str, message: str, seconds: float = 0.0) -> Verdict:
    """A row that says whether an implementation ran at all; for skips and crashes."""
    return Verdict(
        case.name,
        case.framework,
        case.mode,
        case.dtype,
        case.device,
        "RUN",
        0,
        "",
        verdict,  # type: ignore[arg-type]  # one of the four constants
        rule="none" if verdict in (PASS, SKIP) else "structure",
        message=message,
        seconds=seconds,
    )


@dataclass(frozen=True, eq=False)
class Truth:
    """What every implementation of a case is held against: the float64 reference and the exact enclosure (None if too large).

    `bounds` are the propagated bounds for the case's inputs; implementations that round alike share theirs.
    """

    reference: Trace
    exact: Enclosure | None
    bounds: Bounds

    @classmethod
    def of(cls, case: Case) -> Truth:
        """All for the numbers that an implementation of `case` really gets: rounded to its dtype, then exact."""
        return cls(reference_trace(case), enclosure_of(case), Bounds.of(case))


def judge(
    case: Case, trace: Trace, contract: Contract, truth: Truth, golden: Golden | None = None, extra: Extra | None = None
) -> Judgement:
    """Certificates of every equation, every dW and db against the reference, and whatever is known about the case beforehand.

    A tensor that is malformed, or NaN or infinite where it should not be, fails in the row of its own equation; wherever else it
    would be compared stands a skip with that reason.
    """
    certificates = certify_case(case, trace, contract)
    verdicts = list(certificates.verdicts)
    broken = {v.parameter: _BROKEN[v.rule] for v in verdicts if v.rule in _BROKEN}
    subject = Subject(case, trace, contract, truth.bounds, broken)
    verdicts += reference_rows(subject, truth.reference)
    if truth.exact is not None:
        verdicts += enclosure_verdicts(subject, truth.exact)
    if golden is not None and inputs_are_golden(case):
        verdicts += golden_verdicts(subject, golden)
    if extra is not None:
        malformed = next((parameter for parameter, why in broken.items() if why == _BROKEN["structure"]), None)
        verdicts += extra(case, trace) if malformed is None else [_not_compared(case, malformed)]
    return Judgement([replace(v, seconds=trace.seconds) for v in verdicts], certificates.shares, trace)


def _not_compared(case: Case, parameter: str) -> Verdict:
    """The skip in the place of a whole comparison that needs every tensor."""
    message = f"{case.label}, EXACT: the run was not judged, because {parameter} is {_BROKEN['structure']}. See its row."
    return replace(run_verdict(case, SKIP, message), equation="EXACT")


def run_and_judge(
    case: Case, adapter: Adapter, truth: Truth, golden: Golden | None = None, extra: Extra | None = None
) -> Judgement:
    """Run a case on an adapter and judge the trace; what cannot run is a skip with its reason, what crashes a failure."""
    answer = _run(case, adapter)
    if isinstance(answer, Verdict):
        return Judgement([answer])
    return judge(case, *answer, truth, golden, extra)


def _run(case: Case, adapter: Adapter) -> tuple[Trace, Contract] | Verdict:
    """The trace of a run and how its adapter says that it rounds, or the row that says why there is none.

    The trace is named after what was run, whatever it calls itself.
    """
    reason = _ask(case, adapter, "supports", "None or a sentence", str, type(None))
    if isinstance(reason, Verdict):
        return reason
    if reason is not None:
        return run_verdict(case, SKIP, reason)
    contract = _ask(case, adapter, "contract", "a Contract", Contract)
    if isinstance(contract, Verdict):
        return contract
    trace = _ask(case, adapter, "run", "a Trace", Trace)
    if isinstance(trace, Verdict):
        return trace
    for member, answer in (("contract", contract), ("run", trace)):
        if answer.dtype != case.dtype:
            told = f"{member} must answer for {case.dtype}, got {answer.dtype}. Compute in the dtype of the case, and say so"
            return run_verdict(case, FAIL, f"{case.label}: {told}.")
    return replace(trace, framework=case.framework, mode=case.mode), contract


def _ask(case: Case, adapter: Adapter, member: str, required: str, *kinds: type[Answer]) -> Answer | Verdict:
    """What a member of the adapter answers for the case, or the row that says why not: somebody else's code runs here."""
    try:
        answer = getattr(adapter, member)(case)
    except MissingFrameworkError as error:
        return run_verdict(case, SKIP, str(error))
    except (Exception, SystemExit) as error:
        first = (str(error).strip() or "no message").splitlines()[0][:200]
        got, advice = f"{type(error).__name__}: {first}", "Run this case alone to see the whole message"
    else:
        if isinstance(answer, kinds) and answer != "":
            return answer
        got, advice = repr(answer)[:200], "See gradref_adapters.protocol"
    return run_verdict(case, FAIL, f"{case.label}: {member} must return {required}, got {got.rstrip('.')}. {advice}.")
