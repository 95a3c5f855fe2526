"""The command line: what is called, and how it ends. Nothing is imported before an interrupt can be caught."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import typer

    app: typer.Typer

__all__ = ["COMMANDS", "FORMER", "main"]

# name -> (module in gradref.commands, one line of help)
COMMANDS = {
    "report": ("report", "Run the suite, write reports/latest/ and exit 1 on a disagreement."),
    "compare": ("compare", "Run one network of your own on every framework."),
    "model": ("model", "A PyTorch model of your own, operation by operation."),
    "check": ("check", "Check a hand derivation: a .py file with make_inputs, forward and backward, or a sheet of equations."),
    "claim": ("claim", "Judge one equation."),
    "grade": ("grade", "Check a folder of submissions against one task."),
    "explain": ("explain", "The whole backward pass of a network, with symbols and numbers, as a page."),
    "lecture": ("lecture", "The lecture item by item, with the verdict of every judge."),
    "train": ("train", "Train a network with the reference and say how well it does."),
    "bench": ("bench", "Speed of every implementation on the same work."),
    "doctor": ("doctor", "Versions and flags of this machine, and what each means for agreement."),
}

# names of the version before: called, they say or do what they are called now
FORMER = {
    "study": ("study", "Where the studies have gone."),
    "measure-constants": ("measure_constants", "The old name of `doctor constants`."),
}


class Interrupted(BaseException):
    """Ctrl-C inside a command; typer would end the process without a word on a `KeyboardInterrupt`."""


def __getattr__(name: str) -> Any:
    """`app`, the commands as a typer application, is made when it is first asked for."""
    if name != "app":
        raise AttributeError(f"module 'gradref.cli' has no attribute {name!r}")
    globals()["app"] = made = _application()
    return made


def _application() -> "typer.Typer":
    """The commands as one typer application; each is a module of gradref.commands, imported only when it is called."""
    from typing import Annotated

    import typer
    from typer.core import TyperCommand, TyperGroup

    from gradref import __version__

    class LazyGroup(TyperGroup):
        """Lists every command from the table and imports the one that is called."""

        def list_commands(self, ctx: Any) -> list[str]:
            return list(COMMANDS)

        def get_command(self, ctx: Any, cmd_name: str) -> "TyperCommand | None":
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
            command = typer.main.get_command(import_module(f"gradref.commands.{module}").app)
            command.name = name
            return name, command, rest

        def make_context(self, *args: Any, **extra: Any) -> Any:
            with _interrupts_told():
                return super().make_context(*args, **extra)

        def invoke(self, ctx: Any) -> Any:
            with _interrupts_told():
                return super().invoke(ctx)

    def said(asked: bool) -> None:
        if asked:
            typer.echo(f"gradref {__version__}")
            raise typer.Exit

    made = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @made.callback()
    def front(
        version: Annotated[
            bool, typer.Option("--version", callback=said, is_eager=True, help="Say the version and exit.")
        ] = False,
    ) -> None:
        """gradref says whether a gradient of a neural network is right, proves it where it can, and names what is wrong."""

    return made


@contextmanager
def _interrupts_told() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None


def main(application: str = "gradref.cli") -> None:
    """Entry point: 0 agrees, 1 disagrees, 2 cannot be judged, 130 interrupted, with one sentence on stderr.

    `application` is the module whose `app` is run.
    """
    try:
        import_module(application).app()
    except (Interrupted, KeyboardInterrupt):
        _leave("interrupted before the end; run the same command again.", 130)
    except BrokenPipeError:  # the reader of a pipe went away: `gradref lecture | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        from gradref_reference import GradrefError

        if isinstance(error, GradrefError):
            _leave(str(error), 2)
        if isinstance(error, OSError) and error.filename is not None:
            _leave(
                f"{error.filename}: must be readable, or writable with room for it, got: {error.strerror}. Correct it and run again.",
                2,
            )
        if os.environ.get("GRADREF_DEBUG"):
            raise
        first = (str(error).strip() or "no message").splitlines()[0]
        _leave(f"internal error, {type(error).__name__}: {first}. Set GRADREF_DEBUG=1 to see where, and report it.", 2)


def _leave(sentence: str, code: int) -> NoReturn:
    print(f"gradref: {sentence}", file=sys.stderr)
    raise SystemExit(code) from None


if __name__ == "__main__":
    from gradref.cli import main  # the module under its own name: the commands know no other `Interrupted`

    main()
