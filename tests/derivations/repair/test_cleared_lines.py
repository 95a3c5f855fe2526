"""What is known of backward's lines is typed: why a value is right, by what factor it is not, which promise is broken."""

import numpy as np
import pytest

from gradref_derivations.findings.trial import Trial
from gradref_derivations.program.program import Program
from gradref_derivations.repair.cleared_lines import Relation, cleared_lines

NET = """
import numpy as np


def make_inputs(seed):
    r = np.random.default_rng(seed)
    s = r.standard_normal
    return {"x": s((5, 3)), "y": s((5, 2)), "W1": s((3, 4)), "W2": s((4, 2))}


def forward(i):
    z1 = i["x"] @ i["W1"]
    h = np.tanh(z1)
    out = h @ i["W2"]
    return 0.5 * np.sum((out - i["y"]) ** 2)


def backward(i):
    z1 = i["x"] @ i["W1"]
    h = np.tanh(z1)
    out = h @ i["W2"]
    dout = out - i["y"]
    dh = dout @ i["W2"].T
    dz1 = dh * (1 - h**2)
    return {"dW1": i["x"].T @ dz1, "dW2": h.T @ dout}
"""


def known(text):
    program = Program(text, "net.py")
    trial = Trial(program, program.namespace["make_inputs"](0))
    trial.evaluate_forward()
    trial.run()
    lines = {line.strip(): number for number, line in enumerate(text.splitlines(), 1)}
    return cleared_lines(program, trial, 10.0), lines


def test_copies_and_derivatives_of_forwards_quantities_are_told_apart():
    found, lines = known(NET)
    assert found.right[lines['dout = out - i["y"]']].kind is Relation.DERIVATIVE
    assert found.right[lines["dz1 = dh * (1 - h**2)"]].quantity == "z1"
    last = max(number for number, line in enumerate(NET.splitlines(), 1) if line.strip() == "h = np.tanh(z1)")
    assert found.right[last].kind is Relation.COPY
    assert not found.first


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("dz1 = dh * (1 - h**2)", "dz1 = dh * (1 - h)"), ('dh = dout @ i["W2"].T', 'dh = -dout @ i["W2"].T')],
)
def test_the_line_that_breaks_its_promise_is_named(right, wrong):
    found, lines = known(NET.replace(right, wrong))
    assert lines[wrong] in found.first
    assert lines[wrong] in found.broken
    assert lines[wrong] not in found.right


def test_a_multiple_of_the_truth_is_right_only_where_it_was_one_before():
    text = NET.replace('dout = out - i["y"]', 'dout = 2 * (out - i["y"])')
    found, lines = known(text)
    assert lines['dout = 2 * (out - i["y"])'] in found.first, "the line that made the factor"
    later = lines['dh = dout @ i["W2"].T']
    assert later not in found.first, "it only hands the factor on"


def test_a_helper_is_judged_as_the_derivative_of_a_function():
    helper = "def tanh_prime(z):\n    return 1 - np.tanh(z) ** 2\n\n\ndef backward(i):"
    text = NET.replace("def backward(i):", helper).replace("(1 - h**2)", "tanh_prime(z1)")
    found, lines = known(text)
    assert found.right[lines["return 1 - np.tanh(z) ** 2"]].kind is Relation.HELPER
    broken, lines = known(text.replace("1 - np.tanh(z) ** 2", "1 - np.tanh(z)"))
    assert lines["return 1 - np.tanh(z)"] in broken.first


def test_nothing_is_said_where_forward_takes_no_complex_numbers():
    text = NET.replace('return 0.5 * np.sum((out - i["y"]) ** 2)', "return float(f\"{0.5 * np.sum((out - i['y']) ** 2)}\")")
    program = Program(text, "net.py")
    trial = Trial(program, program.namespace["make_inputs"](0))
    trial.evaluate_forward()
    trial.run()
    assert not cleared_lines(program, trial, 5.0).right
    assert np.isfinite(trial.cost)
