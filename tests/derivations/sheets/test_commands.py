"""`gradref check SHEET` and `gradref claim`: exit codes, JSON and the page."""

import json
import sys

import pytest

from gradref import cli

RIGHT = "network: 3-4-2, sigmoid, quadratic\n$$\\delta^L = \\nabla_a C \\odot \\sigma'(z^L)$$\n"


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line in this process; returns (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gradref", *map(str, arguments)])
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code or 0, out, err

    return run


@pytest.mark.parametrize(
    ("text", "code", "verdict"),
    [
        (RIGHT, 0, "right"),
        (RIGHT.replace("\\nabla_a C", "2 \\nabla_a C"), 1, "wrong"),
        ("x = \n", 2, "unjudged"),
        ("Only prose.\n", 2, "unjudged"),
    ],
    ids=["right", "wrong", "unreadable", "empty"],
)
def test_check_prints_the_common_object_and_exits_with_its_verdict(call, tmp_path, text, code, verdict):
    (tmp_path / "sheet.md").write_text(text if "$" in text else f"${text.strip()}$" if "=" in text else text)
    found, out, err = call("check", "sheet.md", "--json")
    report = json.loads(out)
    assert found == code
    assert (report["format"], report["verdict"], report["ok"]) == (1, verdict, code == 0)
    assert {"judged", "not_judged", "claims", "definitions", "layout"} <= set(report)
    assert bool(err) == (code == 2)


def test_check_reads_the_markdown_of_a_notebook_and_says_its_line(call, tmp_path):
    cells = [
        {"cell_type": "code", "source": ["1/0"], "metadata": {}, "outputs": [], "execution_count": None},
        {"cell_type": "markdown", "source": ["where: x: n\n", "\n", "$\\nabla_x x^T x = x$"], "metadata": {}},
    ]
    raw = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)
    (tmp_path / "n.ipynb").write_text(raw)
    code, out, _ = call("check", "n.ipynb:sheet", "--json")
    (claim,) = json.loads(out)["claims"]
    assert (code, claim["verdict"]) == (1, "wrong")
    assert "nabla" in raw.splitlines()[claim["line"] - 1]


def test_check_writes_a_page_without_links(call, tmp_path):
    (tmp_path / "sheet.md").write_text(RIGHT)
    code, _, _ = call("check", "sheet.md", "--out", "page.html")
    page = (tmp_path / "page.html").read_text()
    assert code == 0
    assert "<math" in page
    assert "http" not in page.replace('xmlns="http://www.w3.org/1998/Math/MathML"', "")


def test_claim_names_the_condition_that_is_not_stated(call):
    code, out, _ = call("claim", "d/dx (x' A x) = 2 A x", "--where", "A: n x n, x: n")
    assert code == 1
    assert "A symmetric" in out
    code, out, _ = call("claim", "d/dx (x' A x) = 2 A x", "--where", "A: n x n symmetric, x: n")
    assert code == 0


def test_claim_takes_a_header_of_a_network(call):
    code, out, _ = call("claim", r"\delta^l = W^{l+1}\delta^{l+1} \odot \sigma'(z^l)", "--network", "3-4-2, sigmoid, quadratic")
    assert code == 1
    assert "does not multiply" in out


def test_check_says_what_is_wrong_with_a_file_in_one_sentence(call, tmp_path):
    code, out, err = call("check", "absent.md", "--json")
    assert code == 2
    assert json.loads(out)["verdict"] == "unjudged"
    assert len(err.strip().splitlines()) == 1
