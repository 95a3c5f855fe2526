"""gradref grade: scores, the table, the feedback, what is kept, and submissions that do anything but answer."""

import csv
import json
import os
import time

import numpy as np
import pytest
from typer.testing import CliRunner

from gradref_derivations.grade import Limits, Task, grade_folder
from gradref_derivations.grade.client import GaveUp, Submission
from gradref_derivations.grade.judge import judge
from gradref_derivations.grade.submissions import find_submissions
from gradref_derivations.grade.task import combined
from gradref_reference import GradrefError

TASK = """
import numpy as np

def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=(6, 3)), "y": rng.normal(size=(6, 2)), "W": rng.normal(size=(2, 3)), "b": rng.normal(size=2)}

PARAMS = ["W", "b"]

def forward(inputs):
    out = np.tanh(inputs["x"] @ inputs["W"].T + inputs["b"])
    return 0.5 * np.sum((out - inputs["y"]) ** 2) / len(out)
"""

RIGHT = """
import numpy as np

def backward(inputs):
    out = np.tanh(inputs["x"] @ inputs["W"].T + inputs["b"])
    delta = (out - inputs["y"]) / len(out) * (1 - out**2)
    return {"dW": delta.T @ inputs["x"], "db": delta.sum(axis=0)}
"""
WRONG_BIAS = RIGHT.replace("delta.sum(axis=0)", "delta.mean(axis=0)")
LIMITS = Limits(seconds=3.0, memory=1024)


@pytest.fixture
def task(tmp_path):
    path = tmp_path / "task.py"
    path.write_text(TASK)
    return path


def graded(text, task):
    return judge("one", "0", text, Task.read(task, [0, 1]), LIMITS)


def body(*lines):
    return "import os, sys, time\nimport numpy as np\n\ndef backward(inputs):\n" + "".join(f"    {line}\n" for line in lines)


def in_right(line):
    """The right submission with one more line at the start of backward."""
    return RIGHT.replace("    out =", f"    {line}\n    out =", 1).replace(
        "import numpy as np", "import os, sys, time\nimport numpy as np"
    )


# --- scores -----------------------------------------------------------------------------------------------------------


def test_right_submission_scores_full(task):
    grade = graded(RIGHT, task)
    assert (grade.status, grade.score, grade.findings) == ("right", 1.0, {})


def test_wrong_parameter_costs_its_share_and_is_named(task):
    grade = graded(WRONG_BIAS, task)
    assert grade.right == {"W": True, "b": False}
    assert grade.score == 0.5
    assert "gradient of b is off by" in grade.findings["b"]
    assert "(seed 0)" in grade.findings["b"]


GARBAGE = {
    "a string": ('return {"dW": "hello", "db": inputs["b"]}', "got a str"),
    "None for one": ('return {"dW": None, "db": inputs["b"]}', "got a None"),
    "objects": ('return {"dW": np.array([object()] * 6).reshape(2, 3), "db": inputs["b"]}', "array of real numbers"),
    "a ragged list": ('return {"dW": [[1.0], [2.0, 3.0]], "db": inputs["b"]}', "got a list"),
    "another shape": ('return {"dW": inputs["W"].T, "db": inputs["b"]}', "must have the shape of W, (2, 3), got (3, 2)"),
    "nothing for it": ('return {"db": inputs["b"]}', "no gradient came back for W"),
    "NaN": ('return {"dW": inputs["W"] * np.nan, "db": inputs["b"]}', "6 NaN"),
    "complex numbers": ('return {"dW": inputs["W"] * 1j, "db": inputs["b"]}', "array of real numbers"),
}


@pytest.mark.parametrize(("line", "message"), GARBAGE.values(), ids=GARBAGE)
def test_garbage_for_a_gradient_is_described(line, message, task):
    grade = graded(body(line), task)
    assert grade.status == "wrong"
    assert grade.score == 0
    assert message in grade.findings["W"]


# --- submissions that do not answer -----------------------------------------------------------------------------------

HOSTILE = {
    "hangs": (body("while True: pass"), "did not finish within 1 s"),
    "hangs when imported": ("while True: pass\n", "did not finish within 1 s"),
    "sleeps": (body("time.sleep(60)"), "did not finish within 1 s"),
    "raises": (body("raise ValueError('no')"), "line 5: ValueError: no (seed 0)"),
    "raises when imported": ("import nothing_of_that_name\n", "cannot be imported: line 1: ModuleNotFoundError"),
    "is not Python": ("def backward(inputs:\n", "cannot be imported: line 1: SyntaxError"),
    "exits": (body("sys.exit(0)"), "called sys.exit (seed 0)"),
    "exits when imported": ("import sys\nsys.exit()\n", "cannot be imported: line 2: it called sys.exit"),
    "exits at once": (body("os._exit(0)"), "ended its process with exit code 0"),
    "kills itself": (body("os.kill(os.getpid(), 9)"), "ended by signal 9"),
    "recurses": (body("return backward(inputs)"), "RecursionError"),
    "takes all memory": (body("return {'dW': np.ones((10**5, 10**5)), 'db': inputs['b']}"), "line 5:"),
    "writes without end": (body("f = open('big', 'wb')", "while True: f.write(b'x' * 10**6)"), "File too large"),
    "defines no backward": ("gradient = 1\n", "defines no function backward"),
    "returns None": (body("return None"), "returned None, not a dict"),
    "returns a list": (body("return [1, 2]"), "returned list, not a dict"),
    "breaks NumPy": (
        "import numpy as np\nnp.asarray = None\n\ndef backward(inputs):\n    return {'dW': 1}\n",
        "ended its process",
    ),
    "talks nonsense": (
        body("for d in range(3, 12):", "    try: os.write(d, b'nonsense' * 9)", "    except OSError: pass", "time.sleep(9)"),
        "more than is accepted",
    ),
    "closes everything": (body("os.closerange(0, 100)", "time.sleep(60)"), "closed its connection"),
    "multiplies": (body("for _ in range(6): os.fork()", "time.sleep(60)"), "more than 32 processes"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_submission_costs_only_itself(text, message, task):
    start = time.monotonic()
    grade = judge("one", "0", text, Task.read(task, [0]), Limits(seconds=1.0, memory=1024))
    assert (grade.status, grade.score) == ("failed", 0.0)
    assert message in grade.remark
    assert time.monotonic() - start < 20


def test_flood_of_output_is_kept_short(task):
    grade = graded(in_right("print('x' * 100_000); sys.stderr.write('y'); os.write(1, b'z' * 100_000)"), task)
    assert grade.status == "right"
    assert len(grade.printed) <= LIMITS.printed * 1024
    assert grade.flood > 1_000_000


def test_files_of_a_submission_vanish_with_it(task, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(p.name for p in tmp_path.iterdir())
    text = in_right("open('left', 'w').write('x'); print(os.getcwd())")
    grade = graded(text, task)
    assert grade.status == "right"
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    assert not os.path.exists(grade.printed.split("\n")[0])


def test_processes_a_submission_leaves_are_ended(task):
    escape = body(
        "if os.fork() == 0:", "    os.setsid()", "    if os.fork() == 0: time.sleep(600)", "    os._exit(0)", "return {}"
    )
    with Submission(escape, LIMITS) as submission:
        submission({"b": np.ones(2)})
        family = submission.child.family
        until = time.monotonic() + 5
        while len(family.look(thorough=True)) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(family.look()) > 1
    assert family.look(thorough=True) == []


def test_fork_that_comes_back_does_not_answer_twice(task):
    grade = graded(in_right("os.fork()"), task)
    assert grade.status == "right"


def test_patched_numpy_does_not_reach_the_verdict(task):
    patch = (
        "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\nnp.isfinite = lambda a: np.ones_like(a, bool)\n"
    )
    assert graded(patch + WRONG_BIAS, task).right == {"W": True, "b": False}


def test_pickle_in_the_pipe_is_never_read(task):
    with (
        pytest.raises(GaveUp),
        Submission(body("os.write(4, b'\\x80\\x04')", "os._exit(0)"), LIMITS) as submission,
    ):
        submission({"b": np.ones(2)})


# --- conduct ----------------------------------------------------------------------------------------------------------


def test_gradients_that_depend_on_earlier_calls_are_wrong(task):
    text = RIGHT.replace("def backward", "total = 0.0\n\ndef backward").replace("    out =", "    global total\n    out =", 1)
    text = text.replace("    return", "    total = total + delta.sum(axis=0)\n    return").replace(
        '"db": delta.sum(axis=0)', '"db": total'
    )
    grade = graded(text, task)
    assert grade.right == {"W": True, "b": False}
    assert "something is kept between calls" in grade.findings["b"]


def test_changed_inputs_are_remarked(task):
    grade = graded(RIGHT.replace("    return {", '    inputs["W"] *= 2\n    return {'), task)
    assert grade.status == "right"
    assert grade.remark == "backward changes its inputs: W"


def test_kink_accepts_every_convention(tmp_path):
    task = tmp_path / "task.py"
    task.write_text(
        "import numpy as np\n"
        "def make_inputs(seed):\n    return {'w': np.array([0.0, 1.0, -1.0])}\n"
        "def forward(inputs):\n    return np.sum(np.maximum(inputs['w'], 0))\n"
    )
    for value, right in (("0.0", True), ("0.5", True), ("1.0", True), ("1.5", False), ("-0.1", False)):
        text = f"import numpy as np\ndef backward(inputs):\n    w = inputs['w']\n    return {{'w': np.where(w == 0, {value}, w > 0)}}\n"
        assert graded(text, task).right == {"w": right}, value


# --- folder, table, feedback ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, task):
    path = tmp_path / "submissions"
    (path / "carol").mkdir(parents=True)
    (path / "alice.py").write_text(RIGHT)
    (path / "bob.py").write_text(WRONG_BIAS)
    (path / "carol" / "backward.py").write_text("import sys\nsys.exit()\n")
    return path


def test_folder_gives_one_table_and_a_file_each(folder, task, tmp_path):
    out = tmp_path / "out"
    grades = grade_folder(folder, task, out, seeds=[0, 1], jobs=2, limits=LIMITS, budget=0)
    assert [(g.name, g.score) for g in grades] == [("alice", 1.0), ("bob", 0.5), ("carol", 0.0)]
    rows = list(csv.DictReader((out / "grades.csv").read_text().splitlines()))
    assert [(r["submission"], r["status"], r["score"], r["W"], r["b"]) for r in rows] == [
        ("alice", "right", "1", "1", "1"),
        ("bob", "wrong", "0.5", "1", "0"),
        ("carol", "failed", "0", "0", "0"),
    ]
    assert "# alice: 2 of 2 gradients right" in (out / "feedback" / "alice.md").read_text()
    assert "| `b` | wrong | the gradient of b is off by" in (out / "feedback" / "bob.md").read_text()
    assert "it cannot be imported: line 2: it called sys.exit." in (out / "feedback" / "carol.md").read_text()


def test_folder_judges_again_only_what_changed(folder, task, tmp_path):
    out = tmp_path / "out"
    first = grade_folder(folder, task, out, seeds=[0], jobs=2, limits=LIMITS, budget=0)
    (folder / "bob.py").write_text(RIGHT + "# mended\n")
    second = grade_folder(folder, task, out, seeds=[0], jobs=2, limits=LIMITS, budget=0)
    assert second[1].score == 1.0
    assert second[0].seconds == first[0].seconds
    assert second[2].seconds == first[2].seconds
    assert len(list((out / "kept").iterdir())) == 4


def test_folder_survives_a_submission_that_kills_its_judge(folder, task, tmp_path):
    (folder / "dave.py").write_text(body("os.kill(os.getppid(), 9)", "time.sleep(60)"))
    grades = grade_folder(folder, task, tmp_path / "out", seeds=[0], jobs=2, limits=LIMITS, budget=0)
    assert [(g.name, g.score) for g in grades] == [("alice", 1.0), ("bob", 0.5), ("carol", 0.0), ("dave", 0.0)]
    assert grades[3].remark == "ended the process that judged it"


def test_names_are_found_once(tmp_path, task):
    for name in ("a.py", ".hidden.py", "_draft.py", "notes.txt"):
        (tmp_path / name).write_text(RIGHT)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "anything.py").write_text(RIGHT)
    assert [s.name for s in find_submissions(tmp_path, task) if s.path] == [".hidden", "_draft", "a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "must define make_inputs"),
        ("def make_inputs(seed): return 3\ndef forward(i): return 0", "must return a dict"),
        (TASK.replace('PARAMS = ["W", "b"]', 'PARAMS = ["V"]'), "PARAMS must name floating arrays"),
        ("def make_inputs(seed", "syntax error"),
    ],
)
def test_task_that_cannot_be_used_is_refused_in_a_sentence(text, message, tmp_path):
    path = tmp_path / "task.py"
    path.write_text(text)
    with pytest.raises(GradrefError, match=message):
        Task.read(path, [0])


def test_task_without_names_takes_the_floating_arrays(task):
    task.write_text(TASK.replace('PARAMS = ["W", "b"]', ""))
    assert Task.read(task, [0]).parameters == ("W", "b")


@pytest.mark.parametrize("helper", ["", "def act(z):\n    return z\n"], ids=["no clash", "clash"])
def test_combined_file_keeps_the_lines_of_the_submission(helper):
    task = (
        TASK.replace("np.tanh(", "act(")
        + "\ndef act(z):\n    return np.tanh(z)\n\ndef backward(inputs):\n    return 'solution'\n"
    )
    text = combined(task, RIGHT + helper)
    assert text.startswith(RIGHT)
    space = {"__name__": "combined"}
    exec(text, space)
    inputs = space["make_inputs"](0)
    out = np.tanh(inputs["x"] @ inputs["W"].T + inputs["b"])
    assert space["forward"](inputs) == pytest.approx(0.5 * np.sum((out - inputs["y"]) ** 2) / 6, rel=1e-15)
    assert set(space["backward"](inputs)) == {"dW", "db"}


# --- command line -----------------------------------------------------------------------------------------------------


def test_command_prints_a_table_and_exits_1(folder, task, tmp_path):
    from gradref.commands.grade import app

    arguments = [
        str(folder),
        "--task",
        str(task),
        "--out",
        str(tmp_path / "out"),
        "--seeds",
        "0",
        "--repair",
        "0",
        "--timeout",
        "3",
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "1 of 3 right" in result.output
    again = CliRunner().invoke(app, [*arguments, "--json"])
    found = json.loads(again.stdout)
    assert (found["verdict"], found["ok"], found["judged"]) == ("wrong", False, ["alice", "bob", "carol"])
    assert [g["score"] for g in found["grades"]] == [1.0, 0.5, 0.0]


def test_help_says_that_limits_are_not_a_sandbox():
    from gradref.commands.grade import app

    assert "not a sandbox" in " ".join(CliRunner().invoke(app, ["--help"]).output.split())
