"""Initial parameters from a seeded generator."""

from math import sqrt
from numbers import Integral

import numpy as np

from .arrays import Parameters
from .errors import SpecificationError, shown, unknown
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
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise SpecificationError(f"seed: must be a whole number >= 0, got {shown(seed)}. Use 0.", "seed")
    return np.random.default_rng(int(seed))


def initialize(network: Network, rng: np.random.Generator, scheme: str = "scaled") -> Parameters:
    """Normal random parameters in float64; `scheme` is one of `INITIALIZERS`, `SpecificationError` otherwise.

    "normal" N(0, 1); "scaled" W ~ N(0, 1/n_in), b ~ N(0, 1); "glorot" and "he" with zero biases. Widths that do not fit into
    memory are a `SpecificationError` too.
    """
    if not isinstance(rng, np.random.Generator):
        raise SpecificationError(
            f"initialize: rng must be a numpy.random.Generator, got {shown(rng)}. Write np.random.default_rng(0)."
        )
    if scheme not in INITIALIZERS:
        raise unknown("initialize", "scheme", scheme, list(INITIALIZERS))
    spread, bias = INITIALIZERS[scheme]
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
