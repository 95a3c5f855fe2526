"""What several commands need: a progress bar on stderr, and a user's network with its parameters and data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gradref_reference import Batch, Network, Parameters, initialize

__all__ = ["load_problem", "progress_of"]


@contextmanager
def progress_of(title: str, total: int) -> Iterator[tuple[Callable, Callable]]:
    """A progress bar on stderr, shown only on a terminal; yields (start(job), done(job))."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield (
            lambda job: bar.update(task, description=f"{title}: {job.case.label}"),
            lambda job: bar.advance(task),
        )


def load_problem(
    path: Path, data: Path | None, parameters: Path | None, seed: int, batch: int = 8
) -> tuple[Network, Parameters, Batch]:
    """The network in a TOML file, with its parameters and data from files or random from a seed; `GradrefError` if they don't fit."""
    from gradref.data import load_batch, random_batch
    from gradref_reference.files import load_parameters

    network = Network.from_toml(path)
    rng = np.random.default_rng(seed)
    drawn = initialize(network, rng)
    p = load_parameters(parameters, network) if parameters else drawn
    b = load_batch(data, network) if data else random_batch(network, rng, batch)
    network.check(p, b)
    return network, p, b
