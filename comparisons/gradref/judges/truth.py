"""What every implementation of a case is held against: the float64 reference, the exact enclosure, and what rounding may do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gradref_reference import Batch, Case, Enclosure, Parameters, Trace, backprop, enclose
from gradref_reference.enclosure import Spread
from gradref_reference.error_model import Contract, PropagatedBound, propagated_bound

from .claims import Inputs, inputs_of

__all__ = ["Bounds", "Truth", "enclosure_of", "reference_trace"]

BITS = 113
"""Precision of the enclosure: its radius is far below the rounding of float64."""

LARGEST = 10_000_000
"""Multiplications of a forward pass above which no enclosure is computed on the way: it would take longer than everything else."""


class Bounds(dict[Contract, PropagatedBound]):
    """contract -> the propagated bound for some inputs, formed when it is first asked for and shared by all who ask again."""

    def __init__(self, inputs: Inputs):
        super().__init__()
        self.inputs = inputs

    def __missing__(self, contract: Contract) -> PropagatedBound:
        i = self.inputs
        self[contract] = bound = propagated_bound(i.network, i.W, i.b, i.x, i.y, contract)
        return bound


@dataclass(frozen=True, eq=False)
class Truth:
    """Everything known of a case in one dtype, for the numbers an implementation really gets: rounded to it, then exact.

    Each part is computed when it is first asked for.
    """

    case: Case

    @cached_property
    def reference(self) -> Trace:
        """What the float64 reference computes."""
        return reference_trace(self.case)

    @cached_property
    def exact(self) -> Enclosure | None:
        """The exact gradient; None for a network that is too large for it."""
        return enclosure_of(self.case)

    @cached_property
    def bounds(self) -> Bounds:
        """How far rounding can move a run, by its contract; implementations that round alike share theirs."""
        return Bounds(inputs_of(self.case))


def reference_trace(case: Case) -> Trace:
    """The float64 reference on the numbers that an implementation of `case` is given: rounded to its dtype, then exact."""
    W, b, x, y = case.rounded()
    return backprop(case.network, Parameters(W, b), Batch(x, y), "float64")


def enclosure_of(case: Case, spread: Spread | None = None) -> Enclosure | None:
    """The exact gradient of a case for the numbers its implementation really gets; None for a network above `LARGEST`."""
    if len(case.batch) * case.network.parameter_count > LARGEST:
        return None
    W, b, x, y = case.rounded()
    return enclose(case.network, Parameters(W, b), Batch(x, y), bits=BITS, spread=spread)
