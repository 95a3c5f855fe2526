"""docs/models.md and docs/from-gradcheck.md show what really comes out."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / name).read_text(), re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.py").write_text(blocks("models.md", "python")[0])
    return tmp_path


def said(folder: Path, *words: str) -> str:
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_model_of_the_guide_says_what_it_shows(folder: Path) -> None:
    shown = blocks("models.md", "")
    out = said(folder, "-m", "gradref.cli", "model", "net.py:make_model")
    assert out == shown[0].split("\n", 1)[1].rsplit("$ echo", 1)[0]
    source = (folder / "net.py").read_text()
    (folder / "net.py").write_text(source.replace("3 * g * x", "3 * g * x * x"))
    assert said(folder, "-m", "gradref.cli", "model", "net.py:make_model") == shown[1]


def test_the_function_of_the_migration_page_says_what_it_shows(folder: Path) -> None:
    code = (
        "import torch, gradref, net; torch.manual_seed(0); "
        "x = torch.randn(5, 3, dtype=torch.float64).requires_grad_(); print(gradref.check_function(net.Cube.apply, x).sentence)"
    )
    assert said(folder, "-c", code) == blocks("from-gradcheck.md", "")[0]
