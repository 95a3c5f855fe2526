"""Initial parameters: their spread, their seed, and the refusal of unknown schemes."""

from __future__ import annotations

import numpy as np
import pytest

from gradref_reference import INITIALIZERS, Network, SpecificationError, initialize
from gradref_reference.initialize import generator

NETWORK = Network((400, 300, 200), "tanh")


@pytest.mark.parametrize(
    ("scheme", "W1", "b1"),
    [("normal", 1.0, 1.0), ("scaled", 400**-0.5, 1.0), ("glorot", (2 / 700) ** 0.5, 0.0), ("he", (2 / 400) ** 0.5, 0.0)],
)
def test_scheme_has_its_standard_deviations(scheme, W1, b1):
    parameters = initialize(NETWORK, np.random.default_rng(0), scheme)
    n = parameters.W[1].size
    # five standard errors of a sample deviation
    assert abs(parameters.W[1].std() / W1 - 1) <= 5 / (2 * n) ** 0.5
    assert abs(parameters.W[1].mean()) <= 5 * W1 / n**0.5
    assert abs(parameters.b[1].std() - b1) <= 5 * b1 / (2 * 300) ** 0.5
    assert parameters.sizes == NETWORK.sizes


@pytest.mark.parametrize("scheme", INITIALIZERS)
def test_a_seed_gives_the_same_bits_and_another_seed_others(scheme):
    first, again, other = (initialize(NETWORK, np.random.default_rng(seed), scheme) for seed in (1, 1, 2))
    for l in first.W:
        np.testing.assert_array_equal(first.W[l], again.W[l])
        np.testing.assert_array_equal(first.b[l], again.b[l])
        assert not np.array_equal(first.W[l], other.W[l])


def test_an_unknown_scheme_is_refused_with_the_nearest_name():
    with pytest.raises(SpecificationError, match="Did you mean 'glorot'"):
        initialize(NETWORK, np.random.default_rng(0), "gloro")


@pytest.mark.parametrize("rng", [0, None, np.random], ids=["seed", "none", "module"])
def test_what_is_not_a_generator_is_refused_with_what_to_write(rng):
    with pytest.raises(SpecificationError, match=r"rng: must be a Generator, got .*default_rng\(0\)"):
        initialize(NETWORK, rng)


@pytest.mark.parametrize("width", [10**9, 10**19, 10**400], ids=["bytes", "array", "number"])
def test_widths_beyond_memory_are_refused(width):
    with pytest.raises(SpecificationError, match=r"sizes: W\[1\] must fit into memory") as caught:
        initialize(Network((width, width), "tanh"), np.random.default_rng(0))
    assert caught.value.field == "sizes"


def test_a_seed_makes_numpys_own_generator():
    assert generator(np.int64(3)).random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("seed", [-1, 0.5, True, "1", None])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(SpecificationError, match="seed: must be a whole number >= 0, got"):
        generator(seed)
