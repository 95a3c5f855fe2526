"""Seeded faults: a grader must refuse each, name the parameter, and say what it saw."""

import pytest

from gradref_derivations.grade import Limits, Task
from gradref_derivations.grade.judge import judge

TASK = """
import numpy as np

PARAMS = ["W", "b"]

def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=(5, 3)), "y": rng.normal(size=(5, 3)), "W": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}

def forward(inputs):
    out = np.tanh(inputs["x"] @ inputs["W"].T + inputs["b"])
    return 0.5 * np.sum((out - inputs["y"]) ** 2) / 5
"""

BACKWARD = """
import numpy as np

def backward(inputs):
    x, y = inputs["x"], inputs["y"]
    out = np.tanh(x @ inputs["W"].T + inputs["b"])
    delta = (out - y) * (1 - out**2) / 5
    dW = delta.T @ x
    db = delta.sum(axis=0)
    return {"dW": dW, "db": db}
"""

FAULTS = {
    "sign": ("(out - y)", "(y - out)", {"W", "b"}, "is off by"),
    "transposed in a square layer": ("dW = delta.T @ x", "dW = x.T @ delta", {"W"}, "is off by"),
    "missing mean": (" / 5", "", {"W", "b"}, "is off by"),
    "reversed batch": ("delta.T @ x", "delta.T @ x[::-1]", {"W"}, "is off by"),
    "one flipped entry": ("    return", "    dW[2, 1] *= -1\n    return", {"W"}, "is off by"),
    "one entry off by 1e-9": ("    return", "    db[0] *= 1 + 1e-9\n    return", {"b"}, "is off by"),
    "float32 on the way": ("(1 - out**2)", "(1 - out**2).astype(np.float32)", {"W", "b"}, "is off by"),
    "NaN": ("    return", "    dW[0, 0] = np.nan\n    return", {"W"}, "1 NaN or infinite"),
    "all zeros": ('"db": db', '"db": 0 * db', {"b"}, "is off by"),
    "not summed over the batch": ("delta.sum(axis=0)", "delta", {"b"}, "must have the shape of b, (3,), got (5, 3)"),
    "left out": (', "db": db', "", {"b"}, "no gradient came back for b"),
    "right at the first seed only": (
        "    return",
        "    db = db * (1 if inputs['x'][0, 0] < 0.2 else 2)\n    return",
        {"b"},
        "(seed 1)",
    ),
}


@pytest.fixture
def task(tmp_path):
    path = tmp_path / "task.py"
    path.write_text(TASK)
    return Task.read(path, [0, 1])


@pytest.mark.parametrize(("old", "new", "parameters", "message"), FAULTS.values(), ids=FAULTS)
def test_seeded_fault_costs_its_parameters(old, new, parameters, message, task):
    assert BACKWARD.count(old) == 1
    grade = judge("faulty", "0", BACKWARD.replace(old, new), task, Limits(seconds=5.0))
    assert {p for p, right in grade.right.items() if not right} == parameters
    assert grade.status == "wrong"
    for parameter in parameters:
        assert message in grade.findings[parameter]


def test_the_same_file_without_a_fault_is_right(task):
    grade = judge("right", "0", BACKWARD, task, Limits(seconds=5.0))
    assert (grade.status, grade.findings) == ("right", {})


def test_the_score_is_not_the_submissions_to_give(task, monkeypatch):
    """A submission that patches the checker in its own process changes nothing here."""
    patch = "import gradref_derivations.findings.trial as t\nt.distance = lambda *a: 0.0\n"
    grade = judge("liar", "0", patch + BACKWARD.replace("(out - y)", "(y - out)"), task, Limits(seconds=5.0))
    assert not any(grade.right.values())
