"""`gradref lecture`: the lecture item by item, with the verdict of every judge."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def lecture(
    id: Annotated[str | None, typer.Argument(help="One item, such as 3.2.1; all of them when left out.", metavar="ITEM")] = None,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="How many known mistakes each judge rejects.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as data.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the random inputs.", min=0)] = 0,
) -> None:
    """The lecture item by item, with the verdict of every judge; exit 1 when one of them disagrees."""
    from rich.console import Console
    from rich.progress import track

    from gradref.commands.shared import keep_compiled
    from gradref.lecture.pages import item_page, lecture_table, mistakes_table
    from gradref.lecture.verdicts import judge_item, judge_mistakes
    from gradref_reference.lecture.items import ITEMS, item
    from gradref_support.strict_json import dumps

    keep_compiled()
    every = [item(id)] if id is not None else list(ITEMS.values())
    chosen = track(every, "judging", console=Console(stderr=True), transient=True, disable=as_json or len(every) == 1)
    if mistakes:
        found = [m for i in chosen for m in judge_mistakes(i, seed)]
        print(dumps([m.to_dict() for m in found])) if as_json else mistakes_table(found)
        raise typer.Exit(0 if all(m.ok for m in found) else 1)
    verdicts = [judge_item(i, seed) for i in chosen]
    if as_json:
        print(dumps([v.to_dict() for v in verdicts]))
    elif id is not None:
        item_page(verdicts[0])
    else:
        lecture_table(verdicts)
    raise typer.Exit(0 if all(v.ok for v in verdicts) else 1)
