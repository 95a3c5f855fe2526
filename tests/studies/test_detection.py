"""Tables and figures of the studies of detection and drift."""

import numpy as np
import pandas as pd
import pytest

from gradref_studies.study import detection, drift


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
