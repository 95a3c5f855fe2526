"""The explanation: its numbers are the reference's, its formulas hold with the numbers put in, and every output can be read."""

import re
import subprocess
import sys
from xml.dom import minidom

import numpy as np
import pytest

from gradref.cli import app
from gradref.explain import to_html, to_latex, to_markdown, walk
from gradref.explain.departures import marks
from gradref.explain.derivatives import derivative_latex
from gradref.explain.drawing import drawing
from gradref.report.page.mathml import mathml
from gradref_derivations.findings.report import Equation
from gradref_reference import ACTIVATIONS, COSTS, Batch, DataError, Network, Parameters, backprop, initialize
from gradref_reference.files import save_parameters

G1 = Network((2, 3, 2), "square")
G1_PARAMETERS = Parameters([[[1, -1], [0, 2], [-2, 1]], [[1, 0, -1], [2, -1, 1]]], [[2, -2, 3], [5, -3]])
G1_BATCH = Batch([[1, 2]], [[8, 18]])


@pytest.fixture(scope="module")
def golden():
    return walk(G1, G1_PARAMETERS, G1_BATCH, frameworks=False)


def problem(network: Network, samples: int, seed: int = 1):
    """Random numbers for a network."""
    from gradref.data import random_batch

    rng = np.random.default_rng(seed)
    return network, initialize(network, rng), random_batch(network, rng, samples)


def evaluate(latex: str, known: dict[str, np.ndarray]) -> np.ndarray:
    """The value of a line of numbers, computed from what is written there: sums, products, ⊙ and transposed errors."""
    tokens = re.findall(
        r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}|\\odot|\\left\(|\\right\)|\\,|[-+()]|-?\d+(?:\.\d+)?(?:\\cdot10\^\{-?\d+\})?",
        latex,
    )
    code, before = [], ""
    for token in tokens:
        if token.startswith(r"\begin"):
            rows = token[len(r"\begin{pmatrix}") : -len(r"\end{pmatrix}")].split(r"\\")
            text = "M([" + ",".join("[" + ",".join(_float(x) for x in row.split("&")) + "]" for row in rows) + "])"
        elif token == r"\,":
            continue
        else:
            text = {r"\odot": "*", r"\left(": "(", r"\right)": ")"}.get(token) or (
                token if token in "()+-" else f"M([[{_float(token)}]])"
            )
        if before and before not in ("*", "(", "+", "-") and text not in ("*", ")", "+", "-"):
            code.append("@" if not before.startswith("M([[") or before.count(",") else "*")
        code.append(text)
        before = text
    return eval("".join(code), {"M": np.array, **known})


def _float(text: str) -> str:
    return text.replace(r"\cdot10^{", "e").replace("}", "")


# --- the numbers ---------------------------------------------------------------------------------------------------


def test_walk_has_the_lectures_numbers(golden):
    value = {step.id: step.value for step in golden.steps}
    assert value["bp1-2"].ravel().tolist() == [-6, -16]
    assert value["bp2-1"].ravel().tolist() == [-76, 64, -60]
    assert value["bp4-1"].tolist() == [[-76, -152], [64, 128], [-60, -120]]
    assert value["cost-2"].item() == 2.5


def test_walk_follows_the_order_of_the_algorithm(golden):
    assert [step.id for step in golden.steps] == [
        "lin-1", "act-1", "lin-2", "act-2", "cost-2", "bp1-2", "bp2-1", "bp3-1", "bp4-1", "bp3-2", "bp4-2",
    ]  # fmt: skip


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(
    "network",
    [
        G1,
        Network((3, 4, 2), ("tanh", "identity"), "mse_samples"),
        Network((3, 4, 2), ("relu", "sigmoid"), "binary_cross_entropy"),
        Network((2, 3, 3), ("gelu", "softmax"), "cross_entropy"),
        Network((3, 4, 2), ("silu", "identity"), "quadratic", l2=0.5),
    ],
    ids=lambda n: f"{n.activations[0]}-{n.cost}{'-l2' if n.l2 else ''}",
)
def test_numbers_put_in_give_the_result(network, samples):
    steps = walk(*problem(network, samples), frameworks=False).steps
    checked = 0
    for step in steps:
        for line in step.numbers:
            if "sigma" in line or "J" in line or "[" in line.replace(r"\left[", "["):
                continue  # σ of a matrix and sums of squares are shown, not computed, here
            line = line.replace(r"\,\mathbf{1}^\top", "")  # the bias is broadcast
            assert np.allclose(evaluate(line, {}), step.value, rtol=3e-3, atol=2e-3), (step.id, line)
            checked += 1
    assert checked >= 5


@pytest.mark.parametrize("cost", sorted(COSTS))
@pytest.mark.parametrize("hidden", ["sigmoid", "leaky_relu(0.25)", "softmax", "elu(0.5)"])
def test_walk_takes_every_cost_and_kind_of_layer(cost, hidden):
    output = COSTS[cost].output or "softmax"
    steps = walk(*problem(Network((3, 4, 3), (hidden, output), cost), 2), frameworks=False)
    page = to_html(steps)
    assert "\\" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)  # no LaTeX is left over
    assert to_markdown(steps)
    assert to_latex(steps)


def test_sample_walks_through_one_row():
    network, parameters, batch = problem(Network((3, 4, 2), "tanh"), 5)
    one = walk(network, parameters, batch, sample=3, frameworks=False)
    alone = backprop(network, parameters, Batch(batch.x[3:4], batch.y[3:4]))
    assert np.array_equal(one.steps[-1].value, alone.dW[2])
    with pytest.raises(DataError, match=r"sample: must lie in 0\.\.4, got 5"):
        walk(network, parameters, batch, sample=5)


def test_frameworks_stand_beside_with_their_verdict():
    steps = walk(*problem(Network((3, 4, 2), "tanh"), 2))
    for framework in steps.frameworks:
        assert framework.failed == []
    assert {o.verdict for step in steps.steps for o in step.beside} == {"pass"}
    page = to_html(steps)
    assert [f.name for f in steps.frameworks] == [n for n in ("torch", "jax") if n not in steps.missing]
    assert page.count('<li class="pass">') == len(steps.steps) * len(steps.frameworks)


# --- the outputs ---------------------------------------------------------------------------------------------------


def test_page_is_one_file_with_a_drawing(golden):
    page = to_html(golden)
    assert page.count("<circle") == 7
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    minidom.parseString(drawing(golden))
    _, _, width, height = map(float, re.search(r'viewBox="([^"]+)"', page)[1].split())
    assert width > 500
    assert 200 < height < 400


def test_page_of_a_large_network_draws_maps_instead_of_numbers():
    large = walk(*problem(Network((30, 20, 10), ("relu", "softmax"), "cross_entropy"), 6), frameworks=False)
    assert not large.small
    assert all(step.numbers == () for step in large.steps)
    page = to_html(large)
    assert page.count("data-maps=") == len(large.steps) - 1  # all but the cost
    assert "and 25 more" in page  # neurons that are not drawn
    assert len(page) < 1_000_000


def test_markdown_and_latex_are_balanced(golden):
    markdown, latex = to_markdown(golden), to_latex(golden)
    assert markdown.count("$$") == 2 * len(golden.steps)
    for text in (markdown, latex):
        assert text.count(r"\begin{") == text.count(r"\end{")
        assert text.count(r"\left") == text.count(r"\right")
    assert latex.isascii()


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_derivative_has_a_formula(name):
    text = derivative_latex(ACTIVATIONS[name])
    assert bool(text) == (name != "softmax")
    assert "\\" not in mathml(text)


@pytest.mark.parametrize(
    ("wrong", "equation", "expected", "root"),
    [
        (("W1",), Equation(4, 1), {"bp4-1": ["W1"]}, "bp4-1"),
        (("W2", "b2"), Equation(1, 2, or_cost=True), {"bp1-2": [], "bp4-2": ["W2"], "bp3-2": ["b2"]}, "bp1-2"),
        (("gamma",), None, {}, ""),
        (("dW9",), None, {}, ""),
    ],
    ids=["one weight", "last layer", "other names", "no such layer"],
)
def test_marks_pin_a_report_to_steps(wrong, equation, expected, root):
    assert marks(wrong, equation, 2) == (expected, root)


# --- the command ---------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    G1.to_toml(tmp_path / "g1.toml")
    save_parameters(tmp_path / "g1.npz", G1_PARAMETERS)
    np.savez(tmp_path / "data.npz", x=G1_BATCH.x, y=G1_BATCH.y)
    return tmp_path


def run(*arguments):
    from typer.testing import CliRunner

    return CliRunner().invoke(app, ["explain", *map(str, arguments)])


def test_command_writes_a_page(files):
    out = files / "deep" / "page.html"
    done = run(files / "g1.toml", "--parameters", files / "g1.npz", "--data", files / "data.npz", "--no-frameworks", "--out", out)
    assert done.exit_code == 0, done.output
    assert "C = 2.5" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(("form", "words"), [("md", "$$"), ("latex", r"\documentclass"), ("html", "<!doctype html>")])
def test_command_prints_every_format(files, form, words):
    done = run(files / "g1.toml", "--format", form, "--no-frameworks", "--out", "-")
    assert done.exit_code == 0
    assert words in done.stdout


def test_command_draws_numbers_that_a_pencil_can_follow(files):
    done = run(files / "g1.toml", "--format", "md", "--no-frameworks", "--out", "-")
    first = re.search(r"&=\\begin\{pmatrix\}(.*?)\\end", done.stdout)[1]
    assert all(re.fullmatch(r"-?\d+(\.\d{1,2})?", x) for x in re.split(r"&|\\\\", first))


def test_command_is_the_same_for_the_same_seed(files):
    one, same, other = (
        run(files / "g1.toml", "--format", "md", "--no-frameworks", "--out", "-", "--seed", s).stdout for s in (3, 3, 4)
    )
    assert one == same != other


WRONG = """
import numpy as np

def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.standard_normal((5, 2)), "y": rng.standard_normal((5, 2)), "W1": rng.standard_normal((3, 2)),
            "b1": rng.standard_normal(3), "W2": rng.standard_normal((2, 3)), "b2": rng.standard_normal(2)}

def forward(i):
    z1 = i["x"] @ i["W1"].T + i["b1"]
    z2 = z1**2 @ i["W2"].T + i["b2"]
    return np.sum((z2**2 - i["y"]) ** 2) / (2 * len(z2))

def backward(i):
    z1 = i["x"] @ i["W1"].T + i["b1"]
    z2 = z1**2 @ i["W2"].T + i["b2"]
    d2 = (z2**2 - i["y"]) * 2 * z2 / len(z2)
    d1 = d2 @ i["W2"]
    return {"W2": d2.T @ z1**2, "b2": d2.sum(0), "W1": d1.T @ i["x"], "b1": d1.sum(0)}
"""


def test_command_marks_where_a_derivation_departs(files):
    (files / "mine.py").write_text(WRONG, encoding="utf-8")
    out = files / "page.html"
    command = [
        sys.executable,
        "-m",
        "gradref.cli",
        "explain",
        files / "g1.toml",
        "--check",
        files / "mine.py",
        "--no-frameworks",
        "--out",
        out,
    ]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "mine.py: W1 and b1 are wrong. The error enters at δ¹ (equation 2, BP2 at l=1)." in done.stderr
    page = out.read_text(encoding="utf-8")
    assert [m for m in re.findall(r'<article class="step departs" id="([^"]+)"', page)] == ["bp2-1", "bp3-1", "bp4-1"]
    assert 'href="#bp2-1">Go to where it departs' in page


def test_command_refuses_bad_input_in_one_sentence(files):
    command = [sys.executable, "-m", "gradref.cli", "explain", files / "none.toml"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "must be an existing file" in done.stderr
