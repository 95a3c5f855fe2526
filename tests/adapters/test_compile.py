"""torch.compile: one graph per structure and format, the user's gradients, no warnings."""

import numpy as np
import pytest

from gradref.judges import certify_case
from gradref_adapters import registry
from gradref_adapters.running import changed_by_tracing
from gradref_adapters.torch.environment import why_not_compile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not_compile() is not None, reason=str(why_not_compile())),
]


def test_compiled_gradients_are_certified_untouched_by_tracing_and_share_one_graph(small, problem):
    adapter, case = registry.get("torch"), small.on("torch", "compile", "float32")
    trace = adapter.run(case)
    certificates = certify_case(case, trace, adapter.contract(case))
    assert certificates.passed, [v.message for v in certificates.verdicts if v.verdict == "fail"]
    assert "compilation included" in trace.notes[0]
    assert changed_by_tracing(trace, *adapter.uninstrumented(case)) is None

    again = adapter.run(case)
    assert again.notes == ()
    assert all((trace.dW[l] == again.dW[l]).all() for l in trace.dW)

    other = problem(small.network, seed=2, labels=True).on("torch", "compile", "float32")
    shared = adapter.run(other)
    assert shared.notes == ()  # other numbers, same graph
    assert not np.array_equal(shared.dW[1], trace.dW[1])
    assert certify_case(other, shared, adapter.contract(other)).passed
