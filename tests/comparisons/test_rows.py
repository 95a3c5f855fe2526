"""Rows on disk: the same table from Parquet and from CSV, to the bit, with pyarrow and without."""

import numpy as np
import pandas as pd
import pytest

from gradref import rows
from gradref.rows import has_parquet, read_rows
from gradref.verdict import RunId, Verdict, to_frame
from gradref_reference import FileError

TORCH, JAX, NUMPY = (
    RunId("nan", "torch", "eager", "float32", "cpu"),
    RunId("", "jax", "jit", "float64", "cpu"),
    RunId("null", "numpy", "reference", "float64", "cpu"),
)
VERDICTS = [
    Verdict(TORCH, "BP1", 2, "layer2.delta", "fail", 15, 1, 0, "(0, 1)", 0.1, 1 / 3, 5e-324),
    Verdict(JAX, "RUN", 0, "", "skip", finding='none, "quoted"\nand on a second line\u2028, σ'),
    Verdict(NUMPY, "BP4", 1, "layer1.W", "pass", 2**40, actual=float("inf"), share=0.0),
]


@pytest.mark.parametrize("parquet", [True, False], ids=["parquet", "csv"])
def test_rows_come_back_to_the_bit(tmp_path, monkeypatch, parquet):
    frame = to_frame(VERDICTS)
    frame.to_csv(tmp_path / "results.csv", index=False)
    if parquet:
        if not has_parquet():
            pytest.skip("pyarrow is not installed")
        frame.to_parquet(tmp_path / "results.parquet", index=False)
    else:
        monkeypatch.setattr(rows, "has_parquet", lambda: False)
    back = read_rows(tmp_path)
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        mine, theirs = back[name].tolist(), frame[name].tolist()
        assert [type(v) for v in mine] == [type(v) for v in theirs], name
        if isinstance(theirs[0], float):
            assert np.array_equal(mine, theirs, equal_nan=True), name
        else:
            assert mine == theirs, name


def test_without_pyarrow_an_old_parquet_file_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "results.parquet").write_bytes(b"PAR1 of an earlier run")
    to_frame(VERDICTS).to_csv(tmp_path / "results.csv", index=False)
    monkeypatch.setattr(rows, "has_parquet", lambda: False)
    assert len(read_rows(tmp_path)) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be a readable table of results, got EmptyDataError"),
        ("case\none\n", "got none called 'framework'"),
        ("case,layer\none,two\n", "must be a readable table of results, got ValueError"),
    ],
    ids=["empty", "foreign", "words for numbers"],
)
def test_a_table_that_is_not_ours_is_refused(tmp_path, text, says):
    (tmp_path / "results.csv").write_text(text)
    with pytest.raises(FileError, match=says):
        read_rows(tmp_path)


def test_a_folder_without_rows_is_refused(tmp_path):
    with pytest.raises(FileError, match=r"must hold a results\.csv, got none"):
        read_rows(tmp_path)
    assert isinstance(to_frame([]), pd.DataFrame)
