"""The corpus of hand derivations under tests/: right files, and tables of single mistakes in them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradref_reference.errors import FileError

__all__ = ["HOME", "Derivation", "Mistake", "load_corpus"]

HOME = Path(__file__).resolve().parents[3] / "tests" / "corpus" / "derivations"


@dataclass(frozen=True)
class Mistake:
    """One edit that people get wrong: line `line` reads `before` when it is right; several lines with their indentation.

    `at` is the line of the wrong file where a person would look, `wrong` are the parameters whose gradients change, `root` those
    where the error arrives first, `equation` BP1 to BP4 or None.
    """

    name: str
    line: int
    before: str
    after: str
    wrong: tuple[str, ...]
    root: tuple[str, ...]
    equation: str | None = None
    at: int = 0

    def applied(self, text: str) -> str:
        """The source with the mistake in it; `FileError` when the line is not as the table says."""
        lines = text.split("\n")
        if "\n" in self.before + self.after:
            end = self.line + self.before.count("\n")
            if "\n".join(lines[self.line - 1 : end]) != self.before:
                raise FileError(f"mistake {self.name}: lines {self.line} to {end} must read as `before` says. Correct the table.")
            return "\n".join([*lines[: self.line - 1], self.after, *lines[end:]])
        old = lines[self.line - 1] if 0 < self.line <= len(lines) else ""
        if old.strip() != self.before:
            raise FileError(
                f"mistake {self.name}: line {self.line} must read {self.before!r}, got {old.strip()!r}. Correct the table."
            )
        lines[self.line - 1] = old[: len(old) - len(old.lstrip())] + self.after
        return "\n".join(lines)


@dataclass(frozen=True)
class Derivation:
    """One right file and the mistakes people make in it. A `held_out` one is never used to tune the checker."""

    path: Path
    held_out: bool
    mistakes: tuple[Mistake, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def sources(self) -> Iterator[tuple[Mistake | None, str]]:
        """The right source (mistake None), then every wrong one."""
        text = self.text
        yield None, text
        for mistake in self.mistakes:
            yield mistake, mistake.applied(text)


def load_corpus(home: str | Path | None = None) -> list[Derivation]:
    """Every derivation of the corpus, the open ones first; `FileError` when there is none at `home`."""
    root = Path(home) if home is not None else HOME
    found = []
    for folder, held_out in (("open", False), ("held_out", True)):
        for path in sorted((root / folder).glob("*.py")):
            table = tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))
            mistakes = tuple(_mistake(entry) for entry in table["mistake"])
            found.append(Derivation(path, held_out, mistakes))
    if not found:
        raise FileError(f"{root}: must hold the corpus of derivations, got none. Run from a checkout, or pass its folder.")
    return found


def _mistake(entry: dict[str, Any]) -> Mistake:
    return Mistake(
        entry["name"],
        entry["line"],
        entry["before"],
        entry["after"],
        tuple(entry["wrong"]),
        tuple(entry["root"]),
        entry.get("equation"),
        entry.get("at", entry["line"]),
    )
