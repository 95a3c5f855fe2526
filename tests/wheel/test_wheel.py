"""The built wheel: nothing of the packages is missing in it, nothing else is in it, and its commands work away from the checkout.

`make wheel-test` builds it, installs it into a folder and names that folder in GRADREF_INSTALLED; the rest of the tests runs once, on
the checkout.
"""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLED = os.environ.get("GRADREF_INSTALLED")
ROOT = Path(__file__).parents[2]
ROOMS = ("reference", "adapters", "comparisons")
LEFT_OUT = "gradref_studies"  # belongs to the checkout, see setup.py

pytestmark = pytest.mark.skipif(INSTALLED is None, reason="the checkout itself is under test; make wheel-test looks at the wheel")


def installed() -> Path:
    assert INSTALLED is not None
    return Path(INSTALLED)


def packages() -> list[Path]:
    """The packages of the checkout."""
    found = [path.parent for room in ROOMS for path in sorted((ROOT / room).glob("*/__init__.py"))]
    assert found
    return [path for path in found if path.name != LEFT_OUT]


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess:
    """A command in another folder, with the wheel before everything else on the path."""
    environment = {**os.environ, "PYTHONPATH": str(installed())}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_file_of_the_packages_is_in_the_wheel():
    for package in packages():
        assert files_of(installed() / package.name) == files_of(package), package.name


def test_nothing_but_the_packages_is_in_the_wheel():
    found = {path.name for path in installed().iterdir() if path.is_dir() and path.suffix != ".dist-info" and path.name != "bin"}
    assert found == {package.name for package in packages()}


def test_packages_are_typed():
    for package in packages():
        assert (installed() / package.name / "py.typed").is_file(), package.name


def test_every_package_is_imported_from_the_wheel(tmp_path):
    names = [package.name for package in packages()]
    done = run("-c", f"import {', '.join(names)}; print(*(m.__file__ for m in ({', '.join(names)},)), sep='\\n')", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [Path(line).parents[1] for line in done.stdout.splitlines()] == [installed()] * len(names)


def test_every_entry_point_leads_to_something(tmp_path):
    (own,) = importlib.metadata.distributions(path=[str(installed())])
    assert {e.group for e in own.entry_points} >= {"console_scripts", "gradref.adapters"}
    program = "".join("import {0} as m; m.{2}\n".format(*entry.value.partition(":")) for entry in own.entry_points)
    done = run("-c", program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


CASES = ("--case", "golden-g1", "--case", "digits-tanh-softmax-b10-trained", "--dtype", "float64", "--framework", "numpy")
COMMANDS = {
    "report": ("report", *CASES, "--out", "run"),
    "explain": ("explain", str(ROOT / "examples" / "net.toml"), "--out", "page.html", "--no-frameworks"),
    "lecture": ("lecture", "3.2.1"),
    "check": ("check", str(ROOT / "examples" / "derivation.py")),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_works_away_from_the_checkout(name, tmp_path):
    """With what lies beside the code: digits, templates, scripts, the lecture."""
    done = run("-c", "from gradref.cli import main; main()", *COMMANDS[name], cwd=tmp_path)
    assert done.returncode == (name == "check"), done.stdout + done.stderr  # the example has a mistake
    assert done.stdout.strip() or done.stderr.startswith("Written to ")
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) == (name in ("report", "explain"))
    assert all(page.stat().st_size > 10_000 for page in pages)
