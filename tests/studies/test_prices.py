"""The prices of gradref's own checks: sane tables, honest predictions; the timings themselves are not tested."""

from __future__ import annotations

import numpy as np
import pytest

from gradref.bench.alone import run_alone
from gradref.report.page.studies import keep_figure, study_figures
from gradref_reference import SpecificationError
from gradref_studies.bench import layer_jacobian


def test_the_child_has_one_thread():
    (row,) = run_alone("gradref_studies.bench.enclosure", {"bits": [53], "repeats": 1})
    assert row["relative_radius"] < 1e-13


# --- the layer's Jacobian --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jacobian_rows():
    return layer_jacobian.bench_layer_jacobian((8, 16, 512), budget_mib=1, repeats=1)


def test_the_jacobian_is_measured_where_it_fits_and_predicted_beyond(jacobian_rows):
    frame = jacobian_rows
    assert frame.measured.tolist() == [True, True, False]
    assert frame.jacobian_bytes.tolist()[-1] == 2**30
    assert frame.full_peak.iloc[1] > frame.jacobian_bytes.iloc[1]
    assert frame.full_peak.iloc[2] == frame.full_peak.iloc[1] * 32**3


def test_the_jacobians_table_and_figure_say_what_is_predicted(jacobian_rows):
    table = layer_jacobian.table(jacobian_rows)
    assert table["full Jacobian, ms"].str.startswith("≈").tolist() == [False, False, True]
    figure = layer_jacobian.figure(jacobian_rows)
    full = figure.data[0]
    assert full["marker"]["symbol"] == ["circle", "circle", "circle-open"]
    assert len(figure.body) == 3
    assert [trace["name"] for trace in figure.data].count("four equations") == 2


def test_the_jacobians_figure_stands_on_the_page_of_a_report_beside_it(jacobian_rows, tmp_path):
    (tmp_path / "bench").mkdir()
    keep_figure(tmp_path / "bench", layer_jacobian.figure(jacobian_rows))
    (chart,) = study_figures(tmp_path)
    assert chart.id == "layer-jacobian"
    assert len(chart.body) == 3


def test_a_width_of_zero_is_refused():
    with pytest.raises(SpecificationError, match="widths must be whole numbers"):
        layer_jacobian.bench_layer_jacobian((0,))


@pytest.mark.parametrize(
    ("count", "words"), [(512, "512 B"), (1536, "1.5 KiB"), (5.4 * 2**20, "5.4 MiB"), (2**50, "1.02e+03 TiB")]
)
def test_sizes_are_in_binary_units(count, words):
    assert layer_jacobian.size(count) == words


# --- the derivation that is timed -------------------------------------------------------------------------------------------------


def test_the_timed_derivation_is_right_and_its_mistakes_are_wrong():
    from gradref_studies.bench import mlp

    inputs = mlp.make_inputs(0)
    assert sum(inputs[name].size for name in mlp.PARAMS) == 79_510
    rng = np.random.default_rng(1)
    right, at_a, entry = (f(inputs) for f in (mlp.backward, mlp.backward_at_a, mlp.backward_one_entry))
    h = 1e-6
    for name in mlp.PARAMS:
        v = rng.standard_normal(inputs[name].shape)
        up, down = (mlp.forward(inputs | {name: inputs[name] + s * h * v}) for s in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * h), (right[name] * v).sum(), rtol=1e-5)  # a difference quotient's digits
    assert not np.allclose(at_a["W1"], right["W1"])
    assert (entry["W1"] != right["W1"]).sum() == 1
