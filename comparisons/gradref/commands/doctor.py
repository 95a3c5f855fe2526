"""gradref doctor: versions and flags of this machine, the errors of its functions, and what each means for agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gradref.doctor.constants import Measurement

__all__ = ["app", "measured", "show"]

app = typer.Typer(add_completion=False)

Framework = Annotated[list[str] | None, typer.Option(help="numpy, torch or jax; all that are installed by default.")]
Dtype = Annotated[list[str] | None, typer.Option(help="float64, float32, bfloat16 or float16; all by default.")]
Samples = Annotated[int, typer.Option(min=50, help="Points for each function, about.")]


@app.callback(invoke_without_command=True)
def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False
) -> None:
    """Look at versions, BLAS, threads, precision flags, x64, subnormals, determinism, compiler and GPU."""
    import json

    from gradref.doctor import as_dict, examine

    if context.invoked_subcommand is not None:
        return
    if as_json:
        typer.echo(json.dumps(as_dict(isolated=True), indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("what", "value", "what it means for agreement", title="gradref doctor")
    for finding in examine(isolated=True):
        table.add_row(*(escape(text) for text in (finding.name, finding.value, finding.meaning)))  # 'gradref[torch]' is no markup
    Console().print(table)


@app.command()
def constants(
    framework: Framework = None,
    dtype: Dtype = None,
    samples: Samples = 2000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the measurements as JSON.")] = False,
) -> None:
    """Measure the errors of exp, tanh, erf, ... of each library against exact balls; exit 1 where the table is exceeded.

    `relative` and `absolute` are in units of the format's roundoff; `share` is the part of the certificate's allowance that was used;
    `NaN` counts NaN and infinity where the truth is finite.
    """
    from gradref_support.strict_json import dumps

    found = measured(framework, dtype, samples)
    exceeded = [m for m in found if m.exceeded]
    if as_json:
        rows = [{**vars(m), "exceeded": m.exceeded} for m in found]
        typer.echo(dumps({"format": 1, "ok": not exceeded, "measurements": rows}))
    else:
        show(found)
    raise typer.Exit(1 if exceeded else 0)


def measured(frameworks: list[str] | None, dtypes: list[str] | None, samples: int) -> list[Measurement]:
    """Every function of the chosen libraries and formats; one that is not installed is said on stderr unless it was asked for."""
    from gradref.doctor.constants import measure
    from gradref_adapters.functions import LIBRARIES
    from gradref_reference import FORMATS, format_of

    found = []
    for name in dtypes or FORMATS:
        format_of(name)
    for source in frameworks or LIBRARIES:
        for name in dtypes or FORMATS:
            if source == "numpy" and name not in ("float64", "float32"):
                continue
            try:
                found += list(measure(source, name, samples))
            except ImportError:
                if frameworks:
                    raise
                typer.echo(f"{source}: not installed, skipped.", err=True)
                break
    return found


def show(found: list[Measurement]) -> None:
    """The measurements as a table on the terminal, those that exceed the table of the certificates in red."""
    from rich.console import Console
    from rich.table import Table

    table = Table("library, dtype", "function", "rel.", "abs.", "share", "at z", "NaN", title="Largest error, in units of u")
    for m in found:
        style = "red" if m.exceeded else None
        numbers = (f"{m.relative:.2g}", f"{m.absolute:.2g}", f"{m.share:.2f}", f"{m.at:.4g}", str(m.broken or ""))
        table.add_row(f"{m.library} {m.dtype}", m.function + "'" * (m.what == "derivative"), *numbers, style=style)
    Console().print(table)
    exceeded = sum(m.exceeded for m in found)
    typer.echo(f"{len(found)} measurements; {exceeded} beyond the table of gradref_reference.error_model.constants.")
