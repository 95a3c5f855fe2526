"""Typed errors; every message is one sentence that says where, what is required, what was found and what to do."""

from collections.abc import Sequence
from difflib import get_close_matches

__all__ = [
    "DataError",
    "FileError",
    "GradrefError",
    "MissingFrameworkError",
    "ShapeError",
    "SpecificationError",
    "shown",
    "unknown",
]


class GradrefError(Exception):
    """Base of everything gradref raises on purpose; the command line turns it into one sentence and exit code 2."""


class SpecificationError(GradrefError, ValueError):
    """A network, case or option that cannot be: unknown activation, widths that do not chain, impossible cost.

    `field` is the argument at fault, where there is one: "sizes", "activations", "cost", "l2".
    """

    def __init__(self, message: str, field: str | None = None):
        super().__init__(message)
        self.field = field


class ShapeError(GradrefError, ValueError):
    """An array whose shape or dtype does not fit the network it is used with."""


class DataError(GradrefError, ValueError):
    """Values nobody can compute with: NaN, infinity, labels out of range, an empty batch.

    `at` is the index of the first such value in its array, where there is one.
    """

    def __init__(self, message: str, at: tuple[int, ...] | None = None):
        super().__init__(message)
        self.at = at


class FileError(GradrefError, ValueError):
    """A file that is missing, truncated, of an unknown kind or broken."""

    def __init__(self, message: str):
        super().__init__(message.replace("\n", " "))  # names of files and words of other libraries may have more lines


class MissingFrameworkError(GradrefError, ImportError):
    """PyTorch, JAX or another optional part is not installed."""


def unknown(where: str, kind: str, name: object, known: Sequence[str]) -> SpecificationError:
    """A `SpecificationError` for a name that is not in `known`, with the nearest one suggested."""
    near = get_close_matches(name, known, n=1, cutoff=0.5) if isinstance(name, str) else []
    hint = f"Did you mean '{near[0]}'?" if near else "Use one of them."
    return SpecificationError(f"{where}: {kind} must be one of {', '.join(known)}, got {shown(name)}. {hint}")


def shown(value: object) -> str:
    """`value` as a message shows it: its repr on one line, at most 60 characters of it."""
    try:
        text = " ".join(repr(value).split("\n"))
    except ValueError:  # Python refuses to write an integer of more than 4300 digits
        return "a number of more than 4300 digits" if isinstance(value, int) else f"a {type(value).__name__}"
    except Exception:  # somebody's repr
        return f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
