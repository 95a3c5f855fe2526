"""Golden numbers are the specification's, every tensor and the cost is held against them, and one wrong digit fails."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradref.judges import Subject, Truth, golden
from gradref.judges.truth import reference_trace
from gradref.suite import standard_suite
from gradref.suite.golden import GOLDEN
from gradref.suite.run import run_and_judge
from gradref.verdict import FAIL, PASS
from gradref_adapters.registry import available
from gradref_reference import Case
from gradref_reference.error_model import contract_for

FILE = json.loads((Path(__file__).parents[2] / "reference" / "goldens.json").read_text())
NAMES = {"golden-g1": "G1", "golden-g2": "G2", "golden-gs-quadratic": "GS_quadratic", "golden-gs-entropy": "GS_cross-entropy"}
NUMPY = contract_for("numpy", "float64")


def _case(name):
    g = GOLDEN[name]
    return Case(g.network, g.parameters, g.batch, name=name)


def _rows(name, trace, dtype="float64"):
    case = replace(_case(name), dtype=dtype)
    return golden.rows(Subject(case, trace, contract_for("numpy", dtype), Truth(case), GOLDEN[name]))


def _failing(rows):
    return [v.parameter for v in rows if v.verdict == FAIL]


@pytest.mark.parametrize("name", list(GOLDEN))
def test_golden_numbers_are_those_of_the_specification(name):
    arrays, g, m = GOLDEN[name].arrays(), FILE[NAMES[name]], len(GOLDEN[name].batch)
    expected = {}
    for l in (1, 2):
        expected["dW", l], expected["db", l] = g["dW"][l - 1], np.ravel(g["db"][l - 1])
        if "Z" in g:  # columns of samples, and errors without 1/m
            expected["z", l], expected["a", l] = np.transpose(g["Z"][l - 1]), np.transpose(g["A"][l])
            expected["delta", l] = np.transpose(g["delta"][l - 1]) / m
    if "C" in g:
        expected["cost", 2] = [g["C"]]
    for key, value in expected.items():
        np.testing.assert_allclose(arrays[key], value, rtol=2.0**-50, err_msg=str(key))
    assert arrays.keys() >= {(tensor, l) for tensor in ("a", "delta", "dW", "db") for l in (1, 2)}


@pytest.mark.parametrize("name", list(GOLDEN))
@pytest.mark.parametrize("framework", ["numpy", "torch"])
def test_honest_runs_agree_with_every_golden_number(framework, name):
    if framework not in available():
        pytest.skip(f"{framework} is not installed")
    adapter, numbers = available()[framework], GOLDEN[name]
    for dtype in ("float64", "float32", "bfloat16", "float16"):
        case = replace(_case(name), framework=framework, mode=adapter.modes()[0], dtype=dtype)
        rows = [v for v in run_and_judge(case, adapter, Truth(case), numbers).verdicts if v.equation == "GOLD"]
        assert {v.verdict for v in rows} <= {PASS}
        if dtype == "float64":
            assert len(rows) == len(numbers.arrays())


@pytest.mark.parametrize(("tensor", "l"), [(t, l) for t in ("z", "a", "delta", "dW", "db") for l in (1, 2)], ids=lambda v: str(v))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_wrong_bit_fails_where_nothing_can_round(dtype, tensor, l):
    trace = reference_trace(_case("golden-g1"))
    value = getattr(trace, tensor)[l].copy()
    value.flat[-1] = np.nextafter(value.flat[-1], np.inf)
    assert _failing(_rows("golden-g1", replace(trace, **{tensor: {**getattr(trace, tensor), l: value}}), dtype)) == [
        f"{tensor}[{l}]"
    ]


@pytest.mark.parametrize(("name", "relative"), [("golden-g1", 2.0**-52), ("golden-g2", 1e-10), ("golden-gs-quadratic", 1e-12)])
def test_wrong_cost_fails(name, relative):
    trace = reference_trace(_case(name))
    assert _failing(_rows(name, trace)) == []
    rows = _rows(name, replace(trace, cost=trace.cost * (1 + relative)))
    assert _failing(rows) == ["cost"]
    (row,) = [v for v in rows if v.parameter == "cost"]
    assert (row.equation, row.layer, row.rule) == ("GOLD", 2, "bound")
    assert _failing(_rows(name, replace(trace, cost=2 * trace.cost))) == ["cost"]
    assert _failing(_rows(name, replace(trace, cost=float("nan")))) == ["cost"]


@pytest.mark.parametrize("name", ["golden-g2", "golden-gs-quadratic", "golden-gs-entropy"])
@pytest.mark.parametrize("tensor", ["a", "delta", "dW", "db"])
def test_one_wrong_digit_fails_where_rounding_is_allowed_for(name, tensor):
    trace = reference_trace(_case(name))
    value = getattr(trace, tensor)[1].copy()
    value.flat[np.argmax(np.abs(value))] *= 1 + 1e-11
    assert _failing(_rows(name, replace(trace, **{tensor: {**getattr(trace, tensor), 1: value}}))) == [f"{tensor}[1]"]


def test_no_golden_network_has_a_kink():
    assert not any(sigma.kinks for g in GOLDEN.values() for sigma in g.network.sigma.values())


def test_the_suite_runs_every_golden_case():
    assert {c.name for c in standard_suite(seed=0) if c.golden is not None} == set(GOLDEN)
