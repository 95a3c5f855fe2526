"""gradref.compare: one network of your own on every framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradref.verdict import to_frame
from gradref_reference import Batch, Case, Network, Parameters
from gradref_reference.checks import one_line, several
from gradref_reference.network import check_problem

from .cases import SuiteCase
from .plan import plan
from .run import Rerun, SuiteRun, run_suite

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare", "compare_run"]

Names = str | Sequence[str] | None


def compare(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    frameworks: Names = None,
    modes: Names = None,
    dtypes: Names = ("float64", "float32"),
    device: str = "cpu",
    name: str = "yours",
) -> pd.DataFrame:
    """Run a network on every framework and judge every equation.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`).
    frameworks, modes, dtypes : a name or names to restrict to; None means all. torch.compile runs only when asked for by name.
    device : "cpu" or what the frameworks know, e.g. "cuda".

    Returns
    -------
    DataFrame : one row per framework × mode × dtype × equation × layer × parameter; the columns of `gradref.Verdict`. A dtype that
    cannot hold the numbers given is skipped with the reason, as is a framework that is not here.
    """
    run = compare_run(network, parameters, batch, frameworks, modes, dtypes, device, name)
    if run.interrupted:
        raise KeyboardInterrupt  # a frame cannot say that rows are wanting
    return to_frame(run.verdicts)


def compare_run(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    frameworks: Names = None,
    modes: Names = None,
    dtypes: Names = None,
    device: str = "cpu",
    name: str = "yours",
    seed: int = 0,
    again: Rerun | None = None,
    isolated: bool = False,
    time_limit: float | None = None,
) -> SuiteRun:
    """`compare` as a `SuiteRun`, with maps and notes.

    `again` is what runs one framework, mode and dtype again; `isolated` runs each framework in a process of its own, which does not
    see the flags that this session has set, and `time_limit` is how many seconds a run may take there.
    """
    check_problem(network, parameters, batch)
    device, name = one_line("device", device, "Write 'cpu'."), one_line("name", name, "Write 'mine'.")
    if modes is not None:
        modes = [modes] if isinstance(modes, str) else several("modes", modes, "Write ['jit', 'vmap'].")
    asked = modes is not None and any(isinstance(mode, str) and mode == "compile" for mode in modes)
    suite_case = SuiteCase(Case(network, parameters, batch, name=name, device=device), "a network of your own")
    choice = (frameworks, modes, dtypes, device)
    work = plan([suite_case], *choice, thorough=asked, only_named=("compile",), isolated=isolated, time_limit=time_limit)
    return run_suite(work, seed, again=again or _call, nearest=True)


def _call(case: Case) -> str:
    """The Python call that compares again in one framework, mode and dtype."""
    chosen: dict[str, object] = {"frameworks": [case.framework], "modes": [case.mode], "dtypes": [case.dtype]}
    if case.device != "cpu":
        chosen["device"] = case.device
    if case.name != "yours":
        chosen["name"] = case.name
    options = ", ".join(f"{key}={value!r}" for key, value in chosen.items())
    return f"gradref.compare(network, parameters, batch, {options})"
