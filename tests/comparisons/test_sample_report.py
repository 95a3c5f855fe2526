"""The committed sample report is not stale: the same rows with the same verdicts come out today."""

import json

import pandas as pd
import pytest
from sample_report import SAMPLE, SHAPE, sample_run

from gradref.verdict import to_frame
from gradref_adapters import registry


@pytest.mark.skipif(bool(registry.missing()), reason="the sample needs every framework")
def test_sample_report_has_the_shape_and_verdicts_of_a_run_today():
    committed = pd.read_csv(SAMPLE / "results.csv", keep_default_na=False)
    today = to_frame(sample_run().verdicts)
    assert list(committed.columns) == list(today.columns)
    assert committed[SHAPE].astype(str).to_numpy().tolist() == today[SHAPE].astype(str).to_numpy().tolist()


def test_sample_record_and_text_belong_together():
    record = json.loads((SAMPLE / "run.json").read_text(encoding="utf-8"))
    text = (SAMPLE / "report.md").read_text(encoding="utf-8")
    assert record["git"] in text
    assert record["totals"]["fail"] == 0
    assert "All gradients agree" in text
