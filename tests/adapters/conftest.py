"""What the adapter tests share: small problems with pairwise coprime sizes, and arrays that must not be written to."""

from collections.abc import Callable

import numpy as np
import pytest

from gradref_reference import Batch, Case, Network, Parameters, initialize

CROSS_ENTROPIES = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid", "nielsen_cross_entropy": "sigmoid"}


def frozen(array: np.ndarray) -> np.ndarray:
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


def make_problem(network: Network, seed: int = 1, m: int = 11, labels: bool = False) -> Case:
    """A case with read-only arrays; targets are labels where asked for, otherwise numbers in (0, 1)."""
    rng = np.random.default_rng(seed)
    drawn = initialize(network, rng, "scaled")
    parameters = Parameters(
        {l: frozen(v) for l, v in drawn.W.items()}, {l: frozen(v + rng.standard_normal(v.shape)) for l, v in drawn.b.items()}
    )
    K = network.sizes[-1]
    y = rng.integers(0, K, m) if labels else rng.random((m, K))
    return Case(network, parameters, Batch(frozen(rng.standard_normal((m, network.sizes[0]))), frozen(y)))


@pytest.fixture(scope="session")
def problem() -> Callable[..., Case]:
    return make_problem


@pytest.fixture(scope="session")
def small(problem: Callable[..., Case]) -> Case:
    """7-5-3, batch 11: one case for tests that are not about the network."""
    return problem(Network((7, 5, 3), ("gelu", "softmax"), "cross_entropy", l2=0.125), labels=True)
