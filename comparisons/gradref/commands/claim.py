"""`gradref claim "…"`: is this equation right."""

from __future__ import annotations

from typing import Annotated

import typer

from gradref.commands.check import unjudged_as_json
from gradref.commands.sheets import leave, load_network

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def claim(
    equation: Annotated[str, typer.Argument(help=r"One equation, in LaTeX or plain: 'd/dx (x^T A x) = 2 A x'.")],
    where: Annotated[str | None, typer.Option(help='What the names are: "x in R^n; A: n x n symmetric".')] = None,
    network: Annotated[str | None, typer.Option(help='A network (TOML), or its header: "3-4-2, sigmoid, quadratic".')] = None,
    layout: Annotated[str | None, typer.Option(help="numerator, denominator or mixed; found when not given.")] = None,
    seed: Annotated[int, typer.Option(help="From which every trial point follows.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")] = False,
) -> None:
    """Judge one equation.

    Exit code 0 when it counts as right, 1 when it is wrong or does not conform, 2 when it cannot be read. Nothing in it is executed.
    """
    from gradref_derivations import check_text

    with unjudged_as_json("claim", json):
        header = network is not None and not network.endswith(".toml")
        text = f"{equation}\nnetwork: {network}" if header else equation
        report = check_text(text, None if header else load_network(network), layout, seed, where)
    leave(report, json)
