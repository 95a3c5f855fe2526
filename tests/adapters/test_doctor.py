"""gradref doctor: every line says what it means, whatever is missing or broken."""

import json

import pytest
from typer.testing import CliRunner

from gradref import doctor
from gradref.commands.doctor import app
from gradref_adapters import Finding, registry, worker
from gradref_reference import MissingFrameworkError

SUBJECTS = [
    "python", "processor", "cores", "environment variables", "graphics processor",
    "numpy", "numpy BLAS", "numpy BLAS threads", "numpy subnormals",
    "torch", "torch threads", "torch oneDNN", "torch products on the CPU", "torch products on CUDA", "torch subnormals",
    "torch determinism", "torch.compile", "torch CUDA",
    "jax", "jax devices", "jax x64", "jax matmul precision", "jax subnormals", "jax jit", "jax determinism", "XLA_FLAGS",
]  # fmt: skip


def test_every_subject_is_examined_once_and_explained():
    findings = doctor.examine()
    names = [finding.name for finding in findings]
    assert [name for name in SUBJECTS if name not in names] == []
    assert len(names) == len(set(names))
    for finding in findings:
        assert finding.value
        assert finding.meaning
        assert not finding.meaning.endswith(".")
        assert "\n" not in finding.value + finding.meaning


def test_subnormals_are_told_apart():
    found = {finding.name: finding.value for finding in doctor.examine()}
    assert found["numpy subnormals"] == found["torch subnormals"] == "kept"
    assert found["jax subnormals"] == "flushed to 0"


def test_the_record_of_a_run_can_be_written_as_json():
    record = json.loads(json.dumps(doctor.as_dict()))
    assert record["findings"][0].keys() == {"name", "value", "meaning"}


def test_the_command_prints_every_finding_and_json(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    table = CliRunner().invoke(app, [])
    assert table.exit_code == 0
    assert all(name in table.output for name in SUBJECTS)
    as_json = CliRunner().invoke(app, ["--json"])
    assert [finding["name"] for finding in json.loads(as_json.output)["findings"]] == [f.name for f in doctor.examine()]


class Silent:
    name = "silent"

    def version(self) -> str:
        return "3"


class Broken(Silent):
    def findings(self) -> list[Finding]:
        raise OSError("no such counter")


class Quitting(Silent):
    def version(self) -> str:
        raise SystemExit(0)


class Rambling(Silent):
    def findings(self) -> list[str]:
        return ["all is well"]


@pytest.mark.parametrize(
    ("adapter", "words"),
    [
        (Silent(), "says nothing"),
        (Broken(), "OSError: no such counter"),
        (Quitting(), "SystemExit: 0"),
        (Rambling(), "findings are not gradref_adapters.Finding"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_adapter_that_cannot_say_is_a_finding(monkeypatch, adapter, words):
    monkeypatch.setattr(registry, "names", lambda: ("silent", "gone"))

    def get(name, *limits):
        if name == "gone":
            raise MissingFrameworkError("It is not installed. Run: pip install 'gradref[gone]'.")
        return adapter

    for source in (registry, worker):
        monkeypatch.setattr(source, "get", get)
    monkeypatch.setattr(worker, "warm", lambda names: None)
    monkeypatch.setenv("COLUMNS", "200")
    meanings = {finding.name: finding.meaning for finding in doctor.examine()}
    assert words in meanings["silent"]
    assert "gradref[gone]" in meanings["gone"]
    assert "gradref[gone]" in CliRunner().invoke(app, []).output  # square brackets are no markup
