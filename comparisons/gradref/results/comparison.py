"""Two runs of the suite side by side: what appeared, vanished, broke, mended, got better or worse, and which versions changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from gradref.verdict import FAIL, RunId

from .history import Snapshot
from .words import framework_name, join, moment, plural, share

__all__ = ["Change", "Comparison", "compare_runs", "place"]

NOTICEABLE = 0.05
"""A change of the share by less than this part of the allowance is not news: another seed moves it as far."""


def place(run: RunId) -> str:
    """'digits-relu, PyTorch eager float32'."""
    return f"{run.case}, {framework_name(run.framework)} {run.mode} {run.dtype}"


@dataclass(frozen=True)
class Change:
    """One run of both: its verdicts and shares, old and new (None where it has none)."""

    run: RunId
    old_verdict: str
    new_verdict: str
    old_share: float | None
    new_share: float | None

    @property
    def step(self) -> float:
        """New share minus old."""
        return (self.new_share or 0.0) - (self.old_share or 0.0)

    def __str__(self) -> str:
        old, new = (share(float("nan") if s is None else s) for s in (self.old_share, self.new_share))
        return f"{place(self.run)}: {self.old_verdict} {old} → {self.new_verdict} {new}"


@dataclass(frozen=True)
class Comparison:
    """`broke`, `mended`, `other` are changes of verdict; `worse` and `better` of the share alone, the largest step first."""

    old: str
    new: str
    versions: list[tuple[str, str, str]] = field(default_factory=list)
    appeared: list[RunId] = field(default_factory=list)
    vanished: list[RunId] = field(default_factory=list)
    broke: list[Change] = field(default_factory=list)
    mended: list[Change] = field(default_factory=list)
    other: list[Change] = field(default_factory=list)
    worse: list[Change] = field(default_factory=list)
    better: list[Change] = field(default_factory=list)
    same: int = 0
    interrupted: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """What comparison.json holds."""
        told = asdict(self)
        for name in ("broke", "mended", "other", "worse", "better"):
            told[name] = [{**change.run._asdict(), **asdict(change), "run": None} for change in getattr(self, name)]
            for change in told[name]:
                del change["run"]
        return told | {name: [run._asdict() for run in getattr(self, name)] for name in ("appeared", "vanished")}

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
        for title, runs in (("Appeared", self.appeared), ("Vanished", self.vanished)):
            if runs:
                lines += [f"### {title}", "", *(f"- {place(run)}" for run in runs[:most])]
                lines += [f"- ... and {len(runs) - most} more"] if len(runs) > most else []
                lines += [""]
        return "\n".join(lines)


def compare_runs(before: Snapshot, after: Snapshot) -> Comparison:
    """Compare two runs of the suite."""
    names = [*before.versions, *(n for n in after.versions if n not in before.versions)]
    versions = [(n, before.versions.get(n, ""), after.versions.get(n, "")) for n in names]
    broke, mended, other, worse, better, same = [], [], [], [], [], 0
    for run, now in after.cells.items():
        if run not in before.cells:
            continue
        then = before.cells[run]
        change = Change(run, then.verdict, now.verdict, then.share, now.share)
        if then.verdict != now.verdict:
            (broke if now.verdict == FAIL else mended if then.verdict == FAIL else other).append(change)
        elif abs(change.step) >= NOTICEABLE:
            (worse if change.step > 0 else better).append(change)
        else:
            same += 1
    for changes in (worse, better, broke):
        changes.sort(key=lambda c: -abs(c.step))
    return Comparison(
        before.created,
        after.created,
        [v for v in versions if v[1] != v[2]],
        [run for run in after.cells if run not in before.cells],
        [run for run in before.cells if run not in after.cells],
        broke,
        mended,
        other,
        worse,
        better,
        same,
        [name for name, run in (("the older run", before), ("the newer one", after)) if run.interrupted],
    )
