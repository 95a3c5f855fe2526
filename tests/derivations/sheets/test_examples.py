"""The examples of the specification, as they stand there."""

import pytest

from gradref_derivations.sheets import check_text

NETWORK = r"""network: 3-4-2, sigmoid, quadratic
$$\delta^L = \nabla_a C \odot \sigma'(z^L)$$
$$\delta^l = W^{l+1} \delta^{l+1} \odot \sigma'(z^l)$$
$$\begin{align}
\frac{\partial C}{\partial w^l_{jk}} &= \frac{\partial C}{\partial z^l_j}\frac{\partial z^l_j}{\partial w^l_{jk}} \\
 &= \delta^l_k a^{l-1}_j
\end{align}$$
"""
NEURON = """x, w in R^n;  y, b scalar
z = w . x + b
a = max(0, z)
C = (y - a)^2 / 2
dC/dw = -(y - a) 1[z > 0] x^T
dC/db = -(y - a)
"""
MATRICES = """A: n x n, x: n
d/dx (x' A x) = 2 A x
d/dX tr(A X B) = A' B'
d/dX log det X = X^{-1}
"""


def test_network_first_equation_is_right():
    claim = check_text(NETWORK).claims[0]
    assert claim.verdict == "right"
    assert claim.digits >= 30
    assert claim.points >= 5


def test_network_forgotten_transpose_is_a_matter_of_shapes_and_repaired():
    claim = check_text(NETWORK).claims[1]
    assert (claim.verdict, claim.line, claim.counts_as_right) == ("shapes", 3, False)
    assert "W^{l+1} is 2×4" in claim.message
    assert claim.repair == r"\delta^l = (W^{l+1})^T \delta^{l+1} \odot \sigma'(z^l)"


def test_network_chain_is_judged_step_by_step():
    right, wrong = check_text(NETWORK).claims[2:]
    assert (right.verdict, right.line) == ("right", 5)
    assert (wrong.verdict, wrong.line) == ("wrong", 6)
    assert wrong.repair is not None
    assert wrong.repair.endswith(r"= \delta^l_j a^{l-1}_k")
    assert wrong.counterexample is not None


def test_neuron_weight_is_right_off_the_kink_and_bias_only_above_it():
    report = check_text(NEURON)
    assert [d.name for d in report.definitions] == ["z", "a", "C"]
    weight, bias = report.claims
    assert (weight.verdict, weight.counts_as_right, report.layout) == ("condition", True, "numerator")
    assert weight.condition == "off the kink z = 0"
    assert (bias.verdict, bias.condition, bias.stated, bias.counts_as_right) == ("condition", "z > 0", False, False)
    assert bias.counterexample["values"] == {"b": 0, "w": [-1], "x": [1], "y": 1}
    assert (bias.counterexample["left"], bias.counterexample["right"]) == ("0", "-1")
    assert report.exit_code == 1


def test_matrices_find_symmetry_and_the_other_layout():
    quadratic, trace, determinant = check_text(MATRICES).claims
    assert (quadratic.verdict, quadratic.condition, quadratic.counts_as_right) == ("condition", "A symmetric", False)
    assert trace.verdict == "right"
    assert (determinant.verdict, determinant.condition, determinant.counts_as_right) == ("condition", "numerator layout", True)


@pytest.mark.parametrize("text", ["d/dx (x' A x) = (A + A') x", "d/dX log det X = X^{-T}", "∇_x (x' A x) = (A + A') x"])
def test_matrices_general_forms_are_right(text):
    report = check_text(f"A: n x n, x: n\n{text}", layout="denominator")
    assert [c.verdict for c in report.claims] == ["right"]
