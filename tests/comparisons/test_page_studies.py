"""Charts of studies and benchmarks stand on the page when their tables lie beside the report."""

import pandas as pd

from gradref.page.figures import Figure
from gradref.page.studies import study_figures

JACOBIAN = pd.DataFrame(
    {
        "width": [8, 16], "measured": [True, False], "full_seconds": [1e-3, 2e-3], "full_peak": [1e4, 8e4],
        "equations_seconds": [1e-4, 1e-4], "equations_peak": [1e3, 2e3],
    }
)  # fmt: skip


def test_chart_of_a_benchmark_is_found_beside_the_report(tmp_path):
    (tmp_path / "bench").mkdir()
    JACOBIAN.to_csv(tmp_path / "bench" / "layer-jacobian.csv", index=False)
    (chart,) = study_figures(tmp_path)
    assert isinstance(chart, Figure)
    assert chart.id == "layer-jacobian"
    assert len(chart.body) == 2


def test_table_of_another_version_is_left_out(tmp_path):
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "detection.csv").write_text("something,else\n1,2\n")
    (tmp_path / "studies" / "drift.csv").write_text("")
    assert study_figures(tmp_path) == []


def test_no_studies_no_charts(tmp_path):
    assert study_figures(tmp_path) == []
