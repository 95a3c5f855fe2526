"""Files with our three functions whose values are not plain: tuples and lists of gradients, nested inputs, np.matrix."""

import pytest

from gradref_derivations import check_file

NET = """import numpy as np


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {inputs}

{params}

def forward(i):
    {read}
    a = np.tanh(x @ W1 + b1)
    return 0.5 * np.sum((a @ W2 - y) ** 2)


def backward(i):
    {read}
    a = np.tanh(x @ W1 + b1)
    d2 = a @ W2 - y
    dW2 = a.T @ d2
    d1 = (d2 @ W2.T) * (1 - a**2)
    dW1 = x.T @ d1
    db1 = d1.sum(axis=0)
    return {end}
"""
FLAT = (
    '{"x": r.standard_normal((6, 4)), "y": r.standard_normal((6, 3)), "W1": r.standard_normal((4, 5)), '
    '"b1": r.standard_normal(5), "W2": r.standard_normal((5, 3))}'
)
LISTS = (
    '{"x": r.standard_normal((6, 4)), "y": r.standard_normal((6, 3)), "weights": [r.standard_normal((4, 5)), '
    'r.standard_normal((5, 3))], "params": {"b1": r.standard_normal(5)}}'
)
READ_FLAT = 'x, y, W1, b1, W2 = (i[k] for k in ("x", "y", "W1", "b1", "W2"))'
READ_LISTS = 'x, y, (W1, W2), b1 = i["x"], i["y"], i["weights"], i["params"]["b1"]'

FORMS = {
    "tuple by the names returned": (FLAT, "", READ_FLAT, "dW1, db1, dW2", {"b1"}),
    "list by the names returned": (FLAT, "", READ_FLAT, "[dW1, db1, dW2]", {"b1"}),
    "tuple in the order of PARAMS": (FLAT, 'PARAMS = ["W1", "b1", "W2"]', READ_FLAT, "(dW1 * 1, db1 * 1, dW2 * 1)", {"b1"}),
    "cost and gradients": (FLAT, "", READ_FLAT, "0.0, {'W1': dW1, 'b1': db1, 'W2': dW2}", {"b1"}),
    "nested inputs and gradients": (LISTS, "", READ_LISTS, '{"weights": [dW1, dW2], "params": {"b1": db1}}', {"params['b1']"}),
}


@pytest.mark.parametrize(("inputs", "params", "read", "end", "wrong"), FORMS.values(), ids=FORMS)
def test_gradients_of_any_form_are_judged(inputs, params, read, end, wrong, tmp_path):
    path = tmp_path / "net.py"
    text = NET.format(inputs=inputs, params=params, read=read, end=end)
    path.write_text(text)
    report = check_file(path, [0, 1], budget=0)
    assert report.verdict == "right", str(report)
    assert len(report.judged) == 3
    path.write_text(text.replace("d1.sum(axis=0)", "d1.mean(axis=0)"))
    assert set(check_file(path, [0, 1], budget=0).wrong) == wrong


MATRIX = """import numpy as np


def make_inputs(seed):
    n = np.random.default_rng(seed).standard_normal
    return {"X": np.matrix(n((5, 3))), "y": np.matrix(n((5, 1))), "theta": np.matrix(n((3, 1)))}


PARAMS = ["theta"]


def forward(i):
    return np.sum(np.power(i["X"] * i["theta"] - i["y"], 2)) / (2 * len(i["X"]))


def backward(i):
    return {"dtheta": i["X"].T * (i["X"] * i["theta"] - i["y"]) / len(i["X"])}
"""


def test_matrices_are_judged_with_a_remark(tmp_path):
    path = tmp_path / "matrix.py"
    path.write_text(MATRIX)
    report = check_file(path, [0, 1], budget=0)
    assert report.verdict == "right", str(report)
    assert "np.matrix" in report.remarks[0].text
    path.write_text(MATRIX.replace('i["y"]) / len', 'i["y"]) / 2 / len'))
    assert check_file(path, [0, 1], budget=0).wrong == ("theta",)
