"""What must not deceive the check: conditions that hide a mistake, chance, tails of scalar code, small slopes beside a large cost."""

import numpy as np
import pytest

from gradref import check_derivation
from gradref_derivations import check_file
from gradref_derivations.findings.trial import Trial
from gradref_derivations.program.program import Program
from gradref_derivations.repair.influence import reach_of
from gradref_derivations.truth.probe import Probe
from gradref_reference.errors import DataError


def program_of(path):
    return Program(path.read_text(encoding="utf-8"), str(path))


LINE = """
import numpy as np
PARAMS = ["w"]
{extra}
def make_inputs(seed{condition}):
    rng = np.random.default_rng(seed)
    m = {m}
    return {{"x": rng.standard_normal((m, 3)), "y": rng.standard_normal(m), "w": rng.standard_normal(3){more}}}
def forward(inputs):
    return {cost}
def backward(inputs):
    e = inputs["x"] @ inputs["w"] - inputs["y"]
    return {{"dw": {dw}}}
"""


def written(tmp_path, **parts):
    given = {
        "extra": "",
        "condition": "",
        "m": "6",
        "more": "",
        "cost": 'float(((inputs["x"] @ inputs["w"] - inputs["y"]) ** 2).mean())',
        "dw": '2 * inputs["x"].T @ e / len(e)',
    }
    path = tmp_path / "line.py"
    path.write_text(LINE.format(**given | parts), encoding="utf-8")
    return path


def test_plain_inputs_are_judged_beside_the_conditions(tmp_path):
    one = {"condition": ", condition=None", "m": "1 if condition else 6", "extra": 'CONDITIONS = ("batch_of_one",)'}
    wrong = check_file(written(tmp_path, dw='2 * inputs["x"].T @ e', **one), budget=0)
    assert wrong.wrong == ("w",)
    assert "(seed 0)" in str(wrong)  # the numbers are those of the plain inputs
    right = check_file(written(tmp_path, **one), budget=0)
    assert right.ok
    assert "5 seeds (10 inputs)" in str(right)


def test_a_condition_that_must_be_named_is_all_there_is(tmp_path):
    path = written(tmp_path, condition=", condition", extra='CONDITIONS = ("a", "b")')
    assert program_of(path).conditions() == ["a", "b"]


def test_backward_by_chance_is_refused_and_not_repaired(tmp_path):
    report = check_file(written(tmp_path, dw='2 * inputs["x"].T @ (e * (np.random.rand(len(e)) < 0.7)) / len(e)'))
    assert not report.ok
    assert report.repair is None
    assert any(c.kind == "chance" and "not repeatable" in c.text for c in report.conduct)


def test_forward_by_chance_is_refused(tmp_path):
    cost = 'float(((inputs["x"] @ inputs["w"] - inputs["y"]) ** 2 * np.random.rand(6)).mean())'
    with pytest.raises(DataError, match="must give the same cost for the same inputs"):
        check_file(written(tmp_path, cost=cost))


def test_a_number_for_each_sample_goes_with_its_sample(tmp_path):
    """Exposure, weight or offset: an array of one number a sample under a name that nobody knows."""
    parts = {
        "more": ', "exposure": rng.random(m)',
        "cost": 'float((inputs["exposure"] * (inputs["x"] @ inputs["w"] - inputs["y"]) ** 2).mean())',
    }
    assert check_file(written(tmp_path, dw='2 * inputs["x"].T @ (inputs["exposure"] * e) / len(e)', **parts), budget=0).ok
    assert not check_file(written(tmp_path, dw='2 * inputs["x"].T @ e / len(e)', **parts), budget=0).ok


def test_dataclasses_and_string_annotations_run(tmp_path):
    extra = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass Model:\n    scale: float = 1.0\n"
    path = written(tmp_path, dw='Model().scale * 2 * inputs["x"].T @ e / len(e)')
    path.write_text(extra + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert check_file(path, budget=0).ok


def test_a_real_total_takes_a_slope_in_place():
    """total += of one parameter after another: the first is real while the second carries the slope."""

    def forward(inputs):
        total = 0
        for name in ("a", "b"):
            total += np.sum(inputs[name] ** 2)
        buffer = np.sum(inputs["a"] ** 2, axis=0)
        buffer += inputs["b"][0]
        return total + np.sum(buffer**2)

    def backward(inputs, wrong=1.0):
        buffer = np.sum(inputs["a"] ** 2, axis=0) + inputs["b"][0]
        db = 2 * inputs["b"]
        db[0] += 2 * buffer * wrong
        return {"da": 2 * inputs["a"] + 4 * buffer * inputs["a"], "db": db}

    rng = np.random.default_rng(0)
    inputs = {"a": rng.standard_normal((4, 3)), "b": rng.standard_normal((2, 3))}
    assert check_derivation(forward, backward, inputs, budget=0).ok
    assert check_derivation(forward, lambda i: backward(i, 0.5), inputs, budget=0).wrong == ("b",)


def test_tails_of_scalar_code_are_judged_by_its_own_rounding():
    """1 - Φ(z) cancels in float64: forward and backward share 1e-11, which is no mistake; a factor of 1 + 1e-8 is one."""
    import math

    def tail(z):
        return 1.0 - 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))

    def forward(inputs):
        return -math.log(tail(float(inputs["z"])))

    def backward(inputs, factor=1.0):
        z = float(inputs["z"])
        return {"dz": np.array(factor * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / tail(z))}

    inputs = {"z": np.array(4.2)}
    assert check_derivation(forward, backward, inputs, budget=0).ok
    assert not check_derivation(forward, lambda i: backward(i, 1 + 1e-8), inputs, budget=0).ok


@pytest.mark.parametrize("function", ["slogdet", "cholesky"])
def test_factorisations_carry_the_slope(function):
    """LAPACK takes a complex matrix for a Hermitian one; the slope along D is that of differences all the same."""
    rng = np.random.default_rng(2)
    A, D = rng.standard_normal((2, 5, 5))
    A, D = A @ A.T + np.eye(5), D + D.T
    evaluate = getattr(np.linalg, function)
    moved = evaluate((A + 1e-30j * D).view(Probe))
    plus, minus = evaluate(A + 1e-5 * D), evaluate(A - 1e-5 * D)
    if function == "slogdet":
        moved, plus, minus = moved[1], plus[1], minus[1]
    np.testing.assert_allclose(np.asarray(moved).imag / 1e-30, (plus - minus) / 2e-5, rtol=1e-8, atol=1e-9)


def test_a_slope_that_is_tiny_beside_the_cost_is_not_lost():
    """With Sigma of 1e6 the derivative of log det is 1e-6 and the cost 1e2: the directions must be scaled like the inputs."""

    def forward(inputs):
        return 0.5 * np.linalg.slogdet(inputs["S"])[1] + 100.0

    rng = np.random.default_rng(3)
    A = rng.standard_normal((4, 4))
    inputs = {"S": 1e6 * (A @ A.T + 4 * np.eye(4))}
    assert check_derivation(forward, lambda i: {"dS": 0.5 * np.linalg.inv(i["S"]).T}, inputs, budget=0).ok
    assert check_derivation(forward, lambda i: {"dS": np.linalg.inv(i["S"]).T}, inputs, budget=0).wrong == ("S",)


TWO = """
import numpy as np
def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.standard_normal((5, 3)), "W1": rng.standard_normal((4, 3)), "W2": rng.standard_normal((2, 4))}
def forward(inputs):
    a = np.tanh(inputs["x"] @ inputs["W1"].T)
    return float((np.tanh(a @ inputs["W2"].T) ** 2).sum())
def backward(inputs):
    a = np.tanh(inputs["x"] @ inputs["W1"].T)
    o = np.tanh(a @ inputs["W2"].T)
    top = 2 * o * (1 - o ** 2)
    low = (top @ inputs["W2"]) * (1 - a)
    gW2 = top.T @ a
    gW1 = low.T @ inputs["x"]
    return {"dW1": gW1, "dW2": gW2}
"""


def test_only_lines_that_can_mend_the_error_are_suspected(tmp_path):
    """`low` and what is made of it can; `top` cannot, for the gradient of W2 is right; `o` and the forward line of `a` cannot either."""
    path = tmp_path / "two.py"
    path.write_text(TWO, encoding="utf-8")
    program = program_of(path)
    trial = Trial(program, program.namespace["make_inputs"](0))
    trial.evaluate_forward()
    trial.run()
    assert set(trial.findings) == {"W1"}
    explains = reach_of(program, trial, {"W1"}, 5.0).explains
    at = {name: 1 + TWO.splitlines().index(line) for name, line in _assignments(TWO)}
    assert explains[at["low"]]
    assert not explains[at["top"]]
    assert not explains[at["gW2"]]
    report = check_file(path)
    assert report.repair is not None
    assert report.repair.line == at["low"]


def _assignments(text):
    body = text[text.index("def backward") :].splitlines()
    return [(line.split("=")[0].strip(), line) for line in body if "=" in line]


def test_one_idea_in_two_places_of_a_line_is_mended(tmp_path):
    path = tmp_path / "two.py"
    path.write_text(
        TWO.replace("(1 - a)", "(1 - a ** 2)").replace("2 * o * (1 - o ** 2)", "2 * a * (1 - a ** 2)"), encoding="utf-8"
    )
    text = path.read_text(encoding="utf-8").replace("rng.standard_normal((2, 4))", "rng.standard_normal((4, 4))")
    path.write_text(text, encoding="utf-8")
    report = check_file(path)
    assert report.repair is not None
    assert "2 * o * (1 - o ** 2)" in report.repair.after


WAVY = """
import numpy as np
def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.standard_normal((5, 3)), "W1": rng.standard_normal((4, 3)), "W2": rng.standard_normal((2, 4))}
def forward(inputs):
    z = inputs["x"] @ inputs["W1"].T
    a = np.tanh(z) + 0.1 * np.sin(3 * z)
    s = a @ inputs["W2"].T
    return float((np.tanh(s) ** 2).sum())
def backward(inputs):
    u = inputs["x"] @ inputs["W1"].T
    a = np.tanh(u) + 0.1 * np.sin(3 * u)
    o = np.tanh(a @ inputs["W2"].T)
    top = 2 * o * (1 - o ** 2)
    NAME = (top @ inputs["W2"]) * (1 - a ** 2)
    return {"dW1": NAME.T @ inputs["x"], "dW2": top.T @ a}
"""


@pytest.mark.parametrize(("name", "sure"), [("dz", True), ("low", False)])
def test_a_line_is_called_wrong_only_where_that_is_proved(tmp_path, name, sure):
    """No single edit gives this derivative. `dz` is not the slope along z, while all it reads is right; `low` promises nothing, and
    the line after it could be at fault as well: the message says where to look, and claims no more."""
    path = tmp_path / "wavy.py"
    path.write_text(WAVY.replace("NAME", name), encoding="utf-8")
    report = check_file(path, range(2), budget=3.0)
    assert report.repair is None
    assert report.place is not None
    assert f"{name} = " in report.place.text
    assert report.place.sure == sure
    assert ("is the first that is wrong" in str(report)) == sure
    assert ("Look first at line" in str(report)) != sure
