"""NumPy: the reference implementation, an adapter like any other.

Its certificates prove little: the estimates take σ, σ' and the cost factors from the reference and their products from the same BLAS,
so in float64 their share is 0 but for last bits, right or wrong (`tests/meta/test_reference_independence.py`). ENC (ball
arithmetic), GOLD, EXACT and the finite differences of `tests/reference` judge it independently; REF compares it with itself.
"""

from __future__ import annotations

import numpy as np

from gradref_reference import Case, Trace, backprop
from gradref_reference.error_model.contract import Contract, contract_for
from gradref_reference.trace import Layers

from .numpy_findings import numpy_findings
from .protocol import Finding
from .running import refuse_unsupported, unknown_mode

__all__ = ["NumpyAdapter"]


class NumpyAdapter:
    """`gradref_reference.backprop` in float64 and float32."""

    name = "numpy"

    def version(self) -> str:
        return np.__version__

    def modes(self) -> tuple[str, ...]:
        return ("reference",)

    def supports(self, case: Case) -> str | None:
        if reason := unknown_mode(self, case):
            return reason
        if case.dtype not in ("float64", "float32"):
            return f"numpy: dtype must be float64 or float32, got {case.dtype!r}. NumPy has no matrix product for others."
        if case.device != "cpu":
            return f"numpy: device must be cpu, got {case.device!r}. NumPy runs nowhere else."
        return None

    def run(self, case: Case) -> Trace:
        refuse_unsupported(self, case)
        trace = backprop(case.network, case.parameters, case.batch, case.dtype)
        return Trace(
            a=_copies(trace.a),
            z=_copies(trace.z),
            delta=_copies(trace.delta),
            dW=_copies(trace.dW),
            db=_copies(trace.db),
            cost=trace.cost,
            dtype=case.dtype,
            framework=self.name,
            mode=case.mode,
            version=self.version(),
            seconds=trace.seconds,
        )

    def uninstrumented(self, case: Case) -> tuple[Layers, Layers]:
        trace = self.run(case)  # the reference computes every quantity anyway
        return trace.dW, trace.db

    def contract(self, case: Case) -> Contract:
        return contract_for(self.name, case.dtype, case.mode)

    def findings(self) -> list[Finding]:
        return numpy_findings()


def _copies(layers: Layers) -> Layers:
    """The reference hands out its inputs and shares arrays between layers; a trace owns its own."""
    return {l: np.array(value, np.float64) for l, value in layers.items()}
