"""Bad input: one sentence in well under a second, never a traceback, a hang or a guess."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradref_derivations.sheets import check_text
from gradref_reference.errors import FileError

_MACROS = "".join(rf"\newcommand{{\m{chr(97 + i)}}}{{\m{chr(98 + i)}\m{chr(98 + i)}}}" for i in range(24))
BAD = {
    "braces": "$$" + "{" * 10_000 + "x" + "}" * 10_000 + " = 1$$",
    "brackets": "(" * 10_000 + "x" + ")" * 10_000 + " = 1",
    "bars": "|" * 10_000 + "x" + "|" * 10_000 + " = 1",
    "fractions": "$$" + "\\frac{1}{" * 3000 + "x" + "}" * 3000 + " = 1$$",
    "signs": "-" * 10_000 + "x = 1",
    "powers": "x" + "^x" * 5000 + " = 1",
    "derivatives": "d/dx " * 3000 + "x = 1",
    "chain": " = ".join(["x + x"] * 400),
    "sum": "$$\\sum_{k=1}^{1000000000} k = 3$$",
    "tower": "10^10^10^10 = 1",
    "exponent": "x^99999999999 = 1",
    "macro": "$\\newcommand{\\a}{\\a\\a} \\a = 1$",
    "two macros": "$\\newcommand{\\a}{\\b\\b}\\newcommand{\\b}{\\a} \\a = 1$",
    "exploding macros": _MACROS + "\\newcommand{\\my}{x}$\\ma = 1$",
    "division": "1/0 = 1\n(1/(x-x)) = 1",
    "domain": "\\log 0 = 1\n\\sqrt{-1-x^2} = 1",
    "deep definitions": "\n".join(["z0 = x", *(f"z{i + 1} = z{i} z{i}" for i in range(300)), "dz300/dx = 2"]),
    "circle": "f(x) = g(x)\ng(x) = f(x)\nf(2) = 1",
    "recursion without an end": "h_t = f(h_{t+1})\nh_t = 2",
    "open environment": "$$\\begin{cases} 2 + x = $$",
    "control characters": "\x00 = \u202e",
    "many indices": "$$\\sum_{a,b,c,d,e,f,g,h} x_a x_b x_c x_d x_e x_f x_g x_h = 1$$",
    "nothing": "= = =",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_with_a_sentence(name):
    start = time.process_time()
    report = check_text(BAD[name])
    assert time.process_time() - start < 2  # a second on a quiet machine
    assert report.verdict == "unjudged"
    assert report.claims
    assert all(c.message.endswith(".") and len(c.message) < 300 for c in report.claims)
    assert not any(c.counts_as_right for c in report.claims)


def test_sheet_of_a_megabyte_is_refused_at_once():
    start = time.process_time()
    with pytest.raises(FileError, match="at most 300,000 characters"):
        check_text("x = 1\n" * 170_000)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "x in R^{1000000000}\n∇_x (x'x) = 2 x",
        "network: 1000000000-4-2, sigmoid, quadratic\n$$\\delta^L = \\nabla_a C \\odot \\sigma'(z^L)$$",
    ],
    ids=["vector", "network"],
)
def test_huge_sizes_are_judged_as_letters(text):
    assert check_text(text).verdict == "right"


def test_nothing_on_a_sheet_is_executed(tmp_path):
    mark = tmp_path / "mark"
    report = check_text(f"__import__('os').system('touch {mark}') = 1\n$\\input{{/etc/passwd}} = \\write18{{touch {mark}}}$")
    assert not mark.exists()
    assert report.verdict == "unjudged"


_SIGNS = [
    "x", "y", "z", "A", "W", "b", "f", "g", "d", "i", "j", "k", "t", "\\delta", "\\sigma", "\\partial", "\\nabla", "\\frac", "\\sum",
    "\\log", "\\max", "\\sqrt", "{", "}", "(", ")", "[", "]", "^", "_", "'", "+", "-", "/", "*", "\\cdot", "\\odot", "\\otimes", ",", "=",
    "=", ":=", "\\approx", "1", "2", "0.5", "^T", "^{-1}", "_i", "_{ij}", "^l", "^{l+1}", "_t", "_{t-1}", "|", "\\|", "\\hat", "\\mathbf 1",
    "\\text{if}", "\\ne", ">", "\\begin{cases}", "\\end{cases}", "&", "\\\\", "\\left(", "\\right)", "dC/dx", "d/dx", "tr", "diag", "I",
    "1[x > 0]", "\\in", "R^n", "\n", "\n", "$", "$$", "J_f", "\\implies", "\\int", "∂", "ᵀ", "²", "\\newcommand{\\x}{y}", "\\x", "%",
    "network: 3-4-2, sigmoid, quadratic\n", "where: x: n\n", "batch: m\n", "h_t = h_{t-1} + x\n", "z = W x + b\n", "C = z^2\n",
]  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(_SIGNS), min_size=1, max_size=30).map(" ".join))
def test_any_text_gets_a_report(text):
    report = check_text(text, repairs=False)
    assert report.verdict in ("right", "right_but", "wrong", "unjudged")
    assert report.to_json()
    assert str(report)


SHEETS = [
    "network: 3-4-2, sigmoid, quadratic\n$$\\delta^l = (W^{l+1})^T \\delta^{l+1} \\odot \\sigma'(z^l)$$",
    "z in R^n\np_i = e^{z_i} / \\sum_j e^{z_j}\n\\partial p_i/\\partial z_j = p_i (\\delta_{ij} - p_j)",
    "x: n; A: n x n\n\\nabla_x (x^T A x) = (A + A^T) x",
    "h_t = \\tanh(W h_{t-1} + x_t)\nwhere: h_t: n, t = 1..T; W: n x n; x_t: n, t = 1..T\n"
    "\\partial h_t/\\partial h_{t-1} = diag(1 - h_t \\odot h_t) W",
]


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SHEETS), st.integers(0, 200), st.integers(0, 8), st.sampled_from(_SIGNS))
def test_a_sheet_with_a_piece_replaced_gets_a_report(sheet, at, cut, sign):
    at %= len(sheet)
    report = check_text(sheet[:at] + sign + sheet[at + cut :], repairs=False)
    assert report.verdict in ("right", "right_but", "wrong", "unjudged")
    assert report.to_json()
