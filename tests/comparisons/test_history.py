"""Earlier runs: what is kept, what a comparison says, and that files of others do no harm."""

import json

import pytest

from gradref.history import Snapshot, archive, compare_runs, read_history, snapshot, trend_svg, write_comparison
from gradref.history.trend import comparable
from gradref.page import write_page
from gradref.page.example import write_example
from gradref_reference.errors import FileError


def dated(folder, created, torch="2.13.0", **options):
    """An example run with a date and a version."""
    write_example(folder, **options)
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    info["created"], info["versions"]["torch"] = created, torch
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def latest(tmp_path_factory):
    """reports/latest with three earlier runs in reports/history; the last run is the broken one."""
    folder = tmp_path_factory.mktemp("place") / "reports" / "latest"
    folder.mkdir(parents=True)
    for day in (1, 2, 3):
        archive(dated(folder, f"2026-11-0{day}T10:00:00"))
    return dated(folder, "2026-11-04T10:00:00", torch="2.14.0", broken=True)


def cells(**verdicts):
    return {f"{case}|torch|eager|float32": value for case, value in verdicts.items()}


def test_comparison_sorts_every_cell_into_one_list():
    old = Snapshot(
        "old", cells=cells(a=("pass", 0.2), b=("fail", 9.0), c=("pass", 0.2), d=("pass", 0.5), e=("pass", 0.1), f=("skip", None))
    )
    new = Snapshot(
        "new", cells=cells(a=("fail", 7.0), b=("pass", 0.2), c=("pass", 0.21), d=("pass", 0.3), f=("pass", 0.1), g=("pass", 0.1))
    )
    found = compare_runs(old, new)
    names = {name: [c.key[0] for c in getattr(found, name)] for name in ("broke", "mended", "other", "worse", "better")}
    assert names == {"broke": ["a"], "mended": ["b"], "other": ["f"], "worse": [], "better": ["d"]}
    assert (found.appeared[0][0], found.vanished[0][0], found.same) == ("g", "e", 1)


def test_comparison_names_the_versions_that_changed(latest):
    found = compare_runs(latest.parent / "history" / "20261101T100000.json", latest)
    assert found.versions == [("torch", "2.13.0", "2.14.0")]
    assert "torch 2.13.0 → 2.14.0" in found.sentence
    assert len(found.broke) == 9


def test_comparison_of_a_run_with_itself_says_that_nothing_changed(latest):
    assert compare_runs(latest, latest).sentence.startswith("All 130 runs stayed as they were. No version changed")


def test_comparison_stands_on_the_page_and_in_markdown(latest):
    found = write_comparison(latest.parent / "history" / "20261101T100000.json", latest)
    page = write_page(latest).read_text(encoding="utf-8")
    assert "Compared with the run of 2026-11-01 10:00" in page
    text = (latest / "comparison.md").read_text(encoding="utf-8")
    assert text.startswith("## The run of 2026-11-04 10:00 compared with that of 2026-11-01 10:00")
    assert "### Broke" in text
    assert "- ... and 7 more" in found.to_markdown(most=2)


def test_comparison_of_another_run_does_not_stay_on_the_page(latest, tmp_path):
    write_comparison(latest.parent / "history" / "20261101T100000.json", latest)
    other = dated(tmp_path, "2026-12-01T10:00:00")
    (other / "comparison.json").write_bytes((latest / "comparison.json").read_bytes())
    assert "Compared with the run" not in write_page(other).read_text(encoding="utf-8")


def test_history_gives_back_what_was_kept(latest):
    kept = read_history(latest.parent / "history")
    assert [s.created[:10] for s in kept] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert len(kept[0].cells) == 130
    assert (latest.parent / "history" / "20261101T100000.json").stat().st_size < 20_000


def test_history_is_only_kept_beside_reports(tmp_path):
    assert archive(dated(tmp_path / "mine", "2026-11-01T10:00:00")) is None
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_history_skips_files_of_others(tmp_path):
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    (tmp_path / "c.json").write_text('{"format": 99}', encoding="utf-8")
    assert read_history(tmp_path) == []


def test_snapshot_of_nothing_is_refused(tmp_path):
    with pytest.raises(FileError, match="must be a run directory or a file of reports/history, got nothing there"):
        snapshot(tmp_path / "none")
    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    with pytest.raises(FileError, match="must be a snapshot that gradref wrote"):
        snapshot(tmp_path / "a.json")


def test_trend_needs_three_runs_and_marks_a_disagreement(latest):
    runs = comparable(read_history(latest.parent / "history"), snapshot(latest))
    assert len(runs) == 4
    drawn = trend_svg(runs)
    assert drawn.count('class="cross"') == 1
    assert "PyTorch, 2026-11-04T10:00: 9 runs disagree" in drawn
    assert trend_svg(runs[:2]) == ""
    assert drawn in write_page(latest).read_text(encoding="utf-8")


def test_trend_leaves_out_runs_of_another_suite(latest):
    other = Snapshot("2026-10-01T10:00:00", cells=cells(a=("pass", 0.1)))
    assert other not in comparable([other], snapshot(latest))


def cut_short(folder, created):
    """An example run that was interrupted."""
    dated(folder, created)
    info = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps(info | {"interrupted": True}), encoding="utf-8")
    return folder


def test_an_interrupted_run_is_not_kept(tmp_path):
    (tmp_path / "history").mkdir()
    assert archive(cut_short(tmp_path / "mine", "2026-11-01T10:00:00")) is None
    assert list((tmp_path / "history").iterdir()) == []


def test_an_interrupted_run_is_no_part_of_a_trend(latest, tmp_path):
    kept = read_history(latest.parent / "history")
    partial = snapshot(cut_short(tmp_path, "2026-11-05T10:00:00"))
    assert partial.interrupted
    assert comparable(kept, partial) == []
    assert partial not in comparable([*kept, partial], snapshot(latest))
    assert "Largest share of the allowance over" not in write_page(tmp_path).read_text(encoding="utf-8")


def test_a_comparison_with_an_interrupted_run_says_so(latest, tmp_path):
    found = compare_runs(cut_short(tmp_path, "2026-11-05T10:00:00"), latest)
    assert found.sentence.endswith("Interrupted, so that runs are wanting: the older run.")
    assert "Interrupted" not in compare_runs(latest, latest).sentence


def test_the_name_of_a_case_may_hold_any_sign():
    old, new = (
        Snapshot(at, cells={"x|y z|torch|eager|float32": (verdict, 0.2)}) for at, verdict in [("1", "pass"), ("2", "fail")]
    )
    assert (new.frameworks, new.worst("torch"), new.fails("torch")) == (["torch"], 0.2, 1)
    assert compare_runs(old, new).broke[0].where == "x|y z, PyTorch eager float32"


def test_a_file_in_the_place_of_the_history_is_left_alone(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "history").write_text("mine", encoding="utf-8")
    assert archive(dated(tmp_path / "reports" / "latest", "2026-11-01T10:00:00")) is None
    assert (tmp_path / "reports" / "history").read_text(encoding="utf-8") == "mine"
