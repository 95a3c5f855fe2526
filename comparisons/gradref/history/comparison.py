"""Two runs side by side: what appeared, vanished, broke, mended, got better or worse, and which versions changed between them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gradref.page.words import framework_name, join, moment, plural, share

from .snapshot import Snapshot, snapshot

__all__ = ["Change", "Comparison", "compare_runs", "write_comparison"]

NOTICEABLE = 0.05
"""A change of the share by less than this part of the allowance is not news: another seed moves it as far."""

FILE = "comparison.json"


@dataclass(frozen=True)
class Change:
    """One cell in both runs: its key, verdicts and shares, old and new (None where it has none)."""

    key: str
    old_verdict: str
    new_verdict: str
    old_share: float | None
    new_share: float | None

    @property
    def where(self) -> str:
        """'digits-relu, PyTorch eager float32'."""
        case, framework, mode, dtype = self.key.rsplit("|", 3)  # the name of a case may hold any sign
        return f"{case}, {framework_name(framework)} {mode} {dtype}"

    @property
    def step(self) -> float:
        """New share minus old."""
        return (self.new_share or 0.0) - (self.old_share or 0.0)

    def __str__(self) -> str:
        old, new = (share(float("nan") if s is None else s) for s in (self.old_share, self.new_share))
        return f"{self.where}: {self.old_verdict} {old} → {self.new_verdict} {new}"


@dataclass(frozen=True)
class Comparison:
    """`broke`, `mended`, `other` are changes of verdict; `worse` and `better` of the share alone, the largest step first."""

    old: str
    new: str
    versions: list[tuple[str, str, str]] = field(default_factory=list)
    appeared: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    broke: list[Change] = field(default_factory=list)
    mended: list[Change] = field(default_factory=list)
    other: list[Change] = field(default_factory=list)
    worse: list[Change] = field(default_factory=list)
    better: list[Change] = field(default_factory=list)
    same: int = 0
    interrupted: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The whole of it in a sentence or two."""
        parts = [
            f"{plural(len(rows), 'run')} {what}"
            for what, rows in (
                ("broke", self.broke),
                ("mended", self.mended),
                ("changed their verdict otherwise", self.other),
                ("used more of the allowance", self.worse),
                ("used less", self.better),
                ("appeared", self.appeared),
                ("vanished", self.vanished),
            )
            if rows
        ]
        changed = [f"{name} {old or 'absent'} → {new or 'absent'}" for name, old, new in self.versions]
        cut = f" Interrupted, so that runs are wanting: {join(self.interrupted)}." if self.interrupted else ""
        because = f" Between the two runs changed: {join(changed)}." if changed else " No version changed."
        return (
            (f"{join(parts)}; {self.same:,} stayed as they were." if parts else f"All {self.same:,} runs stayed as they were.")
            + because
            + cut
        )

    @property
    def sections(self) -> list[tuple[str, list[Change]]]:
        """The lists of changes under their headings, the empty ones left out."""
        headed = (
            ("Broke", self.broke),
            ("Mended", self.mended),
            ("Other verdicts", self.other),
            ("Closer to the limit", self.worse),
            ("Further from it", self.better),
        )
        return [(title, rows) for title, rows in headed if rows]

    def to_markdown(self, most: int = 20) -> str:
        """The comparison as a section of a Markdown report, at most `most` lines to a list."""
        lines = [f"## The run of {moment(self.new)} compared with that of {moment(self.old)}", "", self.sentence, ""]
        for title, rows in self.sections:
            lines += [f"### {title}", "", *(f"- {row}" for row in rows[:most])]
            lines += [f"- ... and {len(rows) - most} more"] if len(rows) > most else []
            lines += [""]
        for title, keys in (("Appeared", self.appeared), ("Vanished", self.vanished)):
            if keys:
                lines += [f"### {title}", "", *(f"- {key.replace('|', ' ')}" for key in keys[:most])]
                lines += [f"- ... and {len(keys) - most} more"] if len(keys) > most else []
                lines += [""]
        return "\n".join(lines)


def compare_runs(old: str | Path | Snapshot, new: str | Path | Snapshot) -> Comparison:
    """Compare two runs: run directories, files of reports/history or snapshots. `FileError` when one cannot be read."""
    before, after = snapshot(old), snapshot(new)
    names = [*before.versions, *(n for n in after.versions if n not in before.versions)]
    versions = [(n, before.versions.get(n, ""), after.versions.get(n, "")) for n in names]
    found = Comparison(
        before.created,
        after.created,
        [v for v in versions if v[1] != v[2]],
        [key for key in after.cells if key not in before.cells],
        [key for key in before.cells if key not in after.cells],
    )
    same = 0
    for key, (verdict, used) in after.cells.items():
        if key not in before.cells:
            continue
        change = Change(key, before.cells[key][0], verdict, before.cells[key][1], used)
        if change.old_verdict != verdict:
            (found.broke if verdict == "fail" else found.mended if change.old_verdict == "fail" else found.other).append(change)
        elif abs(change.step) >= NOTICEABLE:
            (found.worse if change.step > 0 else found.better).append(change)
        else:
            same += 1
    for rows in (found.worse, found.better, found.broke):
        rows.sort(key=lambda c: -abs(c.step))
    object.__setattr__(found, "same", same)
    found.interrupted.extend(name for name, run in (("the older run", before), ("the newer one", after)) if run.interrupted)
    return found


def write_comparison(old: str | Path | Snapshot, run_dir: str | Path) -> Comparison:
    """Compare `run_dir` with an earlier run and put the result there: comparison.json, which `write_page` shows, and comparison.md.

    An earlier run in the same directory has to be read with `snapshot` before it is overwritten.
    """
    run_dir = Path(run_dir)
    found = compare_runs(old, run_dir)
    (run_dir / FILE).write_text(json.dumps(asdict(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (run_dir / "comparison.md").write_text(found.to_markdown() + "\n", encoding="utf-8")
    return found


def read_comparison(run_dir: Path, created: str) -> Comparison | None:
    """The comparison that belongs to the run made at `created`; None when there is none, or one of another run."""
    try:
        data = json.loads((run_dir / FILE).read_text(encoding="utf-8"))
        if data["new"] != created:
            return None
        for name in ("broke", "mended", "other", "worse", "better"):
            data[name] = [Change(**row) for row in data[name]]
        return Comparison(**data)
    except (OSError, ValueError, KeyError, TypeError):
        return None
