"""Judging one run: rows are named after what was run, nothing is dropped unsaid, and no adapter can end the session."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.judges import Subject, Truth, judge
from gradref.suite import standard_suite
from gradref.suite.plan import plan
from gradref.suite.run import run_and_judge, run_suite
from gradref.verdict import FAIL, PASS, SKIP
from gradref_adapters import registry
from gradref_adapters.numpy.adapter import NumpyAdapter
from gradref_reference import DataError, MissingFrameworkError, Trace, backprop
from gradref_reference.error_model import contract_for

SUITE = {c.name: c for c in standard_suite(seed=0)}
CASE = replace(SUITE["golden-g1"].case, framework="mine", mode="plain")
TRUTH = Truth(CASE)


class Mine(NumpyAdapter):
    """Somebody's adapter: right, and silent about who it is."""

    name = "mine"

    def modes(self):
        return ("plain",)

    def supports(self, case):
        return None

    def contract(self, case):
        return contract_for("any", case.dtype)

    def run(self, case):
        t = backprop(case.network, case.parameters, case.batch, case.dtype)
        return Trace(t.a, t.z, t.delta, t.dW, t.db, t.cost, case.dtype)


def _raising(error):
    def member(self, case):
        raise error

    return member


def _answering(value):
    return lambda self, case: value


def _run(**members):
    return run_and_judge(CASE, type("Theirs", (Mine,), members)(), TRUTH, SUITE["golden-g1"].golden).verdicts


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rows_are_named_after_what_was_run(dtype):
    case = replace(CASE, dtype=dtype)
    judgement = run_and_judge(case, Mine(), Truth(case))
    assert {v.run[1:4] for v in judgement.verdicts} == {("mine", "plain", dtype)}
    assert {v.verdict for v in judgement.verdicts} == {PASS}
    assert (judgement.trace.framework, judgement.trace.mode, judgement.trace.dtype) == ("mine", "plain", dtype)


def test_trace_that_calls_itself_another_framework_is_named_after_what_was_run():
    def run(self, case):
        return replace(Mine.run(self, case), framework="torch", mode="eager")

    assert {v.run[1:3] for v in _run(run=run)} == {("mine", "plain")}


@pytest.mark.parametrize("member", ["run", "contract"])
def test_answer_for_another_dtype_is_one_failing_row(member):
    case = replace(CASE, dtype="float32")
    theirs = type("Wide", (Mine,), {member: lambda self, case: getattr(Mine, member)(self, replace(case, dtype="float64"))})
    (row,) = run_and_judge(case, theirs(), Truth(case)).verdicts
    assert (row.equation, row.verdict, row.run.framework, row.run.dtype) == ("RUN", FAIL, "mine", "float32")
    assert row.message == (
        f"mine plain float32 · golden-g1: {member} must answer for float32, got float64. Compute in the dtype of the case, and say so."
    )


@pytest.mark.parametrize("member", ["supports", "contract", "run"])
@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("the kernel died\nwith details"),
        DataError("x: must be finite."),
        SystemExit(0),
        SystemExit("bye"),
        KeyError("w"),
    ],
    ids=repr,
)
def test_adapter_that_raises_is_one_failing_row(member, error):
    (row,) = _run(**{member: _raising(error)})
    assert (row.equation, row.verdict, row.run.framework) == ("RUN", FAIL, "mine")
    assert row.message.startswith(f"mine plain float64 · golden-g1: {member} must return ")
    assert f"got {type(error).__name__}: " in row.message
    assert "details" not in row.message


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("run", None),
        ("run", {}),
        ("contract", None),
        ("contract", "any"),
        ("supports", False),
        ("supports", True),
        ("supports", ""),
    ],
)
def test_adapter_that_answers_nonsense_is_one_failing_row(member, value):
    (row,) = _run(**{member: _answering(value)})
    assert (row.equation, row.verdict, row.run.framework) == ("RUN", FAIL, "mine")
    assert f"{member} must return" in row.message
    assert f"got {value!r}. See gradref_adapters.protocol." in row.message


@pytest.mark.parametrize("member", ["supports", "contract", "run"])
def test_adapter_whose_framework_is_not_here_is_skipped(member):
    (row,) = _run(**{member: _raising(MissingFrameworkError("mine: not installed. Install it."))})
    assert (row.equation, row.verdict, row.message) == ("RUN", SKIP, "mine: not installed. Install it.")


@pytest.mark.parametrize("member", ["supports", "contract", "run"])
def test_interrupt_is_none_of_the_adapters_business(member):
    with pytest.raises(KeyboardInterrupt):
        _run(**{member: _raising(KeyboardInterrupt())})


def test_adapter_that_leaves_fails_the_run_and_the_next_case_is_run(monkeypatch):
    class Leaving(Mine):
        def run(self, case):
            if case.name == "golden-g1":
                raise SystemExit(0)
            return super().run(case)

    monkeypatch.setattr(registry, "get", lambda name: Leaving())
    run = run_suite(plan([SUITE["golden-g1"], SUITE["batch-of-one"]], ["numpy"], dtypes=["float64"]))
    assert run.exit_code == 1
    assert [v.equation for v in run.verdicts if v.verdict == FAIL] == ["RUN"]
    assert any(v.run.case == "batch-of-one" and v.verdict == PASS for v in run.verdicts)


def _judged(name, **fields):
    case, golden, exact = SUITE[name].case, SUITE[name].golden, SUITE[name].exact
    trace = backprop(case.network, case.parameters, case.batch)
    for tensor, value in fields.items():
        trace = replace(trace, **{tensor: value(getattr(trace, tensor))})
    return judge(Subject(case, trace, contract_for("numpy", "float64"), Truth(case), golden, exact)).verdicts


def _shape(verdicts):
    return [(v.equation, v.layer, v.parameter) for v in verdicts]


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_infinite_cost_leaves_every_other_row(value):
    honest, found = _judged("golden-g1"), _judged("golden-g1", cost=lambda c: value)
    assert _shape(found) == _shape(honest)
    assert [(v.equation, v.parameter) for v in found if v.verdict == FAIL] == [("COST", "cost")]
    (skip,) = [v for v in found if v.verdict == SKIP]
    assert (skip.equation, skip.parameter) == ("GOLD", "cost")
    assert "cost was not judged, because it is NaN or infinite" in skip.message
    assert {v.verdict for v in found} == {PASS, FAIL, SKIP}


def test_tensor_with_nan_fails_once_and_is_skipped_with_its_reason_elsewhere():
    honest, found = _judged("golden-g1"), _judged("golden-g1", dW=lambda d: {**d, 1: d[1] * np.nan})
    assert _shape(found) == _shape(honest)
    assert [v.equation for v in found if v.verdict == FAIL] == ["BP4"]
    skips = [v for v in found if v.verdict == SKIP]
    assert [(v.equation, v.parameter) for v in skips] == [(e, "dW[1]") for e in ("REF", "ENC", "GOLD")]
    assert all(
        "dW[1] was not judged, because it is NaN or infinite. See the row of its own equation." in v.message for v in skips
    )


def test_missing_tensor_is_a_skip_in_every_comparison():
    found = _judged("exact-0-1", db=lambda d: {l: v for l, v in d.items() if l != 2})
    assert [(v.equation, v.parameter, v.rule) for v in found if v.verdict == FAIL] == [("BP3", "db[2]", "structure")]
    skips = [v for v in found if v.verdict == SKIP]
    assert [(v.equation, v.parameter) for v in skips] == [("REF", "db[2]"), ("ENC", "db[2]"), ("EXACT", "")]
    assert all("missing or malformed" in v.message for v in skips)
    assert "the run was not compared bit for bit, because db[2] is missing or malformed" in skips[-1].message
    assert any(v.equation == "REF" and v.verdict == PASS for v in found)
