"""One participant does not take the others down: an adapter that aborts, hangs and lies, in the same run as honest ones."""

import json
import os
import subprocess
import sys

import pytest

from gradref.commands.shared import keep_compiled
from gradref_adapters import access, registry, worker

NET = 'sizes = [3, 4, 2]\nactivations = ["tanh", "identity"]\n'
THEIRS = """
import ctypes, os, time
from dataclasses import replace
from gradref_reference import backprop
from gradref_reference.error_model import contract_for

print("an adapter that talks")
def honest(case): return backprop(case.network, case.parameters, case.batch, case.dtype)
def lie(case):
    trace = honest(case)
    return replace(trace, dW={l: -v for l, v in trace.dW.items()})

class Adapter:
    name = "theirs"
    MODES = {"honest": honest, "leave": lambda case: os._exit(0), "crash": lambda case: ctypes.string_at(0), "lie": lie,
             "hang": lambda case: time.sleep(1000), "nothing": lambda case: None, "exit": lambda case: exit(0)}
    def version(self): return "4.2"
    def modes(self): return tuple(self.MODES)
    def supports(self, case): return None if case.dtype in ("float64", "float32") else "theirs: float64 and float32 only"
    def run(self, case):
        print("[1, 2, 3]", flush=True)
        return self.MODES[case.mode](case)
    def contract(self, case): return contract_for("numpy", case.dtype)
"""


@pytest.fixture
def command(tmp_path):
    """`gradref` as a program, where that adapter is installed: (exit code, stdout, stderr)."""
    (tmp_path / "net.toml").write_text(NET)
    (tmp_path / "adapter_of_theirs.py").write_text(THEIRS)
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\ntheirs = adapter_of_theirs:Adapter\n")
    keep_compiled()
    path = os.pathsep.join([str(tmp_path), *(entry for entry in sys.path if entry)])

    def run(*arguments: str) -> tuple[int, str, str]:
        answer = subprocess.run(
            [sys.executable, "-m", "gradref.cli", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        return answer.returncode, answer.stdout, answer.stderr

    return run


def test_an_adapter_that_aborts_hangs_and_lies_costs_nobody_else_a_row(command):
    chosen = ("--framework", "theirs", "--framework", "numpy", "--framework", "torch", "--mode", "reference", "--mode", "eager")
    theirs = [word for mode in ("honest", "leave", "crash", "hang", "lie", "nothing", "exit") for word in ("--mode", mode)]
    code, out, err = command("compare", "net.toml", *chosen, *theirs, "--dtype", "float64", "--time-limit", "30", "--json")
    assert code == 1, err
    rows = json.loads(out)  # nothing that it printed is in it
    verdicts = {mode: {row["verdict"] for row in rows if row["mode"] == mode} for mode in ("reference", "eager", "honest")}
    assert verdicts == {"reference": {"pass"}, "eager": {"pass"}, "honest": {"pass"}}
    finding = {row["mode"]: row["finding"] for row in rows if row["framework"] == "theirs" and row["equation"] == "RUN"}
    assert "ended its process with exit code 0" in finding["leave"]
    assert "was ended by signal 11" in finding["crash"]
    assert "got nothing within 30 seconds" in finding["hang"]
    assert "must be a Trace, got a NoneType" in finding["nothing"]
    assert "got SystemExit: 0" in finding["exit"]
    assert all(row["verdict"] == "fail" for row in rows if row["equation"] == "RUN" and row["framework"] == "theirs")
    lied = {row["equation"] for row in rows if row["mode"] == "lie" and row["verdict"] == "fail"}
    assert "BP4" in lied


def test_the_doctor_survives_it_and_says_its_version(command):
    code, out, _ = command("doctor", "--json")
    assert code == 0
    (theirs,) = [finding for finding in json.loads(out)["findings"] if finding["name"] == "theirs"]
    assert theirs["value"] == "4.2"


def test_numpy_stays_at_home_and_others_do_not():
    assert access.adapter("numpy", isolated=True) is registry.get("numpy")
    away = access.adapter("torch", isolated=True)
    assert isinstance(away, worker.Isolated)
    assert access.adapter("torch") is registry.get("torch")
    worker.close()
