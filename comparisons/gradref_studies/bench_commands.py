"""python -m gradref_studies bench: the prices of gradref's own checks."""

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
    """The prices of gradref's own checks, beside those of others."""


@app.command("layer-jacobian")
def layer_jacobian(
    width: Annotated[list[int] | None, typer.Option(help="Only this width (repeatable).")] = None,
    memory: Annotated[float, typer.Option(min=1, help="Budget in MiB; beyond it the full Jacobian is predicted.")] = 2048,
    repeats: Annotated[int, typer.Option(min=1, help="Calls of which the fastest counts.")] = 5,
    out: Out = BENCH,
) -> None:
    """The whole Jacobian of a layer against the four equations, until it no longer fits (lecture 3.9)."""
    from gradref.bench.tables import show, write
    from gradref.report.page.studies import keep_figure

    from .bench.layer_jacobian import WIDTHS, bench_layer_jacobian, figure, table

    frame = bench_layer_jacobian(tuple(width or WIDTHS), memory, repeats)
    title = "n-n-n, one sample, float64: I ⊗ aᵀ and its chain against the four equations"
    notes = [f"≈: predicted from the last measured width by its cube, because it would not fit {memory:g} MiB."]
    write(out, "layer-jacobian", title, table(frame), frame, notes, "python -m gradref_studies bench layer-jacobian")
    keep_figure(out, figure(frame))
    show(title, table(frame), notes)


@app.command()
def certificates(
    repeats: Annotated[int, typer.Option(min=5, help="Interleaved samples.")] = 31,
    seconds: Annotated[float, typer.Option(min=0.1, help="Budget for each case and dtype.")] = 5.0,
    out: Out = BENCH,
) -> None:
    """The certificate of a trace against the NumPy backpropagation that it judges, on 784-100-10, batch 128."""
    from gradref.bench.tables import show, write

    from .bench.certificates import bench_certificates

    frame = bench_certificates(repeats, seconds)
    title = "Certificate of a trace against the backpropagation it judges, 784-100-10, batch 128"
    notes = ["ratio: certify / backprop, processor time, median over interleaved rounds; ratio_wall: the same on the wall."]
    write(out, "certificates", title, frame, frame, notes, "python -m gradref_studies bench certificates")
    show(title, frame, notes)


@app.command()
def check(
    slow: Annotated[bool, typer.Option("--slow", help="Also torch's gradcheck in slow mode: most of a minute.")] = False,
    repeats: Annotated[int, typer.Option(min=1, help="Runs of each check without repair.")] = 3,
    out: Out = BENCH,
) -> None:
    """A hand derivation with 79,510 parameters, right and wrong: gradref against torch's gradcheck."""
    from gradref.bench.tables import show, write

    from .bench.check import bench_check

    frame = bench_check(slow, repeats)
    title = "Checking a hand derivation with 79,510 parameters"
    notes = [
        "gradref judges every parameter in `gradref`; `gradref, repair` also searches the edit that mends it. "
        "cpu_seconds: processor time, which a busy machine disturbs least."
    ]
    write(out, "check", title, frame, frame, notes, "python -m gradref_studies bench check" + (" --slow" if slow else ""))
    show(title, frame, notes)


@app.command()
def enclosure(
    bits: Annotated[list[int] | None, typer.Option(help="Working precision (repeatable).")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Calls of each precision.")] = 5,
    out: Out = BENCH,
) -> None:
    """The exact gradient of 784-30-10, batch 10, as intervals: time, and how narrow they are."""
    from gradref.bench.tables import show, write

    from .bench.enclosure import bench_enclosure

    frame = bench_enclosure(bits, repeats)
    title = "Exact enclosure of all 23,860 gradients of 784-30-10, batch 10"
    notes = ["relative_radius: the largest radius as a share of the largest gradient."]
    write(out, "enclosure", title, frame, frame, notes, "python -m gradref_studies bench enclosure")
    show(title, frame, notes)
