"""Every command with one word replaced by something strange: exit code 0, 1 or 2, a sentence where it is 2, and never a traceback."""

import json
import os
import sys
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st
from support.strange import many, time_limit

import gradref
from gradref.cli import main

SECONDS = 60
NETWORK = gradref.Network((3, 2), ("tanh",))
DERIVATION = """import numpy as np
PARAMS = ["W"]
def make_inputs(seed):
    return {"W": np.ones((2, 3)), "x": np.ones(3) + seed}
def forward(inputs):
    return 0.5 * np.sum((inputs["W"] @ inputs["x"]) ** 2)
def backward(inputs):
    return {"dW": np.outer(inputs["W"] @ inputs["x"], inputs["x"])}
"""
MODEL = """import torch
def linear(seed):
    torch.manual_seed(seed)
    return torch.nn.Linear(3, 2), (torch.ones(4, 3),), None
"""

COMMANDS = {
    "report": "report --case golden-g1 --framework numpy --mode reference --dtype float64 --seed 0 --out run",
    "compare": "compare net.toml --data data.npz --parameters parameters.npz --framework numpy --dtype float64 --seed 0 --batch 3 --json",
    "check": "check theirs.py --seeds 0 --budget 0 --time-limit 5 --json",
    "check a sheet": "check sheet.txt --layout numerator --out page.html --json",
    "claim": "claim sheet.txt --where sheet.txt --network net.toml --layout numerator --seed 0 --json",
    "explain": "explain net.toml --data data.npz --parameters parameters.npz --sample 0 --no-frameworks --format html --out page.html",
    "lecture": "lecture 1.3 --json",
    "train": "train net.toml --data data.npz --parameters parameters.npz --epochs 1 --seed 0 --out trained.npz",
}
"""name -> a call that works, or is refused in one sentence; files are those of the folder."""

NIGHTLY = {
    "grade": "grade class --task theirs.py --jobs 1 --timeout 20 --memory 1024 --repair 0 --seeds 0 --out grades --json",
    "model": "model model.py:linear --seed 0 --framework torch --out model --json",
    "doctor": "doctor --json",
}
"""Those that start processes or a framework; their words are changed at night."""

ODD = ("", " ", "9" * 30, "a" * 300, "\u202e", "e\u0301", "½", "٣", "*", "~")
PLAIN = """
    - -- -1 0 1.5 nan inf -inf 1e400 0x10 # .. . : /dev/null --help --seed --nothing --out numpy float64 cpu cuda
    nothing nothing.toml folder folder/nothing.npz empty empty.toml empty.npz empty.py binary.npz binary.toml binary.py latin.py
    latin.toml dangling net.toml theirs.py theirs.py: theirs.py:nothing data.npz parameters.npz sheet.txt raises.py exits.py
"""
WORDS = (*ODD, *PLAIN.split())
"""What takes the place of a word; the files are those of the folder."""


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    NETWORK.to_toml(folder / "net.toml")
    rng = np.random.default_rng(0)
    gradref.save_parameters(folder / "parameters.npz", gradref.initialize(NETWORK, rng))
    np.savez(folder / "data.npz", x=rng.standard_normal((4, 3)), y=rng.standard_normal((4, 2)))
    (folder / "theirs.py").write_text(DERIVATION, encoding="utf-8")
    (folder / "sheet.txt").write_text("x in R^n\n∇_x (x' x) = 2 x\n", encoding="utf-8")
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    (folder / "class").mkdir()
    (folder / "class" / "somebody.py").write_text(DERIVATION, encoding="utf-8")
    (folder / "raises.py").write_text("raise RuntimeError('at once')\n", encoding="utf-8")
    (folder / "exits.py").write_text("import os\nos._exit(0)\n", encoding="utf-8")
    (folder / "folder").mkdir()
    for name in ("empty", "empty.toml", "empty.npz", "empty.py"):
        (folder / name).touch()
    for name in ("binary.npz", "binary.toml", "binary.py"):
        (folder / name).write_bytes(bytes(range(256)))
    for name in ("latin.py", "latin.toml"):
        (folder / name).write_bytes("é = 1\n".encode("latin-1"))
    (folder / "dangling").symlink_to("nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: object
    out: str
    err: str

    def problem(self, words: list[str]) -> str | None:
        """What is not clear about it, or None."""
        if self.code not in (0, 1, 2):
            return f"exit code {self.code!r}"
        for bad in ("Traceback (most recent call last)", "internal error"):
            if bad in self.out + self.err:
                return bad
        if self.code == 2 and not self.err.strip():
            return "exit code 2 without a word on stderr"
        asked = any(word == "--json" and not before.startswith("--") for before, word in pairwise(["", *words]))  # no value
        if self.code != 2 and asked and "--help" not in words:
            try:
                json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
            except ValueError:
                return f"--json printed no JSON: {self.out[:80]!r}"
        return None


def run(words: list[str], capfd) -> Ended:
    """The command line in this process."""
    capfd.readouterr()
    before = list(sys.argv)
    sys.argv = ["gradref", *words]
    code: object = 0
    try:
        with time_limit(SECONDS):
            main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = before
        sys.stdout.flush()
        sys.stderr.flush()
    out, err = capfd.readouterr()
    return Ended(code, out, err)


ALL = [*COMMANDS, *(pytest.param(name, marks=pytest.mark.nightly) for name in NIGHTLY)]


@pytest.mark.parametrize("name", ALL)
def test_a_call_as_it_should_be_ends_clearly(name, capfd):
    words = (COMMANDS | NIGHTLY)[name].split()
    assert run(words, capfd).problem(words) is None


@pytest.mark.filterwarnings("default")  # a command shows warnings, it does not die of them
@pytest.mark.parametrize("name", ALL)
@many(15, 400)
@given(data=st.data())
def test_a_strange_word_ends_clearly(name, data, capfd):
    words = (COMMANDS | NIGHTLY)[name].split()
    at = data.draw(st.integers(1, len(words)), label="at")
    how = data.draw(st.sampled_from(["replace", "replace", "insert", "drop"]), label="how")
    word = data.draw(st.sampled_from(WORDS), label="word")
    assume((name, how, at) != ("lecture", "drop", 1))  # the whole lecture takes minutes
    changed = words[:at] + ([] if how == "drop" else [word]) + words[at + (how != "insert") :]
    ended = run(changed, capfd)
    found = ended.problem(changed)
    note(f"gradref {changed}: {found}\nstdout: {ended.out[-300:]}\nstderr: {ended.err[-600:]}")
    assert found is None


# --- the fuzzer can fail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (Ended(3, "", ""), "exit code 3"),
        (Ended(None, "", ""), "exit code None"),
        (Ended(2, "", ""), "without a word"),
        (Ended(1, "Traceback (most recent call last)", ""), "Traceback"),
        (Ended(2, "", "gradref: internal error, KeyError: 'x'."), "internal error"),
        (Ended(0, "{", ""), "no JSON"),
    ],
    ids=["code", "no code", "silent", "traceback", "internal", "json"],
)
def test_what_is_not_clear_is_found(ended, said):
    assert said in str(ended.problem(["--json"]))


def test_words_are_short_enough_for_any_system():
    assert max(len(os.fsencode(word)) for word in WORDS) < 1000
