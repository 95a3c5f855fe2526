"""`gradref model FILE.py:make_model`: a model of your own, operation by operation."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gradref_reference import FileError, SpecificationError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

EXITS = {"right": 0, "wrong": 1, "unjudged": 2}


@app.command()
def model(
    what: Annotated[str, typer.Argument(metavar="FILE.py:FUNCTION", help="FUNCTION(seed) returns (model, inputs, loss).")],
    seed: Annotated[int, typer.Option(min=0, help="Handed to FUNCTION, and to the cotangents where loss is None.")] = 0,
    framework: Annotated[str, typer.Option(help="The framework the model is written in.")] = "torch",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write a page, the rows and JUnit into this folder.")] = None,
) -> None:
    """Record one forward and backward pass and judge every operation of it.

    Exit code 0 when every parameter's gradient was judged and all equations agree, 1 when one fails, 2 when a parameter cannot be
    judged. The file is executed: name only code you would run yourself.
    """
    from gradref.commands.shared import keep_freed_blocks
    from gradref.graph import certify_model
    from gradref_adapters.graph import BackwardRaised
    from gradref_support.strict_json import dumps

    keep_freed_blocks()
    maker = _maker(what)
    try:
        made = maker(seed)
    except Exception as error:
        raise SpecificationError(
            f"{what}: must return (model, inputs, loss) when called with the seed {seed}, "
            f"got {type(error).__name__}: {str(error) or 'no message'}. Correct the function."
        ) from error
    if not (isinstance(made, tuple) and len(made) == 3 and callable(made[0]) and isinstance(made[1], tuple)):
        raise SpecificationError(
            f"{what}: must return (model, inputs, loss) with a tuple of inputs, got {type(made).__name__}. "
            "Return all three; loss may be None."
        )
    try:
        report = certify_model(*made, framework=framework, seed=seed)
    except BackwardRaised as error:
        sentence = f"wrong: the backward pass raised {error}; no gradient was judged."
        told = {"format": 1, "verdict": "wrong", "ok": False, "judged": 0, "not_judged": [], "raised": str(error)}
        typer.echo(dumps(told) if as_json else sentence)
        raise typer.Exit(EXITS["wrong"]) from None
    if out is not None:
        from gradref.commands.outputs import output_folder
        from gradref.graph.model_files import FILES, write_files

        write_files(report, output_folder(out, FILES), what)
    typer.echo(dumps(report.to_json()) if as_json else str(report))
    raise typer.Exit(EXITS[report.verdict])


def _maker(what: str) -> Callable[[int], Any]:
    """The function that a FILE.py:NAME names; `FileError` where there is none."""
    file, _, name = what.rpartition(":")
    path = Path(file)
    if not file or not name.isidentifier():
        raise SpecificationError(f"model: must be FILE.py:FUNCTION, got {what!r}. Write models.py:make_model.")
    if not path.is_file():
        raise FileError(f"model: must be an existing file, got {file}. Correct the path.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileError(f"model: must be a Python file, got {file}. Give a file that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise FileError(
            f"{file}: must run when it is imported, got {type(error).__name__}: {error}. Run it with python first."
        ) from error
    finally:
        sys.path.pop(0)
    if not callable(getattr(module, name, None)):
        raise SpecificationError(
            f"{file}: must define the function {name}, got none. Write def {name}(seed): return model, inputs, loss."
        )
    return getattr(module, name)
