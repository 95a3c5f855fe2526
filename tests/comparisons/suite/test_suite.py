"""The standard suite, one test per case and dtype: every certificate must pass in every framework and mode."""

import pytest

from gradref.suite import standard_suite
from gradref.suite.cases import HELD_OUT_MINIMUM
from gradref.suite.plan import plan
from gradref.suite.run import run_suite
from gradref.verdict import FAIL, PASS, SKIP

SUITE = standard_suite(seed=0)
CASES = {c.name: c for c in SUITE}
RUNS = [(c.name, dtype) for c in SUITE for dtype in c.dtypes]


def check(run):
    """Nothing disagrees, every run that took place saw something, and float64 stays far from its allowance."""
    failures = [v.message for v in run.verdicts if v.verdict == FAIL]
    assert not failures, "\n".join(failures[:10]) + f"\n({len(failures)} in all)"
    rows = [v for v in run.verdicts if v.verdict != SKIP]
    assert {v.run for v in rows} == {v.run for v in rows if v.verdict == PASS}
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
