"""The commands as one typer application. Each is a module of this package, imported only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from gradref import __version__
from gradref.cli import COMMANDS, FORMER, Interrupted

__all__ = ["app"]


class _LazyGroup(TyperGroup):
    """Lists every command from the table and imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """A stand-in with the line of help: the overview needs no command's own parts."""
        if cmd_name not in COMMANDS | FORMER:
            return None
        _, summary = (COMMANDS | FORMER)[cmd_name]
        return TyperCommand(cmd_name, help=summary, short_help=summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called, imported now."""
        name, _, rest = super().resolve_command(ctx, args)
        if name not in COMMANDS | FORMER:
            return name, None, rest
        module, _ = (COMMANDS | FORMER)[name]
        command = typer.main.get_command(importlib.import_module(f"gradref.commands.{module}").app)
        command.name = name
        return name, command, rest

    def make_context(self, *args: Any, **extra: Any) -> Any:
        with _interrupts_told():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _interrupts_told():
            return super().invoke(ctx)


@contextmanager
def _interrupts_told() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gradref {__version__}")
        raise typer.Exit


@app.callback()
def _front(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and exit.")
    ] = False,
) -> None:
    """gradref says whether a gradient of a neural network is right, proves it where it can, and names what is wrong."""
