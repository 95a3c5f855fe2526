"""gradref measure-constants: the old name of `gradref doctor constants`, for one version."""

from __future__ import annotations

from typing import Annotated

import typer

from .doctor import Dtype, Samples, measured, show

app = typer.Typer(add_completion=False)


@app.command()
def measure_constants(
    library: Annotated[list[str] | None, typer.Option(help="numpy, torch or jax; all that are installed by default.")] = None,
    dtype: Dtype = None,
    samples: Samples = 2000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the measurements as JSON.")] = False,
) -> None:
    """The old name of `gradref doctor constants`."""
    from gradref_support.strict_json import dumps

    typer.echo("gradref: measure-constants is called doctor constants now; this name goes with the next version.", err=True)
    found = measured(library, dtype, samples)
    if as_json:
        typer.echo(dumps([{**vars(m), "exceeded": m.exceeded} for m in found]))
    else:
        show(found)
    raise typer.Exit(1 if any(m.exceeded for m in found) else 0)
