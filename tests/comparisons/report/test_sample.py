"""The report committed under reports/sample/ (`make sample`) is not stale: the same rows with the same verdicts come out today."""

import json
from pathlib import Path

import pandas as pd
import pytest

from gradref.suite import standard_suite
from gradref.suite.plan import plan
from gradref.suite.run import run_suite
from gradref.verdict import to_frame
from gradref_adapters import registry

SAMPLE = Path(__file__).parents[3] / "reports" / "sample"
SHAPE = ["case", "framework", "mode", "dtype", "equation", "layer", "parameter", "verdict"]


@pytest.mark.skipif(bool(registry.missing()), reason="the sample was made with every framework")
def test_sample_has_the_rows_and_verdicts_of_a_run_today():
    committed = pd.read_csv(SAMPLE / "results.csv", keep_default_na=False)
    names = set(committed.case)
    suite = [c for c in standard_suite(seed=0) if c.name in names]
    today = to_frame(run_suite(plan(suite, dtypes=["float64", "float32"])).verdicts)
    assert list(committed.columns) == list(today.columns)
    assert committed[SHAPE].astype(str).to_numpy().tolist() == today[SHAPE].astype(str).to_numpy().tolist()


def test_sample_record_and_text_belong_together():
    record = json.loads((SAMPLE / "run.json").read_text(encoding="utf-8"))
    text = (SAMPLE / "report.md").read_text(encoding="utf-8")
    assert record["created"] in text
    assert record["totals"]["fail"] == 0
    assert "All gradients agree" in text
