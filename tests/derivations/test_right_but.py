"""Right but for a constant that the textbook ignores, a clip at the end; never for a factor, or where a condition makes it matter."""

import pytest

from gradref_derivations import check_file

NET = """import numpy as np

EPS = {eps}
CONDITIONS = {conditions}


def make_inputs(seed, condition=None):
    r = np.random.default_rng(seed)
    n = r.standard_normal
    far = 12.0 if condition == "far" else 1.0
    return {{"x": far * n((6, 4)), "y": r.integers(0, 3, 6), "W": far * n((4, 3)), "b": n(3)}}


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def forward(i):
    p = softmax(i["x"] @ i["W"] + i["b"])
    return -np.sum(np.log({log})) / 6


def backward(i):
    d = softmax(i["x"] @ i["W"] + i["b"])
    d[np.arange(6), i["y"]] -= 1
    d /= {m}
    dW, db = i["x"].T @ d, d.sum(axis=0)
    {clip}
    return {{"dW": dW, "db": db}}
"""
PLAIN = {"eps": "1e-7", "conditions": "[]", "log": 'p[np.arange(6), i["y"]]', "m": "6", "clip": "pass"}

RIGHT_BUT = {
    "epsilon in the log": ({"log": 'p[np.arange(6), i["y"]] + 1e-7'}, "np.log(", "1e-07"),
    "epsilon by name": ({"log": 'p[np.arange(6), i["y"]] + EPS'}, "EPS =", "1e-07"),
    "clipped at the end": ({"clip": "dW, db = np.clip(dW, -0.2, 0.2), np.clip(db, -0.2, 0.2)"}, "np.clip", "clip"),
    "clipped in place": ({"clip": "[np.clip(g, -0.2, 0.2, out=g) for g in (dW, db)]"}, "np.clip", "clip"),
}


@pytest.fixture
def write(tmp_path):
    def function(**parts):
        path = tmp_path / "net.py"
        path.write_text(NET.format(**PLAIN | parts), encoding="utf-8")
        return path

    return function


def test_the_plain_file_is_right(write):
    assert check_file(write(), [0, 1], budget=0).verdict == "right"


@pytest.mark.parametrize(("parts", "where", "what"), RIGHT_BUT.values(), ids=RIGHT_BUT)
def test_a_constant_that_explains_everything_is_a_remark(parts, where, what, write):
    path = write(**parts)
    report = check_file(path, [0, 1], budget=0)
    assert (report.verdict, report.ok, report.wrong) == ("right_but", True, ())
    assert what in report.remarks[0].text
    assert where in path.read_text().split("\n")[report.remarks[0].line - 1]
    assert "right but for what the remarks say" in str(report)
    assert report.to_dict()["remarks"][0]["line"] == report.remarks[0].line


WRONG = {
    "a real mistake beside the epsilon": {"log": 'p[np.arange(6), i["y"]] + 1e-7', "m": "6 * 1.0001"},
    "a factor forgotten everywhere": {"m": "1"},
    "an epsilon that is large": {"log": 'p[np.arange(6), i["y"]] + 1e-2'},
    "an epsilon that a condition makes matter": {"log": 'p[np.arange(6), i["y"]] + 1e-7', "conditions": '["far"]'},
    "a clip before the end": {"clip": "d = np.clip(d, -0.01, 0.01); dW = i['x'].T @ d; db = 2 * db"},
}


@pytest.mark.parametrize("parts", WRONG.values(), ids=WRONG)
def test_anything_else_stays_wrong(parts, write):
    assert check_file(write(**parts), [0, 1], budget=0).verdict == "wrong"


def test_a_factor_of_every_gradient_is_said_once(write):
    report = check_file(write(m="1"), [0, 1], budget=0)
    assert report.explanations[0].kind == "common factor"
    assert "every gradient is 6 times (the length of axis 0 of x) that of the stated cost" in str(report)
