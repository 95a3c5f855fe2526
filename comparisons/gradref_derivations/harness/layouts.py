"""Data to try: which way the samples lie, what the targets are; or exactly what `--inputs` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gradref_reference.errors import SpecificationError

from .arguments import BATCH, SIZES

__all__ = ["Data", "Layout", "layouts", "parse_inputs", "targets_for"]

N, _, K = SIZES


@dataclass(frozen=True)
class Data:
    """One input that is no parameter: the source that makes it from the generator `_r`, and what it is in words."""

    source: str
    words: str


@dataclass(frozen=True)
class Layout:
    """Where the samples lie. `x` is the data, `samples` how many, `axis` that of the classes; `pairs`: a list of (x, y)."""

    name: str
    x: Data
    samples: int
    axis: int
    pairs: bool = False


def layouts(features: int = N) -> Iterator[Layout]:
    """Rows, columns, one column, one vector; images; indices: the usual first."""
    n = features
    yield Layout("rows", Data(f"_r.standard_normal(({BATCH}, {n}))", f"{BATCH}x{n}, one sample a row"), BATCH, 1)
    yield Layout("columns", Data(f"_r.standard_normal(({n}, {BATCH}))", f"{n}x{BATCH}, one sample a column"), BATCH, 0)
    yield Layout("row", Data(f"_r.standard_normal((1, {n}))", f"1x{n}, one sample"), 1, 1)
    yield Layout("column", Data(f"_r.standard_normal(({n}, 1))", f"{n}x1, one sample"), 1, 0)
    yield Layout("vector", Data(f"_r.standard_normal({n})", f"{n} numbers, one sample"), 1, 0)
    yield Layout("sequence", Data(f"list(_r.standard_normal((3, {n}, 1)))", f"a list of 3 columns of {n}"), 1, 0)
    yield Layout("numbers", Data(f"[float(v) for v in _r.standard_normal({n})]", f"a list of {n} numbers, one sample"), 1, 0)
    yield Layout("stacked", Data(f"_r.standard_normal((1, {n}, 1))", f"1x{n}x1, one sample"), 1, 1)
    yield Layout("images", Data(f"_r.standard_normal(({BATCH}, 2, 6, 6))", f"{BATCH}x2x6x6"), BATCH, 1)
    yield Layout("image", Data("_r.standard_normal((6, 6))", "6x6, one image"), 1, 0)
    yield Layout("volume", Data("_r.standard_normal((6, 6, 2))", "6x6x2, one image of 2 channels"), 1, 0)
    yield Layout("indices", Data(f"[int(v) for v in _r.integers(0, {n}, 4)]", f"a list of 4 indices below {n}"), 1, 0)


def targets_for(shape: tuple[int, ...] | None, layout: Layout) -> Iterator[Data]:
    """Targets for an output of `shape` (None: unknown), the usual first: one-hot, labels, numbers between 0 and 1."""
    m, axis = layout.samples, layout.axis
    if layout.name == "numbers":
        yield Data(
            f"[float(v) for v in _r.random({K if shape is None else shape[0] if shape else 1})]",
            "a list of numbers between 0 and 1",
        )
        return
    if layout.name == "indices":
        yield Data(f"[int(v) for v in _r.integers(0, {N}, 4)]", f"a list of 4 indices below {N}")
        return
    if shape is None:
        shape = {"rows": (m, K), "images": (m, K), "columns": (K, m), "column": (K, 1), "sequence": (K, 1)}.get(layout.name, (K,))
    if not shape or int_product(shape) == 1:
        yield Data(f"_r.random({shape!r})", "numbers between 0 and 1")
        return
    classes = shape[axis] if axis < len(shape) else 1
    if len(shape) <= 2 and classes > 1:
        picked = f"_np.eye({classes})[_r.integers(0, {classes}, {m})]"
        source = f"{picked}.reshape({shape!r})" if len(shape) == 1 or axis == 1 else f"{picked}.T.reshape({shape!r})"
        yield Data(source, f"{'x'.join(map(str, shape))}, one-hot")
    yield Data(f"_r.random({shape!r})", f"{'x'.join(map(str, shape))}, numbers between 0 and 1")
    yield Data(f"_r.integers(0, {max(classes, 2)}, {m})", f"{m} labels below {max(classes, 2)}")
    yield Data(f"int(_r.integers(0, {max(classes, 2)}))", f"one label below {max(classes, 2)}")


def int_product(shape: tuple[int, ...]) -> int:
    """The number of entries of an array of that shape."""
    total = 1
    for n in shape:
        total *= n
    return total


def parse_inputs(text: str) -> dict[str, Data]:
    """'X: 6x4, y: 6x3 one-hot' as sources; `SpecificationError` in one sentence for anything else.

    >>> parse_inputs("y: 6 labels 3")["y"].source
    '_r.integers(0, 3, (6,))'
    """
    found: dict[str, Data] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\w+)\s*:\s*(\d+(?:x\d+)*)\s*(?:(one-hot|labels|binary|uniform|normal)\s*(\d+)?)?\s*", part)
        if match is None:
            raise SpecificationError(
                f"--inputs: must be like 'X: 6x4, y: 6x3 one-hot', got {part.strip()!r}. "
                "After the shape may stand normal, uniform, binary, one-hot, or labels with the number of classes."
            )
        name, shape, kind = match[1], tuple(int(n) for n in match[2].split("x")), match[3] or "normal"
        many = match[4] or str(K)
        rows = int_product(shape[:-1])
        source = {
            "normal": f"_r.standard_normal({shape!r})",
            "uniform": f"_r.random({shape!r})",
            "binary": f"_r.integers(0, 2, {shape!r}).astype(float)",
            "labels": f"_r.integers(0, {many}, {shape!r})",
            "one-hot": f"_np.eye({shape[-1]})[_r.integers(0, {shape[-1]}, {rows})].reshape({shape!r})",
        }[kind]
        found[name] = Data(source, f"{match[2]} {kind}")
    return found
