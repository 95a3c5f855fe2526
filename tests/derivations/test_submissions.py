"""Grading loses no submission: whatever lies in the folder is judged, or named with the reason why it is not."""

import csv
import json
import os

import pytest
from typer.testing import CliRunner

from gradref.commands.grade import app
from gradref_derivations.grade import Limits, find_submissions, grade_folder
from gradref_derivations.grade.submissions import file_name
from gradref_reference import DataError, GradrefError

TASK = """
import numpy as np

def make_inputs(seed):
    return {"w": np.random.default_rng(seed).normal(size=3)}

PARAMS = ["w"]

def forward(inputs):
    return 0.5 * np.sum(inputs["w"] ** 2)
"""
RIGHT = "def backward(inputs):\n    return {'dw': inputs['w']}\n"
WRONG = "def backward(inputs):\n    return {'dw': 2 * inputs['w']}\n"
LIMITS = Limits(seconds=5.0, memory=1024)


@pytest.fixture
def task(tmp_path):
    path = tmp_path / "task.py"
    path.write_text(TASK)
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "submissions"
    path.mkdir()
    return path


def found(folder, task):
    return {s.name: s.reason or s.path.relative_to(folder).as_posix() for s in find_submissions(folder, task)}


def test_every_entry_is_judged_or_named(folder, task):
    for name in ("ann.py", "Bert.PY", "_carl.py", "notes.txt", "data.csv"):
        (folder / name).write_text(RIGHT)
    for name in ("ann", "two", "none", "many", "__pycache__"):
        (folder / name).mkdir()
    (folder / "ann" / "Backward.py").write_text(RIGHT)
    (folder / "two" / "a.py").write_text(RIGHT)
    (folder / "two" / "b.py").write_text(RIGHT)
    (folder / "many" / "main.py").write_text(RIGHT)
    (folder / "many" / "helpers.py").write_text(RIGHT)
    (folder / "gone.py").symlink_to(folder / "nowhere.py")
    (folder / "dora.ipynb").write_text("{}")
    assert found(folder, task) == {
        "ann": "ann/Backward.py",
        "ann.py": "ann.py",
        "Bert": "Bert.PY",
        "_carl": "_carl.py",
        "two": "holds 2 .py files, none of them called backward.py, submission.py, main.py, solution.py",
        "none": "holds no .py file",
        "many": "many/main.py",
        "gone": "is a link to nothing",
        "dora": "is a notebook: export its code as a .py file",
    }


def test_task_and_results_are_no_submissions(folder, task):
    (folder / "ann.py").write_text(RIGHT)
    (folder / "grades").mkdir()
    inside = folder / "task.py"
    inside.write_text(TASK)
    assert [s.name for s in find_submissions(folder, inside, folder / "grades")] == ["ann"]


STRANGE = ["=1+1", "@SUM(A1)", "-2", "Zoë ☃", "a|b`c", "<script>alert(1)</script>".replace("/", "∕"), "x" * 250, "tab\tand\nline"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_strange_names_end_in_the_table(folder, task, tmp_path):
    for name in STRANGE:
        (folder / f"{name[:250]}.py").write_text(RIGHT)
    latin = os.path.join(os.fsencode(folder), b"M\xfcller.py")
    with open(latin, "wb") as stream:
        stream.write(RIGHT.encode())
    out = tmp_path / "out"
    graded = grade_folder(folder, task, out, seeds=[0], jobs=2, limits=LIMITS, budget=0)
    assert [g.status for g in graded] == ["right"] * (len(STRANGE) + 1)
    rows = list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(STRANGE) + 1
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    assert "M\\xfcller" in {row["submission"] for row in rows}
    feedback = list((out / "feedback").iterdir())
    assert len(feedback) == len(STRANGE) + 1
    assert not any("<script>" in path.read_text(encoding="utf-8") for path in feedback)


def test_names_that_differ_in_case_alone_have_feedback_of_their_own():
    names = ["Ann", "ann", "bob"]
    assert len({file_name(name, names, ".md").casefold() for name in names}) == 3
    assert file_name("bob", names, ".md") == "bob.md"


UNREADABLE = {"latin": ("é".encode("latin-1"), "is not UTF-8 text"), "huge": (b"#" * (2**20 + 1), "is larger than 1024 KiB")}


def test_what_cannot_be_judged_is_in_the_table_and_the_json(folder, task, tmp_path):
    (folder / "ann.py").write_text(RIGHT)
    (folder / "empty").mkdir()
    for name, (content, _) in UNREADABLE.items():
        (folder / f"{name}.py").write_bytes(content)
    arguments = [str(folder), "--task", str(task), "--out", str(tmp_path / "out"), "--seeds", "0", "--repair", "0"]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 2
    report = json.loads(result.stdout)
    assert (report["format"], report["verdict"], report["ok"], report["judged"]) == (1, "unjudged", False, ["ann"])
    reasons = {n["name"]: n["reason"] for n in report["not_judged"]}
    assert reasons == {"empty": "holds no .py file"} | {name: reason for name, (_, reason) in UNREADABLE.items()}
    rows = list(csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines()))
    assert {r["submission"]: r["status"] for r in rows} == {"ann": "right"} | dict.fromkeys(reasons, "not judged")
    assert "3 not judged" in CliRunner().invoke(app, arguments).output


# --- the task ---------------------------------------------------------------------------------------------------------

BROKEN = {
    "raises": ("0.5 * np.sum", "1 / 0 * np.sum", "raised ZeroDivisionError"),
    "is NaN": ("0.5 * np.sum", "np.nan * np.sum", "must return a finite cost, got nan"),
    "is no number": ("0.5 * np.sum(inputs", "0.5 * (inputs", "returned an array of shape"),
    "is NaN at one seed": ("0.5 * np.sum", "(np.nan if inputs['w'][0] < 0 else 0.5) * np.sum", "(seed 4)"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_task_is_not_laid_to_the_students(old, new, message, folder, task, tmp_path):
    assert TASK.count(old) == 1
    task.write_text(TASK.replace(old, new))
    (folder / "ann.py").write_text(RIGHT)
    with pytest.raises(DataError, match="Correct the task") as caught:
        grade_folder(folder, task, tmp_path / "out", seeds=[0, 1, 4], limits=LIMITS, budget=0)
    assert message in str(caught.value)
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_a_broken_task_is_one_object_and_exit_2(folder, task, tmp_path):
    task.write_text(TASK.replace("0.5 * np.sum", "np.nan * np.sum"))
    (folder / "ann.py").write_text(RIGHT)
    result = CliRunner().invoke(app, [str(folder), "--task", str(task), "--out", str(tmp_path / "out"), "--json"])
    assert isinstance(result.exception, GradrefError)
    assert json.loads(result.stdout)["verdict"] == "unjudged"


# --- interruption -----------------------------------------------------------------------------------------------------


def test_an_interrupted_grading_continues_with_the_same_rows(folder, task, tmp_path):
    for i in range(5):
        (folder / f"s{i}.py").write_text((RIGHT if i % 2 else WRONG) + f"# {i}\n")
    whole = grade_folder(folder, task, tmp_path / "whole", seeds=[0], jobs=1, limits=LIMITS, budget=0)
    seen = []

    def stop(grade):
        seen.append(grade)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_folder(folder, task, tmp_path / "out", seeds=[0], jobs=1, limits=LIMITS, budget=0, done=stop)
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "kept").iterdir()}
    assert len(kept) >= 2
    again = grade_folder(folder, task, tmp_path / "out", seeds=[0], jobs=1, limits=LIMITS, budget=0)
    now = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "kept").iterdir()}
    assert kept.items() <= now.items()
    rows = [(g.name, g.status, g.right, g.findings, g.remark, g.sha256) for g in again]
    assert rows == [(g.name, g.status, g.right, g.findings, g.remark, g.sha256) for g in whole]


def test_a_process_without_environment_or_session_does_not_outlive_its_grading(folder, task, tmp_path):
    note = tmp_path / "pids"
    (folder / "ann.py").write_text(
        "import os, subprocess, sys\n"
        "script = 'import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(600)'\n"
        "def backward(inputs):\n"
        f"    p = subprocess.Popen([sys.executable, '-c', script], env={{}}, start_new_session=True)\n"
        f"    open({str(note)!r}, 'a').write(f'{{p.pid}}\\n')\n"
        "    return {'dw': inputs['w']}\n"
    )
    before = _sleepers()
    grade_folder(folder, task, tmp_path / "out", seeds=[0], jobs=1, limits=LIMITS, budget=0)
    assert note.exists()
    assert _sleepers() == before


def _sleepers():
    import psutil

    return {p.pid for p in psutil.process_iter(["cmdline"]) if any("time.sleep(600)" in part for part in p.info["cmdline"] or ())}
