"""The example of adapters/README.md works as it stands, is judged like any framework, and is caught when it is wrong."""

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import gradref
from gradref_adapters import Adapter, registry
from gradref_reference import Network

README = Path(__file__).parents[2] / "adapters" / "README.md"


def example() -> str:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if "class ByHand" in block)


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A way to install the example as somebody's package, with a mistake of theirs: installed(right, wrong)."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(right: str = "", wrong: str = "") -> None:
        source = example()
        assert right in source
        (tmp_path / "package_byhand.py").write_text(source.replace(right, wrong) if right else source, encoding="utf-8")
        theirs = EntryPoint("byhand", "package_byhand:ByHand", registry.GROUP)
        ours = registry.entry_points(group=registry.GROUP)
        monkeypatch.setattr(registry, "entry_points", lambda group: [*ours, theirs])
        registry.refresh()

    yield install
    sys.modules.pop("package_byhand", None)
    monkeypatch.undo()
    registry.refresh()


def judged(problem, activation: str = "tanh"):
    case = problem(Network((7, 5, 3), activation))
    return gradref.compare(case.network, case.parameters, case.batch, frameworks=["byhand"], dtypes=["float64"])


def test_the_example_follows_the_protocol_and_passes(installed, problem):
    installed()
    assert isinstance(registry.get("byhand"), Adapter)
    frame = judged(problem)
    assert {"LIN", "ACT", "BP1", "BP2", "BP3", "BP4", "REF"} <= set(frame.equation)
    assert set(frame.verdict) == {"pass"}


@pytest.mark.parametrize(
    ("right", "wrong", "equation"),
    [
        ("(a[L] - y) / m\n", "(a[L] - y)\n", "BP1"),
        ("delta[l].sum(axis=0)", "delta[l].mean(axis=0)", "BP3"),
        ("@ W[l]\n", "@ -W[l]\n", "BP2"),
    ],
    ids=["no 1/m", "bias averaged", "sign"],
)
def test_a_mistake_in_the_example_is_named(installed, problem, right, wrong, equation):
    installed(right, wrong)
    frame = judged(problem)
    local = frame[(frame.verdict == "fail") & ~frame.equation.isin(["REF", "ENC", "RUN"])]
    assert set(local.equation) == {equation}


def test_what_the_example_does_not_support_is_a_skip_with_its_reason(installed, problem):
    installed()
    case = problem(Network((7, 5, 3), "relu")).on("byhand", "manual")
    assert registry.get("byhand").supports(case) == "byhand: only tanh networks with the quadratic cost"
