"""Running a suite: what is missing is said, what crashes fails, what is interrupted keeps what was finished."""

import numpy as np
import pytest

from gradref.judges import Truth
from gradref.suite import standard_suite
from gradref.suite.plan import plan
from gradref.suite.run import pooled, run_suite
from gradref.verdict import FAIL, PASS, SKIP, to_frame
from gradref_adapters import registry
from gradref_adapters.numpy.adapter import NumpyAdapter
from gradref_reference import MissingFrameworkError, SpecificationError

SMALL = [c for c in standard_suite(seed=0) if c.name in ("golden-g1", "batch-of-one")]


def _with(monkeypatch, adapter):
    """Let the registry hand out `adapter` as numpy's."""
    real = registry.get
    monkeypatch.setattr(registry, "get", lambda name: adapter if name == "numpy" else real(name))


def test_plan_names_a_framework_nobody_registered():
    with pytest.raises(SpecificationError, match="Did you mean 'torch'"):
        plan(SMALL, frameworks=["troch"])


def test_missing_framework_is_a_skip_with_its_reason(monkeypatch):
    real = registry.get

    def get(name):
        if name == "torch":
            raise MissingFrameworkError("PyTorch is not installed. Run: pip install 'gradref[torch]'.")
        return real(name)

    monkeypatch.setattr(registry, "get", get)
    run = run_suite(plan(SMALL, ["numpy", "torch"], dtypes=["float64"]))
    assert run.ok
    (skip,) = [v for v in run.verdicts if v.verdict == SKIP]
    assert (skip.run.framework, skip.run.case) == ("torch", "*")
    assert "pip install" in skip.message
    with pytest.raises(MissingFrameworkError, match="not installed"):
        plan(SMALL, ["torch"])


def test_crash_of_an_adapter_fails_and_the_rest_goes_on(monkeypatch):
    class Crashing(NumpyAdapter):
        def run(self, case):
            if case.name == "golden-g1":
                raise RuntimeError("the kernel died\nwith details")
            return super().run(case)

    _with(monkeypatch, Crashing())
    run = run_suite(plan(SMALL, ["numpy"], ["reference"], ["float64"]))
    assert not run.ok
    (failure,) = [v for v in run.verdicts if v.verdict == FAIL]
    assert failure.equation == "RUN"
    assert "RuntimeError: the kernel died" in failure.message
    assert "details" not in failure.message
    assert {v.run.case for v in run.verdicts if v.verdict == PASS} == {"batch-of-one"}


@pytest.mark.parametrize("member", ["supports", "run", "contract"])
def test_an_adapter_that_quits_the_process_is_a_failure_that_names_it(monkeypatch, member):
    def quits(case):
        raise SystemExit(0)

    adapter = NumpyAdapter()
    setattr(adapter, member, quits)
    _with(monkeypatch, adapter)
    run = run_suite(plan(SMALL, ["numpy"], ["reference"], ["float64"]))
    assert run.exit_code == 1
    assert all(v.message.startswith("numpy reference float64 · ") and "SystemExit" in v.message for v in run.verdicts)


def test_interrupt_before_anything_is_finished_is_raised(monkeypatch):
    class Interrupted(NumpyAdapter):
        def run(self, case):
            raise KeyboardInterrupt

    _with(monkeypatch, Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run_suite(plan(SMALL, ["numpy"], ["reference"], ["float64"]))


def test_interrupt_keeps_what_was_finished(monkeypatch):
    class Interrupted(NumpyAdapter):
        def run(self, case):
            if case.name == "batch-of-one":
                raise KeyboardInterrupt
            return super().run(case)

    _with(monkeypatch, Interrupted())
    run = run_suite(plan(SMALL, ["numpy"], ["reference"], ["float64"]))
    assert run.interrupted
    assert not run.ok
    assert {v.run.case for v in run.verdicts} == {"golden-g1"}
    assert (run.finished, run.planned, run.exit_code) == (1, 2, 130)


def test_rows_have_every_column_and_a_rerun_command_where_something_is_wrong(monkeypatch):
    class Sloppy(NumpyAdapter):
        def run(self, case):
            trace = super().run(case)
            trace.db[1][0] *= 1 + 1e-9
            return trace

    _with(monkeypatch, Sloppy())
    run = run_suite(plan(SMALL, ["numpy"], ["reference"], ["float64"]), seed=0)
    frame = to_frame(run.verdicts)
    bad = frame[frame.verdict == FAIL]
    assert set(bad.parameter) == {"db[1]"}
    assert {"BP3", "ENC", "GOLD", "EXACT"} & set(bad.equation) >= {"BP3", "ENC"}
    assert bad.rerun.str.contains("gradref report --case").all()
    assert run.rulings
    assert "db" in run.rulings[0].parameter or "layer1.b" in run.rulings[0].parameter


def test_truth_of_a_case_is_enclosed():
    truth = Truth(SMALL[0].case)
    assert truth.exact is not None
    for l in truth.reference.dW:
        assert truth.exact.dW[l].contains(truth.reference.dW[l]).all()  # G1 is exact in float64


def test_pooled_map_keeps_the_largest_share():
    share = np.zeros((100, 50))
    share[77, 49] = 3.0
    share[2, 2] = np.nan
    small = pooled(share)
    assert small.shape == (24, 24)
    assert small.max() == pytest.approx(6e4)  # NaN shows as the worst
    assert (small == 3.0).sum() == 1
