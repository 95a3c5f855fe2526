"""The plain table: planted differences are found in the right entry, and what two right runs may differ by is never less than they do."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.judges import Subject, Truth, judge
from gradref.suite import standard_suite
from gradref.suite.differences import differences
from gradref.suite.plan import plan
from gradref.suite.run import run_suite
from gradref_adapters import registry
from gradref_reference import backprop
from gradref_reference.error_model import contract_for

CASES = {c.name: c for c in standard_suite(seed=0)}
CASE = CASES["square-layers"].case


def subject(framework, mode="plain", broken=None, **planted):
    """A run of the case by somebody, with some entries changed: dW2=((1, 3), value)."""
    trace = backprop(CASE.network, CASE.parameters, CASE.batch)
    for name, (at, value) in planted.items():
        layers = {l: v.copy() for l, v in getattr(trace, name[:2]).items()}
        layers[int(name[2])][at] = value
        trace = replace(trace, **{name[:2]: layers})
    case = replace(CASE, framework=framework, mode=mode)
    return Subject(case, trace, contract_for("numpy", "float64"), Truth(CASE), broken=broken or {})


def rows(*subjects):
    return {(d.one, d.other, d.parameter): d for d in differences(subjects)}


def test_equal_gradients_have_the_same_bits():
    found = rows(subject("a"), subject("b"))
    assert set(found) == {("a", "b", f"{name}[{l}]") for l in (1, 2, 3) for name in ("dW", "db")}
    assert {(d.differing, d.max_abs, d.max_rel) for d in found.values()} == {(0, 0.0, 0.0)}


def test_planted_differences_are_found_in_their_entries():
    base = backprop(CASE.network, CASE.parameters, CASE.batch).dW[2]
    large, small = np.unravel_index(np.argmax(np.abs(base)), base.shape), np.unravel_index(np.argmin(np.abs(base)), base.shape)
    one = subject("a")
    other = subject("b", dW2=(large, base[large] * 1.5))
    other.trace.dW[2][small] *= 3
    d = rows(one, other)["a", "b", "dW[2]"]
    assert d.differing == 2
    assert (d.abs_at, d.rel_at) == (str([int(i) for i in large]), str([int(i) for i in small]))
    assert (d.one_value, d.other_value) == (base[large], base[large] * 1.5)
    assert d.max_abs == abs(d.other_value - d.one_value)
    assert d.max_rel == pytest.approx(2 / 3, rel=1e-12)
    assert 0 < d.abs_allowed < 1e-12
    assert d.rel_allowed == pytest.approx(2 * one.bound.dW[2][small] / abs(3 * base[small]), rel=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_infinitely_far(value):
    d = rows(subject("a"), subject("b", db1=((2,), value)))["a", "b", "db[1]"]
    assert (d.max_abs, d.abs_at, d.max_rel, d.differing) == (np.inf, "[2]", np.inf, 1)


def test_the_same_infinity_is_no_difference():
    d = rows(subject("a", db1=((2,), np.inf)), subject("b", db1=((2,), np.inf)))["a", "b", "db[1]"]
    assert (d.max_abs, d.differing) == (0.0, 0)


def test_the_modes_that_are_furthest_apart_are_named():
    base = backprop(CASE.network, CASE.parameters, CASE.batch).db[3]
    near, far = subject("b", "near", db3=((0,), base[0] + 1e-9)), subject("b", "far", db3=((1,), base[1] + 1e-3))
    d = rows(subject("a"), near, far)["a", "b", "db[3]"]
    assert (d.abs_one_mode, d.abs_other_mode, d.abs_at) == ("plain", "far", "[1]")


def test_a_tensor_that_is_malformed_has_no_row():
    found = rows(subject("a"), subject("b", broken={("dW", 2): "structure"}), subject("c"))
    assert ("a", "b", "dW[2]") not in found
    assert ("a", "c", "dW[2]") in found
    assert ("a", "b", "dW[1]") in found


def test_a_judged_run_with_a_missing_tensor_is_compared_in_the_others():
    one = subject("a")
    trace = replace(one.trace, dW={l: v for l, v in one.trace.dW.items() if l != 2})
    judged = judge(replace(one, trace=trace, case=replace(CASE, framework="b"))).subject
    assert {d.parameter for d in differences([one, judged])} == {"dW[1]", "db[1]", "db[2]", "dW[3]", "db[3]"}


@pytest.mark.skipif(bool(registry.missing()), reason="a framework is missing")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["golden-g2", "soft-labels", "dead-relus"])
def test_right_runs_stay_within_what_is_allowed(name, dtype):
    """Two right runs are each within their bound of the exact gradient, so the sum of both is never too little."""
    found = run_suite(plan([CASES[name]], modes=["reference", "eager", "grad"], dtypes=dtype)).differences
    assert {(d.one, d.other) for d in found} == {("numpy", "torch"), ("numpy", "jax"), ("torch", "jax")}
    assert all(d.max_abs <= d.abs_allowed and d.max_rel <= d.rel_allowed for d in found if d.differing)
    assert any(d.differing for d in found) or name == "golden-g2"
