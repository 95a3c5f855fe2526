"""Never right with nothing judged: what is left out, unknown, of a wrong kind or not returned makes the check say so, and exit 2."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from gradref import check_derivation
from gradref.cli import app
from gradref_derivations import check_file
from gradref_derivations.program.match_keys import match_keys
from gradref_reference.errors import DataError

LAYER = """import numpy as np
{extra}

def make_inputs(seed, condition=None):
    r = np.random.default_rng(seed)
    W = np.full((3, 2), 800.0) if condition == "far" else r.standard_normal((3, 2))
    return {{"x": r.standard_normal((5, 3)), "W": W, "b": r.standard_normal(2)}}


def forward(i):
    return 0.5 * np.sum((i["x"] @ i["W"] + i["b"]) ** 2)


def backward(i):
    d = i["x"] @ i["W"] + i["b"]
    dW, db = i["x"].T @ d, d.sum(axis=0)
    {end}
"""


@pytest.fixture
def write(tmp_path):
    def function(end, extra=""):
        path = tmp_path / "layer.py"
        path.write_text(LAYER.format(end=end, extra=extra), encoding="utf-8")
        return path

    return function


UNJUDGED = {
    "nothing": ("return {}", "W", "backward returned nothing"),
    "unknown names": ('return {"first": dW, "second": db}', "W", "got 'first', 'second'"),
    "one left out": ('return {"dW": dW}', "b", "forward depends on it, and no gradient came back for it"),
}


@pytest.mark.parametrize(("end", "name", "reason"), UNJUDGED.values(), ids=UNJUDGED)
def test_what_was_not_judged_is_named(end, name, reason, write):
    report = check_file(write(end), [0])
    assert report.verdict == "unjudged"
    assert not report.ok
    assert reason in next(n.reason for n in report.not_judged if n.name == name)
    assert "cannot be judged" in str(report)


def test_a_gradient_left_out_on_purpose_is_declared(write):
    path = write('return {"dW": dW}', 'FROZEN = ["b"]')
    assert check_file(path, [0]).verdict == "right"
    inputs = {"w": np.array([1.0, 2.0]), "scale": np.array([3.0, 4.0])}
    functions = (lambda i: np.sum(i["scale"] * i["w"]), lambda i: {"dw": i["scale"]}, inputs)
    assert check_derivation(*functions).verdict == "unjudged"
    assert check_derivation(*functions, frozen=["scale"]).verdict == "right"
    assert check_derivation(*functions, wrt=["w"]).verdict == "right"


def test_a_wrong_gradient_beside_one_left_out_is_wrong(write):
    report = check_file(write('return {"dW": 2 * dW}'), [0], budget=0)
    assert (report.verdict, report.wrong) == ("wrong", ("W",))
    assert [n.name for n in report.not_judged] == ["b"]


def test_integers_have_no_gradient_and_say_so():
    report = check_derivation(lambda i: float(np.sum(i["w"] ** 2)), lambda i: {"dw": 2.0 * i["w"]}, {"w": np.array([1, 2])})
    assert report.verdict == "unjudged"
    assert "integers" in report.not_judged[0].reason


def test_an_index_whose_name_ends_a_key_is_no_parameter():
    """dbi is the gradient of bi, not of the index i."""
    inputs = {"i": np.array([0, 1, 1]), "bi": np.array([0.5, -1.0])}
    cost = lambda inputs: float(np.sum(inputs["bi"][inputs["i"]] ** 2))  # noqa: E731
    report = check_derivation(cost, lambda inputs: {"dbi": 2 * inputs["bi"] * np.array([1.0, 2.0])}, inputs)
    assert report.verdict == "right"


def test_a_condition_without_a_finite_cost_is_no_pass(tmp_path):
    path = tmp_path / "layer.py"
    text = LAYER.format(end='return {"dW": dW, "db": db}', extra='CONDITIONS = ["far"]')
    path.write_text(
        text.replace("0.5 * np.sum(", "0.5 * np.exp(np.max(np.abs(i['W'])) - 700) * 0 + 0.5 * np.sum("), encoding="utf-8"
    )
    assert check_file(path, [0, 1]).ok
    path.write_text(text.replace("0.5 * np.sum(", "0 * np.exp(np.max(np.abs(i['W']))) + 0.5 * np.sum("), encoding="utf-8")
    report = check_file(path, [0, 1])
    assert report.verdict == "unjudged"
    assert {n.name for n in report.not_judged} == {"seed 0, condition far", "seed 1, condition far"}


def test_backward_that_raises_is_wrong_and_calls_nothing_right(write):
    report = check_file(write("raise ValueError('no')"), [0], budget=0)
    assert (report.verdict, report.right, report.judged) == ("wrong", (), ())
    assert "No gradient was judged" in str(report)
    assert "raised ValueError: no on every input" in str(report)


JOINT = """import numpy as np

PARAMS = ["W1", "W2"]


def make_inputs(seed):
    s = np.random.default_rng(seed).standard_normal
    return {"X": s((5, 3)), "y": s((5, 2)), "W1": s((3, 4)), "W2": s((4, 2))}


def loss(i):
    h = np.tanh(i["X"] @ i["W1"])
    out = h @ i["W2"]
    cost = 0.5 * np.sum((out - i["y"]) ** 2)
    d = out - i["y"]
    dh = d @ i["W2"]
    return cost, {"dW1": i["X"].T @ (dh * (1 - h**2)), "dW2": h.T @ d}


def forward(i):
    return loss(i)[0]


def backward(i):
    return loss(i)[1]
"""


def test_a_joint_function_that_raises_behind_its_cost_is_wrong_in_its_gradient_part(tmp_path):
    path = tmp_path / "joint.py"
    path.write_text(JOINT)
    report = check_file(path, [0])
    assert (report.verdict, report.judged) == ("wrong", ())
    assert report.line == JOINT[: JOINT.index("dh = ")].count("\n") + 1
    assert "the forward pass is not to blame" in str(report)
    path.write_text(JOINT.replace('i["W1"])', 'i["W1"].T)'))
    with pytest.raises(DataError, match="forward"):
        check_file(path, [0])


# --- names of gradients ---------------------------------------------------------------------------------------------

SPELLINGS = [
    "dJdW1",
    "dL_dW1",
    "dL/dW1",
    "W1_diff",
    "W1_grad",
    "grad_W1",
    "gradient_of_W1",
    "nabla_W1",
    "dloss_dW1",
    "∂W1",
    "W1_bar",
]


@pytest.mark.parametrize("key", SPELLINGS)
def test_gradients_are_known_by_any_usual_name(key):
    inputs = {"W1": np.zeros((2, 3)), "W2": np.zeros((3, 2)), "x": np.zeros((4, 3))}
    assert match_keys({key: np.zeros((2, 3))}, inputs, None).keys == {"W1": key}


def test_words_for_a_parameter_are_matched_and_said():
    inputs = {"x": np.zeros((5, 3)), "W": np.zeros((3, 2)), "b": np.zeros(2)}
    matched = match_keys({"d_weights": np.zeros((3, 2)), "grad_bias": np.zeros(2)}, inputs, None)
    assert matched.keys == {"W": "d_weights", "b": "grad_bias"}
    assert set(matched.guessed) == {"W", "b"}


def test_two_ways_to_match_are_none():
    inputs = {"u1": np.zeros(3), "v1": np.zeros(3)}
    assert match_keys({"grad_first": np.zeros(3), "grad_second": np.zeros(3)}, inputs, None).keys == {}


# --- the command ----------------------------------------------------------------------------------------------------

COMMON = ["format", "verdict", "ok", "judged", "not_judged"]


@pytest.mark.parametrize(
    ("end", "verdict", "code"),
    [
        ('return {"dW": dW, "db": db}', "right", 0),
        ('return {"dW": dW, "db": 3 * db}', "wrong", 1),
        ("return {}", "unjudged", 2),
        ("return None", "unjudged", 2),
    ],
)
def test_command_prints_one_object_whatever_happens(end, verdict, code, write):
    result = CliRunner().invoke(app, ["check", str(write(end)), "--json", "--seeds", "0", "--budget", "0"])
    found = json.loads(result.stdout)
    assert list(found)[:5] == COMMON
    assert (found["format"], found["verdict"], found["ok"]) == (1, verdict, code == 0)
    assert bool(found["judged"]) == (verdict != "unjudged")
    assert bool(found["not_judged"]) == (verdict == "unjudged")
    if end != "return None":
        assert result.exit_code == code
