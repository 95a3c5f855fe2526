"""The benchmarks: same work for everyone, sane tables, honest predictions; the timings themselves are not tested."""

from __future__ import annotations

import csv
from time import sleep

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gradref.bench import gradients_work, start_up
from gradref.bench.alone import run_alone
from gradref.bench.gradients import REFERENCE, WORKLOADS, busy, ratio_table, workloads
from gradref.bench.measure import interleaved, paired_ratio
from gradref.bench.tables import markdown
from gradref.commands.bench import app
from gradref_reference import GradrefError, SpecificationError

# --- measuring ---------------------------------------------------------------------------------------------------------------


def test_interleaved_takes_turns_and_starts_with_another_each_round():
    calls = []
    contestants = {name: lambda name=name: calls.append(name) or sum(range(40_000)) for name in "ab"}
    samples = interleaved(contestants, repeats=6, seconds=1.0)
    assert {len(v.wall) for v in samples.values()} == {len(v.cpu) for v in samples.values()} == {6}
    assert set(calls[-20:]) == {"a", "b"}
    assert all(v > 0 for taken in samples.values() for v in (*taken.wall, *taken.cpu))


def test_processor_time_does_not_count_waiting():
    samples = interleaved({"waiting": lambda: sleep(0.004)}, repeats=5, seconds=1.0)["waiting"]
    assert min(samples.wall) >= 0.004
    assert min(samples.cpu) < 0.002


def test_a_small_budget_still_takes_the_least_samples():
    samples = interleaved({"only": lambda: sum(range(1000))}, repeats=41, seconds=1e-9)
    assert len(samples["only"].wall) == 5


def test_paired_ratio_cancels_a_slow_minute():
    ours, theirs = [1.0, 1.0, 9.0, 1.0], [2.0, 2.0, 18.0, 2.0]
    assert paired_ratio(ours, theirs) == 0.5


def test_a_failing_child_is_one_sentence():
    with pytest.raises(GradrefError, match=r"the measuring process must finish, got: .*KeyError"):
        list(run_alone("gradref.bench.gradients_work", {"repeats": 1}))


# --- gradients -----------------------------------------------------------------------------------------------------------------


def test_every_workload_is_measured_in_both_dtypes():
    chosen = workloads(None, None, "sigmoid", "quadratic")
    assert {(w["network"], w["dtype"]) for w in chosen} == {(n, d) for n in WORKLOADS for d in ("float32", "float64")}
    assert workloads(["2-3-1"], ["float64"], "relu", "cross_entropy")[0]["activations"] == ["relu", "softmax"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param((["784-30"], None, "sigmoid", "quadratic"), "network must be one of", id="network"),
        pytest.param((None, ["float16"], "sigmoid", "quadratic"), "dtype must be one of", id="dtype"),
        pytest.param((None, None, "sigmod", "quadratic"), "Did you mean 'sigmoid'?", id="activation"),
    ],
)
def test_a_workload_that_does_not_exist_is_refused(arguments, says):
    with pytest.raises(SpecificationError) as caught:
        workloads(*arguments)
    assert says in str(caught.value)


def test_all_implementations_do_the_same_work_and_are_timed(tmp_path):
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("jax", reason="jax is not installed")
    arguments = [
        "gradients",
        "--network",
        "2-3-1",
        "--dtype",
        "float64",
        "--repeats",
        "5",
        "--seconds",
        "0.1",
        "--out",
        str(tmp_path),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    with (tmp_path / "gradients.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(r["implementation"], r["dtype"]) for r in rows} == {
        (name, "float64") for name in (REFERENCE, "torch eager", "torch func", "jax jit")
    }
    assert all(float(r["min_us"]) > 0 for r in rows)
    text = (tmp_path / "gradients.md").read_text()
    assert "fastest framework" in text
    assert "gradref bench gradients" in text


def test_an_implementation_with_another_gradient_is_named_and_not_timed(monkeypatch):
    def wrong(network, W, b, x, y):
        _, _, _, dW, db, C = gradients_work.gradients(network, W, b, x, y)
        halved = {l: 0.5 * g for l, g in dW.items()}
        return {"halved": (lambda: None, lambda _: (C, halved, db)), "nan": (lambda: None, lambda _: (np.nan, dW, db))}

    monkeypatch.setattr(gradients_work, "_contestants", lambda library: wrong)
    (workload,) = workloads(["2-3-1"], ["float64"], "sigmoid", "quadratic")
    (row,) = gradients_work.measure({"workloads": [workload], "repeats": 5, "seconds": 0.01, "seed": 0})
    assert list(row["samples"]) == [REFERENCE]
    assert row["differing"]["halved"] == pytest.approx(0.5)
    assert "nan" in row["differing"]


def test_a_missing_framework_is_a_reason_and_no_crash(monkeypatch):
    def absent(library):
        raise ImportError(f"No module named '{library}'")

    monkeypatch.setattr(gradients_work, "_contestants", absent)
    (workload,) = workloads(["2-3-1"], ["float32"], "sigmoid", "quadratic")
    (row,) = gradients_work.measure({"workloads": [workload], "repeats": 5, "seconds": 0.01, "seed": 0})
    assert set(row["absent"]) == {"torch", "jax"}


def test_the_ratio_is_to_the_fastest_framework():
    common = {"network": "n", "dtype": "float64", "promised": 1.2}
    frame = pd.DataFrame(
        [
            common | {"implementation": REFERENCE, "median_us": 10.0, "ratio": 1.0, "ratio_min": 1.0, "ratio_cpu": 1.0},
            common | {"implementation": "slow", "median_us": 100.0, "ratio": 0.1, "ratio_min": 0.1, "ratio_cpu": 0.2},
            common | {"implementation": "fast", "median_us": 8.0, "ratio": 1.25, "ratio_min": 1.3, "ratio_cpu": 1.22},
        ]
    )
    (row,) = ratio_table(frame).to_dict("records")
    assert row["fastest framework"] == "fast"
    assert (row["ratio"], row["of minima"], row["of cpu"], row["kept"]) == (1.25, 1.3, 1.22, "no")


def test_each_part_starts_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setattr(start_up.registry, "names", lambda: ("numpy", "a_framework_nobody_has"))
    table = start_up.bench_start_up(repeats=1).set_index("part")
    started = table.loc[["import numpy", "import gradref", "gradref --version", "gradref --help", "adapter numpy"]]
    assert (started.median_s > table.median_s["Python"] * 0.5).all()
    assert (started.note == "").all()
    assert "a_framework_nobody_has" in table.note["adapter a_framework_nobody_has"]
    assert np.isnan(table.median_s["adapter a_framework_nobody_has"])


@pytest.mark.parametrize("name", ["layer-jacobian", "certificates", "check", "enclosure"])
def test_prices_of_our_own_checks_have_moved(name):
    result = CliRunner().invoke(app, [name, "--repeats", "3"])
    assert result.exit_code == 2
    assert result.stderr.rstrip().endswith(f"python -m gradref_studies bench {name} --repeats 3")


def test_a_busy_machine_is_admitted():
    assert busy(0.0) == []
    assert "busy (load 1000000.0" in busy(1e6)[0]


# --- tables ------------------------------------------------------------------------------------------------------------------------


def test_markdown_writes_numbers_to_three_digits_and_leaves_gaps():
    frame = pd.DataFrame({"name": ["a", "b"], "time": [1.23456, np.nan]})
    assert markdown(frame).splitlines() == ["| name | time |", "| --- | --- |", "| a | 1.23 |", "| b |  |"]
