"""gradref bench: speed of every implementation on the same work, and how long each part takes to start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .outputs import output_folder
from .study import ANYTHING, moved

app = typer.Typer(no_args_is_help=True, add_completion=False)

Out = Annotated[Path, typer.Option(help="Where to write the tables.", callback=lambda out: output_folder(out))]
BENCH = Path("reports/bench")


@app.callback()
def _bench() -> None:
    """Speed of every implementation on the same work, and how long each part takes to start."""


@app.command()
def gradients(
    network: Annotated[list[str] | None, typer.Option(help="Only this network, e.g. 784-100-10 (repeatable).")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="Only this dtype (repeatable).")] = None,
    activation: Annotated[str, typer.Option(help="Hidden activation.")] = "sigmoid",
    cost: Annotated[str, typer.Option(help="Cost; a cross-entropy sets the output activation.")] = "quadratic",
    repeats: Annotated[int, typer.Option(min=5, help="Interleaved samples of each implementation.")] = 41,
    seconds: Annotated[float, typer.Option(min=0.1, help="Budget for each network and dtype.")] = 3.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of parameters and data.")] = 0,
    out: Out = BENCH,
) -> None:
    """Cost and whole gradient: the NumPy reference against PyTorch and JAX, one thread on one core."""
    from gradref.bench.gradients import bench_gradients, busy, ratio_table, workloads
    from gradref.bench.tables import show, write

    chosen = workloads(network, dtype, activation, cost)
    frame = bench_gradients(
        chosen, repeats, seconds, seed, lambda row: typer.echo(f"{row['network']} {row['dtype']} done", err=True)
    )
    table = ratio_table(frame)
    title = f"Cost and gradient, {activation} and {cost}, one thread, median µs"
    notes = [
        "ratio: reference / fastest framework, median over interleaved rounds; below 1 the reference is faster. of minima: of the "
        "smallest times. of cpu: of processor times, which do not count waiting; kept: whether that is within the promise."
    ]
    notes += busy(frame.load.max())
    write(out, "gradients", title, table, frame, notes, "gradref bench gradients")
    show(title, table, notes)


@app.command("start-up")
def start_up(
    repeats: Annotated[int, typer.Option(min=1, help="Fresh processes for each line.")] = 5,
    out: Out = BENCH,
) -> None:
    """How long Python, NumPy, gradref and each framework take to start, each in a process of its own."""
    from gradref.bench.start_up import bench_start_up
    from gradref.bench.tables import show, write

    frame = bench_start_up(repeats)
    title = "Seconds from nothing to ready, in a fresh process"
    notes = ["Median and smallest of interleaved processes; beyond_python: the median without Python's own."]
    write(out, "start-up", title, frame, frame, notes, "gradref bench start-up")
    show(title, frame, notes)


for _name in ("layer-jacobian", "certificates", "check", "enclosure"):
    app.command(_name, hidden=True, context_settings=ANYTHING)(moved(f"bench {_name}"))
