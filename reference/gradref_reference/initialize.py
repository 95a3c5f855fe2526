"""Initial parameters from a seeded generator."""

from math import sqrt

import numpy as np

from .arrays import Parameters
from .checks import chosen, expect, whole_number
from .errors import SpecificationError, shown
from .network import Network

__all__ = ["INITIALIZERS", "generator", "initialize"]

# name -> (standard deviation of W from fan-in and fan-out, standard deviation of b)
INITIALIZERS = {
    "normal": (lambda n_in, n_out: 1.0, 1.0),  # Nielsen, network.py
    "scaled": (lambda n_in, n_out: 1 / sqrt(n_in), 1.0),  # Nielsen, network2.py
    "glorot": (lambda n_in, n_out: sqrt(2 / (n_in + n_out)), 0.0),  # Glorot & Bengio 2010
    "he": (lambda n_in, n_out: sqrt(2 / n_in), 0.0),  # He et al. 2015
}


def generator(seed: int) -> np.random.Generator:
    """NumPy's generator for a seed; `SpecificationError` unless that is a whole number >= 0."""
    return np.random.default_rng(whole_number("seed", seed, 0, "Use 0."))


def initialize(network: Network, rng: np.random.Generator, scheme: str = "scaled") -> Parameters:
    """Normal random parameters in float64; `scheme` is one of `INITIALIZERS`, `SpecificationError` otherwise.

    "normal" N(0, 1); "scaled" W ~ N(0, 1/n_in), b ~ N(0, 1); "glorot" and "he" with zero biases. Widths that do not fit into
    memory are a `SpecificationError` too.
    """
    expect("network", network, Network, "Write Network((2, 3, 1), 'tanh').")
    expect("rng", rng, np.random.Generator, "Write np.random.default_rng(0).")
    spread, bias = chosen("initialize", "scheme", scheme, INITIALIZERS)
    W, b = {}, {}
    for l in range(1, network.L + 1):
        n_in, n_out = network.sizes[l - 1], network.sizes[l]
        try:
            W[l] = rng.standard_normal((n_out, n_in)) * spread(n_in, n_out)
            b[l] = rng.standard_normal(n_out) * bias
        except (MemoryError, ValueError, OverflowError):  # more than there is, than an array or than a number can hold
            raise SpecificationError(
                f"sizes: W[{l}] must fit into memory, got shape {shown((n_out, n_in))}. Use smaller widths.", "sizes"
            ) from None
    return Parameters(W, b)
