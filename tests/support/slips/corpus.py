"""The corpus of single slips: made from the families, written to and read from tests/corpus/sheets/wrong.

`python -m support.slips.corpus` (in tests/) writes it anew. A file is a right sheet, a line `---`, and a table: kind, what was written,
what should stand there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .edits import REPAIRED, slips
from .families import FAMILIES, Family
from .notation import Writer
from .oracle import is_right

FOLDER = Path(__file__).resolve().parents[2] / "corpus" / "sheets" / "wrong"
SUFFIX = {"latex": ".md", "course": ".md", "plain": ".txt", "unicode": ".txt"}


@dataclass(frozen=True)
class Slip:
    """One wrong line: the sheet on which it stands, its kind, what should stand there; `formula` is the edited right side."""

    file: str
    sheet: str
    kind: str
    wrong: str
    right: str

    @property
    def single(self) -> bool:
        """Whether the specification lists this kind of edit as a repair."""
        return self.kind in REPAIRED

    @property
    def text(self) -> str:
        """The sheet with the wrong line in place of the right one."""
        lines = self.sheet.splitlines()
        lines[self.line - 1] = lines[self.line - 1].replace(self.right, self.wrong)
        return "\n".join(lines) + "\n"

    @property
    def line(self) -> int:
        return next(n for n, text in enumerate(self.sheet.splitlines(), 1) if text.strip("$") == self.right)


def sheet_of(family: Family, style: str) -> str:
    """The right sheet of a family in one notation."""
    writer = Writer(style, family.layered)
    formulas = [writer.equation(n if not i else f"{n}({', '.join(i)})", f) for n, i, f in family.definitions]
    formulas += [writer.equation(left, right) for left, right, _, _ in family.claims]
    if SUFFIX[style] == ".md":
        formulas = [f"$${f}$$" for f in formulas]
    return "\n".join((*family.header, *formulas)) + "\n"


def made(family: Family, style: str) -> Iterator[tuple[str, str, str]]:
    """(kind, wrong, right) of every slip of a family that is wrong in numbers."""
    writer = Writer(style, family.layered)
    for left, right, free, slope in family.claims:
        good = writer.equation(left, right)
        seen = {good}
        indices = tuple(i for i in ("i", "j", "k") if i in free or f"S({i}," in right)
        for kind, tree in slips(right, family.layered, indices, free, family.sizes, slope):
            bad = writer.equation(left, tree)
            if bad not in seen and is_right(family, left, tree, free) is False:
                seen.add(bad)
                yield kind, bad, good


def write(folder: Path = FOLDER) -> int:
    """Write every file; the number of slips."""
    count = 0
    for family in FAMILIES:
        for style in family.styles:
            rows = ["\t".join(row) for row in made(family, style)]
            count += len(rows)
            path = folder / f"{family.name}_{style}{SUFFIX[style]}"
            path.write_text(sheet_of(family, style) + "---\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return count


def read(folder: Path = FOLDER) -> list[Slip]:
    """Every slip of the corpus."""
    found = []
    for path in sorted(folder.iterdir()):
        sheet, _, table = path.read_text(encoding="utf-8").partition("---\n")
        found += [Slip(path.stem, sheet, *row.split("\t")) for row in table.splitlines()]
    return found


if __name__ == "__main__":
    print(write(), "slips")
