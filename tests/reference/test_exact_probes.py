"""Exact probes: the truth is exact, the formats really hold it, and the reference computes it to the bit."""

from fractions import Fraction
from math import gcd

import numpy as np
import pytest

from gradref_reference import FORMATS, Batch, Case, Network, Parameters, backprop, round_to
from gradref_reference.enclosure import enclose
from gradref_reference.exact_probes import exact_probes, exact_truth, truths

PROBES = exact_probes(18, seed=3)


def ids(probe):
    return f"{probe.case.name}-{probe.case.network.activations}"


@pytest.mark.parametrize("probe", PROBES, ids=ids)
def test_reference_computes_a_probe_without_rounding(probe):
    truth = exact_truth(probe.case)
    for dtype in ("float64", "float32"):
        trace = backprop(probe.case.network, probe.case.parameters, probe.case.batch, dtype)
        for l in trace.dW:
            for name in ("z", "a", "delta", "dW", "db"):
                np.testing.assert_array_equal(getattr(trace, name)[l], getattr(truth.trace, name)[l])
    assert trace.cost == truth.trace.cost or "float32" not in truth.cost_formats


@pytest.mark.parametrize("probe", PROBES, ids=ids)
def test_every_order_of_summation_in_every_format_gives_the_same_bits(probe):
    """Add the terms of each dot product in random order, rounding every partial sum to the format."""
    rng = np.random.default_rng(5)
    truth = exact_truth(probe.case).trace
    W, b, _, _ = probe.case.rounded()
    for dtype in probe.formats:
        form = FORMATS[dtype]
        for l in W:
            for A, B, extra, exact in (
                (truth.a[l - 1], W[l].T, b[l], truth.z[l]),
                (truth.delta[l].T, truth.a[l - 1], 0.0, truth.dW[l]),
            ):
                total = np.broadcast_to(np.asarray(extra), exact.shape)
                for k in rng.permutation(A.shape[1]):
                    total = round_to(total + round_to(A[:, k, None] * B[None, k], form), form)
                np.testing.assert_array_equal(total, exact)


@pytest.mark.parametrize("probe", PROBES, ids=ids)
def test_sizes_are_pairwise_coprime_and_the_batch_a_power_of_two(probe):
    sizes, m = probe.case.network.sizes, len(probe.case.batch)
    assert m & (m - 1) == 0
    numbers = [*sizes, m]
    assert all(gcd(p, q) == 1 for i, p in enumerate(numbers) for q in numbers[:i])


@pytest.mark.parametrize("probe", [p for p in PROBES if not p.kinks][:5], ids=ids)
def test_enclosure_contains_the_exact_truth(probe):
    case, truth = probe.case, exact_truth(probe.case)
    exact = enclose(case.network, case.parameters, case.batch, bits=100)
    assert exact.radius == 0.0
    for l in truth.trace.dW:
        np.testing.assert_array_equal(exact.dW[l].midpoint, truth.trace.dW[l])
        np.testing.assert_array_equal(exact.db[l].midpoint, truth.trace.db[l])


def test_probes_cover_every_format_and_kinks():
    assert all({"float64", "float32"} <= set(p.formats) for p in PROBES)
    assert sum("bfloat16" in p.formats and "float16" in p.formats for p in PROBES) >= 5
    assert any(p.kinks for p in PROBES)
    assert any(not p.kinks and "relu" in p.case.network.activations for p in PROBES)


def test_same_seed_gives_the_same_probes():
    for mine, theirs in zip(exact_probes(4, seed=9), exact_probes(4, seed=9), strict=True):
        np.testing.assert_array_equal(mine.case.parameters.W[1], theirs.case.parameters.W[1])
        assert mine.case.network == theirs.case.network


def kinked():
    network = Network((2, 1), ("leaky_relu(0.25)",), "quadratic")
    return Case(network, Parameters({1: [[1.0, -1.0]]}, {1: [0.0]}), Batch([[1.0, 1.0], [2.0, 1.0]], [[2.0], [0.0]]))


def test_each_convention_at_a_kink_has_its_truth():
    found = {t.convention["leaky_relu(0.25)"]: t.trace.dW[1].tolist() for t in truths(kinked())}
    assert found == {
        Fraction(1, 4): [[0.75, 0.25]],
        Fraction(1): [[0.0, -0.5]],
        Fraction(5, 8): [[0.375, -0.125]],
    }


@pytest.mark.parametrize(
    ("network", "batch"),
    [
        (Network((1, 1), "tanh"), [[1.0]]),
        (Network((1, 1), "leaky_relu(0.3)"), [[1.0]]),
        (Network((1, 1), "relu", l2=0.5), [[1.0]]),
        (Network((1, 1), "relu", "mse_elements"), [[1.0]]),
        (Network((1, 1), "relu"), [[1.0], [1.0], [1.0]]),
    ],
    ids=["tanh", "slope", "penalty", "cost", "batch-of-3"],
)
def test_networks_that_round_are_no_probes(network, batch):
    assert exact_truth(Case(network, Parameters({1: [[1.0]]}, {1: [0.0]}), Batch(batch, batch))) is None


def test_a_format_too_narrow_for_a_partial_sum_is_not_admitted():
    network = Network((3, 1), "identity")
    case = Case(network, Parameters({1: [[200.0, 200.0, -200.0]]}, {1: [0.0]}), Batch([[1.0, 1.0, 1.0]], [[0.0]]))
    assert "bfloat16" not in exact_truth(case).formats  # 400 needs nine bits on the way, though the result is 200
    assert "float16" in exact_truth(case).formats
