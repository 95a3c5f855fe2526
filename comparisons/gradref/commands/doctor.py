"""gradref doctor: versions and flags of this machine, and what each means for agreement."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Look at versions, BLAS, threads, precision flags, x64, subnormals, determinism, compiler and GPU."""
    import json

    from gradref.doctor import as_dict, examine

    if as_json:
        typer.echo(json.dumps(as_dict(), indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("what", "value", "what it means for agreement", title="gradref doctor")
    for finding in examine():
        table.add_row(*(escape(text) for text in (finding.name, finding.value, finding.meaning)))  # 'gradref[torch]' is no markup
    Console().print(table)
