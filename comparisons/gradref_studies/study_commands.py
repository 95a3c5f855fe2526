"""python -m gradref_studies: measure the checks themselves. What do they detect, do they alarm on honest code, do frameworks drift?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradref.commands.outputs import output_folder

from .bench_commands import app as bench

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(bench, name="bench")


@app.callback()
def _group() -> None:
    """Measure the checks themselves: what they detect, whether they alarm on honest code, what they cost, whether frameworks drift."""


Out = Annotated[Path, typer.Option(help="Folder the tables are written to.", callback=lambda out: output_folder(out))]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the random networks.")]


@app.command()
def honest(
    count: Annotated[int, typer.Option(min=1, help="Runs: one network in one framework, mode and dtype.")] = 200,
    seed: Seed = 0,
    out: Out = Path("reports/studies"),
    compiled: Annotated[bool, typer.Option(help="torch.compile too (tens of seconds a network).")] = False,
) -> None:
    """Certify honest runs of every framework. Each failing equation is a false alarm; exit 1 when there is one.

    What is done is kept in honest-SEED.csv, so an interrupted sweep goes on where it stopped; delete the file to start anew.
    """
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    from gradref.commands.shared import keep_compiled

    from .study.honest import sweep, tables

    keep_compiled()
    console = Console()
    path = out / f"honest-{seed}.csv"
    for run, rows in track(sweep(count, seed, path, compiled), "honest runs", total=count, console=console):
        for row in rows:
            if row.alarms:
                console.print(f"[red]false alarm[/] in run {run}: {row.message}", highlight=False)
    summary, worst = tables(path)
    table = Table(*worst.columns, title="Largest share of the allowance used, by equation")
    for line in worst.itertuples(index=False):
        table.add_row(*[f"{v:.3g}" if isinstance(v, float) else str(v) for v in line])
    console.print(table)
    console.print(
        f"{summary['runs']} runs, {summary['equations']} equation kinds judged, {summary['overflow']} runs overflowed and were not "
        f"judged, {summary['alarms']} false alarms. Kept in {path}."
    )
    raise typer.Exit(1 if summary["alarms"] else 0)


@app.command()
def detection(
    seeds: Annotated[int, typer.Option(min=1, help="Draws of parameters and data for each of the six networks.")] = 5,
    out: Out = Path("reports/studies"),
) -> None:
    """The smallest fault that each check sees, next to numpy, torch.testing and others, and false alarms on honest variants.

    Writes detection.csv (one row per fault and size), detection.md (the table) and detection.html (rates against sizes).
    """
    import pandas as pd
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.progress import track

    from gradref.commands.shared import keep_compiled
    from gradref.report.page.studies import keep_figure

    from .charts import chart_of
    from .study.detection import detect, false_alarms, figure, markdown, rates, summarise

    keep_compiled()
    console = Console()
    spoilt = pd.DataFrame(track(detect(seeds), "faults", console=console))
    honest = pd.DataFrame(track(false_alarms(seeds), "honest variants", console=console))
    found = rates(pd.concat([spoilt, honest]))
    found.to_csv(out / "detection.csv", index=False, float_format="%.4g")
    table = markdown(summarise(found))
    (out / "detection.md").write_text(
        "# What each check sees\n\nSmallest size from which on every run is refused (float32); per cent of runs for faults of one size; "
        "per cent of false alarms for honest variants. *named*: our refusals that name the right equation and layer.\n\n" + table,
        encoding="utf-8",
    )
    chart = figure(found)
    chart.write_html(out / "detection.html", include_plotlyjs=True)
    words = "The share of faulty runs that each rule refuses, against the size of the fault: further left is better."
    keep_figure(out, chart_of("detection", "What the checks see", words, chart, found))
    console.print(Markdown(table))
    console.print(f"{len(spoilt)} spoilt traces, {len(honest)} honest ones. Written to {out}/detection.csv, .md and .html.")
    alarms = sum(map(bool, honest["local + statistics"]))
    raise typer.Exit(1 if alarms else 0)


@app.command()
def derivations(
    sample: Annotated[
        int | None, typer.Option(min=1, help="This many mistakes instead of all; right files are all judged.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    budget: Annotated[float, typer.Option(min=0, help="Seconds to search for a repair, per file.")] = 20.0,
    others: Annotated[bool, typer.Option(help="Also PyTorch's, JAX's, SciPy's and CS231n's checks.")] = True,
    corpus: Annotated[Path | None, typer.Option(help="Folder of the corpus; that of the checkout by default.")] = None,
    out: Out = Path("reports/studies"),
) -> None:
    """What the check of hand derivations finds on the corpus of right files and single mistakes, beside five other checks.

    Detection, false alarms, root, equation, line and repair; for mistakes it was tuned on and for held-out ones. Writes
    derivations.csv and derivations.md. Outcomes are kept, so an interrupted study goes on where it stopped. Exit 1 when
    something right was refused or a mistake was missed.
    """
    from .study.derivations import run

    raise typer.Exit(run(sample, jobs, out, budget, others, corpus))


@app.command()
def drift(
    seeds: Annotated[int, typer.Option(min=1, help="Draws of parameters and data for each network.")] = 3,
    out: Out = Path("reports/studies"),
) -> None:
    """Whether frameworks drift: the mean of residual/σ for each equation, dtype, depth and width.

    Writes drift.csv (one row per run, equation and layer), drift.md and drift.html.
    """
    import pandas as pd
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.progress import track

    from gradref.commands.shared import keep_compiled
    from gradref.report.page.studies import keep_figure

    from .charts import chart_of
    from .study.detection import markdown
    from .study.drift import drift as measure
    from .study.drift import figure, summarise

    keep_compiled()
    console = Console()
    records = pd.DataFrame(track(measure(seeds), "runs", console=console))
    records.to_csv(out / "drift.csv", index=False)
    table = summarise(records)
    shown = table.assign(**{name: table[name].map("{:.3g}".format) for name in ("bias", "rms_sigma", "z_score")})
    (out / "drift.md").write_text("# Systematic errors, in σ\n\n" + markdown(shown), encoding="utf-8")
    chart = figure(records)
    chart.write_html(out / "drift.html", include_plotlyjs=True)
    words = "The mean of residual/σ of each equation. Rounding that leans to no side gives bars near zero."
    keep_figure(out, chart_of("drift", "Systematic errors of the frameworks", words, chart, records))
    console.print(Markdown(markdown(shown.head(20))))
    deepest = summarise(records, ("framework", "dtype", "depth", "width")).head(8)
    console.print(
        Markdown(markdown(deepest.assign(**{n: deepest[n].map("{:.3g}".format) for n in ("bias", "rms_sigma", "z_score")})))
    )
    console.print(f"{len(records)} tensors. Written to {out}/drift.csv, .md and .html.")


@app.command()
def published(
    folder: Annotated[Path, typer.Argument(help="Checkouts of the repositories, as owner+name or owner/name.")],
    out: Annotated[Path, typer.Option(help="The page that the table is written to.")] = Path("docs/published.md"),
    budget: Annotated[float, typer.Option(help="Seconds for the search of each repair.")] = 5.0,
) -> None:
    """Check published implementations as their authors wrote them, without a wrapper, and write the table."""
    from rich.console import Console

    from gradref_support.atomic import write_file

    from .study.published import rows, table

    found = []
    for row in rows(folder, budget):
        Console().print(f"{row['verdict']:10} {row['seconds']:>6} s  {row['repository']} {row['check']}", highlight=False)
        found.append(row)
    head = "# Published derivations, checked as they were written\n\n"
    head += "Made by `python -m gradref_studies published FOLDER` from checkouts; no code of theirs is kept here. No wrapper was written: "
    head += "what is behind the colon, and the options, are all that was said. *Not taken* is exit code 2, with the sentence.\n\n"
    write_file(out, head + table(found))
