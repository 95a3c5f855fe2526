"""gradref bench: speed of every implementation on the same work, and the prices of gradref's own checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradref.commands.outputs import output_folder

app = typer.Typer(no_args_is_help=True, add_completion=False)

Out = Annotated[Path, typer.Option(help="Where to write the tables.", callback=lambda out: output_folder(out))]
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


@app.command("layer-jacobian")
def layer_jacobian(
    width: Annotated[list[int] | None, typer.Option(help="Only this width (repeatable).")] = None,
    memory: Annotated[float, typer.Option(min=1, help="Budget in MiB; beyond it the full Jacobian is predicted.")] = 2048,
    repeats: Annotated[int, typer.Option(min=1, help="Calls of which the fastest counts.")] = 5,
    out: Out = BENCH,
) -> None:
    """The whole Jacobian of a layer against the four equations, until it no longer fits (lecture 3.9)."""
    from gradref.bench.layer_jacobian import WIDTHS, bench_layer_jacobian, table
    from gradref.bench.tables import show, write

    frame = bench_layer_jacobian(tuple(width or WIDTHS), memory, repeats)
    title = "n-n-n, one sample, float64: I ⊗ aᵀ and its chain against the four equations"
    notes = [f"≈: predicted from the last measured width by its cube, because it would not fit {memory:g} MiB."]
    write(out, "layer-jacobian", title, table(frame), frame, notes, "gradref bench layer-jacobian")
    show(title, table(frame), notes)


@app.command()
def certificates(
    repeats: Annotated[int, typer.Option(min=5, help="Interleaved samples.")] = 31,
    seconds: Annotated[float, typer.Option(min=0.1, help="Budget for each case and dtype.")] = 5.0,
    out: Out = BENCH,
) -> None:
    """The certificate of a trace against the NumPy backpropagation that it judges, on 784-100-10, batch 128."""
    from gradref.bench.certificates import bench_certificates
    from gradref.bench.tables import show, write

    frame = bench_certificates(repeats, seconds)
    title = "Certificate of a trace against the backpropagation it judges, 784-100-10, batch 128"
    notes = ["ratio: certify / backprop, processor time, median over interleaved rounds; ratio_wall: the same on the wall."]
    write(out, "certificates", title, frame, frame, notes, "gradref bench certificates")
    show(title, frame, notes)


@app.command()
def check(
    slow: Annotated[bool, typer.Option("--slow", help="Also torch's gradcheck in slow mode: most of a minute.")] = False,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each check without repair.")] = 3,
    out: Out = BENCH,
) -> None:
    """A hand derivation with 79,510 parameters, right and wrong: gradref against torch's gradcheck."""
    from gradref.bench.check import bench_check
    from gradref.bench.tables import show, write

    frame = bench_check(slow, repeats)
    title = "Checking a hand derivation with 79,510 parameters"
    notes = [
        "gradref judges every parameter in `gradref`; `gradref, repair` also searches the edit that mends it. "
        "cpu_seconds: processor time, which a busy machine disturbs least."
    ]
    write(out, "check", title, frame, frame, notes, "gradref bench check" + (" --slow" if slow else ""))
    show(title, frame, notes)


@app.command()
def enclosure(
    bits: Annotated[list[int] | None, typer.Option(help="Working precision (repeatable).")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Calls of each precision.")] = 5,
    out: Out = BENCH,
) -> None:
    """The exact gradient of 784-30-10, batch 10, as intervals: time, and how narrow they are."""
    from gradref.bench.enclosure import bench_enclosure
    from gradref.bench.tables import show, write

    frame = bench_enclosure(bits, repeats)
    title = "Exact enclosure of all 23,860 gradients of 784-30-10, batch 10"
    notes = ["relative_radius: the largest radius as a share of the largest gradient."]
    write(out, "enclosure", title, frame, frame, notes, "gradref bench enclosure")
    show(title, frame, notes)
