"""Names that no line declares: their shapes are asked for where the sheet writes them as arrays."""

import pytest

from gradref_derivations.sheets import check_text

SQUARES = "\n\n$$ e = X w - y $$\n$$ C = \\frac{1}{2} e^T e $$\n$$ \\nabla_w C = e X^T $$\n"
LAYER = "z = W x + b\nC = 1/2 \\lVert z - y \\rVert^2\n"


@pytest.mark.parametrize(
    "said",
    [
        "Let X: m x n, w in R^n, y in R^m.",
        "Let X: m x n.\nLet w in R^n.\ny in R^m",
        "Suppose X: m x n, w in R^n, y in R^m.",
    ],
)
def test_declarations_after_let_are_read(said):
    assert [c.verdict for c in check_text(said + SQUARES).claims] == ["shapes"]
    assert check_text(said + SQUARES.replace("e X^T", "X^T e")).verdict == "right"


def test_claim_on_undeclared_arrays_does_not_count_as_right():
    report = check_text(SQUARES)
    assert report.verdict == "unjudged"
    assert "Declare them" in report.claims[0].message
    assert "Taken as numbers: X, y (never declared)." in report.to_dict()["remarks"]
    assert "Taken as numbers: X, y (never declared)." in str(report)


@pytest.mark.parametrize("claim", ["dC/dW = x (z - y)^T", "dC/dx = W (z - y)"])
def test_undeclared_layer_does_not_count_as_right(claim):
    assert not any(c.counts_as_right for c in check_text(LAYER + claim).claims)


def test_plain_numbers_need_no_declaration():
    assert check_text("z = w x + b\nC = (z - y)^2\ndC/dw = 2 (z - y) x").verdict == "right"


def test_declaration_in_prose_that_is_not_read_is_named():
    report = check_text("Let X: m x n matrix of %% features\n\n$$ 2 x = x + x $$\n")
    assert any(n["name"] == "line 1" and "looks like a declaration" in n["reason"] for n in report.not_judged)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1e5 = 100000", True),
        ("1e-3 = 1/1000", True),
        ("1.5e3 = 1520", True),
        ("1.5e3 = 1600", False),
        ("1e5 = 100001", False),
        ("1e9999 = 1", False),
    ],
)
def test_numbers_with_an_exponent(text, right):
    assert check_text(text).ok is right
