"""The network, parameters and batch to explain: from files, or random numbers short enough to follow with a pencil."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gradref_reference import Batch, Network, Parameters, initialize

from .walk import SMALL_WIDTH

__all__ = ["read_problem"]


def read_problem(network: Path, data: Path | None, parameters: Path | None, seed: int) -> tuple[Network, Parameters, Batch]:
    """The problem in a TOML file and its data; what is not given is drawn from `seed`, in small networks with two decimals.

    Raises `GradrefError` when a file cannot be read or does not fit.
    """
    from gradref.data import load_batch, random_batch
    from gradref_reference.files import load_parameters

    net = Network.from_toml(network)
    rng = np.random.default_rng(seed)
    drawn, batch = initialize(net, rng), random_batch(net, rng, 1)
    if max(net.sizes) <= SMALL_WIDTH:
        drawn = Parameters({l: np.round(v, 2) for l, v in drawn.W.items()}, {l: np.round(v, 2) for l, v in drawn.b.items()})
        batch = Batch(np.round(batch.x, 2), batch.y if batch.y.ndim == 1 else np.round(batch.y, 2))
    p = load_parameters(parameters, net) if parameters else drawn
    b = load_batch(data, net) if data else batch
    net.check(p, b)
    return net, p, b
