"""python -m gradref_studies bench certificates: what judging a trace costs, next to the NumPy backpropagation that it judges."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

from gradref.bench.alone import run_alone
from gradref.bench.measure import interleaved, paired_ratio

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROMISED", "bench_certificates", "measure"]

PROMISED = 10.0
"""A certificate must cost less than this many backpropagations."""

CASES = {
    "sigmoid, quadratic": (("sigmoid", "sigmoid"), "quadratic"),
    "relu, cross-entropy": (("relu", "softmax"), "cross_entropy"),
    "gelu, cross-entropy": (("gelu", "softmax"), "cross_entropy"),
}


def bench_certificates(repeats: int = 31, seconds: float = 5.0) -> pd.DataFrame:
    """One row per case and dtype on 784-100-10, batch 128: processor milliseconds of backprop and certificate, and their ratio."""
    import pandas as pd

    return pd.DataFrame(list(run_alone(__name__, {"repeats": repeats, "seconds": seconds})))


def measure(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows, in the child process."""
    import numpy as np

    from gradref.commands.shared import keep_freed_blocks
    from gradref.judges import certify_case
    from gradref_reference import Batch, Case, Network, backprop, initialize

    keep_freed_blocks()  # as the commands do that judge runs
    for name, (activations, cost) in CASES.items():
        network = Network((784, 100, 10), activations, cost)
        rng = np.random.default_rng(0)
        parameters = initialize(network, rng)
        labels = rng.integers(0, 10, 128)
        batch = Batch(rng.random((128, 784)), labels if cost == "cross_entropy" else np.eye(10)[labels])
        for dtype in ("float64", "float32"):
            case = Case(network, parameters, batch, dtype, name=name)
            p, data = parameters.astype(dtype), batch.astype(dtype)
            trace = backprop(network, p, data, dtype)

            def judged(network=network, p=p, data=data, dtype=dtype) -> object:
                return backprop(network, p, data, dtype)

            def judging(case=case, trace=trace) -> object:
                return certify_case(case, trace)

            samples = interleaved({"backprop": judged, "certify": judging}, order["repeats"], order["seconds"])
            verdicts = certify_case(case, trace).verdicts
            yield {
                "case": name,
                "dtype": dtype,
                "backprop_ms": 1e3 * median(samples["backprop"].cpu),
                "certify_ms": 1e3 * median(samples["certify"].cpu),
                "ratio": paired_ratio(samples["certify"].cpu, samples["backprop"].cpu),
                "ratio_wall": paired_ratio(samples["certify"].wall, samples["backprop"].wall),
                "within": PROMISED,
                "equations": len(verdicts),
                "passed": sum(v.verdict == "pass" for v in verdicts),
                "repeats": len(samples["backprop"].wall),
            }
