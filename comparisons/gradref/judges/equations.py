"""Rows LIN to BP4: every equation evaluated again from the trace's own tensors, with an allowance that is derived and not chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from gradref_reference import Batch, Case, Network, Parameters, Trace
from gradref_reference.checks import expect
from gradref_reference.error_model import Contract
from gradref_reference.network import check_problem

from ..verdict import FAIL, Verdict, to_frame
from .claims import claims
from .measure import ENTRIES, measure
from .structure import Key
from .subject import Subject

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Certificates", "certificates", "certify", "certify_case", "rows"]


@dataclass(frozen=True, eq=False)
class Certificates:
    """The verdicts on one trace, in the order of cause.

    shares : (equation, layer) -> the share of the allowance that every entry used, in the shape of its tensor.
    broken : tensor -> the rule by which it fails, where that leaves nothing to compare: "structure" or "finite".
    """

    verdicts: list[Verdict]
    shares: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    broken: dict[Key, str] = field(default_factory=dict)

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


def rows(subject: Subject) -> list[Verdict]:
    """Rows LIN l, ACT l, COST, BP1, BP2 l, BP3 l, BP4 l."""
    return certificates(subject).verdicts


def certificates(subject: Subject) -> Certificates:
    """The same rows with the share that every entry used."""
    found, contract = Certificates([]), subject.contract
    with np.errstate(all="ignore"):
        start = perf_counter()
        for claim in claims(subject.inputs, subject.trace, contract):
            m = None
            if claim.actual is not None and claim.estimate is not None:
                statistics = not (claim.equation == "ACT" and contract.narrow)
                m = measure(claim.actual, claim.estimate, contract.form, statistics)
                if m.rule == "statistics":  # once more, with an eye on what repeats: it proves nothing twice
                    statistics = np.unique(claim.actual).size >= ENTRIES
                    m = measure(claim.actual, claim.careful or claim.estimate, contract.form, statistics)
                found.shares[claim.equation, claim.layer] = m.shares
            now = perf_counter()
            verdict = subject.claim_row(claim, m, now - start)
            found.verdicts.append(verdict)
            if verdict.rule in ("structure", "finite"):
                found.broken[claim.key] = verdict.rule
            start = now
    return found


def certify_case(case: Case, trace: Trace, contract: Contract | None = None) -> Certificates:
    """Judge every equation of a trace.

    Parameters
    ----------
    case : what the implementation was asked to compute.
    trace : what it computed; the rows are named after the framework, mode and dtype it says.
    contract : how it rounds; the table's entry for its framework, mode and dtype when none is given.
    """
    return certificates(Subject.of(case, trace, contract))


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
    check_problem(network, parameters, batch)
    expect("trace", trace, Trace, "Pass what an adapter or gradref.backprop returned.")
    return certify_case(Case(network, parameters, batch), trace).frame()
