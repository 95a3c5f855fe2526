"""gradref study: where the studies have gone. They measure gradref itself and are no part of what is installed."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import typer

__all__ = ["ANYTHING", "app", "moved"]

app = typer.Typer(add_completion=False)

ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Settings of a command that reads no argument of its own."""


def moved(old: str) -> Callable[[typer.Context], None]:
    """A command that prints the new name of `old`, with the arguments it was given, and ends with 2."""

    def say(context: typer.Context) -> None:
        new = shlex.join(["python", "-m", "gradref_studies", *old.split(), *context.args])
        typer.echo(f"gradref: what measures gradref itself has left the package. In a checkout, run: {new}", err=True)
        raise typer.Exit(2)

    return say


app.command(context_settings=ANYTHING)(moved(""))
