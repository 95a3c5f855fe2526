"""The standard suite, one test per case and dtype: every certificate must pass in every framework and mode.

Every run must give what suite_outcomes.toml declares, no more and no less, so that a framework release which changes one is noticed.
"""

import tomllib

import pytest
from support.outcomes import FILE, Outcome, declared, outcomes, write

from gradref.suite import standard_suite
from gradref.suite.cases import HELD_OUT_MINIMUM
from gradref.suite.plan import plan
from gradref.suite.run import run_suite
from gradref.verdict import FAIL, PASS, SKIP, UNDECIDED, RunId, Verdict
from gradref_adapters import registry

SUITE = standard_suite(seed=0)
CASES = {c.name: c for c in SUITE}
DECLARED = declared(SUITE)
RUNS = [(c.name, dtype) for c in SUITE for dtype in c.dtypes]


def changed(found):
    """What is not as declared, in words."""
    return [
        f"{run}: {outcome.kind} {outcome.why} where {DECLARED[run].kind} {DECLARED[run].why} is declared"
        for run, outcome in found.items()
        if outcome != DECLARED[run]
    ]


def check(run):
    """Nothing disagrees, every run gives what is declared, and float64 stays far from its allowance."""
    failures = [v.message for v in run.verdicts if v.verdict == FAIL]
    assert not failures, "\n".join(failures[:10]) + f"\n({len(failures)} in all)"
    rows = [v for v in run.verdicts if v.verdict != SKIP]
    assert not changed(outcomes(run.verdicts)), "python tests/support/outcomes.py writes the table anew: review what changed"
    for v in rows:
        if v.run.dtype == "float64" and v.equation not in ("REF", "ENC", "GOLD", "RUN"):
            assert not v.share > 0.6, f"{v.run}: {v.equation} {v.layer} uses {100 * v.share:.0f} % of its allowance"


@pytest.mark.parametrize(("name", "dtype"), RUNS)
def test_suite_every_check_passes(name, dtype):
    check(run_suite(plan([CASES[name]], dtypes=dtype, only_named=("compile",))))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), [(c.name, dtype) for c in SUITE for dtype in c.compile])
def test_suite_every_check_passes_compiled(name, dtype):
    run = run_suite(plan([CASES[name]], modes="compile", dtypes=dtype))
    if not run.judged:
        pytest.skip(run.unjudged)
    check(run)


@pytest.mark.parametrize("case", [c for c in SUITE if c.held_out is not None], ids=lambda c: c.name)
def test_training_recognises_held_out_digits(case):
    assert case.held_out > HELD_OUT_MINIMUM


def test_suite_is_the_same_for_the_same_seed():
    again = standard_suite(seed=0)
    for one, other in zip(SUITE, again, strict=True):
        for l in one.case.parameters.W:
            assert (one.case.parameters.W[l] == other.case.parameters.W[l]).all()
        assert (one.case.batch.x == other.case.batch.x).all()


def test_ternary_case_really_meets_the_kink():
    case = next(c.case for c in SUITE if c.name == "ternary-kinks")
    z = case.batch.x @ case.parameters.W[1].T + case.parameters.b[1]
    assert (z == 0).mean() > 0.05


# --- the table of declared outcomes ---------------------------------------------------------------------------------------


@pytest.mark.skipif(bool(registry.missing()), reason="the table was written with every framework")
def test_the_table_declares_every_run_of_the_plan():
    work = plan(SUITE)
    planned = {RunId.of(case): reason for c in SUITE for dtype in work.dtypes_of(c) for case, reason in work.runs(c, dtype)}
    assert DECLARED.keys() == planned.keys()
    for run, reason in planned.items():
        if reason is not None:
            assert DECLARED[run] == Outcome("skip", reason)


def test_the_table_is_as_it_is_written():
    assert write(DECLARED, SUITE) == FILE.read_text(encoding="utf-8")


def test_the_table_says_why_each_run_is_skipped():
    for rule in tomllib.loads(FILE.read_text(encoding="utf-8"))["expected"]:
        assert (rule["outcome"] == "skip") == bool(rule.get("why"))
        assert rule["outcome"] not in ("pass", "fail")


RUN = RunId("ternary-kinks", "torch", "eager", "float32")


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([Verdict(RUN, "BP4", 1, "dW[1]", PASS, blind=0.0)], Outcome("pass")),
        ([Verdict(RUN, "BP4", 1, "dW[1]", PASS, blind=1.0)], Outcome("blind")),
        ([Verdict(RUN, "BP4", 1, "dW[1]", FAIL)], Outcome("fail")),
        ([Verdict(RUN, "RUN", 0, "", SKIP, finding="no such mode")], Outcome("skip", "no such mode")),
        ([Verdict(RUN, "EXACT", 1, "layer1.W", UNDECIDED, rule="kink")], Outcome("convention")),
        ([Verdict(RUN, "BP4", 1, "dW[1]", UNDECIDED, rule="overflow", blind=0.5)], Outcome("overflow")),
    ],
)
def test_any_other_outcome_than_the_declared_one_is_seen(rows, outcome):
    """Better or worse: the case declares a kink."""
    assert DECLARED[RUN] == Outcome("kink")
    found = outcomes(rows)
    assert found == {RUN: outcome}
    (told,) = changed(found)
    assert told.startswith(f"torch eager float32 · ternary-kinks: {outcome.kind} ")
    assert "where kink  is declared" in told


def test_the_declared_outcome_is_no_change():
    assert (
        changed(outcomes([Verdict(RUN, "BP2", 1, "delta[1]", UNDECIDED, rule="kink"), Verdict(RUN, "BP3", 1, "db[1]", PASS)]))
        == []
    )
