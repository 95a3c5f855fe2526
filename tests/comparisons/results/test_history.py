"""Earlier runs: what is kept, what a comparison says, and that files of others do no harm."""

import json
from dataclasses import replace

import pytest
from support.example_run import example

from gradref.report import write_report
from gradref.report.page.trend import trend
from gradref.results import Snapshot, archive, compare_runs, read_history, read_snapshot, save
from gradref.results.comparison import place
from gradref.results.history import Kept, comparable
from gradref.verdict import RunId
from gradref_reference.errors import FileError


def dated(created, torch="2.13.0", **options):
    """An example run with a date and a version."""
    return example(created=created, torch=torch, **options)


EARLIER = [dated(f"2026-11-0{day}T10:00:00") for day in (1, 2, 3)]
LATEST = dated("2026-11-04T10:00:00", torch="2.14.0", broken=True)
FIRST, LAST = Snapshot.of(EARLIER[0]), Snapshot.of(LATEST)


@pytest.fixture
def latest(tmp_path):
    """reports/latest with three earlier runs in reports/history."""
    folder = tmp_path / "reports" / "latest"
    folder.mkdir(parents=True)
    for record in EARLIER:
        archive(record, folder)
    return folder


def cells(**verdicts):
    return {RunId(case, "torch", "eager", "float32"): Kept(*value) for case, value in verdicts.items()}


def test_comparison_sorts_every_cell_into_one_list():
    old = Snapshot(
        "old", cells=cells(a=("pass", 0.2), b=("fail", 9.0), c=("pass", 0.2), d=("pass", 0.5), e=("pass", 0.1), f=("skip", None))
    )
    new = Snapshot(
        "new", cells=cells(a=("fail", 7.0), b=("pass", 0.2), c=("pass", 0.21), d=("pass", 0.3), f=("pass", 0.1), g=("pass", 0.1))
    )
    found = compare_runs(old, new)
    names = {name: [c.run.case for c in getattr(found, name)] for name in ("broke", "mended", "other", "worse", "better")}
    assert names == {"broke": ["a"], "mended": ["b"], "other": ["f"], "worse": [], "better": ["d"]}
    assert (found.appeared[0][0], found.vanished[0][0], found.same) == ("g", "e", 1)


def test_comparison_names_the_versions_that_changed():
    found = compare_runs(FIRST, LAST)
    assert found.versions == [("torch", "2.13.0", "2.14.0")]
    assert "torch 2.13.0 → 2.14.0" in found.sentence
    assert len(found.broke) == 9


def test_comparison_of_a_run_with_itself_says_that_nothing_changed():
    assert compare_runs(LAST, LAST).sentence.startswith("All 130 runs stayed as they were. No version changed")


def test_comparison_stands_on_the_page_in_json_and_in_markdown(latest):
    found = compare_runs(FIRST, LAST)
    page = write_report(LATEST, latest, found).read_text(encoding="utf-8")
    assert "Compared with the run of 2026-11-01 10:00" in page
    text = (latest / "comparison.md").read_text(encoding="utf-8")
    assert text.startswith("## The run of 2026-11-04 10:00 compared with that of 2026-11-01 10:00")
    assert "### Broke" in text
    assert "- ... and 7 more" in found.to_markdown(most=2)
    data = json.loads((latest / "comparison.json").read_text(encoding="utf-8"))
    assert {"case", "framework", "mode", "dtype", "device", "old_verdict", "new_share"} <= data["broke"][0].keys()
    assert len(data["broke"]) == 9


def test_comparison_does_not_outlive_its_run(latest):
    write_report(LATEST, latest, compare_runs(FIRST, LAST))
    assert "Compared with the run" not in write_report(dated("2026-12-01T10:00:00"), latest).read_text(encoding="utf-8")
    assert not (latest / "comparison.json").exists()


def test_history_gives_back_what_was_kept(latest):
    kept = read_history(latest.parent / "history")
    assert kept == [Snapshot.of(record) for record in EARLIER]
    assert len(kept[0].cells) == 130
    assert (latest.parent / "history" / "20261101T100000.json").stat().st_size < 20_000


def test_an_infinite_share_is_kept(tmp_path):
    (tmp_path / "history").mkdir()
    record = dated("2026-11-01T10:00:00")
    record.frame.loc[record.frame.equation == "BP1", "share"] = float("inf")
    assert read_snapshot(archive(record, tmp_path / "r")).worst("torch") == float("inf")


def test_history_is_only_kept_beside_reports(tmp_path):
    save(EARLIER[0], tmp_path / "mine")
    assert archive(EARLIER[0], tmp_path / "mine") is None
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_history_skips_files_of_others(tmp_path):
    for name, text in {"a": "[]", "b": "{", "c": '{"format": 99}', "d": '{"format": 2}'}.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    assert read_history(tmp_path) == []


def test_snapshot_of_nothing_is_refused(tmp_path):
    with pytest.raises(FileError, match="must be a run directory or a file of reports/history, got nothing there"):
        read_snapshot(tmp_path / "none")
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    with pytest.raises(FileError, match="must be a snapshot that this version of gradref wrote"):
        read_snapshot(tmp_path / "a.json")


def test_snapshot_of_a_folder_is_that_of_its_record(tmp_path):
    assert read_snapshot(save(LATEST, tmp_path / "r")) == LAST


def test_trend_needs_three_runs_and_marks_a_disagreement(latest):
    runs = comparable(read_history(latest.parent / "history"), LAST)
    assert len(runs) == 4
    drawn = trend(runs)
    assert [line["marker"]["symbol"].count("x") for line in drawn.data] == [0, 1, 0]
    assert drawn.body[7][:2] == ("PyTorch", "2026-11-04 10:00")
    assert drawn.body[7][2].startswith("9 runs disagree, largest share ")
    assert trend(runs[:2]) is None
    page = write_report(LATEST, latest).read_text(encoding="utf-8")
    assert "Largest share of the allowance over 4 runs" in page


def test_trend_leaves_out_runs_of_another_suite():
    other = Snapshot("2026-10-01T10:00:00", cells=cells(a=("pass", 0.1)))
    assert other not in comparable([other], LAST)


CUT = dated("2026-11-05T10:00:00", interrupted=True)


def test_an_interrupted_run_is_not_kept(tmp_path):
    (tmp_path / "history").mkdir()
    assert archive(CUT, tmp_path / "mine") is None
    assert list((tmp_path / "history").iterdir()) == []


def test_an_interrupted_run_is_no_part_of_a_trend(latest):
    kept, partial = read_history(latest.parent / "history"), Snapshot.of(CUT)
    assert partial.interrupted
    assert comparable(kept, partial) == []
    assert partial not in comparable([*kept, partial], LAST)
    assert "Largest share of the allowance over" not in write_report(CUT, latest).read_text(encoding="utf-8")


def test_a_comparison_with_an_interrupted_run_says_so():
    assert compare_runs(Snapshot.of(CUT), LAST).sentence.endswith("Interrupted, so that runs are wanting: the older run.")
    assert "Interrupted" not in compare_runs(LAST, LAST).sentence


def test_the_name_of_a_case_may_hold_any_sign():
    run = RunId("x|y z", "torch", "eager", "float32")
    old, new = (Snapshot(at, cells={run: Kept(verdict, 0.2)}) for at, verdict in [("1", "pass"), ("2", "fail")])
    assert (new.frameworks, new.worst("torch"), new.fails("torch")) == (["torch"], 0.2, 1)
    assert place(compare_runs(old, new).broke[0].run) == "x|y z, PyTorch eager float32"


def test_runs_on_two_devices_are_two():
    here, there = (RunId("a", "torch", "eager", "float32", device) for device in ("cpu", "cuda"))
    old, new = Snapshot("1", cells={here: Kept("pass", 0.2)}), Snapshot("2", cells={there: Kept("pass", 0.2)})
    found = compare_runs(old, new)
    assert (found.appeared, found.vanished) == ([there], [here])


def test_a_file_in_the_place_of_the_history_is_left_alone(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "history").write_text("mine", encoding="utf-8")
    assert archive(replace(EARLIER[0]), tmp_path / "reports" / "latest") is None
    assert (tmp_path / "reports" / "history").read_text(encoding="utf-8") == "mine"
