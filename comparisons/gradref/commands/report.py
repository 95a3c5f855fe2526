"""gradref report: run the suite, write the report, say whether all agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def report(
    out: Annotated[Path, typer.Option(help="Where to write the report.")] = Path("reports/latest"),
    framework: Annotated[list[str] | None, typer.Option(help="Only this framework (repeatable).")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="Only this mode, e.g. jit (repeatable).")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="Only this dtype (repeatable).")] = None,
    case: Annotated[list[str] | None, typer.Option(help="Only this case (repeatable).")] = None,
    device: Annotated[str, typer.Option(help="Where the frameworks compute: cpu, cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random number in the suite.")] = 0,
    thorough: Annotated[bool, typer.Option("--thorough", help="torch.compile on every case (many minutes).")] = False,
    time_limit: Annotated[float, typer.Option(min=1, max=86400, help="Seconds one run may take, compilation included.")] = 300,
    compare: Annotated[Path | None, typer.Option(help="An older run directory to compare with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print run.json instead of the summary.")] = False,
) -> None:
    """Run the suite on every framework, write OUT and exit 1 on a disagreement.

    A run that is interrupted writes what was finished, beside OUT where that holds a complete report.
    """
    from gradref.commands.outputs import output_folder
    from gradref.commands.shared import keep_compiled, keep_freed_blocks, leave
    from gradref.report import FILES, write_report
    from gradref.report.terminal import print_summary
    from gradref.results import Record, Snapshot, archive, compare_runs, read_snapshot
    from gradref.results.store import NO_PARQUET, folder_for, has_parquet, to_dict
    from gradref.suite import standard_suite
    from gradref.suite.plan import choose, plan
    from gradref.suite.run import rerun_command, run_suite
    from gradref_support.progress import Bar
    from gradref_support.strict_json import dumps

    keep_compiled()
    keep_freed_blocks()
    output_folder(out, FILES)
    suite = standard_suite(seed)
    names = choose("case", case or None, [c.name for c in suite])
    chosen = (framework or None, mode or None, dtype or None)
    work = plan([c for c in suite if c.name in names], *chosen, device, thorough, isolated=True, time_limit=time_limit)
    thoroughly = ("--thorough",) if thorough else ()
    earlier = read_snapshot(compare) if compare else None  # read now: it may be the folder that is about to be written
    with Bar("suite", len(work)) as bar:
        run = run_suite(
            work,
            seed,
            on_start=lambda case: bar.show(f"suite: {case.label}"),
            on_done=lambda case: bar.advance(),
            again=lambda case: rerun_command(("report", "--case", case.name, *thoroughly), case, seed),
        )
    out = folder_for(run.interrupted, out)
    record = Record.of(run)
    page = write_report(record, out, compare_runs(earlier, Snapshot.of(record)) if earlier is not None else None)
    archive(record, out)
    if as_json:
        typer.echo(dumps(to_dict(record)))
    else:
        print_summary(record, run.exit_code, page)
    if not has_parquet():
        typer.echo(f"gradref: {NO_PARQUET}", err=True)
    leave(run, out)
