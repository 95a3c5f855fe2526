"""The command line: bad input is one sentence on stderr and exit code 2, never a traceback."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from gradref import cli

GOOD = 'sizes = [3, 4, 2]\nactivations = ["tanh", "softmax"]\ncost = "cross_entropy"\n'


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


def _net(tmp_path, text=GOOD):
    path = tmp_path / "net.toml"
    path.write_text(text)
    return path


def test_compare_agrees_and_exits_0(call, tmp_path):
    code, out, _ = call("compare", _net(tmp_path), "--framework", "numpy")
    assert code == 0
    assert "All gradients agree" in out


def test_compare_prints_json_rows(call, tmp_path):
    code, out, _ = call("compare", _net(tmp_path), "--framework", "numpy", "--dtype", "float64", "--json")
    rows = json.loads(out)
    assert code == 0
    assert {row["equation"] for row in rows} >= {"LIN", "ACT", "BP1", "BP2", "BP3", "BP4", "REF"}


def test_compare_takes_data_and_parameters_from_files(call, tmp_path):
    from gradref_reference import Network, initialize
    from gradref_reference.files import save_parameters

    path = _net(tmp_path)
    save_parameters(tmp_path / "p.safetensors", initialize(Network.from_toml(path), np.random.default_rng(0)))
    (tmp_path / "d.csv").write_text("1,2,3,0\n4,5,6,1\n")
    code, _, err = call("compare", path, "--data", "d.csv", "--parameters", "p.safetensors", "--framework", "numpy")
    assert code == 0, err


BAD = {
    "unknown activation": ({"net": GOOD.replace("tanh", "tahn")}, [], "line 2.*Did you mean 'tanh'"),
    "broken TOML": ({"net": "sizes = [3,"}, [], "valid TOML"),
    "missing file": ({}, [], "existing file"),
    "unknown framework": ({"net": GOOD}, ["--framework", "torchh"], "framework must be one of"),
    "unknown mode": ({"net": GOOD}, ["--mode", "jitt"], "mode must be one of"),
    "unknown dtype": ({"net": GOOD}, ["--dtype", "float23"], "Did you mean 'float32'"),
    "label out of range": ({"net": GOOD, "d.csv": "1,2,3,2\n"}, ["--data", "d.csv"], r"labels must lie in 0..1, got 2"),
    "nan in data": ({"net": GOOD, "d.csv": "1,nan,3,1\n"}, ["--data", "d.csv"], "finite"),
    "wrong width": ({"net": GOOD, "d.csv": "1,2,1\n"}, ["--data", "d.csv"], "line 1"),
    "empty batch": ({"net": GOOD, "d.csv": "\n"}, ["--data", "d.csv"], "at least one sample"),
    "truncated parameters": ({"net": GOOD, "p.safetensors": "xx"}, ["--parameters", "p.safetensors"], "complete"),
    "gap in the first line": ({"net": GOOD, "d.csv": "1,,3,0\n1,2,3,0\n"}, ["--data", "d.csv"], "d.csv, line 1.*got ''"),
    "nan in a later line": ({"net": GOOD, "d.csv": "1,2,3,1\n1,nan,3,1\n"}, ["--data", "d.csv"], "d.csv, line 2.*finite"),
    "label in a later line": ({"net": GOOD, "d.csv": "1,2,3,1\n1,2,3,9\n"}, ["--data", "d.csv"], "d.csv, line 2.*labels"),
    "huge label": ({"net": GOOD, "d.csv": "1,2,3,1e30\n"}, ["--data", "d.csv"], "line 1.*class numbers"),
    "huge penalty": ({"net": f"{GOOD}l2 = {'9' * 400}"}, [], "line 4: l2: must be a finite number"),
    "endless penalty": ({"net": f"{GOOD}l2 = {'9' * 5000}"}, [], "valid TOML"),
    "nested brackets": ({"net": f"sizes = {'[' * 3000}{']' * 3000}"}, [], "nested too deeply"),
    "nested activations": ({"net": GOOD.replace('"tanh"', '["tanh"]')}, [], "line 2: activations: must be names"),
    "widths beyond memory": ({"net": GOOD.replace("[3, 4,", "[1000000000, 1000000000,")}, [], "fit into memory"),
    "foreign ending": ({"net": GOOD, "d.txt": "1"}, ["--data", "d.txt"], ".npz or .csv"),
}


@pytest.mark.parametrize(("files", "options", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_one_sentence_and_exit_2(call, tmp_path, files, options, message):
    for name, text in files.items():
        (tmp_path / ("net.toml" if name == "net" else name)).write_text(text)
    code, _, err = call("compare", tmp_path / "net.toml", *options)
    assert code == 2
    assert "Traceback" not in err
    assert err.startswith("gradref: ")
    assert len(err.strip().splitlines()) == 1
    assert re.search(message, err)


def test_nothing_that_could_be_judged_is_exit_2(call, tmp_path):
    code, out, _ = call("compare", _net(tmp_path), "--framework", "numpy", "--dtype", "float16")
    assert code == 2
    assert "Nothing was compared" in out


def test_report_writes_everything_and_exits_0(call, tmp_path):
    code, out, err = call("report", "--case", "golden-g1", "--case", "batch-of-one", "--framework", "numpy", "--out", "r")
    assert code == 0, out + err
    assert {p.name for p in (tmp_path / "r").iterdir()} >= {
        "report.md", "results.csv", "results.parquet", "run.json", "maps.npz", "index.html",
    }  # fmt: skip
    record = json.loads((tmp_path / "r" / "run.json").read_text())
    assert record["totals"]["fail"] == 0
    assert record["totals"]["cases"] == 2
    assert "All gradients agree" in (tmp_path / "r" / "report.md").read_text()


def test_report_refuses_an_unknown_case(call):
    code, _, err = call("report", "--case", "golden-g3")
    assert code == 2
    assert "golden-g2" in err or "golden-g1" in err


def test_internal_error_is_one_sentence_too(call, monkeypatch):
    monkeypatch.delenv("GRADREF_DEBUG", raising=False)
    monkeypatch.setattr(cli, "app", lambda: 1 / 0)
    code, _, err = call("report")
    assert code == 2
    assert "ZeroDivisionError" in err
    assert "Traceback" not in err


def test_overview_lists_every_command():
    done = subprocess.run([sys.executable, "-m", "gradref.cli", "--help"], capture_output=True, text=True, check=True)
    for name in cli.COMMANDS:
        assert name in done.stdout


def test_every_command_has_help():
    for name in cli.COMMANDS:
        result = CliRunner().invoke(cli.app, [name, "--help"])
        assert result.exit_code == 0, result.output
        assert "Usage" in result.output
