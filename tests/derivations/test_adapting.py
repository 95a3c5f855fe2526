"""Files with our three functions whose values are not plain: tuples and lists of gradients, nested inputs, np.matrix."""

import pytest

from gradref_derivations import check_file
from gradref_reference.errors import FileError

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


# --- a function for the cost and one for its gradient; layers whatever they call their arguments ------------------------

SQUARES = """import numpy as np


def {names}:
    e = X @ {w} - y
    return {cost}


def grad({args}):
    e = X @ {w} - y
    return {end}
"""
COSTS = {
    "weights alone": ("cost(w, X, y)", "w", "0.5 * np.sum(e**2)", "X.T @ e", set()),
    "a dict of gradients": (
        "loss(W, b, X, y)",
        "W + b",
        "np.mean(e**2)",
        "{'W': 2 * X.T @ e / e.size, 'b': 2 * e.sum(0) / e.size}",
        set(),
    ),
    "a tuple": ("forward(W, b, X, y)", "W + b", "np.mean(e**2)", "2 * X.T @ e / e.size, 2 * e.sum(0) / e.size", set()),
    "a tuple with a number": ("J(w, b, X, y)", "w + b", "np.mean(e**2)", "2 * X.T @ e / e.size, 2 * e.sum() / e.size", set()),
    "theta, divided by m": ("J(theta, X, y)", "theta", "np.sum(e**2) / (2 * len(y))", "X.T @ e / len(y)", set()),
    "no gradient of b": ("loss(W, b, X, y)", "W + b", "0.5 * np.sum(e**2)", "X.T @ e", {"b"}),
}


@pytest.mark.parametrize(("head", "w", "cost", "end", "left"), COSTS.values(), ids=COSTS)
def test_a_cost_and_its_gradient_are_judged(head, w, cost, end, left, tmp_path):
    path = tmp_path / "code.py"
    name, args = head[:-1].split("(")
    text = SQUARES.format(names=head, args=args, w=w, cost=cost, end=end)
    path.write_text(text)
    report = check_file(f"{path}:{name},grad", [0, 1], budget=0)
    assert report.verdict == ("unjudged" if left else "right"), str(report)
    assert {n.name for n in report.not_judged} == left
    path.write_text(text.replace("X.T @ e", "3 * X.T @ e"))
    assert check_file(f"{path}:{name},grad", [0, 1], budget=0).verdict == ("unjudged" if left else "wrong")


LAYER = """import numpy as np


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, {0}):
        return {0} * (1 - self.y**2)
"""


@pytest.mark.parametrize("name", ["d", "g", "dy", "eps", "up", "f"])
def test_the_one_argument_of_backward_is_the_upstream_gradient(name, tmp_path):
    path = tmp_path / "layer.py"
    path.write_text(LAYER.format(name))
    assert check_file(f"{path}:Tanh", [0], budget=0).verdict == "right"
    path.write_text(LAYER.format(name).replace("y**2", "y"))
    assert check_file(f"{path}:Tanh", [0], budget=0).wrong == ("x",)


def test_an_argument_that_is_not_understood_is_named(tmp_path):
    path = tmp_path / "layer.py"
    path.write_text(LAYER.format("q").replace("self, q", "self, q, speed"))
    with pytest.raises(FileError, match="Not understood: the argument q of backward, speed of backward"):
        check_file(f"{path}:Tanh", [0], budget=0)


def test_a_number_left_out_is_named(tmp_path):
    """b is a float here, not an array."""
    path = tmp_path / "code.py"
    head = "loss(w, b, X, y)"
    text = SQUARES.format(names=head, args=head[5:-1], w="w + b", cost="np.sum(e**2)", end="2 * X.T @ e")
    path.write_text(text.replace("    e = X", "    assert np.ndim(b) == 0\n    e = X"))
    report = check_file(f"{path}:loss,grad", [0], budget=0)
    assert report.verdict == "unjudged"
    assert [n.name for n in report.not_judged] == ["b"]


KEPT = """import numpy as np


class Layer:
    def __init__(self, n, m):
        self.weights = np.random.randn(n, m)
        self.bias = 0.5


class Net:
    def __init__(self):
        self.hidden = Layer(4, 3)

    def forward(self, X):
        return X @ self.hidden.weights + self.hidden.bias

    def loss(self, X, y):
        return 0.5 * np.sum((self.forward(X) - y) ** 2)

    def train(self, X, y):
        self.hidden.weights -= 0.5 * X.T @ (self.forward(X) - y)
"""


def test_biases_that_an_object_never_trains_are_named(tmp_path):
    path = tmp_path / "code.py"
    path.write_text(KEPT)
    report = check_file(f"{path}:Net", [0], budget=0, rate=0.5)
    assert report.verdict == "right", str(report)
    assert [r.text for r in report.remarks] == ["no gradient came back for hidden.bias; they count as frozen"]
