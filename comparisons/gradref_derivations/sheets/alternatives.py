"""What has two readings is told apart by shape: each is tried, and the one that conforms is taken; of two that do is asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, product
from typing import Any, TypeVar

from .problems import SheetError, Unreadable
from .tree import Node

__all__ = ["one_reading"]

T = TypeVar("T")
MAX_READINGS = 32

_QUESTIONS: dict[tuple[str, ...], str] = {
    ("matmul", "inner"): "is the matrix product or the inner product meant? Write A B, or \\operatorname{tr}(A^T B)",
    ("hadamard", "inner"): "is the product entry by entry or the inner product meant? Write \\odot (or .*), or x^T y",
    ("matmul", "hadamard"): "is the matrix product or the product entry by entry meant? Write A B, or \\odot (or .*)",
    ("number", "ones"): "is the number 1 or the vector of ones meant? Write \\mathbf 1 for the vector",
    ("entries", "norm"): "is the square of every entry or the squared norm meant? Write x \\odot x, or \\lVert x \\rVert^2",
}


def one_reading(fresh: Callable[[], Any], use: Callable[[Any], T], trail: Any, prefers: Callable[[T], bool] | None = None) -> T:
    """The result of `use` on a typer under the one reading in which it conforms.

    Parameters
    ----------
    fresh : makes an `Elaborator`; its `decisions` say which reading of an ambiguous node to take.
    use : types a statement; raises a `SheetError` where it does not conform.
    trail : what is unified, taken back after each attempt.
    prefers : of several results, whether one is of the kind that the statement asks for.

    Raises the first attempt's error where none conforms, and `Unreadable` with the question where several do.
    """
    mark = trail.mark()
    typer = fresh()
    error: SheetError | None = None
    try:
        result = use(typer)
    except SheetError as problem:
        error, result = problem, None
    asked: dict[Node, tuple[str, ...]] = typer.asked
    if not asked:
        if error is not None:
            raise error
        return result  # type: ignore[return-value]
    trail.undo(mark)
    nodes = list(asked)
    fitting: list[tuple[dict[Node, int], T]] = []
    for choice in islice(product(*(range(len(asked[n])) for n in nodes)), MAX_READINGS):
        typer = fresh()
        typer.decisions = dict(zip(nodes, choice, strict=True))
        try:
            fitting.append((typer.decisions, use(typer)))
        except SheetError as problem:
            error = error or problem
        trail.undo(mark)
    if len(fitting) > 1 and prefers is not None:
        fitting = [f for f in fitting if prefers(f[1])] or fitting
    if not fitting:
        raise error or Unreadable("no reading conforms.")
    if len(fitting) > 1 and len({_essence(f[1]) for f in fitting}) > 1:
        node = next(n for n in nodes if len({d[n] for d, _ in fitting}) > 1)
        options = asked[node]
        question = _QUESTIONS.get(options[:2]) or f"is {' or '.join(options)} meant?"
        raise Unreadable(f"{typer.source(node)}: {question}.", node.span)
    typer = fresh()
    typer.decisions = fitting[0][0]
    return use(typer)


def _essence(result: Any) -> str:
    """What two results have in common when the choice between them made no difference: the same definite trees and sizes."""
    if hasattr(result, "left"):
        return repr((result.left, result.right))
    return repr(result[1] if isinstance(result, tuple) else result)
