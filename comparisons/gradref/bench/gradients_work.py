"""The measuring side of `gradref bench gradients`: everyone's arrays are made, compared, and then timed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradref_reference import Network, gradients, initialize

from .measure import interleaved

__all__ = ["measure"]

AGREE = {"float64": 1e-11, "float32": 1e-4}
"""Largest difference, relative to the largest entry, between gradients that count as the same work. A sanity check before
timing, not a verdict: those are `gradref compare`'s."""


def measure(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every workload of the order, one row each."""
    for workload in order["workloads"]:
        row = _measure(workload, order["repeats"], order["seconds"], order["seed"])
        yield row | {"load": os.getloadavg()[0]}


def _measure(workload: dict[str, Any], repeats: int, seconds: float, seed: int) -> dict[str, Any]:
    """The samples of every implementation on one workload, and why others are missing.

    Each has the same numbers in arrays of its own before the clock starts; timed is (parameters, batch) -> C, every dW and db.
    """
    network = Network(workload["sizes"], workload["activations"], workload["cost"])
    dtype, m = workload["dtype"], workload["batch"]
    rng = np.random.default_rng(seed)
    p = initialize(network, rng, "glorot").astype(dtype)
    x = rng.random((m, network.sizes[0])).astype(dtype)
    labels = rng.integers(0, network.sizes[-1], m)
    y = np.eye(network.sizes[-1], dtype=dtype)[labels] if network.sizes[-1] > 1 else rng.random((m, 1)).astype(dtype)

    def reference() -> tuple:
        return gradients(network, p.W, p.b, x, y)

    run, absent, differing = {"numpy reference": reference}, {}, {}
    _, _, _, dW, db, C = reference()
    for library in ("torch", "jax"):
        try:
            contestants = _contestants(library)(network, p.W, p.b, x, y)
        except ImportError as error:
            absent[library] = f"{library} is not installed ({error})"
            continue
        for name, (call, read) in contestants.items():
            share = _difference(read(call()), (C, dW, db))
            if share <= AGREE[dtype]:
                run[name] = call
            else:
                differing[name] = share
    return workload | {
        "samples": {name: taken._asdict() for name, taken in interleaved(run, repeats, seconds).items()},
        "absent": absent,
        "differing": differing,
    }


def _contestants(library: str) -> Any:
    from importlib import import_module

    return import_module(f"gradref_adapters.{library}.contestants").contestants


def _difference(theirs: tuple, ours: tuple) -> float:
    """Largest difference of C, dW and db, each relative to its largest entry."""
    pairs = [(theirs[0], ours[0]), *((theirs[k][l], ours[k][l]) for k in (1, 2) for l in ours[k])]
    return float(np.max([np.max(np.abs(np.subtract(a, b))) / (np.max(np.abs(b)) or 1) for a, b in pairs]))  # NaN stays NaN
