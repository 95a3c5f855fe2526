"""python -m gradref_studies derivations on a corpus of one file: rates, tables, what is kept, and the independent judge of repairs."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradref_reference import GradrefError
from gradref_studies.study.corpus import Mistake, load_corpus
from gradref_studies.study.derivation_jobs import Job, jobs_of
from gradref_studies.study.derivation_tables import rates, rows_of
from gradref_studies.study.derivation_work import _edited, _holds_elsewhere, _mends, measure
from gradref_studies.study.derivations import run

RIGHT = """import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"x": rng.normal(size=(5, 3)), "y": rng.normal(size=(5, 2)), "W1": rng.normal(size=(2, 3)), "b1": rng.normal(size=2)}


def forward(inputs):
    out = np.tanh(inputs["x"] @ inputs["W1"].T + inputs["b1"])
    return 0.5 * np.sum((out - inputs["y"]) ** 2) / 5


def backward(inputs):
    out = np.tanh(inputs["x"] @ inputs["W1"].T + inputs["b1"])
    delta = (out - inputs["y"]) * (1 - out**2) / 5
    return {"dW1": delta.T @ inputs["x"], "db1": delta.sum(axis=0)}
"""
TABLE = """
[[mistake]]
name = "mean_for_sum"
line = 17
before = 'return {"dW1": delta.T @ inputs["x"], "db1": delta.sum(axis=0)}'
after = 'return {"dW1": delta.T @ inputs["x"], "db1": delta.mean(axis=0)}'
wrong = ["b1"]
root = ["b1"]
equation = "BP3"
"""


@pytest.fixture
def corpus(tmp_path):
    home = tmp_path / "corpus"
    (home / "open").mkdir(parents=True)
    (home / "open" / "small.py").write_text(RIGHT)
    (home / "open" / "small.toml").write_text(TABLE)
    return home


def test_study_prints_rates_and_computes_nothing_twice(corpus, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out"
    code = run(jobs=1, out=out, budget=10, corpus=corpus, others=False)
    text = capsys.readouterr().out
    assert code == 0
    assert "detected at every seed" in text
    rows = list(csv.DictReader((out / "derivations.csv").read_text().splitlines()))
    assert [(r["file"], r["mistake"], r["tool"]) for r in rows] == [
        ("small", "", "gradref"),
        ("small", "mean_for_sum", "gradref"),
    ]
    assert (rows[0]["refused"], rows[1]["detected"], rows[1]["root"], rows[1]["equation"]) == ("0", "True", "True", "True")
    assert "| detected at every seed | 100.0% |" in (out / "derivations.md").read_text()

    def computed(missing, jobs):
        assert missing == []
        return iter(())

    monkeypatch.setattr("gradref_studies.study.derivations._computed", computed)
    assert run(jobs=1, out=out, budget=10, corpus=corpus, others=False) == 0


def test_study_reports_a_missed_mistake_and_a_false_alarm(corpus):
    (derivation,) = load_corpus(corpus)
    jobs = [j for j in jobs_of([derivation]) if j.tool == "gradref"]
    alarm = {"runs": 5, "refused": 1, "seconds": 1.0}
    missed = {
        "seeds": [True, False],
        "wrong": [],
        "root": None,
        "equation": None,
        "line": None,
        "after": None,
        "mends": False,
        "elsewhere": False,
    }
    done = [(jobs[0], alarm), (jobs[1], {**missed, "runs": 5, "refused": 1, "seconds": 2.0})]
    rows = rows_of(done, {("small", m.name): m for m in derivation.mistakes}, set())
    assert rows[0]["refused"] == 1
    assert rates(rows) == {
        **dict.fromkeys(["detected", "wrong", "root", "line", "place", "repair", "elsewhere", "same_edit", "equation"], 0.0),
        "files": 1,
    }


def test_other_tools_judge_the_same_functions(corpus):
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    (derivation,) = load_corpus(corpus)
    jobs = [j for j in jobs_of([derivation]) if j.tool == "others"]
    right, wrong = (measure(j.__dict__) for j in jobs)
    assert not any(any(refused) for refused in right["refused"].values())
    assert all(all(refused) for refused in wrong["refused"].values())
    assert json.dumps([right, wrong])


@pytest.mark.parametrize(("after", "holds"), [("sum(axis=0)", True), ("sum(axis=0) * 1.0000001", False), ("sum(axis=", False)])
def test_repair_counts_only_when_it_holds_on_fresh_inputs(corpus, after, holds):
    (derivation,) = load_corpus(corpus)
    wrong = derivation.mistakes[0]
    repair = SimpleNamespace(line=17, before=wrong.after, after=wrong.after.replace("mean(axis=0)", after))
    assert _mends(RIGHT, _edited(wrong.applied(RIGHT), repair)) is holds


@pytest.mark.parametrize(("divisor", "holds"), [("len(delta)", True), ("5", False), ("(inputs['W1'].shape[1] + 2)", False)])
def test_repair_is_known_to_hold_at_other_sizes_or_not_to(divisor, holds):
    right = RIGHT.replace("** 2) / 5", "** 2) / len(out)").replace("(1 - out**2) / 5", "(1 - out**2) / len(out)")
    edited = right.replace("delta.sum(axis=0)", f"delta.mean(axis=0) * {divisor}")
    assert _mends(right, edited), "right on fresh inputs of the same sizes"
    assert _holds_elsewhere(right, edited) is holds


def test_sample_keeps_the_right_files_and_is_the_same_every_time():
    corpus = load_corpus(Path(__file__).parents[1] / "corpus" / "derivations")
    first, second = (jobs_of(corpus, sample=7) for _ in range(2))
    assert [j.key for j in first] == [j.key for j in second]
    assert len({(j.name, j.mistake) for j in first if j.mistake}) == 7
    assert len({j.name for j in first if j.mistake is None}) == len(corpus)


def test_key_of_a_job_follows_its_source():
    job = Job("a", None, "gradref", "x = 1", "x = 1", 20.0)
    assert job.key != Job("a", None, "gradref", "x = 2", "x = 1", 20.0).key
    assert job.key == Job("a", None, "gradref", "x = 1", "x = 1", 20.0).key


def test_mistake_for_another_line_is_refused():
    mistake = Mistake("off", 1, "y = 2", "y = 3", ("W",), ("W",))
    with pytest.raises(GradrefError, match="line 1 must read 'y = 2', got 'x = 1'"):
        mistake.applied("x = 1\n")


def test_corpus_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(GradrefError, match="must hold the corpus"):
        load_corpus(tmp_path)
