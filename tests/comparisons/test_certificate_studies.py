"""The studies: measured constants, tables and figures of the detection study, drift."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gradref.commands import measure_constants
from gradref.study import detection, drift
from gradref.study.constants import measure, samples, truth
from gradref_adapters.functions import evaluator
from gradref_reference import FORMATS, SpecificationError, round_to


@pytest.mark.parametrize("dtype", FORMATS)
def test_samples_are_representable_finite_and_of_both_signs(dtype):
    z = samples(dtype, 200)
    assert np.array_equal(round_to(z, FORMATS[dtype]), z)
    assert np.isfinite(z).all()
    assert np.array_equal(z, -z[::-1])
    assert FORMATS[dtype].smallest in z


def test_truth_is_good_to_more_than_double_precision():
    high, low, slope, _ = truth("tanh", np.array([0.5]))
    assert high[0] == np.tanh(0.5)
    assert 0 < abs(low[0]) < 2**-54
    assert slope is not None
    assert slope[0] == pytest.approx(1 / np.cosh(0.5) ** 2, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numpy_functions_stay_within_the_table(dtype):
    measured = list(measure("numpy", dtype, 400))
    assert {m.function for m in measured} > {"exp", "tanh", "gelu", "elu(0.5)"}
    assert [m for m in measured if m.exceeded] == []
    assert all(m.broken == 0 for m in measured)


def test_measure_constants_flags_what_exceeds_the_table(monkeypatch):
    honest = evaluator("numpy")

    def sloppy(name, z, dtype):
        value, derivative = honest(name, z, dtype)
        return (value * (1 + 1e-5) if name == "tanh" else value), derivative

    monkeypatch.setattr("gradref.study.constants.evaluator", lambda library: sloppy)
    result = CliRunner().invoke(measure_constants.app, ["--library", "numpy", "--dtype", "float32", "--samples", "100", "--json"])
    assert result.exit_code == 1
    assert {m["function"] for m in json.loads(result.stdout) if m["exceeded"]} == {"tanh"}


def test_unknown_library_is_one_sentence():
    with pytest.raises(SpecificationError, match="Did you mean 'numpy'"):
        evaluator("nunpy")


def records():
    """Two faults, one with a ladder that our rules see to 1e-5 and the others to 1e-3, and one honest variant."""
    rows = []
    for size in (1e-2, 1e-3, 1e-5, 1e-7):
        for seed in range(4):
            seen = {rule: size >= (1e-5 if rule.startswith("local") else 1e-3) for rule in detection.RULES}
            rows.append({"fault": "scaled", "size": size, "seed": seed, "named": seen["local bound"]} | seen)
    for seed in range(4):
        rows.append(
            {"fault": "honest: torch", "size": 0.0, "seed": seed, "named": False} | dict.fromkeys(detection.RULES, seed == 0)
        )
    return pd.DataFrame(rows)


def test_summary_gives_the_smallest_size_seen_in_every_run():
    table = detection.summarise(detection.rates(records())).set_index("fault")
    assert table.loc["scaled", "local bound"] == "1e-05"
    assert table.loc["scaled", "numpy allclose"] == "1e-03"
    assert table.loc["scaled", "named"] == "100 %"
    assert table.loc["honest: torch", "local bound"] == "25 %"
    assert "| scaled | 1e-05 |" in detection.markdown(table.reset_index())


def test_figure_has_one_line_for_each_rule_and_ladder():
    lines = detection.figure(detection.rates(records())).data
    assert [line.name for line in lines] == list(detection.RULES)


def test_drift_finds_a_bias_and_none_where_there_is_none():
    rng = np.random.default_rng(0)
    rows = []
    for framework, shift in (("honest", 0.0), ("biased", 0.5)):
        deviation = rng.standard_normal(10_000) + shift
        rows.append(
            {"framework": framework, "dtype": "float32", "equation": "BP3", "entries": 10_000}
            | {"sum": deviation.sum(), "squares": np.square(deviation).sum()}
        )
    table = drift.summarise(pd.DataFrame(rows)).set_index("framework")
    assert table.index[0] == "biased"
    assert table.loc["biased", "bias"] == pytest.approx(0.5, abs=0.05)
    assert abs(table.loc["honest", "z_score"]) < 4
    assert len(drift.figure(pd.DataFrame(rows)).data) == 2
