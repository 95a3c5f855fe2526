"""gradref measure-constants: the errors of exp, tanh, erf, ... on this machine, against the table the certificates use."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def measure_constants(
    library: Annotated[list[str] | None, typer.Option(help="numpy, torch or jax; all that are installed by default.")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="float64, float32, bfloat16 or float16; all by default.")] = None,
    samples: Annotated[int, typer.Option(min=50, help="Points for each function, about.")] = 2000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the measurements as JSON.")] = False,
) -> None:
    """Measure the errors of the functions of each library against exact balls; exit 1 where the table is exceeded.

    `relative` and `absolute` are in units of the format's roundoff; `share` is the part of the certificate's allowance that was used;
    `NaN` counts NaN and infinity where the truth is finite.
    """
    from rich.console import Console
    from rich.table import Table

    from gradref_adapters.functions import LIBRARIES
    from gradref_reference import FORMATS, format_of

    from ..strict_json import dumps
    from ..study.constants import measure

    found = []
    for name in dtype or FORMATS:
        format_of(name)
    for source in library or LIBRARIES:
        for name in dtype or FORMATS:
            if source == "numpy" and name not in ("float64", "float32"):
                continue
            try:
                found += list(measure(source, name, samples))
            except ImportError:
                if library:
                    raise
                typer.echo(f"{source}: not installed, skipped.", err=True)
                break
    exceeded = [m for m in found if m.exceeded]
    if as_json:
        typer.echo(dumps([{**vars(m), "exceeded": m.exceeded} for m in found]))
        raise typer.Exit(1 if exceeded else 0)
    title = "Largest error, in units of u"
    table = Table("library, dtype", "function", "rel.", "abs.", "share", "at z", "NaN", title=title)
    for m in found:
        style = "red" if m.exceeded else None
        numbers = (f"{m.relative:.2g}", f"{m.absolute:.2g}", f"{m.share:.2f}", f"{m.at:.4g}", str(m.broken or ""))
        table.add_row(f"{m.library} {m.dtype}", m.function + "'" * (m.what == "derivative"), *numbers, style=style)
    Console().print(table)
    typer.echo(f"{len(found)} measurements; {len(exceeded)} exceed the table of gradref_reference.error_model.constants.")
    raise typer.Exit(1 if exceeded else 0)
