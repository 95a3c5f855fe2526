"""gradref compare and report as programs: what they print as JSON, where they write, how they end, how to run a failure again."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest

from gradref import __version__, cli
from gradref.commands.outputs import output_file, output_folder
from gradref.results import read_history
from gradref_adapters import registry, worker
from gradref_adapters.numpy.adapter import NumpyAdapter
from gradref_reference import FileError, MissingFrameworkError

NET = 'sizes = [3, 4, 2]\nactivations = ["tanh", "identity"]\n'
SMALL = ("--case", "golden-g1", "--case", "batch-of-one", "--framework", "numpy", "--mode", "reference", "--dtype", "float64")


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Run the command line in this process and an empty folder with net.toml; returns (exit code, stdout, stderr)."""
    (tmp_path / "net.toml").write_text(NET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gradref", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        return left.value.code or 0, out, err

    return run


class Sloppy(NumpyAdapter):
    def run(self, case):
        trace = super().run(case)
        trace.db[1][0] *= 1 + 1e-6
        return trace


def use(monkeypatch, adapter):
    """Let the registry hand out `adapter` as numpy's."""
    real = registry.get
    monkeypatch.setattr(registry, "get", lambda name: adapter if name == "numpy" else real(name))


def without(monkeypatch, *names):
    """Let these frameworks be missing."""
    real = registry.get

    def get(name, time_limit=None):
        if name in names:
            raise MissingFrameworkError(f"{name} is not installed. Run: pip install 'gradref[{name}]'.")
        return real(name)

    monkeypatch.setattr(registry, "get", get)
    monkeypatch.setattr(worker, "get", get)
    monkeypatch.setattr(worker, "warm", lambda names: None)


# --- numbers that a dtype cannot hold --------------------------------------------------------------------------------


def test_a_dtype_that_cannot_hold_the_numbers_is_skipped_and_the_rest_runs(call, tmp_path):
    rng = np.random.default_rng(0)
    y = rng.standard_normal((8, 2))
    y[2, 1] = 150_000.0
    np.savez(tmp_path / "d.npz", x=rng.standard_normal((8, 3)), y=y)
    code, out, err = call("compare", "net.toml", "--data", "d.npz", "--framework", "numpy", "--framework", "torch", "--mode",
                          "reference", "--mode", "eager", "--json")  # fmt: skip
    rows = json.loads(out)
    assert code == 0, err
    assert {row["dtype"] for row in rows if row["verdict"] == "pass"} == {"float64", "float32", "bfloat16"}
    told = {row["message"] for row in rows if row["dtype"] == "float16"}
    assert told == {"float16 cannot hold y[2, 1] = 150000: its largest number is 65504."}


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_json_has_full_precision_and_no_token_that_json_lacks(call, monkeypatch):
    use(monkeypatch, Sloppy())
    code, out, _ = call("compare", "net.toml", "--framework", "numpy", "--dtype", "float64", "--json")
    rows = json.loads(out, parse_constant=lambda token: pytest.fail(f"{token} is not JSON"))
    assert code == 1
    allowances = [row["allowance"] for row in rows if row["equation"] in ("LIN", "BP3", "BP4")]
    assert all(0 < a < 1e-9 for a in allowances)
    assert len({repr(a) for a in allowances}) > 3  # not cut to a few decimals
    assert {row["max_sigma"] for row in rows if row["equation"] == "REF"} == {None}


def test_the_record_of_a_run_is_strict_json(call, monkeypatch, tmp_path):
    class Infinite(NumpyAdapter):
        def run(self, case):
            trace = super().run(case)
            trace.dW[1][0, 0] = np.inf
            return trace

    use(monkeypatch, Infinite())
    call("compare", "net.toml", "--framework", "numpy", "--dtype", "float64", "--out", "r")
    record = json.loads((tmp_path / "r" / "run.json").read_text(), parse_constant=lambda token: pytest.fail(f"{token}"))
    assert float(record["runs"][0]["share"]) == np.inf


# --- running a failure again -----------------------------------------------------------------------------------------


def test_a_failure_of_compare_names_the_command_that_was_run(call, monkeypatch, tmp_path):
    use(monkeypatch, Sloppy())
    (tmp_path / "my net.toml").write_text(NET)
    options = (
        "--framework",
        "numpy",
        "--mode",
        "reference",
        "--dtype",
        "float32",
        "--dtype",
        "float64",
        "--seed",
        "3",
        "--batch",
        "5",
        "--json",
    )
    code, out, _ = call("compare", "my net.toml", *options)
    assert code == 1
    failing = [row for row in json.loads(out) if row["verdict"] == "fail"]
    words = shlex.split(next(row["rerun"] for row in failing if row["dtype"] == "float64"))
    assert words[:3] == ["gradref", "compare", "my net.toml"]
    again, told, _ = call(*words[1:], "--json")
    assert again == 1
    rows = [(row["equation"], row["actual"]) for row in json.loads(told) if row["verdict"] == "fail"]
    assert rows == [(row["equation"], row["actual"]) for row in failing if row["dtype"] == "float64"]


def test_a_failure_of_the_suite_names_the_case(call, monkeypatch, tmp_path):
    use(monkeypatch, Sloppy())
    call("report", "--case", "golden-g1", "--framework", "numpy", "--dtype", "float64", "--seed", "7", "--out", "r")
    told = (tmp_path / "r" / "report.md").read_text()
    again = "gradref report --case golden-g1 --framework numpy --mode reference --dtype float64 --seed 7"
    assert f"Run it again: `{again}`" in told
    assert "Made " in told
    assert "by `gradref report --case golden-g1" in told


# --- where it writes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["taken", "taken/below", "/proc/nowhere", "holds"])
@pytest.mark.parametrize(
    "command", [("report", *SMALL), ("compare", "net.toml", "--framework", "numpy")], ids=["report", "compare"]
)
def test_a_report_that_cannot_be_written_is_refused_before_the_run(call, monkeypatch, tmp_path, command, out):
    (tmp_path / "taken").write_text("")
    (tmp_path / "holds" / "report.md").mkdir(parents=True)
    monkeypatch.setattr(NumpyAdapter, "run", lambda self, case: pytest.fail("it ran"))
    code, _, err = call(*command, "--out", out)
    assert code == 2
    assert err.startswith("gradref: --out: must be a ")
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "command",
    [("train", "net.toml", "--data", "d.npz"), ("explain", "net.toml", "--no-frameworks")],
    ids=["train", "explain"],
)
@pytest.mark.parametrize("out", ["folder.npz", "taken/below.npz", "/proc/nowhere.npz"])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(call, tmp_path, command, out):
    (tmp_path / "taken").write_text("")
    (tmp_path / "folder.npz").mkdir()
    np.savez(tmp_path / "d.npz", x=np.ones((4, 3)), y=np.ones((4, 2)))
    code, _, err = call(*command, "--out", out)
    assert code == 2
    assert "--out" in err
    assert len(err.strip().splitlines()) == 1


def test_outputs_that_can_be_written_are_made(tmp_path):
    assert output_folder(tmp_path / "a" / "b").is_dir()
    assert not any((tmp_path / "a" / "b").iterdir())
    assert output_file(tmp_path / "c" / "page.html", make_folder=True).parent.is_dir()
    assert not (tmp_path / "c" / "page.html").exists()
    with pytest.raises(FileError, match="existing folder"):
        output_file(tmp_path / "d" / "page.html")


# --- an interrupt ----------------------------------------------------------------------------------------------------


class Interrupted(NumpyAdapter):
    def run(self, case):
        if case.name == "batch-of-one":
            raise KeyboardInterrupt
        return super().run(case)


def test_an_interrupted_report_leaves_the_whole_one_and_the_history_alone(call, monkeypatch, tmp_path):
    latest = tmp_path / "reports" / "latest"
    assert call("report", *SMALL, "--out", latest)[0] == 0
    whole = {path.name: path.read_bytes() for path in latest.iterdir()}
    use(monkeypatch, Interrupted())
    code, out, err = call("report", *SMALL, "--out", latest)
    assert code == 130
    assert err == f"gradref: interrupted after 1 of 2 runs; what was finished is in {latest}-interrupted.\n"
    assert "Interrupted after 1 of 2 runs." in " ".join(out.split())
    assert {path.name: path.read_bytes() for path in latest.iterdir()} == whole
    partial = latest.with_name("latest-interrupted")
    record = json.loads((partial / "run.json").read_text())
    assert (record["interrupted"], record["finished"], record["planned"]) == (True, 1, 2)
    assert "**Interrupted after 1 of 2 runs." in (partial / "report.md").read_text()
    assert "All agree so far" in (partial / "index.html").read_text()
    assert len(read_history(tmp_path / "reports" / "history")) == 1


def test_an_interrupted_report_is_written_in_place_where_there_is_no_whole_one(call, monkeypatch, tmp_path):
    use(monkeypatch, Interrupted())
    for _ in range(2):
        code, _, err = call("report", *SMALL, "--out", "r")
        assert (code, "what was finished is in r." in err) == (130, True)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["r"]


def test_an_interrupt_before_anything_is_finished_is_one_sentence(call, monkeypatch, tmp_path):
    class AtOnce(NumpyAdapter):
        def run(self, case):
            raise KeyboardInterrupt

    use(monkeypatch, AtOnce())
    code, out, err = call("report", *SMALL, "--out", "r")
    assert (code, out) == (130, "")
    assert err == "gradref: interrupted before the end; run the same command again.\n"
    assert not (tmp_path / "r" / "report.md").exists()


STOPS = """
import sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Stop())
sys.argv = ["gradref", "report", "--case", "golden-g1", "--dtype", "float64", "--out", {out!r}]
from gradref.cli import main
main()
"""


@pytest.mark.parametrize(
    "module",
    ["typer", "numpy", "gradref.commands.report", "gradref_support.progress", "gradref.suite", "gradref_adapters.worker.client"],
)
def test_an_interrupt_while_something_is_imported_is_one_sentence(tmp_path, module):
    program = STOPS.format(module=module, out=str(tmp_path / "r"))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 130
    assert done.stderr == "gradref: interrupted before the end; run the same command again.\n"


# --- what is absent --------------------------------------------------------------------------------------------------


def test_a_run_of_the_reference_alone_is_no_agreement(call, monkeypatch, tmp_path):
    without(monkeypatch, *(name for name in registry.names() if name != "numpy"))
    code, out, err = call("compare", "net.toml", "--dtype", "float64", "--out", "r")
    assert code == 2
    assert err.startswith("gradref: no framework ran: nothing was compared but the reference with the exact enclosure. torch")
    assert "All gradients agree" not in out + (tmp_path / "r" / "report.md").read_text()
    page = (tmp_path / "r" / "index.html").read_text()
    assert "No framework ran" in page
    assert "All agree" not in page


def test_a_framework_that_was_named_and_is_missing_is_exit_2(call, monkeypatch):
    without(monkeypatch, "torch")
    code, out, err = call("compare", "net.toml", "--dtype", "float64", "--framework", "torch", "--framework", "numpy")
    assert code == 2
    assert err.startswith("gradref: a framework that was asked for did not run. torch is not installed.")
    assert "All gradients agree" not in out


def test_a_framework_that_was_not_named_may_be_missing(call, monkeypatch):
    without(monkeypatch, "jax")
    code, out, _ = call("compare", "net.toml", "--dtype", "float64", "--mode", "reference", "--mode", "eager")
    assert code == 0
    assert "All gradients agree" in out
    assert "skipped: jax is not installed" in out.replace("jax: ", "")


# --- what cannot be seen ---------------------------------------------------------------------------------------------


class Blind(NumpyAdapter):
    """An implementation that promises next to nothing: in sums over 250 samples no entry is larger than its allowance."""

    def contract(self, case):
        return super().contract(case).but(accumulator=2.0**-8, bias_accumulator=2.0**-8)


def test_a_run_that_saw_nothing_is_not_said_to_agree(call, monkeypatch, tmp_path):
    use(monkeypatch, Blind())
    alone = ("--framework", "numpy", "--mode", "reference", "--dtype", "float64")
    code, out, err = call("compare", "net.toml", *alone, "--batch", "250", "--out", "r")
    assert code == 2, out
    assert "nothing can be said of the gradients" in err
    assert "All gradients agree" not in out
    record = json.loads((tmp_path / "r" / "run.json").read_text())
    assert record["runs"][0]["verdict"] == "blind"
    assert record["totals"]["blind_rows"] > 5
    assert "| blind |" in (tmp_path / "r" / "report.md").read_text()
    assert "All agree" not in (tmp_path / "r" / "index.html").read_text()


# --- arguments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["report", "compare", "train", "explain"])
def test_a_negative_seed_is_refused(call, command):
    code, _, err = call(command, *(["net.toml"] if command != "report" else []), "--seed", "-1")
    assert code == 2
    assert "--seed" in err
    assert "internal error" not in err


def test_version_is_said(call):
    assert call("--version")[:2] == (0, f"gradref {__version__}\n")
