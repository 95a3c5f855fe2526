"""Charts of studies and benchmarks stand on the page when they lie beside the report."""

import json

import pytest

from gradref.report.page.figures import Figure
from gradref.report.page.studies import keep_figure, study_figures

CHART = Figure(
    "drift", "Drift", "Bars near zero.", [{"type": "bar", "y": [0.1]}], {"title": "Drift"}, ("run", "bias"), [("torch", "0.1")]
)


@pytest.mark.parametrize("folder", ["studies", "bench"])
def test_chart_is_found_beside_the_report(tmp_path, folder):
    (tmp_path / folder).mkdir()
    keep_figure(tmp_path / folder, CHART)
    (chart,) = study_figures(tmp_path)
    assert (chart.id, chart.data, tuple(chart.head)) == (CHART.id, CHART.data, CHART.head)
    assert [tuple(row) for row in chart.body] == CHART.body


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 2}', '{"format": 1, "id": "drift"}', '{"format": 1, "colour": "red"}', "\x00"],
    ids=["empty", "list", "no format", "other format", "half", "other fields", "binary"],
)
def test_chart_of_another_version_is_left_out(tmp_path, text):
    (tmp_path / "studies").mkdir()
    keep_figure(tmp_path / "studies", CHART)
    (tmp_path / "studies" / "other.figure.json").write_text(text)
    assert [chart.id for chart in study_figures(tmp_path)] == ["drift"]
    assert json.loads((tmp_path / "studies" / "drift.figure.json").read_text())["format"] == 1


def test_no_studies_no_charts(tmp_path):
    assert study_figures(tmp_path) == []
