"""What the certificate of a graph sees: `python -m tests.comparisons.graph.measure_graph`.

Per dtype the smallest visible fault of the median entry (its allowance over its size) of every operator's VJPs, the share of blind
entries, and the entries of which nothing is known.
"""

from functools import cache

import numpy as np
import torch
from tests.comparisons.graph.operators import CASES, FLAT, draw

from gradref.graph.equations import Evaluator, in_storage
from gradref_adapters.graph import Graph
from gradref_adapters.torch.recording import record
from gradref_reference.error_model import contract_for
from gradref_reference.primitives import Bounded

DTYPES = ("float64", "float32", "bfloat16")


def recorded(name: str, dtype: str) -> Graph | None:
    """The graph of one operator, None where PyTorch has no kernel for the dtype."""
    generator = torch.Generator().manual_seed(3)
    inputs = tuple(draw(what, generator, getattr(torch, dtype)) for what in CASES[name].inputs)

    def model(*xs: torch.Tensor) -> torch.Tensor:
        result = CASES[name].call(*xs)
        return result if isinstance(result, torch.Tensor) else result[0]

    try:
        return record(model, inputs, None, 4)
    except NotImplementedError:
        return None


def visible(name: str, dtype: str) -> tuple[np.ndarray, int]:
    """allowance / size of every entry of an operator's VJPs, and how many entries have no finite allowance."""
    graph = recorded(name, dtype)
    if graph is None:
        return np.zeros(0), 0
    stored = {loss.rule for loss in graph.losses if dtype in loss.dtypes and loss.equation == "VJP" and loss.storage}
    shares, unknown = [np.zeros(0)], 0
    for node in graph.nodes:
        if node.operation != f"aten.{name}":
            continue
        contracts = cache(
            lambda d, n=node: in_storage(contract_for("torch", d)) if n.rule in stored else contract_for("torch", d)
        )
        for claim in Evaluator(graph, contracts).backward(node):
            if isinstance(claim.expected, Bounded):
                expected = claim.expected.stored()
                bound = np.zeros(expected.shape) if expected.bound is None else expected.bound
                unknown += int(np.count_nonzero(~np.isfinite(bound)))
                used = expected.value != 0
                shares.append((bound[used] / np.abs(expected.value[used])).ravel())
    return np.concatenate(shares), unknown


def main() -> None:
    for dtype in DTYPES:
        with np.errstate(all="ignore"):
            found = {name: visible(name, dtype) for name in CASES if name not in FLAT}
        whole = np.concatenate([share for share, _ in found.values()])
        rounded = whole[whole > 0]
        worst = sorted(((float(np.median(s)), n) for n, (s, _) in found.items() if s.size), reverse=True)[:5]
        blind = sorted(
            ((float(np.mean(s > 1)), n) for n, (s, _) in found.items() if s.size and np.mean(s > 1) > 0), reverse=True
        )[:5]
        print(f"{dtype}: {whole.size} entries, {np.mean(whole == 0):.0%} exact; median of the others {np.median(rounded):.1e}")
        print("  largest medians:", ", ".join(f"{n} {m:.1e}" for m, n in worst))
        print("  blind:", ", ".join(f"{n} {b:.2f}" for b, n in blind) or "none", "| unknown:", sum(u for _, u in found.values()))


if __name__ == "__main__":
    main()
