"""No false alarms on random honest networks; the sweep goes on where it stopped. The study runs thousands of these."""

from itertools import islice

import numpy as np
import pytest

from gradref.judges import Subject, certify, certify_case, reference
from gradref.verdict import FAIL
from gradref_adapters import registry
from gradref_reference import Batch, Case, Network, Parameters, ShapeError, backprop, initialize
from gradref_studies.study.honest import finite, honest_cases, random_network, sweep, tables


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(12, 200))])
def test_random_network_raises_no_alarm_in_numpy(seed):
    for kind, case in islice(honest_cases(1000 + seed), 60):
        if case.framework != "numpy":
            continue
        with np.errstate(all="ignore"):
            trace = registry.get("numpy").run(case)
        if finite(trace):
            root = certify_case(case, trace).root
            assert root is None, f"{kind}: {root.message}"


def test_float64_reference_uses_little_of_its_allowance():
    for seed in range(30):
        network = random_network(np.random.default_rng(seed))
        rng = np.random.default_rng(seed)
        from gradref.data import random_batch

        case = Case(network, initialize(network, rng, "glorot"), random_batch(network, rng, 20))
        trace = registry.get("numpy").run(case)
        assert max(v.share for v in certify_case(case, trace).verdicts) < 0.6
        assert [v.message for v in reference.rows(Subject.of(case, trace)) if v.verdict == FAIL] == []


def test_sweep_goes_on_where_it_stopped(tmp_path, monkeypatch):
    numpy_only = {"numpy": registry.get("numpy")}
    monkeypatch.setattr(registry, "available", lambda: numpy_only)
    path = tmp_path / "honest.csv"
    first = [run for run, _ in islice(sweep(12, 0, path), 5)]
    then = [run for run, _ in sweep(12, 0, path)]
    assert first + then == list(range(12))
    assert list(sweep(12, 0, path)) == []
    totals, worst = tables(path)
    assert totals["runs"] == 12
    assert totals["alarms"] == 0
    assert set(worst.dtype) == {"float64", "float32"}


def test_certify_gives_one_row_for_each_equation_and_layer():
    network = Network((3, 4, 2), ("tanh", "softmax"), "cross_entropy")
    rng = np.random.default_rng(0)
    parameters, batch = initialize(network, rng), Batch(rng.standard_normal((5, 3)), [0, 1, 1, 0, 1])
    frame = certify(network, parameters, batch, backprop(network, parameters, batch))
    assert list(zip(frame.equation, frame.layer, strict=True)) == [
        *[("LIN", 1), ("ACT", 1), ("LIN", 2), ("ACT", 2), ("COST", 2), ("BP1", 2), ("BP2", 1)],
        *[("BP3", 1), ("BP4", 1), ("BP3", 2), ("BP4", 2)],
    ]
    assert (frame.entries > 0).all()
    assert (frame.message == "").all()
    with pytest.raises(ShapeError):
        certify(network, Parameters([np.ones((4, 2)), np.ones((2, 4))], [np.ones(4), np.ones(2)]), batch, None)


def test_pre_activations_at_a_kink_are_undecided_and_both_conventions_accepted():
    network = Network((2, 3, 2), ("leaky_relu", "identity"))
    parameters = Parameters([[[1, -1], [1, 1], [2, 0]], [[1, 2, 3], [0, 1, -1]]], [np.zeros(3), np.zeros(2)])
    batch = Batch([[1.0, 1.0], [0.5, 0.25], [0.0, 0.0]], np.ones((3, 2)))
    case = Case(network, parameters, batch)
    trace = registry.get("numpy").run(case)
    rows = {(v.equation, v.layer): v for v in certify_case(case, trace).verdicts}
    assert rows["BP2", 1].verdict == "undecided"
    assert rows["BP2", 1].undecided == 4  # z = 0 in the first unit of sample 1 and in all units of sample 3
    assert "kink" in rows["BP2", 1].message
    steep = np.where(trace.z[1] == 0, trace.delta[2] @ parameters.W[2], trace.delta[1])
    other = type(trace)(**{**vars(trace), "delta": {**trace.delta, 1: steep}})
    assert {v.verdict for v in certify_case(case, other).verdicts if v.equation == "BP2"} == {"undecided"}
    beyond = type(trace)(**{**vars(trace), "delta": {**trace.delta, 1: steep * np.where(trace.z[1] == 0, 1.5, 1)}})
    root = certify_case(case, beyond).root
    assert root is not None
    assert (root.equation, root.layer) == ("BP2", 1)


def test_infinity_passes_only_where_the_truth_rounds_to_it():
    network = Network((1, 1), "square")
    case = Case(network, Parameters([[[1e20]]], [[0.0]]), Batch([[1e10]], [[0.0]]), "float32")
    with np.errstate(all="ignore"):
        trace = registry.get("numpy").run(case)
    assert np.isinf(trace.a[1]).all()
    rows = {v.equation: v for v in certify_case(case, trace).verdicts}
    assert rows["ACT"].verdict == "pass"  # 1e60 is infinite in float32
    wrong = type(trace)(**{**vars(trace), "a": {**trace.a, 1: -trace.a[1]}})
    assert {v.equation: v.rule for v in certify_case(case, wrong).verdicts}["ACT"] == "finite"
    moderate = Case(network, Parameters([[[2.0]]], [[0.0]]), Batch([[1.0]], [[0.0]]), "float32")
    finite_truth = registry.get("numpy").run(moderate)
    infinite = type(trace)(**{**vars(finite_truth), "a": {**finite_truth.a, 1: trace.a[1]}})
    assert {v.equation: v.rule for v in certify_case(moderate, infinite).verdicts}["ACT"] == "finite"
