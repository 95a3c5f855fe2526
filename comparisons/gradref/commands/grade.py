"""gradref grade DIR --task TASK.py: many submissions against one task."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def grade(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="One .py file, or one folder, per submission.")],
    task: Annotated[Path, typer.Option(help="The task: a .py file with make_inputs(seed) and forward(inputs).")],
    out: Annotated[Path, typer.Option(help="Where grades.csv and feedback/ go; what is there is not judged again.")] = Path(
        "grades"
    ),
    seeds: Annotated[str, typer.Option(help="Seeds of the inputs: 0-4, or 0,3,7.")] = "0-4",
    jobs: Annotated[int, typer.Option(min=0, help="Submissions at a time; 0 for one per core.")] = 0,
    timeout: Annotated[float, typer.Option(min=0.5, help="Seconds one submission may take in all.")] = 20.0,
    memory: Annotated[int, typer.Option(min=256, help="MiB of memory one process of a submission may use.")] = 2048,
    repair: Annotated[
        float, typer.Option(min=0, help="Seconds to look for the edit that mends a wrong one; 0 for no advice.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the grades as JSON.")] = False,
) -> None:
    """Judge every submission in DIR by its `backward`; inputs and cost come from the task.

    Each runs in a process of its own with limits on time, memory, files and output: a submission that hangs, prints or crashes
    costs only itself. A process limit is not a sandbox: code that means harm can still read files and use the network, so grade
    submissions you do not trust on a machine, or in a container, that you can lose.

    Every submission is in the table; one that cannot be judged (a notebook, a folder with several files) is named with the reason.

    Exit code 0 when all are right, 1 when one is not, 2 when one could not be judged or the task cannot be used.
    """
    from gradref.commands.check import parse_seeds, unjudged_as_json
    from gradref.commands.outputs import output_folder
    from gradref_derivations.grade import Limits, find_submissions, grade_folder
    from gradref_derivations.grade.feedback import print_table
    from gradref_support.progress import Bar
    from gradref_support.strict_json import dumps

    with unjudged_as_json(str(folder), as_json):
        total = len(find_submissions(folder, task, out))
        output_folder(out, ("grades.csv",))
        if "def backward" in _text(task):
            typer.echo(READABLE.format(task=task), err=True)
        with Bar("grading", total) as bar:
            done = lambda grade: bar.advance(f"graded {grade.name}")  # noqa: E731
            limits = Limits(seconds=timeout, memory=memory)
            numbers = parse_seeds(seeds)
            graded = grade_folder(folder, task, out, seeds=numbers, jobs=jobs or None, limits=limits, budget=repair, done=done)
    if as_json:
        typer.echo(dumps(graded.to_dict()))
    else:
        print_table(graded.grades, graded.others)
        right = sum(g.status == "right" for g in graded)
        missed = f", {len(graded.others)} not judged" if graded.others else ""
        typer.echo(f"{right} of {len(graded)} right{missed}. Table in {out / 'grades.csv'}, feedback in {out / 'feedback'}.")
    if graded.verdict == "unjudged":
        names = ", ".join(s.name for s in graded.others[:5])
        typer.echo(f"gradref: {len(graded.others)} of {total} submissions could not be judged: {names}.", err=True)
    raise typer.Exit({"right": 0, "wrong": 1, "unjudged": 2}[graded.verdict])


READABLE = (
    "gradref: {task} holds a solution, and submissions run with your rights: one that looks for it on this machine can read it. "
    "Grade with a task that defines no backward, or where the file is out of reach."
)


def _text(task: Path) -> str:
    try:
        return task.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # what is wrong with it is said when it is read
