"""gradref compare NET.toml: one network of your own on every framework."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def compare(
    network: Annotated[Path, typer.Argument(help="The network: a TOML file with sizes, activations, cost.")],
    data: Annotated[Path | None, typer.Option(help="A .npz with x and y, or a .csv. Random without it.")] = None,
    parameters: Annotated[Path | None, typer.Option(help="A .safetensors or .npz. Random without it.")] = None,
    framework: Annotated[list[str] | None, typer.Option(help="Only this framework (repeatable).")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="Only this mode; torch's compile runs only when named.")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="Only this dtype (repeatable).")] = None,
    device: Annotated[str, typer.Option(help="Where the frameworks compute: cpu, cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(min=0, help="Seed for random parameters and data.")] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Samples of a random batch.")] = 8,
    time_limit: Annotated[float, typer.Option(min=1, max=86400, help="Seconds one run may take, compilation included.")] = 300,
    out: Annotated[Path | None, typer.Option(help="Also write a whole report into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON; infinities as text.")] = False,
) -> None:
    """Run NETWORK on every framework, judge every equation, exit 1 on a disagreement.

    A dtype that cannot hold the numbers is skipped with the reason.
    """
    from gradref.commands.outputs import output_folder
    from gradref.commands.shared import keep_compiled, keep_freed_blocks, leave
    from gradref.data import load_problem
    from gradref.report import FILES, write_report
    from gradref.report.terminal import print_summary
    from gradref.results import Record
    from gradref.results.store import folder_for
    from gradref.suite.compare import compare_run
    from gradref.suite.run import rerun_command
    from gradref_support.strict_json import dumps

    keep_compiled()
    keep_freed_blocks()
    if out is not None:
        output_folder(out, FILES)
    given = {"--data": data, "--parameters": parameters, "--batch": None if data else batch}
    start = ("compare", str(network), *(word for k, v in given.items() if v is not None for word in (k, str(v))))
    problem = load_problem(network, data, parameters, seed, batch)
    run = compare_run(
        *problem,
        framework or None,
        mode or None,
        dtype or None,
        device,
        name=network.stem,
        seed=seed,
        again=lambda case: rerun_command(start, case, seed),
        isolated=True,
        time_limit=time_limit,
    )
    record, page = Record.of(run), None
    if out is not None:
        out = folder_for(run.interrupted, out)
        page = write_report(record, out)
    if as_json:
        typer.echo(dumps([verdict.to_dict() for verdict in run.verdicts]))
    else:
        print_summary(record, run.exit_code, page, plain=True)
    leave(run, out)
