"""Exact probes judge every adapter; conventions at kinks are named."""

import numpy as np
import pytest

from gradref.judges import Subject, exact
from gradref.verdict import FAIL, PASS, SKIP, UNDECIDED
from gradref_adapters.registry import available
from gradref_reference import Batch, Case, Network, Parameters
from gradref_reference.exact_probes import exact_probes


def judge_exact(case, trace):
    return exact.rows(Subject.of(case, trace, exact=True))


PROBES = exact_probes(6, seed=1)
# how many probes: JAX compiles every shape anew; the suite runs many more
RUNS = [
    pytest.param(f, m, probe, id=f"{f}-{probe.case.name}")
    for f, m, count in (("numpy", "reference", 6), ("torch", "eager", 6), ("jax", "grad", 1))
    if f in available()
    for probe in PROBES[:count]
]


@pytest.mark.parametrize(("framework", "mode", "probe"), RUNS)
def test_adapters_compute_exact_probes_to_the_bit(framework, mode, probe):
    adapter = available()[framework]
    for case in probe.cases():
        case = case.on(framework, mode)
        if adapter.supports(case) is None:
            verdicts = judge_exact(case, adapter.run(case))
            assert {v.verdict for v in verdicts} <= {PASS, UNDECIDED}, verdicts[0].message
            assert len(verdicts) == 1 + 2 * case.network.L
            assert {v.equation for v in verdicts} == {"EXACT"}


@pytest.mark.parametrize(("framework", "verdict"), [("torch", PASS), ("jax", UNDECIDED)])
def test_leaky_relu_at_zero_is_reported_as_a_convention(framework, verdict):
    if framework not in available():
        pytest.skip(f"{framework} is not installed")
    adapter = available()[framework]
    case = Case(
        Network((2, 1), ("leaky_relu(0.25)",)),
        Parameters({1: [[1.0, -1.0]]}, {1: [0.0]}),
        Batch([[1.0, 1.0], [2.0, 1.0]], [[2.0], [0.0]]),
        framework=framework,
        mode=adapter.modes()[0],
    )
    verdicts = judge_exact(case, adapter.run(case))
    assert {v.verdict for v in verdicts} == {verdict}
    if verdict == UNDECIDED:
        assert "leaky_relu(0.25) takes σ'(0) = 1, the right derivative" in verdicts[0].message
        assert {v.rule for v in verdicts} == {"kink"}


def test_cases_that_are_no_probe_get_no_verdict():
    adapter = available()["numpy"]
    case = Case(Network((1, 1), "tanh"), Parameters({1: [[1.0]]}, {1: [0.0]}), Batch([[1.0]], [[1.0]]))
    assert judge_exact(case, adapter.run(case)) == []


def test_formats_that_cannot_hold_the_numbers_are_skipped():
    adapter = available()["numpy"]
    case = Case(Network((1, 1), "identity"), Parameters({1: [[4097.0]]}, {1: [0.0]}), Batch([[4097.0]], [[1.0]]), "float32")
    (row,) = judge_exact(case, adapter.run(case))
    assert row.verdict == SKIP
    assert "float32" in row.message


def test_nan_fails():
    case = PROBES[0].case
    trace = available()["numpy"].run(case)
    trace.dW[1][0, 0] = np.nan
    assert any(v.verdict == FAIL for v in judge_exact(case, trace))
