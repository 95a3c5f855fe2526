"""What can be wrong with a sheet, as typed errors that know where they stand."""

from __future__ import annotations

from gradref_reference.errors import GradrefError

__all__ = ["Mismatch", "NoValue", "SheetError", "Unreadable"]

Span = tuple[int, int] | None


class SheetError(GradrefError):
    """A fault of a sheet, with the place in its text."""

    def __init__(self, message: str, span: Span = None) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class Unreadable(SheetError):
    """What stands there is outside the language, or has two readings."""


class Mismatch(SheetError):
    """Two sides or two factors do not conform; `fits` says what would."""


class NoValue(SheetError):
    """An expression has no value at a trial point: a pole, outside a domain, or (`kink`) a derivative at a kink.

    `undefined` is for a point at which the other side has a value: what the sheet writes there is then wrong.
    """

    def __init__(self, message: str, span: Span = None, kink: object = None, undefined: bool = False) -> None:
        super().__init__(message, span)
        self.kink, self.undefined = kink, undefined
