"""gradref bench: speed of every implementation on the same work, and the prices of gradref's own checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="Where to write the tables.")]
BENCH = Path("reports/bench")


@app.callback()
def _bench() -> None:
    """Speed of every implementation on the same work, and the prices of gradref's own checks."""


@app.command()
def gradients(
    network: Annotated[list[str] | None, typer.Option(help="Only this network, e.g. 784-100-10 (repeatable).")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="Only this dtype (repeatable).")] = None,
    activation: Annotated[str, typer.Option(help="Hidden activation.")] = "sigmoid",
    cost: Annotated[str, typer.Option(help="Cost; a cross-entropy sets the output activation.")] = "quadratic",
    repeats: Annotated[int, typer.Option(min=5, help="Interleaved samples of each implementation.")] = 41,
    seconds: Annotated[float, typer.Option(min=0.1, help="Budget for each network and dtype.")] = 3.0,
    seed: Annotated[int, typer.Option(help="Seed of parameters and data.")] = 0,
    out: Out = BENCH,
) -> None:
    """Cost and whole gradient: the NumPy reference against PyTorch and JAX, one thread on one core."""
    from gradref.bench.gradients import bench_gradients, ratio_table, workloads
    from gradref.bench.tables import show, write

    chosen = workloads(network, dtype, activation, cost)
    frame = bench_gradients(
        chosen, repeats, seconds, seed, lambda row: typer.echo(f"{row['network']} {row['dtype']} done", err=True)
    )
    table = ratio_table(frame)
    title = f"Cost and gradient, {activation} and {cost}, one thread, median µs"
    notes = [
        "ratio: reference / fastest framework, median over interleaved rounds; below 1 the reference is faster. "
        "of minima: the same of the smallest times, which a busy machine disturbs least."
    ]
    write(out, "gradients", title, table, frame, notes, "gradref bench gradients")
    show(title, table, notes)
