"""Symbolic sizes and their unification: equal letters are equal sizes, different letters are different sizes."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["ONE", "Dim", "Shape", "Trail", "Width", "describe", "is_column", "is_row", "is_scalar", "same"]


class Width(str):
    """The width of a network's layer: compared by its name, shown as the number in the header."""

    __slots__ = ("shown",)

    def __new__(cls, name: str, shown: int | str) -> Width:
        new = super().__new__(cls, name)
        new.shown = shown
        return new


class Dim:
    """One size: 1, a number, a letter, or not known yet (`value` None)."""

    __slots__ = ("parent", "value")

    def __init__(self, value: int | str | None = None) -> None:
        self.value = value
        self.parent: Dim | None = None

    def find(self) -> Dim:
        here = self
        while here.parent is not None:
            here = here.parent
        return here

    @property
    def known(self) -> int | str | None:
        return self.find().value

    def __repr__(self) -> str:
        known = self.known
        return "?" if known is None else str(getattr(known, "shown", known))


ONE = Dim(1)
Shape = tuple[Dim, Dim]


@dataclass
class Trail:
    """What was unified, so that a failed attempt can be taken back."""

    changed: list[Dim] = field(default_factory=list)

    def mark(self) -> int:
        return len(self.changed)

    def undo(self, mark: int) -> None:
        while len(self.changed) > mark:
            self.changed.pop().parent = None

    def unify(self, a: Dim, b: Dim) -> bool:
        """Make two sizes one; False when they are different letters or numbers. A size not known yet is taken to differ from 1."""
        a, b = a.find(), b.find()
        if a is b:
            return True
        if a.value is not None and b.value is not None:
            return a.value == b.value
        if a.value is not None:
            a, b = b, a
        if b.value == 1:
            return False
        a.parent = b
        self.changed.append(a)
        return True

    def unify_shapes(self, a: Shape, b: Shape) -> bool:
        mark = self.mark()
        if self.unify(a[0], b[0]) and self.unify(a[1], b[1]):
            return True
        self.undo(mark)
        return False


def same(a: Shape, b: Shape) -> bool:
    """Whether two shapes are the same without anything more being assumed."""
    return all(x.find() is y.find() or (x.known is not None and x.known == y.known) for x, y in zip(a, b, strict=True))


def is_scalar(shape: Shape) -> bool:
    return shape[0].known == 1 and shape[1].known == 1


def is_column(shape: Shape) -> bool:
    return shape[1].known == 1 and shape[0].known != 1


def is_row(shape: Shape) -> bool:
    return shape[0].known == 1 and shape[1].known != 1


def describe(shape: Shape) -> str:
    """A shape in the reader's terms.

    >>> describe((Dim("n"), ONE))
    'a column of n entries'
    """
    if is_scalar(shape):
        return "a number"
    if is_column(shape):
        return f"a column of {shape[0]} entries"
    if is_row(shape):
        return f"a row of {shape[1]} entries"
    return f"{shape[0]}×{shape[1]}"
