"""Frameworks are found by entry points; one that is missing or broken is a reason, never a crash."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest

import gradref
from gradref.doctor import examine
from gradref_adapters import Adapter, registry
from gradref_reference import MissingFrameworkError, SpecificationError

THIRD_PARTY = """
from gradref_reference import Trace
from gradref_reference.error_model.contract import contract_for

class Adapter:
    name = "abacus"
    def version(self): return "1"
    def modes(self): return ("beads",)
    def supports(self, case): return None
    def run(self, case): raise NotImplementedError
    def contract(self, case): return contract_for("any", case.dtype)
"""


@pytest.fixture
def entry_points(monkeypatch, tmp_path):
    """A way to register modules as adapters for one test: entry_points(name=source)."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def register(**sources: str) -> None:
        ours = registry.entry_points(group=registry.GROUP)
        theirs = []
        for name, source in sources.items():
            (tmp_path / f"adapter_of_{name}.py").write_text(source)
            theirs.append(EntryPoint(name, f"adapter_of_{name}:Adapter", registry.GROUP))
        monkeypatch.setattr(registry, "entry_points", lambda group: [*theirs, *ours])
        registry.refresh()

    yield register
    for name in [name for name in sys.modules if name.startswith("adapter_of_")]:
        del sys.modules[name]
    monkeypatch.undo()
    registry.refresh()


def test_our_adapters_come_first_and_follow_the_protocol():
    assert registry.names()[:3] == ("numpy", "torch", "jax")
    for name, adapter in registry.available().items():
        assert isinstance(adapter, Adapter)
        assert adapter.name == name
    assert registry.get("numpy") is registry.get("numpy")


def test_a_third_party_adapter_is_found_without_touching_us(entry_points):
    entry_points(abacus=THIRD_PARTY)
    assert registry.names() == ("numpy", "torch", "jax", "abacus")
    assert registry.get("abacus").modes() == ("beads",)
    assert "abacus" in registry.available()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import a_framework_nobody_has", "could not be imported (No module named 'a_framework_nobody_has')"),
        ("raise RuntimeError('no licence')", "must load, got RuntimeError: no licence"),
        ("class Adapter:\n    def __init__(self): raise ImportError('built for another CPU')", "built for another CPU"),
        ("class Adapter:\n    name = 'broken'\n    def run(self, case): ...", "must have version, modes, supports, contract"),
        (
            THIRD_PARTY.replace('return "1"', "raise RuntimeError('no licence')"),
            "must say its version and modes, got RuntimeError",
        ),
        (THIRD_PARTY.replace('return ("beads",)', "raise SystemExit(0)"), "must say its version and modes, got SystemExit: 0"),
        (THIRD_PARTY.replace('("beads",)', "'beads'"), "must say its version and modes as text, got '1' and 'beads'"),
        (THIRD_PARTY.replace('("beads",)', "()"), "must say its version and modes as text, got '1' and ()"),
        ("raise SystemExit(0)", "must load, got SystemExit: 0"),
        ("class", "must load, got SyntaxError"),
        ("", "must load, got AttributeError"),
    ],
    ids=[
        "missing module",
        "raises on import",
        "raises when made",
        "half a protocol",
        "no version",
        "modes quit",
        "modes in one word",
        "no modes",
        "quits on import",
        "no Python",
        "empty",
    ],
)
def test_a_broken_third_party_adapter_is_a_reason(entry_points, source, words):
    entry_points(broken=source)
    assert words in registry.missing()["broken"]
    assert "broken" not in registry.available()
    assert list(registry.available()) == ["numpy", "torch", "jax"]
    with pytest.raises(MissingFrameworkError, match="broken"):
        registry.get("broken")


def test_a_broken_third_party_adapter_spoils_neither_a_comparison_nor_the_doctor(entry_points):
    entry_points(broken=THIRD_PARTY.replace('return ("beads",)', "raise RuntimeError('no licence')"))
    network = gradref.Network((2, 3, 1), "tanh")
    parameters = gradref.initialize(network, np.random.default_rng(0))
    frame = gradref.compare(network, parameters, gradref.Batch(np.ones((4, 2)), np.zeros((4, 1))), dtypes=["float64"])
    assert set(frame.framework[frame.verdict == "pass"]) == {"numpy", "torch", "jax"}
    (skip,) = frame[frame.framework == "broken"].itertuples()
    assert (skip.verdict, "RuntimeError: no licence" in skip.message) == ("skip", True)
    assert any(finding.name == "broken" and "no licence" in finding.meaning for finding in examine())


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(SpecificationError, match="Did you mean 'torch'"):
        registry.get("pytorch")


@pytest.mark.parametrize(
    ("blocked", "module", "words"),
    [
        ("torch", "torch", "PyTorch is not installed. Run: pip install 'gradref[torch]'."),
        ("jax", "jax", "JAX is not installed. Run: pip install 'gradref[jax]'."),
        ("jax", "jaxlib", "jax requires jaxlib to be installed"),
    ],
    ids=["torch", "jax", "jaxlib"],
)
def test_a_framework_that_is_not_installed_is_a_reason_and_the_rest_works(blocked, module, words):
    program = f"""
import sys
sys.modules[{module!r}] = None  # what Python does for a module that cannot be imported
from gradref_adapters import registry
from gradref.doctor import examine
assert {blocked!r} in registry.names()
assert list(registry.available()) == [n for n in ("numpy", "torch", "jax") if n != {blocked!r}]
assert any(f.name == {blocked!r} and f.value == "missing" for f in examine())
print(registry.missing()[{blocked!r}])
"""
    answer = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert words in answer.stdout
    assert answer.stdout.count("\n") == 1
