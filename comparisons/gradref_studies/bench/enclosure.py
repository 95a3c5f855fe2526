"""python -m gradref_studies bench enclosure: the exact gradient of 784-30-10, with proof, and how narrow it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gradref.bench.alone import run_alone
from gradref.bench.measure import seconds_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bench_enclosure", "measure"]


def bench_enclosure(bits: list[int] | None = None, repeats: int = 5) -> pd.DataFrame:
    """One row per precision on 784-30-10, batch 10: seconds, and the largest radius relative to the largest gradient."""
    import pandas as pd

    return pd.DataFrame(list(run_alone(__name__, {"bits": bits or [53, 106, 212], "repeats": repeats})))


def measure(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows, in the child process."""
    import numpy as np

    from gradref_reference import Batch, Network, initialize
    from gradref_reference.enclosure import enclose

    network = Network((784, 30, 10), "sigmoid", "quadratic")
    rng = np.random.default_rng(0)
    parameters = initialize(network, rng)
    batch = Batch(rng.random((10, 784)), np.eye(10)[rng.integers(0, 10, 10)])
    for bits in order["bits"]:
        enclosure = enclose(network, parameters, batch, bits=bits)
        seconds = sorted(
            seconds_of(lambda bits=bits: enclose(network, parameters, batch, bits=bits)) for _ in range(order["repeats"])
        )
        gradients = [*enclosure.dW.values(), *enclosure.db.values()]
        largest = max(float(np.abs(g.midpoint).max()) for g in gradients)
        radius = max(float(g.radius.max()) for g in gradients)
        yield {
            "bits": bits,
            "gradients": network.parameter_count,
            "median_s": seconds[len(seconds) // 2],
            "min_s": seconds[0],
            "within_s": 1.0 if bits == 53 else None,
            "relative_radius": radius / largest,
            "radius_below": 1e-14 if bits == 53 else None,
        }
