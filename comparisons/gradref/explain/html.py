"""A walk as one self-contained page."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
from markupsafe import Markup

from gradref.report.page.layout import templates
from gradref.report.page.mathml import mathml
from gradref.report.page.payload import pack
from gradref.results.words import framework_name, number, share

from .drawing import drawing
from .numbers import matrix
from .text import PARTS, convention, equation_lines, size_words, summary
from .walk import Name, Step, Walk

__all__ = ["to_html"]

MAP = 40
"""Heat maps of large matrices are pooled to this many rows and columns, each block by its largest entry."""

DIGITS = 200
"""Results of up to this many entries are also given with every digit."""


def to_html(walk: Walk, derivation: Any = None) -> str:
    """The page of a walk; `derivation` is a `Departure` report that is marked in it."""
    maps: list[dict[str, Any]] = []
    parts = [
        {
            "title": PARTS[part],
            "id": part,
            "layers": [
                {"layer": layer, "steps": [_step(step, walk, maps) for step in steps]}
                for layer, steps in groupby(group, key=lambda s: s.layer)
            ],
        }
        for part, group in groupby(walk.steps, key=lambda s: s.part)
    ]
    return (
        templates()
        .get_template("explain.html.j2")
        .render(
            walk=walk,
            title=walk.title,
            summary=summary(walk),
            agree=not any(f.failed for f in walk.frameworks),
            convention=convention(walk),
            drawing=Markup(drawing(walk)),
            parts=parts,
            derivation=derivation,
            maps=pack(maps) if maps else "",
            cost=number(walk.trace.cost, 10),
        )
    )


def _step(step: Step, walk: Walk, maps: list[dict[str, Any]]) -> dict[str, Any]:
    first, *rest = equation_lines(step, walk.small)
    drawn = []
    if not walk.small and step.value.size > 1:
        for name, array in (*step.operands, (step.name, step.value)):
            drawn.append(len(maps))
            maps.append(_map(name, array))
    return {
        "step": step,
        "first": Markup(mathml(first)),
        "rest": [Markup(mathml(line)) for line in rest],
        "size": "" if walk.small or step.value.size == 1 else size_words(step),
        "maps": drawn,
        "beside": [_beside(other, step, walk.small) for other in step.beside],
        "digits": _digits(step.value) if step.value.size <= DIGITS else "",
    }


def _beside(other, step: Step, small: bool) -> dict[str, Any]:
    gap = other.difference(step.value)
    return {
        "name": f"{framework_name(other.framework)} {other.mode}",
        "verdict": other.verdict,
        "math": Markup(mathml(matrix(other.value))) if small or other.value.size == 1 else "",
        "words": "bit for bit the same" if gap == 0 else f"differs by at most {number(gap, 2)}",
        "share": share(other.share) if other.share > 0 and gap else "",
        "message": other.message,
    }


def _digits(value: np.ndarray) -> str:
    return "\n".join("  ".join(f"{x:.17g}" for x in row) for row in value)


def _map(name: Name, array: np.ndarray) -> dict[str, Any]:
    array = np.atleast_2d(array)
    block = [max(1, -(-n // MAP)) for n in array.shape]
    if max(block) > 1:  # the largest entry of each block, with its sign
        for axis, size in enumerate(block):
            starts = np.arange(0, array.shape[axis], size)
            high, low = np.maximum.reduceat(array, starts, axis=axis), np.minimum.reduceat(array, starts, axis=axis)
            array = np.where(high >= -low, high, low)
    words = f"blocks of {block[0]} × {block[1]}" if max(block) > 1 else ""
    return {"title": name.plain, "words": words, "rows": array.shape[0], "columns": array.shape[1],
            "values": [float(f"{x:.4g}") for x in array.ravel()]}  # fmt: skip
