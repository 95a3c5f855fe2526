"""gradref.compare: one network of your own on every framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gradref.running import SuiteRun, plan, run_suite
from gradref.suite.cases import SuiteCase
from gradref.verdict import to_frame
from gradref_reference import Batch, Case, Network, Parameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare", "compare_run"]


def compare(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    frameworks: Sequence[str] | None = None,
    modes: Sequence[str] | None = None,
    dtypes: Sequence[str] | None = ("float64", "float32"),
    device: str = "cpu",
    name: str = "yours",
) -> pd.DataFrame:
    """Run a network on every framework and judge every equation.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`).
    frameworks, modes, dtypes : names to restrict to; None means all. torch.compile runs only when asked for by name.
    device : "cpu" or what the frameworks know, e.g. "cuda".

    Returns
    -------
    DataFrame : one row per framework × mode × dtype × equation × layer × parameter; the columns of `gradref.Verdict`.
    """
    return to_frame(compare_run(network, parameters, batch, frameworks, modes, dtypes, device, name).verdicts)


def compare_run(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    frameworks: Sequence[str] | None = None,
    modes: Sequence[str] | None = None,
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    name: str = "yours",
    seed: int = 0,
) -> SuiteRun:
    """The same as a `SuiteRun`, with maps and notes."""
    network.check(parameters, batch)
    asked = bool(modes) and "compile" in modes
    suite_case = SuiteCase(Case(network, parameters, batch, name=name, device=device), "a network of your own")
    whole = plan([suite_case], frameworks, modes, dtypes, device, thorough=asked)
    return run_suite(replace(whole, jobs=[job for job in whole.jobs if job.skip is None]), seed)
