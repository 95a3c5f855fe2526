"""NumPy: the reference implementation, an adapter like any other.

Its certificates prove little: the estimates take σ, σ' and the cost factors from the reference and their products from the same BLAS,
so in float64 their share is 0 but for last bits, right or wrong (`tests/meta/test_reference_independence.py`). ENC (ball
arithmetic), GOLD, EXACT and the finite differences of `tests/reference` judge it independently; REF compares it with itself.
"""

from __future__ import annotations

import numpy as np

from gradref_reference import Case, Trace
from gradref_reference.error_model.contract import Contract, contract_for
from gradref_reference.trace import Layers

from ..protocol import Finding
from ..running import Result, refuse_unsupported, trace_of, unknown_mode
from .environment import why_not_device
from .findings import findings
from .modes import MODES

__all__ = ["NumpyAdapter"]


class NumpyAdapter:
    """`gradref_reference.backprop`, in float64 and float32, and as the equations are written in float64."""

    name = "numpy"

    def version(self) -> str:
        return np.__version__

    def modes(self) -> tuple[str, ...]:
        return tuple(MODES)

    def supports(self, case: Case) -> str | None:
        if reason := unknown_mode(self, case):
            return reason
        if case.dtype not in ("float64", "float32"):
            return f"numpy: dtype must be float64 or float32, got {case.dtype!r}. NumPy has no matrix product for others."
        if case.mode == "textbook" and case.dtype != "float64":
            return f"numpy: dtype must be float64 in mode textbook, which adds row after row, got {case.dtype!r}. Use reference."
        return why_not_device(case.device)

    def run(self, case: Case) -> Trace:
        refuse_unsupported(self, case)
        trace = MODES[case.mode](case)
        result = Result(trace.dW, trace.db, trace.delta, trace.cost, trace.z, trace.a)
        return trace_of(self, case, result, _copies, trace.seconds)

    def uninstrumented(self, case: Case) -> tuple[Layers, Layers]:
        trace = self.run(case)  # the reference computes every quantity anyway
        return trace.dW, trace.db

    def contract(self, case: Case) -> Contract:
        return contract_for(self.name, case.dtype, case.mode)

    def findings(self) -> list[Finding]:
        return findings()


def _copies(layers: Layers) -> Layers:
    """The reference hands out its inputs and shares arrays between layers; a trace owns its own."""
    return {l: np.array(value, np.float64) for l, value in layers.items()}
