"""gradref explain NET.toml: the whole forward and backward pass with symbols and numbers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


class Form(StrEnum):
    """What an explanation can be written as."""

    html = "html"
    md = "md"
    latex = "latex"


_ENDINGS = {Form.html: "html", Form.md: "md", Form.latex: "tex"}


@app.command()
def explain(
    network: Annotated[Path, typer.Argument(help="The network: a TOML file with sizes, activations, cost.")],
    data: Annotated[Path | None, typer.Option(help="A .npz with x and y, or a .csv. One random sample without it.")] = None,
    parameters: Annotated[Path | None, typer.Option(help="A .safetensors or .npz. Random without it.")] = None,
    sample: Annotated[int | None, typer.Option(help="Walk through this row of the data alone, counted from 0.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed for random parameters and data.")] = 0,
    check: Annotated[Path | None, typer.Option(help="A hand derivation (.py): mark where it departs.")] = None,
    form: Annotated[Form, typer.Option("--format", help="A page, Markdown or a LaTeX document.")] = Form.html,
    out: Annotated[Path | None, typer.Option(help="Where to write it; '-' for the terminal.")] = None,
    frameworks: Annotated[bool, typer.Option(help="Run PyTorch and JAX too and put their numbers beside.")] = True,
) -> None:
    """Write the whole backward pass of NETWORK as a page; exit 1 when a framework or the derivation disagrees."""
    from gradref.commands.outputs import output_file
    from gradref.commands.shared import keep_compiled
    from gradref.data import load_problem
    from gradref.explain import to_html, to_latex, to_markdown, walk
    from gradref.explain.departures import departures
    from gradref_support.atomic import write_file

    keep_compiled()
    path = out or Path(f"{network.stem}-explained.{_ENDINGS[form]}")
    if str(out) != "-":
        output_file(path, make_folder=True)
    problem = load_problem(network, data, parameters, seed, batch=1, decimals=2)
    found = departures(check, problem[0].L, network) if check else None
    steps = walk(*problem, sample=sample, frameworks=frameworks)
    match form:
        case Form.html:
            text = to_html(steps, found)
        case Form.md:
            text = to_markdown(steps)
        case Form.latex:
            text = to_latex(steps)
    if str(out) == "-":
        typer.echo(text)
    else:
        write_file(path, text)
        typer.echo(f"Written to {path}.", err=True)
    if found is not None:
        typer.echo(found.sentence, err=True)
    wrong = any(f.failed for f in steps.frameworks) or (found is not None and not found.agrees)
    raise typer.Exit(1 if wrong else 0)
