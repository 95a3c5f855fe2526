"""A record on disk: what is written is what is read, a bad file is refused in a sentence, and an interrupted run replaces no whole one."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.example_run import example, made, record_of

from gradref.results import load, save, store
from gradref.results.store import folder_for, to_dict
from gradref.suite.run import Ruled
from gradref.verdict import RunId, Verdict
from gradref_reference.errors import FileError

NASTY = 'x|y, "z"\nNA'


def row(verdict="pass", case="one", **fields):
    return Verdict(RunId(case, "torch", "eager", "float32"), "BP4", 1, "dW[1]", verdict, **fields)


@pytest.mark.parametrize("broken", [False, True])
def test_a_record_comes_back_as_it_was(tmp_path, broken):
    record = example(broken, rulings=[Ruled("kinks", "float32", "layer1.W", "convention", "one and the other")])
    record.notes[RunId("kinks", "jax", "jit", "float32")] = ("flushes to zero",)
    again = load(save(record, tmp_path / "r"))
    assert again.made == record.made
    assert again.notes == record.notes
    pd.testing.assert_frame_equal(again.frame, record.frame, check_exact=True, check_dtype=False)
    assert again.maps.keys() == record.maps.keys()
    assert all(np.array_equal(again.maps[at], record.maps[at], equal_nan=True) for at in record.maps)


def test_every_bit_and_every_sign_comes_back(tmp_path):
    hard = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, np.inf, -np.inf, np.nan]
    record = record_of(*(row("fail", NASTY, share=x, finding=NASTY, hint="nan") for x in hard))
    frame = load(save(record, tmp_path / "r")).frame
    assert frame.share.to_numpy().tobytes() == record.frame.share.to_numpy().tobytes()
    assert set(frame["case"]) == set(frame.finding) == {NASTY}
    assert set(frame.hint) == {"nan"}


@pytest.mark.parametrize("name", ["nan", "", "null", "σ\u2028", "1"])
def test_a_case_may_have_any_name(tmp_path, name):
    record = record_of(row("fail", name, entries=2**40))
    frame = load(save(record, tmp_path / "r")).frame
    assert (frame["case"].tolist(), frame.entries.tolist()) == ([name], [2**40])


def test_without_pyarrow_no_old_parquet_file_stays(tmp_path, monkeypatch):
    (tmp_path / "results.parquet").write_bytes(b"PAR1 of an earlier run")
    monkeypatch.setattr(store, "has_parquet", lambda: False)
    assert len(load(save(record_of(row()), tmp_path)).frame) == 1
    assert not (tmp_path / "results.parquet").exists()


def test_an_empty_record_comes_back(tmp_path):
    assert load(save(record_of(), tmp_path / "r")).frame.empty


def test_run_json_is_strict_and_an_infinite_share_is_a_text_that_python_reads(tmp_path):
    save(record_of(row("fail", share=np.inf), row(case="two", share=np.nan)), tmp_path)
    runs = json.loads((tmp_path / "run.json").read_text(), parse_constant=pytest.fail)["runs"]
    assert [r["share"] for r in runs] == ["Infinity", None]


def test_parquet_holds_the_rows_of_the_table(tmp_path):
    pytest.importorskip("pyarrow")
    record = record_of(row(share=0.1 + 0.2))
    pd.testing.assert_frame_equal(pd.read_parquet(save(record, tmp_path) / "results.parquet"), record.frame, check_dtype=False)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("run.json", None, r"must hold a run\.json, got none\. Run 'gradref report' first\."),
        ("run.json", b"{", "must be what this version of gradref writes"),
        ("run.json", b'{"format": 1}', "must be what this version of gradref writes"),
        ("run.json", b"\xff", "must be what this version of gradref writes"),
        ("results.csv", None, "must be the readable table of a run, got FileNotFoundError"),
        ("results.csv", b"", "must be the readable table of a run, got EmptyDataError"),
        ("results.csv", b"case\none\n", "must have the column 'framework', got none of that name"),
        ("maps.npz", None, "must hold the heat maps of a run, got FileNotFoundError"),
        ("maps.npz", b"PK and no more", "must hold the heat maps of a run"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path, file, content, words):
    save(record_of(row()), tmp_path)
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(FileError, match=words):
        load(tmp_path)


def test_a_table_with_a_word_for_a_number_is_refused(tmp_path):
    save(record_of(row(share=0.25)), tmp_path)
    table = (tmp_path / "results.csv").read_text()
    (tmp_path / "results.csv").write_text(table.replace("0.25", "much"))
    with pytest.raises(FileError, match="must be the readable table of a run, got ValueError"):
        load(tmp_path)


def test_an_interrupted_run_takes_the_place_of_no_whole_one(tmp_path):
    out = tmp_path / "latest"
    assert folder_for(True, out) == out
    save(record_of(row(), interrupted=True), out)
    assert folder_for(True, out) == folder_for(False, out) == out
    save(record_of(row()), out)
    assert folder_for(True, out) == tmp_path / "latest-interrupted"
    (out / "run.json").write_text("{")  # unreadable: it may have been whole
    assert folder_for(True, out) == tmp_path / "latest-interrupted"


def test_the_cells_of_two_devices_are_two():
    here = row()
    there = replace(here, run=here.run._replace(device="cuda"), verdict="fail")
    assert [(r["device"], r["verdict"]) for r in to_dict(record_of(here, there))["runs"]] == [("cpu", "pass"), ("cuda", "fail")]
    assert made().versions["torch"]
