"""`gradref check FILE`: is this hand derivation right, and if not, which line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gradref.commands.outputs import output_file
from gradref.commands.sheets import check_sheet_file, is_sheet, leave
from gradref_reference.errors import GradrefError, SpecificationError
from gradref_support.atomic import write_file
from gradref_support.progress import Bar
from gradref_support.strict_json import dumps

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def check(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="FILE.py with make_inputs, forward and backward; or FILE.py:Class, FILE.py:function, FILE.py:forward,backward; "
            "or the same in a notebook; or a sheet of equations: .md, .tex, .txt, FILE.ipynb:sheet.",
        ),
    ],
    seeds: Annotated[str, typer.Option(help="Seeds to try: 0-4, or 0,3,7.")] = "0-4",
    json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of text.")] = False,
    network: Annotated[Path | None, typer.Option(help="A network (TOML) whose cost forward should compute.")] = None,
    inputs: Annotated[str | None, typer.Option(help="Data for code without make_inputs: 'x: 6x4, y: 6x3 one-hot'.")] = None,
    cost: Annotated[str | None, typer.Option(help="The cost of code that has none: half_squares, cross_entropy...")] = None,
    lr: Annotated[float | None, typer.Option(help="The learning rate of code that updates its parameters.")] = None,
    write_harness: Annotated[
        Path | None, typer.Option(help="Write what was taken to run the code as a file that can be edited and checked.")
    ] = None,
    budget: Annotated[float, typer.Option(help="Seconds for the search of a repair; 0 for none.")] = 20.0,
    time_limit: Annotated[float, typer.Option(help="Seconds for one call of forward or backward.")] = 10.0,
    layout: Annotated[str | None, typer.Option(help="Of a sheet: numerator, denominator or mixed; found when not given.")] = None,
    second_opinion: Annotated[
        bool, typer.Option(help="Of a network's sheet: hold the gradients against every framework here.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Of a sheet: write a page (HTML, offline) with every line marked.")] = None,
) -> None:
    """Check a hand derivation: code, or a sheet of equations.

    Exit code 0 when everything is right, 1 when something is wrong or the code misbehaves, 2 when the file cannot be judged.
    Code is executed: check only what you would run yourself. Nothing on a sheet is executed.
    """
    numbers = parse_seeds(seeds)
    if not budget >= 0 or not time_limit > 0:
        raise SpecificationError("budget and time-limit: must be seconds, budget >= 0 and time-limit > 0. Write --budget 20.")
    if is_sheet(what):
        with unjudged_as_json(what, json):
            report = check_sheet_file(what, network, layout, numbers[0], budget, out, second_opinion)
        leave(report, json)
    from gradref_derivations.isolated import check_file_isolated

    with unjudged_as_json(what, json), Bar("check") as bar:
        report = check_file_isolated(
            what,
            numbers,
            network=network,
            inputs=inputs,
            cost=cost,
            rate=lr,
            budget=budget,
            call_limit=time_limit,
            progress=bar.show if bar.shown else None,
            harness=(lambda text: _write_harness(write_harness, what, text)) if write_harness else None,
        )
    sys.stdout.write((report.to_json() if json else str(report)) + "\n")
    if report.verdict == "unjudged":
        typer.echo(f"gradref: {str(report).splitlines()[0]}", err=True)
    raise typer.Exit({"wrong": 1, "unjudged": 2}.get(report.verdict, 0))


def _write_harness(path: Path, what: str, text: str) -> None:
    """The harness as a file of its own, which executes the definitions of the checked file first."""
    from gradref_derivations.harness.targets import Target

    file = Target.parse(what).path.resolve()
    head = f'"""How gradref took {what}: edit and keep; check it with `gradref check {path}`."""\n\n'
    head += f"from gradref_derivations.harness import definitions\n\n_own = definitions({str(file)!r})\n"
    head += "globals().update({k: v for k, v in _own.items() if not k.startswith('__')})\n"
    head += "globals().update({f'own_{k}': _own[k] for k in ('make_inputs', 'forward', 'backward') if k in _own})\n"
    write_file(output_file(path), head + text.replace("globals()[", "_own["))


@contextmanager
def unjudged_as_json(name: str, asked: bool) -> Iterator[None]:
    """Print the common object of a judging command for what cannot be judged, if JSON was `asked` for; the error goes on."""
    try:
        yield
    except GradrefError as error:
        if asked:
            found = {"format": 1, "verdict": "unjudged", "ok": False, "judged": []}
            sys.stdout.write(dumps(found | {"not_judged": [{"name": name, "reason": str(error)}]}) + "\n")
        raise


def parse_seeds(text: str) -> list[int]:
    """'0-4' -> [0, 1, 2, 3, 4], '0,3,7' -> [0, 3, 7]; `SpecificationError` otherwise.

    >>> parse_seeds("0-2,7")
    [0, 1, 2, 7]
    """
    numbers: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part)
        if not match:
            raise SpecificationError(f"seeds: must be numbers or ranges, got {text!r}. Write 0-4, or 0,3,7.")
        low = int(match[1])
        high = int(match[2]) if match[2] is not None else low
        if high < low or high - low > 10_000:
            raise SpecificationError(f"seeds: must be ranges from small to large, got {part.strip()!r}. Write 0-4.")
        numbers += range(low, high + 1)
    return list(dict.fromkeys(numbers))
