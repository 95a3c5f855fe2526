"""The rooms stay apart: what may be imported where, seen from a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "jax", "jaxlib", "optax", "pandas", "flax", "equinox")


def loaded_by(program: str) -> set[str]:
    """Which of the heavy modules a program leaves in sys.modules."""
    check = f"{program}\nimport sys\nprint(*(m for m in {HEAVY!r} if m in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.splitlines()[-1].split())


REFERENCE = """
import importlib, pkgutil, gradref_reference
for module in pkgutil.walk_packages(gradref_reference.__path__, 'gradref_reference.'):
    importlib.import_module(module.name)
"""

HELP = """
import sys
sys.argv = ['gradref', '--help']
from gradref.cli import main
try:
    main()
except SystemExit as stop:
    assert stop.code in (0, None), stop.code
print()
"""


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import gradref_reference", id="the reference"),
        pytest.param(REFERENCE, id="every module of the reference"),
        pytest.param("import gradref", id="the front door"),
        pytest.param(HELP, id="gradref --help"),
        pytest.param("import gradref_adapters.registry as r; r.names()", id="the registry"),
        pytest.param("import gradref_adapters.registry as r; r.get('numpy')", id="the NumPy adapter"),
    ],
)
def test_nothing_heavy_is_loaded_by(program):
    assert loaded_by(program) == set()


@pytest.mark.parametrize(("name", "other"), [("torch", "jax"), ("jax", "torch")])
def test_an_adapter_loads_its_own_framework_alone(name, other):
    loaded = loaded_by(f"import gradref_adapters.registry as r; r.get({name!r})")
    assert name in loaded
    assert other not in loaded


def test_importlinter_keeps_the_arrows_pointing_down():
    root = Path(__file__).parents[2]
    answer = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], capture_output=True, text=True, cwd=root, check=False
    )
    assert answer.returncode == 0, answer.stdout
