"""Code as people write it, without our three functions: taken, judged, and refused when it is wrong, for every kind of form."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from gradref.cli import app
from gradref_derivations import check_file
from gradref_derivations.harness.arguments import kind_of
from gradref_derivations.harness.gathering import gather
from gradref_derivations.harness.layouts import parse_inputs
from gradref_derivations.harness.paths import leaves, parameters_in
from gradref_derivations.harness.python2 import as_python3
from gradref_derivations.harness.targets import Target, read_source
from gradref_reference.errors import FileError, GradrefError, SpecificationError

COST_AND_PRIME = """
import numpy as np
import matplotlib_of_nowhere as plt

class Net:
    def __init__(self):
        self.W1 = np.random.randn(2, 3)
        self.W2 = np.random.randn(3, 1)

    def forward(self, X):
        self.z2 = X @ self.W1
        self.a2 = np.tanh(self.z2)
        return self.a2 @ self.W2

    def costFunction(self, X, y):
        return 0.5 * np.sum((y - self.forward(X)) ** 2)

    def costFunctionPrime(self, X, y):
        delta3 = self.forward(X) - y
        dJdW2 = self.a2.T @ delta3
        delta2 = (delta3 @ self.W2.T) * (1 - self.a2 ** 2)
        dJdW1 = X.T @ delta2
        return dJdW1, dJdW2

net = Net()
for epoch in range(10**9):
    net.train(plt.load())
"""

LISTS = """
import numpy as np

class Network(object):
    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = np.tanh(np.dot(w, a) + b)
        return a

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(np.tanh(np.dot(w, activations[-1]) + b))
        delta = (activations[-1] - y) * (1 - activations[-1] ** 2)
        for l in xrange(1, self.num_layers):
            if l > 1:
                delta = np.dot(self.weights[-l + 1].T, delta) * (1 - activations[-l] ** 2)
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].T)
        print "done"
        return nabla_b, nabla_w
"""

UPDATE = """
from numpy import exp, array, random, dot

class NeuralNetwork():
    RATE = 0.25

    def __init__(self):
        self.learning_rate = self.RATE
        self.synaptic_weights = 2 * random.random((3, 1)) - 1

    def __squash(self, x):
        return 1 / (1 + exp(-x))

    def think(self, inputs):
        return self.__squash(dot(inputs, self.synaptic_weights))

    def train(self, training_set_inputs, training_set_outputs, iterations):
        for _ in range(iterations):
            output = self.think(training_set_inputs)
            error = training_set_outputs - output
            self.synaptic_weights += self.learning_rate * dot(training_set_inputs.T, error * output * (1 - output))
"""

LAYER = """
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0)
        return dout @ self.W.T
"""

JOINT = """
import numpy as np

def softmax_loss(W, X, y, reg):
    s = X @ W
    p = np.exp(s) / np.sum(np.exp(s), axis=1, keepdims=True)
    loss = -np.mean(np.log(p[range(len(X)), y])) + reg * np.sum(W * W)
    p[range(len(X)), y] -= 1
    dW = X.T @ p / len(X) + 2 * reg * W
    return loss, dW
"""

PAIR = """
import numpy as np

def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x), "b1": np.zeros((n_h, 1)), "W2": np.random.randn(n_y, n_h), "b2": np.zeros((n_y, 1))}

def forward(X, parameters):
    Z1 = parameters["W1"] @ X + parameters["b1"]
    A1 = np.tanh(Z1)
    A2 = parameters["W2"] @ A1 + parameters["b2"]
    return A2, {"A1": A1, "A2": A2}

def compute_cost(A2, Y):
    return 0.5 * np.sum((A2 - Y) ** 2) / Y.shape[1]

def backward(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = dZ2 @ cache["A1"].T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = (parameters["W2"].T @ dZ2) * (1 - cache["A1"] ** 2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

GLOBALS = """
import numpy as np

data = open("input.txt", "r").read()
chars = sorted(set(data))
vocab_size, hidden_size = 4, 5
Wxh = np.random.randn(hidden_size, vocab_size) * 0.1
Why = np.random.randn(vocab_size, hidden_size) * 0.1

def lossFun(inputs, targets, hprev):
    loss, dWxh, dWhy = 0.0, np.zeros_like(Wxh), np.zeros_like(Why)
    for t in range(len(inputs)):
        x = np.zeros((vocab_size, 1))
        x[inputs[t]] = 1
        h = np.tanh(Wxh @ x + hprev)
        p = np.exp(Why @ h) / np.sum(np.exp(Why @ h))
        loss += -np.log(p[targets[t], 0])
        dy = np.copy(p)
        dy[targets[t]] -= 1
        dWhy += dy @ h.T
        dWxh += ((Why.T @ dy) * (1 - h * h)) @ x.T
    return loss, dWxh, dWhy
"""

# text, names behind the colon, (right, wrong), parameters that are wrong then
FORMS = {
    "cost and its derivative": (COST_AND_PRIME, "Net", ("(1 - self.a2 ** 2)", "(1 - self.z2 ** 2)"), {"W1"}),
    "lists of layers, Python 2, no cost": (
        LISTS,
        "Network",
        ("self.weights[-l + 1].T, delta)", "self.weights[-l + 1].T, 2 * delta)"),
        {"biases[0]", "weights[0]"},
    ),
    "an update inside": (UPDATE, "NeuralNetwork", ("error * output * (1 - output)", "error * output"), None),
    "a layer alone": (LAYER, "Affine", ("np.sum(dout, axis=0)", "np.mean(dout, axis=0)"), {"b"}),
    "cost and gradient at once": (JOINT, "softmax_loss", ("2 * reg * W", "reg * W"), {"W"}),
    "forward and backward": (PAIR, "forward,backward", ("dW1 = dZ1 @ X.T / m", "dW1 = dZ1 @ X.T"), {"W1"}),
    "parameters of the module": (GLOBALS, "lossFun", ("(1 - h * h)", "(1 - h)"), {"Wxh"}),
}


@pytest.fixture
def write(tmp_path):
    def function(text, name="code.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return function


@pytest.mark.parametrize("form", FORMS)
def test_code_as_written_is_judged_without_a_wrapper(form, write):
    text, names, (old, new), wrong = FORMS[form]
    report = check_file(f"{write(text)}:{names}", [0, 1], budget=0)
    assert report.verdict == "right", str(report)
    assert report.taken.inputs
    assert text.count(old) == 1
    what = f"{write(text.replace(old, new))}:{names}"
    if wrong is None:  # no cost of ours fits any more: nobody may guess
        with pytest.raises(FileError, match="--cost"):
            check_file(what, [0, 1], budget=0)
        assert check_file(what, [0, 1], budget=0, cost="half_squares").verdict == "wrong"
    else:
        found = check_file(what, [0, 1], budget=0)
        assert found.verdict == "wrong"
        assert {n.strip() for n in found.wrong} == wrong


def test_the_line_and_the_edit_are_those_of_the_file(write):
    text, names, (old, new), _ = FORMS["a layer alone"]
    report = check_file(f"{write(text.replace(old, new))}:{names}", [0, 1])
    assert report.line == text[: text.index(old)].count("\n") + 1
    assert report.repair is not None
    assert report.repair.after is not None
    assert "np.sum(dout, axis=0)" in report.repair.after


def test_input_that_a_layer_keeps_is_not_taken_for_its_gradient(write):
    report = check_file(f"{write(LAYER.replace('self.x', 'self.X'))}:Affine", [0], budget=0)
    assert report.verdict == "right", str(report)
    assert report.taken.gradients["x"] == "returned"


def test_what_is_not_understood_is_not_called_wrong(write):
    """The gradient of b is nowhere, that of W is another one: with inputs made up, nobody knows what the code expects."""
    half = LAYER.replace("self.db = np.sum(dout, axis=0)", "pass").replace("self.x.T @ dout", "2 * self.x.T @ dout")
    report = check_file(f"{write(half)}:Affine", [0], budget=0)
    assert report.verdict == "unjudged"
    assert [n.name for n in report.not_judged] == ["b"]


def test_a_found_cost_is_said_and_flatters_nobody(write):
    report = check_file(f"{write(LISTS)}:Network", [0], budget=0)
    assert "it was found, not given" in report.taken.cost
    assert [n.name for n in report.not_judged] == ["BP1"]
    assert any("Python 2" in r.text for r in report.remarks)
    given = check_file(f"{write(LISTS)}:Network", [0], budget=0, cost="half_squares")
    assert "as given" in given.taken.cost
    assert given.not_judged == ()
    assert check_file(f"{write(LISTS)}:Network", [0], budget=0, cost="squares").verdict == "wrong"


def test_delta_that_fits_two_costs_is_asked_about(write):
    """a − y is the fused cross-entropy, or half squares without σ'."""
    fused = UPDATE.replace("error * output * (1 - output)", "error")
    with pytest.raises(FileError, match=r"--cost binary_cross_entropy, or --cost half_squares"):
        check_file(f"{write(fused)}:NeuralNetwork", [0], budget=0)
    what = f"{write(fused)}:NeuralNetwork"
    assert check_file(what, [0], budget=0, cost="binary_cross_entropy").verdict == "right"
    assert check_file(what, [0], budget=0, cost="half_squares").verdict == "wrong"


def test_a_learning_rate_is_read_and_never_fitted(write):
    """A rate of 2 would absorb the missing ½; it stands in the code, so the factor is found."""
    doubled = UPDATE.replace("self.learning_rate * dot", "2 * self.learning_rate * dot")
    report = check_file(f"{write(doubled)}:NeuralNetwork", [0], budget=0, cost="half_squares")
    assert report.verdict == "wrong"
    assert report.explanations[0].factor == pytest.approx(2.0)


def test_notebook_is_read_cell_by_cell(write):
    cells = ["%matplotlib inline\nimport numpy as np\n!pip install nothing", JOINT, "plot(softmax_loss)"]
    wrong = [c.replace("2 * reg * W", "reg * W") for c in cells]
    for sources, verdict in ((cells, "right"), (wrong, "wrong")):
        notebook = {"cells": [{"cell_type": "code", "source": s} for s in sources] + [{"cell_type": "markdown", "source": "x"}]}
        path = write(json.dumps(notebook), "book.ipynb")
        report = check_file(f"{path}:softmax_loss", [0, 1])
        assert report.verdict == verdict
    assert report.cell == 2
    assert JOINT.split("\n")[report.line - 1].strip().startswith("dW = X.T @ p")
    assert "of cell 2" in str(report)


def test_harness_can_be_kept_and_checked(write, tmp_path):
    kept = tmp_path / "kept.py"
    path = write(GLOBALS)
    arguments = ["check", f"{path}:lossFun", "--seeds", "0", "--budget", "0", "--write-harness", str(kept)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert check_file(kept, [0], budget=0).verdict == "right"
    path.write_text(GLOBALS.replace("(1 - h * h)", "(1 - h)"))
    assert check_file(kept, [0], budget=0).wrong == ("Wxh",)


def test_inputs_can_be_said(write):
    report = check_file(f"{write(JOINT)}:softmax_loss", [0], budget=0, inputs="x: 7x4, y: 7 labels 3")
    assert report.verdict == "right"
    assert "7x4" in report.taken.inputs


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("code.py:Nothing", "must define Nothing"),
        ("code.py:1+1", "must be FILE:Class"),
        ("code.py:helper", "no way was found"),
        ("none.py:Net", "must be an existing file"),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(what, message, write, monkeypatch):
    path = write("def helper(x):\n    return 'nothing'\n")
    monkeypatch.chdir(path.parent)
    with pytest.raises(GradrefError, match=message) as caught:
        check_file(what, [0])
    assert "\n" not in str(caught.value)


def test_unknown_costs_and_rates_are_refused(write):
    what = f"{write(LISTS)}:Network"
    with pytest.raises(SpecificationError, match="--cost: must be one of half_squares"):
        check_file(what, [0], cost="hinge")
    with pytest.raises(SpecificationError, match="--lr: must be a positive number"):
        check_file(what, [0], rate=float("nan"))


# --- parts ------------------------------------------------------------------------------------------------------------


def test_targets_are_file_and_names():
    assert Target.parse("a/b.py").names == ()
    assert Target.parse("a/b.py:f,g").names == ("f", "g")
    assert Target.parse("book.ipynb:Net").names == ("Net",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print 'a'", "print('a')"),
        ("print 'a',", "print('a')"),
        ("if x: print x", "if x: print(x)"),
        ("print 'a %d' % (\n    1)", "print('a %d' % (\n    1))"),
        ("try:\n    f()\nexcept ValueError, e:\n    pass", "try:\n    f()\nexcept ValueError as e:\n    pass"),
        ("raise ValueError, 'no'", "raise ValueError('no')"),
    ],
)
def test_python_2_is_read_line_for_line(old, new):
    assert as_python3(old) == new


def test_text_that_is_neither_python_is_left_alone(write):
    assert as_python3("def f(:") is None
    assert read_source(write("def f(:")).text == "def f(:"


def test_arrays_are_found_by_their_shortest_path():
    class Thing:
        def __init__(self):
            self.params = {"W": np.ones((2, 3))}
            self.layers = [self.params["W"], np.ones(2)]
            self.dW = np.ones((2, 3))
            self.steps = [1, 2]

    assert list(parameters_in(Thing(), "subject")) == ["layers[0]", "layers[1]"]
    assert len(parameters_in(Thing(), "subject")["layers[0]"]) == 2


def test_gradients_are_paired_by_name_place_and_shape():
    shapes = {"W": np.ones((3, 3)), "V": np.ones((3, 3)), "b": np.ones(3)}
    returned = {"dV": np.ones((3, 3)), "dW": np.ones((3, 3)), "other": np.ones(3)}
    assert gather(shapes, leaves(returned, "returned"), {}).paths == {
        "W": "returned['dW']",
        "V": "returned['dV']",
        "b": "returned['other']",
    }
    kept = leaves({"X": np.ones(3), "grads": {"x": np.ones(3)}}, "subject")
    assert gather({"x": np.ones(3)}, kept, {}).paths == {"x": "subject['grads']['x']"}  # X is kept, and no gradient
    two = gather({"b": np.ones(3)}, leaves({"dOne": np.ones(3), "dTwo": np.ones(3)}, "subject"), {})
    assert two.paths == {}
    assert two.doubtful == ("b",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("X_train", "x"),
        ("training_outputs", "y"),
        ("dout", "upstream"),
        ("d_L_d_out", "upstream"),
        ("learn_rate", "rate"),
        ("W2", "weight"),
        ("reg", "decay"),
    ],
)
def test_arguments_are_known_by_their_names(name, kind):
    assert kind_of(name) == kind


def test_inputs_are_parsed_or_refused():
    assert parse_inputs("X: 6x4, y: 6x3 one-hot").keys() == {"X", "y"}
    with pytest.raises(SpecificationError, match="--inputs: must be like"):
        parse_inputs("X = 6x4")
