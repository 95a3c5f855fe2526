"""The command line. Each command is a module of `gradref.commands`, imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from gradref_reference import GradrefError

# name -> (module in gradref.commands, one line of help)
COMMANDS = {
    "report": ("report", "Run the suite, write reports/latest/ and exit 1 on a disagreement."),
    "compare": ("compare", "Run one network of your own on every framework."),
    "check": ("check", "Check a hand derivation: a .py file with make_inputs, forward and backward."),
    "grade": ("grade", "Check a folder of submissions against one task."),
    "explain": ("explain", "The whole backward pass of a network, with symbols and numbers, as a page."),
    "lecture": ("lecture", "The lecture item by item, with the verdict of every judge."),
    "train": ("train", "Train a network with the reference and say how well it does."),
    "bench": ("bench", "Speed of every implementation on the same work."),
    "study": ("study", "Measure the checks themselves: what they detect, and false alarms."),
    "doctor": ("doctor", "Versions and flags of this machine, and what each means for agreement."),
    "measure-constants": ("measure_constants", "Measure the errors of exp, tanh, erf... and compare with the table."),
}


class _LazyGroup(TyperGroup):
    """Lists every command from the table and imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """A stand-in with the line of help: the overview needs no command's own parts."""
        if cmd_name not in COMMANDS:
            return None
        summary = COMMANDS[cmd_name][1]
        return TyperCommand(cmd_name, help=summary, short_help=summary)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called, imported now."""
        name, _, rest = super().resolve_command(ctx, args)
        if name not in COMMANDS:
            return name, None, rest
        command = typer.main.get_command(importlib.import_module(f"gradref.commands.{COMMANDS[name][0]}").app)
        command.name = name
        return name, command, rest


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _front() -> None:
    """gradref says whether a gradient of a neural network is right, proves it where it can, and names what is wrong."""


def main() -> None:
    """Entry point: 0 agrees, 1 disagrees, 2 cannot be judged, with one sentence on stderr."""
    try:
        app()
    except GradrefError as error:
        _leave(str(error), 2)
    except KeyboardInterrupt:
        _leave("interrupted; what was finished is kept.", 130)
    except BrokenPipeError:  # the reader of a pipe went away: `gradref lecture | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        if os.environ.get("GRADREF_DEBUG"):
            raise
        first = (str(error).strip() or "no message").splitlines()[0]
        _leave(f"internal error, {type(error).__name__}: {first}. Set GRADREF_DEBUG=1 to see where, and report it.", 2)


def _leave(sentence: str, code: int) -> None:
    print(f"gradref: {sentence}", file=sys.stderr)
    raise SystemExit(code) from None


if __name__ == "__main__":
    main()
