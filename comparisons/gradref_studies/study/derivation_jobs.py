"""The jobs of the study of derivations, and what the outcome of each depends on."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

from .corpus import Derivation

__all__ = ["Job", "jobs_of"]


@dataclass(frozen=True)
class Job:
    """One file to be judged by gradref (`tool` "gradref") or by every other check (`tool` "others")."""

    name: str
    mistake: str | None
    tool: str
    source: str
    right: str
    budget: float

    @property
    def key(self) -> str:
        """What the outcome depends on: the sources, the budget and the code of the tool."""
        parts = [self.name, str(self.mistake), self.tool, self.source, self.right, _code_of(self.tool)]
        parts += [str(self.budget)] if self.tool == "gradref" else []
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def jobs_of(corpus: list[Derivation], budget: float = 20.0, sample: int | None = None, others: bool = True) -> list[Job]:
    """Every job of a study; with `sample`, the right files and that many mistakes, the same ones every time."""
    found = []
    for derivation in corpus:
        right = derivation.text
        for mistake, source in derivation.sources():
            for tool in ("gradref", "others") if others else ("gradref",):
                found.append(Job(derivation.name, mistake.name if mistake else None, tool, source, right, budget))
    if sample is not None:
        wrong = sorted({(j.name, j.mistake) for j in found if j.mistake is not None})
        chosen = set(random.Random(0).sample(wrong, min(sample, len(wrong))))
        found = [j for j in found if j.mistake is None or (j.name, j.mistake) in chosen]
    return found


_codes: dict[str, str] = {}


def _code_of(tool: str) -> str:
    """A hash of the code that makes the verdict of a tool."""
    if tool not in _codes:
        here = Path(__file__).resolve()
        if tool == "gradref":
            import gradref_balls

            folders = (here.parents[2] / "gradref_derivations", Path(str(gradref_balls.__file__)).parent)
            files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
        else:
            files = [here.parents[1] / "rivals" / "gradcheckers.py"]
        total = hashlib.sha256((here.parent / "derivation_work.py").read_bytes())
        for file in files:
            total.update(file.read_bytes())
        _codes[tool] = total.hexdigest()
    return _codes[tool]
