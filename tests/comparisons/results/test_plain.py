"""The plain table in the page, in Markdown, on the terminal and on disk; and the sentence that compare ends with."""

import csv
from dataclasses import replace

import numpy as np
import pytest

import gradref
from gradref.arbitration import arbitrate
from gradref.report import write_report
from gradref.report.terminal import print_summary
from gradref.results import Record, load
from gradref.results.plain import plain_tables, told
from gradref.suite.compare import compare_run
from gradref_adapters import registry
from gradref_reference import Batch, Network, backprop, initialize

NETWORK = Network((3, 4, 2), ("tanh", "identity"))


def problem():
    rng = np.random.default_rng(0)
    return NETWORK, initialize(NETWORK, rng), Batch(rng.standard_normal((8, 3)), rng.standard_normal((8, 2)))


@pytest.fixture(scope="module")
def record():
    if registry.missing():
        pytest.skip("a framework is missing")
    run = compare_run(*problem(), modes=["reference", "eager", "grad"], dtypes=["float64", "float32"], name="a <b> | c")
    return Record.of(run, "gradref compare")


def test_one_table_with_a_line_for_each_tensor_and_dtype(record):
    (table,) = plain_tables(record.differences)
    assert table.pairs == ["NumPy ↔ PyTorch", "NumPy ↔ JAX", "PyTorch ↔ JAX"]
    tensors = ["dW[1]", "db[1]", "dW[2]", "db[2]"]
    assert [(line.dtype, line.parameter) for line in table.lines] == [(d, t) for d in ("float64", "float32") for t in tensors]
    assert all(cell is not None for line in table.lines for cell in line.cells)


def test_a_cell_says_both_differences_their_entries_and_what_is_allowed(record):
    cell = next(d for d in record.differences if d.differing)
    absolute, relative, count = told(cell)
    assert absolute == f"{cell.max_abs:.3g} at {cell.abs_at}, allowed {cell.abs_allowed:.3g}"
    assert relative == f"relative {cell.max_rel:.3g} at {cell.rel_at}, allowed {cell.rel_allowed:.3g}"
    assert count == f"{cell.differing} of {cell.entries} entries differ"
    assert told(cell._replace(differing=0)) == ["the same bits"]


def test_every_report_shows_it(record, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    page = write_report(record, tmp_path / "r").read_text(encoding="utf-8")
    text = (tmp_path / "r" / "report.md").read_text(encoding="utf-8")
    print_summary(record, 0, plain=True)
    out = capsys.readouterr().out
    cell = next(d for d in record.differences if d.differing)
    said = f"{cell.max_abs:.3g} at {cell.abs_at}, allowed {cell.abs_allowed:.3g}"
    assert said in page
    assert said in text
    assert f"{cell.max_abs:.2g}" in out
    assert "Largest differences between frameworks, float32" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out


def test_the_csv_gives_every_number_back(record, tmp_path):
    write_report(record, tmp_path)
    assert load(tmp_path).differences == record.differences
    with (tmp_path / "differences.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["max_abs"]) for row in rows] == [d.max_abs for d in record.differences]
    assert {"case", "layer", "parameter", "one", "other", "max_abs", "abs_at", "abs_allowed", "max_rel", "rel_at"} <= rows[
        0
    ].keys()


def test_compare_ends_with_who_is_nearest(record, capsys):
    print_summary(record, 0, plain=True)
    last = " ".join(capsys.readouterr().out.split())
    for dtype in ("float64", "float32"):
        sentence = next(s for s in record.made.nearest if s.startswith(f"{dtype}: "))
        assert "all of it rounding; nearest to the exact gradient is " in sentence
        assert sentence in last
    assert last.endswith(" ".join(record.made.nearest[-1].split()))


def traces(**changed):
    """The reference and a run by somebody."""
    honest = backprop(*problem())
    other = replace(
        honest, **{name: {**getattr(honest, name), 2: value(getattr(honest, name)[2])} for name, value in changed.items()}
    )
    return [honest, replace(other, framework="mine", mode="own")]


def test_the_sentence_names_the_tensor_that_differs_by_rounding():
    found = arbitrate(*problem(), traces(db=lambda v: np.nextafter(v, np.inf)))
    (sentence,) = found.summary
    assert sentence.startswith("float64: 2 of 2 entries of layer2.b differ between the 2 runs, all of it rounding; nearest")


def test_the_sentence_names_what_is_wrong_and_not_only_what_is_not():
    (sentence,) = arbitrate(*problem(), traces(dW=lambda v: -v)).summary
    assert "float64 layer2.W: mine own is wrong" in sentence
    assert "all of it rounding" not in sentence
    assert "agree to the bit in all" not in sentence


def test_the_sentence_of_equal_runs_and_of_one_run():
    assert arbitrate(*problem(), traces()).summary[0].startswith("float64: all 2 runs agree to the bit in all 26 entries")
    (alone,) = arbitrate(*problem(), traces()[:1]).summary
    assert alone.startswith("float64: numpy reference is within ")
    assert alone.endswith("which is rounding.")


def test_compare_still_gives_a_frame_of_verdicts():
    frame = gradref.compare(*problem(), frameworks="numpy", modes="reference", dtypes="float64")
    assert set(frame.verdict) == {"pass"}
