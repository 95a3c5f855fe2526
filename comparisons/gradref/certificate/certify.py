"""The way through: a trace in, one verdict per equation and layer out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from gradref_reference import Batch, Case, Network, Parameters, Trace
from gradref_reference.error_model import Contract, contract_for

from ..verdict import FAIL, PASS, SKIP, UNDECIDED, Verdict, to_frame
from .estimates import Claim, Inputs, claims
from .hints import hint
from .judge import ENTRIES, Judgement, judge
from .messages import (
    formula,
    kink_message,
    mismatch_message,
    missing_message,
    overflow_message,
    structure_message,
    where,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Certificates", "certify", "certify_case", "certify_trace", "inputs_of", "row"]


def _keep_freed_blocks() -> None:
    """Let glibc keep freed blocks of up to 16 MiB for the next array, in the whole process and for good.

    As it starts, glibc asks the system for every block above 128 KiB and gives it back when it is freed, so that each certificate
    meets the temporary arrays of the last one as fresh pages: 300 page faults and a sixth of the time for 784-30-10 and 100 samples.
    Freeing one such block raises that threshold to its size (mallopt(3), M_MMAP_THRESHOLD); the block is never written to and costs
    no memory. Where another allocator is at work, this does nothing.
    """
    block = np.empty(2**21)
    del block


_keep_freed_blocks()  # on import: what is asked of the allocator holds for all certificates


@dataclass(frozen=True, eq=False)
class Certificates:
    """The verdicts on one trace, in the order of cause, and the share of the allowance that every entry used.

    `shares` is keyed by (equation, layer); each array has the shape of its tensor.
    """

    verdicts: list[Verdict]
    shares: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when no equation fails."""
        return all(v.verdict != FAIL for v in self.verdicts)

    @property
    def root(self) -> Verdict | None:
        """The first failing equation in the order of cause: where to look. None when nothing fails."""
        return next((v for v in self.verdicts if v.verdict == FAIL), None)

    def frame(self) -> pd.DataFrame:
        """One row per equation and layer."""
        return to_frame(self.verdicts)


def inputs_of(case: Case) -> Inputs:
    """The numbers of a case as its implementation was given them."""
    W, b, x, y = case.rounded()
    return Inputs(case.network, W, b, x, case.network.targets(Batch(x, y)))


def certify_case(case: Case, trace: Trace, contract: Contract | None = None) -> Certificates:
    """Judge every equation of a trace.

    Parameters
    ----------
    case : what the implementation was asked to compute.
    trace : what it computed.
    contract : how it rounds; the table's entry for its framework, mode and dtype when none is given.

    Returns
    -------
    Certificates : rows LIN l, ACT l, COST, BP1, BP2 l, BP3 l, BP4 l.
    """
    contract = contract or contract_for(trace.framework, trace.dtype, trace.mode)
    return certify_trace(inputs_of(replace(case, dtype=trace.dtype)), trace, contract, case.name, case.device)


def certify(network: Network, parameters: Parameters, batch: Batch, trace: Trace) -> pd.DataFrame:
    """Judge every equation of a trace: a DataFrame with one row per equation and layer, columns of `Verdict`.

    Raises `ShapeError` or `DataError` when parameters and batch do not fit the network.

    >>> import numpy as np, gradref
    >>> network = gradref.Network((2, 3, 1), "tanh")
    >>> rng = np.random.default_rng(0)
    >>> parameters = gradref.initialize(network, rng)
    >>> batch = gradref.Batch(rng.standard_normal((5, 2)), rng.standard_normal((5, 1)))
    >>> frame = certify(network, parameters, batch, gradref.backprop(network, parameters, batch))
    >>> list(frame.equation), set(frame.verdict)
    (['LIN', 'ACT', 'LIN', 'ACT', 'COST', 'BP1', 'BP2', 'BP3', 'BP4', 'BP3', 'BP4'], {'pass'})
    """
    network.check(parameters, batch)
    case = Case(network, parameters, batch, trace.dtype, trace.framework, trace.mode)
    return certify_case(case, trace).frame()


def certify_trace(inputs: Inputs, trace: Trace, contract: Contract, case: str = "case", device: str = "cpu") -> Certificates:
    """The work itself, without tables: `Inputs` are already rounded to the trace's format."""
    verdicts, shares = [], {}
    with np.errstate(all="ignore"):
        start = perf_counter()
        for claim in claims(inputs, trace, contract):
            judgement = None
            if claim.actual is not None and claim.estimate is not None:
                statistics = not (claim.equation == "ACT" and contract.narrow)
                judgement = judge(claim.actual, claim.estimate, contract.form, statistics)
                if judgement.rule == "statistics":  # once more, with an eye on what repeats: it proves nothing twice
                    statistics = np.unique(claim.actual).size >= ENTRIES
                    judgement = judge(claim.actual, claim.careful or claim.estimate, contract.form, statistics)
                shares[claim.equation, claim.layer] = judgement.shares
            now = perf_counter()
            verdicts.append(row(claim, judgement, inputs, trace, case, device, now - start))
            start = now
    return Certificates(verdicts, shares)


def row(claim: Claim, j: Judgement | None, inputs: Inputs, trace: Trace, case: str, device: str, seconds: float) -> Verdict:
    """The verdict row of one claim; the message is written only where something must be said."""
    at = (case, trace.framework, trace.mode, trace.dtype, device, claim.equation, claim.layer, claim.parameter)
    place = where(trace, case, claim.equation, claim.layer)
    if claim.problem is not None:
        return Verdict(*at, FAIL, rule="structure", message=structure_message(place, claim.parameter, claim.problem))
    if j is None:
        return Verdict(*at, SKIP, message=missing_message(place, claim.parameter, claim.missing or "an input"))
    message = ""
    if j.verdict == FAIL:
        law = formula(claim.equation, claim.layer, inputs.network)
        message = mismatch_message(place, claim.parameter, law, j, hint(claim, inputs, trace))
    elif j.rule == "overflow":
        message = overflow_message(place, claim.parameter, formula(claim.equation, claim.layer, inputs.network), trace.dtype, j)
    elif j.verdict == UNDECIDED:
        message = kink_message(place, claim.parameter, j)
    return Verdict(
        *at,
        j.verdict if j.verdict in (PASS, FAIL) else UNDECIDED,
        entries=j.entries,
        failing=j.failing,
        undecided=j.undecided,
        worst_index=str(list(j.worst)),
        actual=j.actual,
        expected=j.expected,
        allowance=j.allowance,
        max_abs=j.max_abs,
        max_rel=j.max_rel,
        max_ulp=j.max_ulp,
        share=j.share,
        rms_sigma=j.rms_sigma,
        max_sigma=j.max_sigma,
        blind=j.blind,
        rule=j.rule,
        message=message,
        seconds=seconds,
    )
