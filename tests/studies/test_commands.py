"""The studies are a command of the checkout: `gradref study` says where they are, and they end as `gradref` does."""

import subprocess
import sys

import pytest

from gradref.cli import COMMANDS, FORMER


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, check=False)


def test_the_front_door_says_where_the_studies_are():
    answer = run("gradref.cli", "study", "honest", "--count", "5", "--out", "a folder")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.endswith("run: python -m gradref_studies honest --count 5 --out 'a folder'\n")


def test_old_names_work_and_are_not_shown():
    shown = run("gradref.cli", "--help").stdout
    assert all(name in shown for name in COMMANDS)
    assert not any(name in shown for name in FORMER)


def test_studies_have_their_own_help():
    answer = run("gradref_studies", "--help")
    assert answer.returncode == 0, answer.stderr
    assert all(name in answer.stdout for name in ("honest", "detection", "derivations", "drift", "bench"))


@pytest.mark.parametrize(
    "arguments", [("derivations", "--corpus", "/nowhere"), ("bench", "layer-jacobian", "--width", "0")], ids=lambda a: a[0]
)
def test_what_cannot_be_studied_is_one_sentence(arguments, tmp_path):
    answer = run("gradref_studies", *arguments, "--out", str(tmp_path))
    assert answer.returncode == 2
    assert answer.stderr.startswith("gradref: ")
    assert answer.stderr.count("\n") == 1
