"""Everything that is checked on one trace: certificates, agreement with the reference, golden numbers, exact probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from gradref.certificate import certify_case, reference_verdicts
from gradref.certificate.reference import reference_trace
from gradref.known import enclosure_of, enclosure_verdicts, golden_verdicts, inputs_are_golden
from gradref.suite.golden import Golden
from gradref.verdict import FAIL, PASS, SKIP, Verdict
from gradref_adapters.protocol import Adapter
from gradref_reference import Case, Enclosure, GradrefError, Trace
from gradref_reference.error_model import Contract

__all__ = ["Judgement", "Truth", "judge", "run_and_judge", "run_verdict"]

Extra = Callable[[Case, Trace], list[Verdict]]


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
    """What every implementation of a case is held against: the float64 reference and the exact enclosure (None if too large)."""

    reference: Trace
    exact: Enclosure | None

    @classmethod
    def of(cls, case: Case) -> Truth:
        """Both for the numbers that an implementation of `case` really gets: rounded to its dtype, then exact."""
        return cls(reference_trace(case), enclosure_of(case))


def judge(
    case: Case, trace: Trace, contract: Contract, truth: Truth, golden: Golden | None = None, extra: Extra | None = None
) -> Judgement:
    """Certificates of every equation, every dW and db against the reference, and whatever is known about the case beforehand."""
    certificates = certify_case(case, trace, contract)
    verdicts = list(certificates.verdicts)
    if not any(v.rule in ("structure", "finite") for v in verdicts):  # otherwise there is nothing to compare
        verdicts += reference_verdicts(case, trace, truth.reference, contract)
        if truth.exact is not None:
            verdicts += enclosure_verdicts(case, trace, truth.exact, contract)
        if golden is not None and inputs_are_golden(case):
            verdicts += golden_verdicts(case, trace, golden, contract)
        if extra is not None:
            verdicts += extra(case, trace)
    return Judgement([replace(v, seconds=trace.seconds) for v in verdicts], certificates.shares, trace)


def run_and_judge(
    case: Case, adapter: Adapter, truth: Truth, golden: Golden | None = None, extra: Extra | None = None
) -> Judgement:
    """Run a case on an adapter and judge the trace; what cannot run is a skip with its reason, what crashes a failure."""
    reason = adapter.supports(case)
    if reason is not None:
        return Judgement([run_verdict(case, SKIP, reason)])
    try:
        trace = adapter.run(case)
    except GradrefError:
        raise
    except Exception as error:
        first = (str(error).strip() or "no message").splitlines()[0][:200]
        sentence = f"{case.label}: must run, got {type(error).__name__}: {first}. Run this case alone to see the whole message."
        return Judgement([run_verdict(case, FAIL, sentence)])
    return judge(case, trace, adapter.contract(case), truth, golden, extra)
