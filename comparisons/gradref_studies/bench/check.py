"""python -m gradref_studies bench check: how long a hand derivation with 79,510 parameters takes to check, beside gradcheck."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gradref.bench.alone import run_alone

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PROMISED", "bench_check", "measure"]

PROMISED = 2.0
"""Seconds within which a derivation is judged, right or wrong."""

DERIVATIONS = {"right": "backward", "σ'(a) for σ'(z)": "backward_at_a", "one entry off by 1e-6": "backward_one_entry"}


def bench_check(slow: bool = False, repeats: int = 3) -> pd.DataFrame:
    """One row per derivation and checker: seconds, and whether it ruled as it should.

    gradref runs without (`gradref`) and with the search for a repair (`gradref, repair`); `slow` adds gradcheck's slow mode,
    which takes most of a minute.
    """
    import pandas as pd

    return pd.DataFrame(list(run_alone(__name__, {"slow": slow, "repeats": repeats})))


def measure(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows, in the child process; the slow checker comes last."""
    from gradref_derivations import check_derivation

    from . import mlp

    inputs, source = mlp.make_inputs(0), Path(mlp.__file__)
    for name, function in DERIVATIONS.items():
        backward = getattr(mlp, function)
        for checker, budget in (("gradref", 0.0), ("gradref, repair", 20.0)):
            if budget and name == "right":
                continue

            def run(backward=backward, budget=budget) -> bool:
                return check_derivation(mlp.forward, backward, inputs, wrt=mlp.PARAMS, source=source, budget=budget).ok

            yield _row(
                name, checker, [_timed(run) for _ in range(1 if budget else order["repeats"])], PROMISED if not budget else None
            )
    yield from _others(mlp, inputs, slow=False)
    if order["slow"]:
        yield from _others(mlp, inputs, slow=True)


def _others(mlp: Any, inputs: dict[str, Any], slow: bool) -> Iterator[dict[str, Any]]:
    """gradcheck on the same functions, where PyTorch is installed."""
    try:
        from gradref_adapters.registry import available

        from ..rivals import gradcheckers as checkers
    except ImportError:
        return
    if "torch" not in available():
        return
    check = checkers.gradcheck if slow else checkers.gradcheck_fast
    data = {k: v for k, v in inputs.items() if k not in mlp.PARAMS}
    values = {k: inputs[k] for k in mlp.PARAMS}
    for name, function in DERIVATIONS.items():
        backward = getattr(mlp, function)
        if slow and name != "right":
            continue  # one run tells the price

        def run(backward=backward) -> bool:
            return check(lambda v: float(mlp.forward(data | v)), lambda v: backward(data | v), values)

        yield _row(name, "gradcheck slow" if slow else "gradcheck fast", [_timed(run)], None)


def _timed(run: Callable[[], bool]) -> tuple[float, float, bool]:
    """Wall seconds, processor seconds with those of child processes, and the answer."""
    times, start = os.times(), perf_counter()
    accepted = run()
    wall, now = perf_counter() - start, os.times()
    return wall, sum(now[:4]) - sum(times[:4]), bool(accepted)


def _row(derivation: str, checker: str, runs: list[tuple[float, float, bool]], within: float | None) -> dict[str, Any]:
    accepted = runs[0][2]
    return {
        "derivation": derivation,
        "checker": checker,
        "seconds": median(wall for wall, _, _ in runs),
        "min_seconds": min(wall for wall, _, _ in runs),
        "cpu_seconds": min(cpu for _, cpu, _ in runs),
        "within": within,
        "accepted": accepted,
        "ruled rightly": accepted == (derivation == "right"),
    }
