"""Right derivations are called right, whatever makes them hard; unusable files cost one sentence."""

import json
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from support.programs import MLP
from typer.testing import CliRunner

import gradref
from gradref.cli import app
from gradref.commands.check import parse_seeds
from gradref_derivations import check_file
from gradref_derivations.isolated import check_file_isolated
from gradref_reference.errors import GradrefError


@pytest.fixture
def write(tmp_path):
    def function(text: str, name: str = "derivation.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return function


def one_parameter(forward: str, backward: str, make: str = "rng.standard_normal(4)") -> str:
    """A file with one parameter w."""
    return (
        "import math\nimport numpy as np\n\n\ndef make_inputs(seed):\n    rng = np.random.default_rng(seed)\n"
        f"    return {{'w': {make}}}\n\n\ndef forward(i):\n    w = i['w']\n    return {forward}\n\n\n"
        f"def backward(i):\n    w = i['w']\n    return {{'dw': {backward}}}\n"
    )


def test_report_of_a_right_derivation_names_every_gradient(write):
    report = check_file(write(MLP))
    assert report.ok, str(report)
    assert report.right == ("W1", "b1", "W2", "b2")
    assert len(report.seeds) == 5
    assert report.truth["digits"] >= 30
    assert "ball arithmetic" in report.truth["method"]


HARD = {
    "relu at exactly zero": one_parameter("np.sum(np.maximum(w, 0))", "(w > 0) * 1.0", "np.array([0.0, -1.0, 2.0, 0.0])"),
    "relu at exactly zero, other side": one_parameter("np.sum(np.maximum(w, 0))", "(w >= 0) * 1.0", "np.array([0.0, -1.0])"),
    "absolute value at zero": one_parameter("np.sum(np.abs(w))", "np.sign(w)", "np.array([0.0, -1.0])"),
    "ties of a maximum": one_parameter("np.max(w)", "(w == w.max()) / np.sum(w == w.max())", "np.array([2.0, 2.0, 1.0])"),
    "saturated sigmoid": one_parameter(
        "np.sum(1 / (1 + np.exp(-w)))", "(1 / (1 + np.exp(-w))) * (1 - 1 / (1 + np.exp(-w)))", "40 + rng.standard_normal(4)"
    ),
    "saturated tanh": one_parameter("np.sum(np.tanh(w))", "1 - np.tanh(w) ** 2", "30 * rng.standard_normal(4)"),
    "tiny variance": one_parameter(
        "np.sum(((w - w.mean()) / np.sqrt(w.var() + 1e-12)) * np.arange(4))",
        "(lambda r, h, g: r * (g - g.mean() - h * (g * h).mean()))"
        "(1 / np.sqrt(w.var() + 1e-12), (w - w.mean()) / np.sqrt(w.var() + 1e-12), np.arange(4.0))",
        "1 + 1e-7 * rng.standard_normal(4)",
    ),
    "a gradient that is zero": one_parameter("np.sum(np.exp(w) / np.exp(w).sum())", "np.zeros(4)"),
    "log of a tiny number": one_parameter("-np.sum(np.log(w))", "-1 / w", "1e-250 * (1 + rng.random(4))"),
    "math.erf through vectorize": one_parameter("np.sum(np.vectorize(math.erf)(w))", "2 / math.sqrt(math.pi) * np.exp(-w**2)"),
    "a python float at the end": one_parameter("float(np.sum(w**3))", "3 * w**2"),
    "a loop over scalars": one_parameter("sum(math.sin(v) for v in w)", "[math.cos(v) for v in w]"),
    "an array filled in place": one_parameter(
        "(lambda o: [o.__setitem__(k, w[k] ** 2) for k in range(4)] and o.sum())(np.zeros(4))", "2 * w"
    ),
    "a norm": one_parameter("np.linalg.norm(w)", "w / np.linalg.norm(w)"),
    "no input is needed as an array": one_parameter("w**2", "2 * w", "3.0"),
}


@pytest.mark.parametrize("name", HARD)
def test_check_accepts_hard_but_right(name, write):
    report = check_file(write(HARD[name]), seeds=[0, 1])
    assert report.ok, str(report)


def test_check_reports_the_convention_at_a_kink(write):
    report = check_file(write(HARD["relu at exactly zero"]), seeds=[0])
    assert report.conventions
    assert "between the one-sided derivatives" in report.conventions[0]


@pytest.mark.parametrize("prefix", ["d", "grad_", "g_", "nabla_", ""])
def test_check_understands_the_prefixes_of_keys(prefix):
    inputs = {"w": np.array([1.0, 2.0]), "labels": np.array([0, 1])}
    report = gradref.check_derivation(lambda i: np.sum(i["w"] ** 3), lambda i: {prefix + "w": 3 * i["w"] ** 2}, inputs)
    assert report.ok, str(report)
    assert report.right == ("w",)


def test_check_derivation_leaves_its_inputs_alone():
    inputs = {"w": np.array([1.0, 2.0])}
    inputs["w"].flags.writeable = False
    assert gradref.check_derivation(lambda i: np.sum(i["w"] ** 2), lambda i: {"w": 2 * i["w"]}, inputs).ok


UNUSABLE = {
    "syntax error": ("def f(:", "syntax error in line 1"),
    "missing function": (MLP.replace("def backward", "def backwards"), "must define backward"),
    "exits when imported": ("import sys\nsys.exit(1)", "called sys.exit in line 2"),
    "forward returns an array": (one_parameter("w", "w"), "not one number"),
    "forward raises": (one_parameter("1 / 0", "w"), "ZeroDivisionError"),
    "forward is infinite": (one_parameter("np.sum(w) * np.inf", "w"), "finite cost"),
    "backward returns a number": (one_parameter("w.sum()", "w").replace("{'dw': w}", "7.0"), "not a dict"),
    "backward hangs": (
        one_parameter("w.sum()", "w").replace("def backward(i):", "def backward(i):\n    while True: pass"),
        "in time",
    ),
    "inputs are no dict": (MLP.replace("return {\n", "return 0, {\n"), "must return a dict of arrays"),
    "unknown parameter": (MLP.replace('"b2"]', '"b3"]'), "every name must be an input"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_check_refuses_in_one_sentence(name, write):
    text, message = UNUSABLE[name]
    with pytest.raises(GradrefError, match=message) as caught:
        check_file(write(text), seeds=[0], call_limit=0.5)
    assert "\n" not in str(caught.value)


def test_command_prints_pure_json_whatever_the_code_prints(write):
    noisy = MLP.replace("import numpy as np\n", "import os\nimport numpy as np\nprint('x' * 9999)\nos.write(1, b'raw')\n")
    path = write(noisy.replace("    n = len", "    print('noise')\n    n = len"))
    done = subprocess.run(
        [sys.executable, "-m", "gradref.cli", "check", str(path), "--json", "--seeds", "0-1"], capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["ok"] is True
    for key in ("wrong", "entries", "explanations", "conduct", "conventions"):
        assert report[key] == []
    for key in ("root", "equation", "repair"):
        assert report[key] is None
    assert [s["seed"] for s in report["seeds"]] == [0, 1]


def test_command_exits_with_1_and_names_the_line(write):
    path = write(MLP.replace("(1 - a1**2)", "(1 - a1)"))
    result = CliRunner().invoke(app, ["check", str(path), "--json", "--seeds", "0"])
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["wrong"] == ["W1", "b1"]
    assert report["repair"]["line"] == MLP[: MLP.index("delta1 = ")].count("\n") + 1


def test_command_survives_a_process_that_ends_itself(write):
    path = write(one_parameter("w.sum()", "__import__('os')._exit(0)"))
    result = CliRunner().invoke(app, ["check", str(path)])
    assert isinstance(result.exception, GradrefError)
    assert "os._exit" in str(result.exception)


def test_command_names_another_cost(write, tmp_path):
    (tmp_path / "net.toml").write_text(gradref.Network((4, 5, 3), ("tanh", "identity"), "quadratic").to_toml())
    path = write(MLP)
    assert check_file(path, seeds=[0], network=tmp_path / "net.toml").ok
    other = write(MLP.replace("0.5 * np.sum", "np.sum").replace('- inputs["y"]) / n', '- inputs["y"]) * 2 / n'))
    report = check_file(other, seeds=[0], network=tmp_path / "net.toml", budget=0)
    assert not report.ok
    assert report.conduct[0].kind == "different cost"
    assert "twice" in report.conduct[0].text


@pytest.mark.parametrize(("text", "numbers"), [("0-4", [0, 1, 2, 3, 4]), ("3", [3]), ("0,2-3,2", [0, 2, 3])])
def test_seeds_are_numbers_and_ranges(text, numbers):
    assert parse_seeds(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "4-1", "1-", "-1"])
def test_seeds_refuse_anything_else(text):
    with pytest.raises(GradrefError, match="seeds"):
        parse_seeds(text)


def test_report_shows_itself_as_html(write):
    html = check_file(write(MLP.replace("/ n", "")), seeds=[0], budget=0)._repr_html_()
    assert "<b" in html
    assert "dW1" in html


SHIFT = """import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"W": rng.standard_normal((3, 4)), "c": rng.standard_normal(1), "x": rng.standard_normal((6, 4)), "t": rng.integers(0, 3, 6)}


PARAMS = ["W", "c"]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def forward(inputs):
    p = softmax(inputs["x"] @ inputs["W"].T + inputs["c"])
    return -np.log(p[np.arange(6), inputs["t"]]).mean()


def backward(inputs):
    p = softmax(inputs["x"] @ inputs["W"].T + inputs["c"])
    delta = (p - np.eye(3)[inputs["t"]]) / 6
    return {"dW": -delta.T @ inputs["x"], "dc": np.array([delta.sum()])}
"""


def test_gradient_that_is_zero_to_rounding_does_not_spoil_the_digits(write):
    """The softmax does not see a shift of all its inputs: dc is rounding alone and agrees to no digit of its own."""
    report = check_file(write(SHIFT), [0])
    assert report.wrong == ("W",)
    assert report.repair is not None
    digits = int(report.repair.verified.removeprefix("to ").split(" ", 1)[0])
    assert digits >= 12, report.repair.verified


def test_zero_gradient_in_an_array_made_of_scalars_is_right(write):
    """`np.array([delta.sum()])` is rounding alone; the disturbed runs must keep its shape, or nothing excuses it."""
    assert check_file(write(SHIFT.replace("-delta.T", "delta.T")), list(range(10))).ok


SINGLE = """import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"W": rng.normal(size=(3, 4)).astype(np.float32), "x": rng.normal(size=(5, 4)).astype(np.float32)}


PARAMS = ["W"]


def forward(inputs):
    return float(np.log1p(np.exp(inputs["x"] @ inputs["W"].T)).mean())


def backward(inputs):
    z = inputs["x"] @ inputs["W"].T
    return {"dW": (1 / (1 + np.exp(-z))).T @ inputs["x"] / np.float32(z.size)}
"""


@pytest.mark.parametrize(("factor", "right"), [("", True), (" * np.float32(1.0001)", False)], ids=["honest", "1e-4 off"])
def test_single_precision_code_is_judged_by_its_own_rounding(write, factor, right):
    text = SINGLE.replace("np.float32(z.size)", f"np.float32(z.size){factor}")
    assert check_file(write(text), list(range(5)), budget=0).ok is right


NAIVE = """import numpy as np

PARAMS = ["w", "b"]


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(8, 3)), rng.normal(size=3)
    z = x @ w
    return {"x": x, "w": w * (18 + 1.1 * seed) / abs(z).max(), "b": np.zeros(()), "y": (rng.random(8) > 0.5).astype(float)}


def forward(inputs):
    a = 1 / (1 + np.exp(-(inputs["x"] @ inputs["w"] + inputs["b"])))
    return -np.mean(inputs["y"] * np.log(a) + (1 - inputs["y"]) * np.log(1 - a))


def backward(inputs):
    a = 1 / (1 + np.exp(-(inputs["x"] @ inputs["w"] + inputs["b"])))
    dz = (a - inputs["y"]) / len(a)
    return {"grad_w": inputs["x"].T @ dz, "grad_b": dz.sum()}
"""


def test_forward_that_cancels_is_no_ground_for_an_alarm(write):
    """log(1 - a) of a saturated unit has few digits: differences see noise, and balls have the last word."""
    report = check_file(write(NAIVE), list(range(15)))
    assert report.ok, str(report)
    report = check_file(write(NAIVE.replace("(a - inputs", "(1 + 1e-9) * (a - inputs")), list(range(15)), budget=0)
    assert [s["ok"] for s in report.to_dict()["seeds"]] == [False] * 15


def test_child_process_is_spawned_where_a_framework_holds_threads(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", sys.modules.get("jax", types.ModuleType("jax")))
    assert check_file_isolated(write(MLP), [0], budget=0).ok
