"""The command and what it writes: text, JSON, JUnit, and a page that opens where something is wrong."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from gradref.cli import app
from gradref_reference import SpecificationError

HONEST = """
import torch

def make_model(seed):
    torch.manual_seed(seed)
    layers = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    return layers, (torch.randn(3, 4),), None
"""

WRONG = """
import torch

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0]

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = torch.nn.Linear(4, 5), torch.nn.Linear(5, 2)

    def forward(self, x):
        return self.last(Cube.apply(self.first(x)))

def make_model(seed):
    torch.manual_seed(seed)
    return Net(), (torch.randn(3, 4),), lambda out: out.square().mean()
"""

OPAQUE = """
import torch

def make_model(seed):
    torch.manual_seed(seed)
    layer = torch.nn.Linear(3, 3)
    return layer, (torch.randn(3, 3),), torch.linalg.det
"""


def run(tmp_path: Path, source: str, *options: str):
    (tmp_path / "net.py").write_text(source)
    return CliRunner().invoke(app, ["model", f"{tmp_path / 'net.py'}:make_model", *options])


def test_honest_model_exits_0(tmp_path: Path) -> None:
    result = run(tmp_path, HONEST)
    assert result.exit_code == 0
    assert result.stdout.startswith("right: all ")


def test_wrong_model_exits_1_and_every_file_names_the_culprit(tmp_path: Path) -> None:
    result = run(tmp_path, WRONG, "--json", "--out", str(tmp_path / "out"))
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told == json.loads((tmp_path / "out" / "model.json").read_text())
    (failure,) = told["failed"]
    assert (failure["operation"], failure["equation"], failure["slot"]) == ("Cube", "VJP", "x")
    assert failure["source"].endswith("net.py:10")
    assert (failure["wrong"], failure["total"], failure["echo"]) == (15, 15, False)
    suite = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    assert (suite.get("failures"), suite.get("tests")) == ("1", str(told["equations"]))
    assert "Cube" in suite.findall(".//failure/..")[0].get("name", "")
    assert "VJP x wrong" in (tmp_path / "out" / "index.html").read_text()
    assert (tmp_path / "out" / "equations.csv").read_text().count("\n") == told["equations"] + 1


def test_opaque_model_exits_2(tmp_path: Path) -> None:
    result = run(tmp_path, OPAQUE, "--json")
    assert result.exit_code == 2
    told = json.loads(result.stdout)
    assert (told["verdict"], told["ok"], told["opaque"]) == ("unjudged", False, ["aten._linalg_det"])
    assert {entry["name"] for entry in told["not_judged"]} == {"weight", "bias"}


def test_backward_that_raises_is_wrong_and_says_that_nothing_was_judged(tmp_path: Path) -> None:
    source = WRONG.replace("return 3 * g * ctx.saved_tensors[0]", "raise ValueError('not today')")
    result = run(tmp_path, source)
    assert result.exit_code == 1
    assert result.stdout == "wrong: the backward pass raised ValueError: not today; no gradient was judged.\n"
    told = json.loads(run(tmp_path, source, "--json").stdout)
    assert (told["verdict"], told["judged"], told["raised"]) == ("wrong", 0, "ValueError: not today")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        ("torch.nn.Linear(2, 2), (torch.ones(3, 2),), lambda y: y", "one number"),
        ("torch.exp, (torch.ones(3),), None", "requires a gradient"),
    ],
)
def test_loss_that_cannot_be_differentiated_is_refused(tmp_path: Path, made: str, text: str) -> None:
    result = run(tmp_path, f"import torch\n\ndef make_model(seed):\n    return {made}\n")
    assert text in str(result.exception)


def test_function_that_raises_is_named_as_the_users(tmp_path: Path) -> None:
    result = run(tmp_path, "def make_model(seed):\n    raise RuntimeError('boom')\n")
    assert "got RuntimeError: boom" in str(result.exception)
    assert isinstance(result.exception, SpecificationError)


def test_parameters_behind_a_detach_are_named(tmp_path: Path) -> None:
    detached = "class Net(torch.nn.Sequential):\n    def forward(self, x):\n        return self[2](self[0](x).detach())\n\ndef make_model"
    source = HONEST.replace("def make_model", detached).replace("torch.nn.Sequential(torch.nn.Linear", "Net(torch.nn.Linear")
    result = run(tmp_path, source)
    assert result.exit_code == 0
    assert "the loss does not lead to" in result.stdout
    assert len(json.loads(run(tmp_path, source, "--json").stdout)["without_gradient"]) == 2
    assert json.loads(run(tmp_path, HONEST, "--json").stdout)["without_gradient"] == []


@pytest.mark.parametrize(
    ("argument", "text"),
    [("net.py", "FILE.py:FUNCTION"), ("none.py:make_model", "existing file"), ("net.py:nothing", "define the function nothing")],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(HONEST)
    result = CliRunner().invoke(app, ["model", argument])
    assert text in str(result.exception)


@pytest.mark.browser
def test_page_opens_the_module_that_is_wrong(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    path = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    run(tmp_path, WRONG, "--out", str(tmp_path / "out"))
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto((tmp_path / "out" / "index.html").as_uri())
        assert page.locator("h1").inner_text().startswith("wrong: the backward of `Cube (net.py:10)`")
        assert page.locator(".eq.fail").count() == 1
        assert page.locator(".eq.fail").is_visible()
        first = page.locator("details", has_text="first")
        assert not first.locator("li").first.is_visible()
        first.locator("summary").click()
        assert first.locator("li").first.is_visible()
        browser.close()
