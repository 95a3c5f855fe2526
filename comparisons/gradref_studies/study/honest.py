"""The honest sweep: random networks through every framework, where any failing certificate is a false alarm of ours.

Depth 1-12, widths 1-512 (mostly small), batches 1-256, every activation and cost, three initialisers, and data that are normal,
saturating, tiny down to subnormal numbers, or in {-1, 0, 1}. One run is one network in one framework, mode and dtype.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from gradref.data import random_batch
from gradref.judges import certify_case
from gradref.verdict import FAIL
from gradref_adapters import registry
from gradref_reference import ACTIVATIONS, COSTS, FORMATS, Batch, Case, Network, Trace, initialize

__all__ = ["DATA", "HonestRow", "finite", "honest_cases", "judge_honestly", "random_network", "sweep", "tables"]

DATA = ("normal", "saturating", "tiny", "ternary")
REPLICAS = 6
"""Parameters and data drawn for each architecture: compiled programs are shared between them."""

PAIRS = 4
"""Pairs (mode, dtype) drawn for each framework and architecture."""


@dataclass(frozen=True)
class HonestRow:
    """One equation kind of one run: the largest share of the allowance, the largest rms and single deviation in σ, and alarms.

    `overflow` is 1 where the implementation itself returned NaN or infinity; such a run is not judged.
    """

    run: int
    network: str
    data: str
    framework: str
    mode: str
    dtype: str
    equation: str
    share: float
    rms_sigma: float
    max_sigma: float
    alarms: int
    overflow: int
    message: str


def random_network(rng: np.random.Generator) -> Network:
    """An architecture: widths and depth spread evenly over their logarithm, up to 12 layers and 512 units."""
    depth = int(np.exp(rng.uniform(0, np.log(12.99))))
    widest = 512 if rng.random() < 0.1 else 40
    sizes = [int(np.exp(rng.uniform(0, np.log(widest + 0.99)))) for _ in range(depth + 1)]
    names = [*ACTIVATIONS, "leaky_relu(0.25)", "elu(0.5)"]
    layers = [str(rng.choice(names)) for _ in range(depth)]
    cost = str(rng.choice(list(COSTS)))
    layers[-1] = COSTS[cost].output or layers[-1]
    return Network(sizes, layers, cost, l2=float(rng.choice([0.0, 0.0, 0.01])))


def _data(network: Network, rng: np.random.Generator, kind: str, size: int, dtype: str) -> Batch:
    batch = random_batch(network, rng, size)
    match kind:
        case "saturating":
            return Batch(30 * batch.x, batch.y)
        case "tiny":
            return Batch(batch.x * FORMATS[dtype].tiny * 2.0 ** rng.uniform(-3, 8), batch.y)
        case "ternary":
            return Batch(rng.integers(-1, 2, batch.x.shape).astype(float), batch.y)
    return batch


def honest_cases(seed: int, compiled: bool = False) -> Iterator[tuple[str, Case]]:
    """(kind of data, case) without end; run i depends on `seed` and i alone as long as the same frameworks are installed."""
    adapters = registry.available()
    index = 0
    while True:
        rng = np.random.default_rng([seed, index])
        network, size = random_network(rng), int(np.exp(rng.uniform(0, np.log(256.99))))
        drawn = []
        for name, adapter in adapters.items():
            pairs = [(mode, dtype) for mode in adapter.modes() for dtype in FORMATS if compiled or mode != "compile"]
            drawn += [(name, *pairs[i]) for i in rng.permutation(len(pairs))[:PAIRS]]
        seeds = rng.integers(0, 2**32, REPLICAS)
        for framework, mode, dtype in drawn:
            for replica, number in enumerate(seeds):
                own = np.random.default_rng(number)
                parameters = initialize(network, own, ("normal", "glorot", "scaled")[replica % 3])
                kind = DATA[(index + replica) % len(DATA)]
                batch = _data(network, own, kind, size, dtype)
                case = Case(network, parameters, batch, dtype, framework, mode, name=f"honest-{index}-{replica}")
                if adapters[framework].supports(case) is None:
                    yield kind, case
        index += 1


def finite(trace: Trace) -> bool:
    """True when every number of a trace is."""
    tensors = [v for d in (trace.a, trace.z, trace.delta, trace.dW, trace.db) for v in d.values()]
    return bool(np.isfinite(trace.cost)) and all(bool(np.isfinite(v).all()) for v in tensors)


def judge_honestly(run: int, kind: str, case: Case) -> list[HonestRow]:
    """Run a case and certify it: one row per equation kind."""
    adapter = registry.get(case.framework)
    with np.errstate(all="ignore"):
        trace = adapter.run(case)
    network = f"{case.network.sizes} {case.network.activations} {case.network.cost}"
    row = HonestRow(run, network, kind, case.framework, case.mode, case.dtype, "RUN", 0, 0, 0, 0, 0, "")
    if not finite(trace):
        return [replace(row, overflow=1)]
    rows: dict[str, HonestRow] = {}
    for v in certify_case(case, trace, adapter.contract(case)).verdicts:
        old = rows.get(v.equation, replace(row, equation=v.equation))
        many = v.entries >= 30
        rows[v.equation] = replace(
            old,
            share=max(old.share, v.share),
            rms_sigma=max(old.rms_sigma, v.rms_sigma) if many else old.rms_sigma,
            max_sigma=max(old.max_sigma, v.max_sigma) if many else old.max_sigma,
            alarms=old.alarms + (v.verdict == FAIL),
            message=old.message or (v.message if v.verdict == FAIL else ""),
        )
    return list(rows.values())


def sweep(count: int, seed: int, path: Path, compiled: bool = False) -> Iterator[tuple[int, list[HonestRow]]]:
    """Run `count` honest cases, (index, rows) for each; `path` (CSV) keeps what is done, so that a second call goes on from there."""
    done = _done(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    forget_at = 0
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(HonestRow)])
        if fresh:
            writer.writeheader()
        for run, (kind, case) in enumerate(honest_cases(seed, compiled)):
            if run >= count:
                return
            if run in done:
                continue
            if run >= forget_at:  # hundreds of compiled programs fill the memory
                for adapter in registry.available().values():
                    getattr(adapter, "forget_compiled", lambda: None)()
                forget_at = run + 500
            rows = judge_honestly(run, kind, case)
            writer.writerows(asdict(r) for r in rows)
            file.flush()
            yield run, rows


def _done(path: Path) -> set[int]:
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {int(row["run"]) for row in csv.DictReader(file)}


def tables(path: Path):
    """(totals, DataFrame dtype × equation of largest share, rms and deviation in σ) of a sweep's file."""
    import pandas as pd

    rows: Any = pd.read_csv(path)
    judged = rows[rows.equation != "RUN"]
    worst = judged.groupby(["dtype", "equation"], as_index=False)[["share", "rms_sigma", "max_sigma"]].max()
    totals = {
        "runs": int(rows.run.nunique()),
        "equations": len(judged),
        "overflow": int(rows.overflow.sum()),
        "alarms": int(rows.alarms.sum()),
    }
    return totals, worst
