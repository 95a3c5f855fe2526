"""The answer in one sentence: do all agree, and if not, who breaks which equation where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gradref.tallies import BLIND, tally
from gradref.verdict import EQUATIONS

from .run import KEY, Run, cause
from .words import CHECKS, framework_name, join, plural, share

__all__ = ["Culprit", "Headline", "culprits", "headline"]


@dataclass(frozen=True)
class Culprit:
    """One equation that one framework in one mode does not satisfy; `case`, ... name its first run, the rest counts."""

    framework: str
    mode: str
    equation: str
    formula: str
    cases: int
    of_cases: int
    dtypes: tuple[str, ...]
    layers: tuple[int, ...]
    share: float
    key: tuple[str, ...]

    @property
    def where(self) -> str:
        """'in 28 of 31 cases, in float64 and float32'."""
        every = "every case" if self.cases == self.of_cases > 1 else f"{self.cases} of {plural(self.of_cases, 'case')}"
        return f"in {every}, {join(self.dtypes) if len(self.dtypes) < 4 else 'every number format'}"


@dataclass(frozen=True)
class Headline:
    """`kind` is "agree", "disagree" or "empty"; `answer` a few words, `sentence` the whole of it."""

    kind: str
    answer: str
    sentence: str
    culprits: tuple[Culprit, ...] = ()


def culprits(run: Run) -> tuple[Culprit, ...]:
    """Who breaks what, the widest damage first; of one run only the earliest failing equation counts, the rest follow from it."""
    rows = run.failures
    if rows.empty:
        return ()
    roots = rows.groupby(KEY, sort=False, observed=True).head(1)
    judged = run.cells[run.cells.verdict != "skip"].groupby(["framework", "mode"], observed=True)["case"].nunique()
    found = []
    for (framework, mode, equation), group in roots.groupby(["framework", "mode", "equation"], sort=False, observed=True):
        found.append(
            Culprit(
                str(framework),
                str(mode),
                str(equation),
                EQUATIONS.get(str(equation), ""),
                group["case"].nunique(),
                int(judged.get((framework, mode), 0)),
                tuple(dict.fromkeys(group["dtype"])),
                tuple(sorted({int(l) for l in group["layer"]})),
                float(group["share"].max()),
                tuple(str(group.iloc[0][k]) for k in KEY),
            )
        )
    return tuple(sorted(found, key=lambda c: (-c.cases, cause(c.equation, 1))))


def headline(run: Run) -> Headline:
    """What a stranger must know first."""
    judged = run.cells[run.cells.verdict != "skip"]
    if judged.empty:
        return Headline("empty", "Nothing was compared", _nothing(run))
    blind = int((judged["verdict"] == BLIND).sum())
    names = list(dict.fromkeys(run.frame["framework"]))
    guilty = culprits(run)
    cases = judged["case"].nunique()
    unjudged = str(run.info.get("unjudged") or "")
    if not guilty and (unjudged or blind == len(judged)):
        told = unjudged or "every number is smaller than its allowance, so a wrong one would pass."
        return Headline("empty", "Cannot be said", told[0].upper() + told[1:])
    if not guilty:
        open_cells = int((judged["verdict"] == "undecided").sum())
        worst = judged.groupby("dtype", observed=True)["share"].max()
        used = [f"{share(worst[d])} in {d}" for d in ("float64", "float32") if d in worst and worst[d] == worst[d]]
        sentence = (
            f"{_names(judged['framework'].unique())} give the same gradients on {plural(cases, 'case')}, in "
            f"{plural(len(judged.groupby(KEY[1:], observed=True)), 'setting')} of mode and number format"
        )
        sentence += f"; of what rounding allows, {join(used)} was used at most." if used else "."
        if open_cells:
            sentence += (
                f" {plural(open_cells, 'run')} met a kink, where any one-sided derivative is right, or a number out of range."
            )
        if blind:
            sentence += f" {plural(blind, 'run')} saw nothing of the gradients: every number is smaller than its allowance."
        return Headline("agree", "All agree so far" if run.info.get("interrupted") else "All agree", sentence)
    bad = list(dict.fromkeys(c.framework for c in guilty))
    good = [n for n in names if n not in bad and n in set(judged["framework"])]
    first = guilty[0]
    what = CHECKS.get(first.equation, "a check")
    sentence = f"{framework_name(first.framework)} {first.mode} gets {what} wrong (equation {first.equation}) {first.where}"
    if len(guilty) > 1:
        sentence += f", and there {'is' if len(guilty) == 2 else 'are'} {plural(len(guilty) - 1, 'more disagreement')}"
    sentence += "."
    if good:
        sentence += f" {_names(good)} {'agrees' if len(good) == 1 else 'agree'} everywhere."
    return Headline("disagree", f"{_names(bad)} {'disagrees' if len(bad) == 1 else 'disagree'}", sentence, guilty)


def _names(names: Iterable[str]) -> str:
    return join([framework_name(name) for name in names])


def _nothing(run: Run) -> str:
    reasons = run.frame.loc[run.frame.verdict == "skip", "message"].value_counts()
    return f"Every run was skipped: {reasons.index[0]}" if len(reasons) else "The run holds no rows."


def facts(run: Run) -> list[tuple[str, str, str]]:
    """(number, what it counts, what it means) for the line below the sentence."""
    count, counted = run.frame["verdict"].value_counts(), tally(run.frame)
    return [
        (
            f"{tally(run.frame[run.frame['verdict'] == 'pass']).seeing_checks:,}",
            "checks passed",
            "one equation of one layer of one run, every entry within its allowance and at least one of them larger than that",
        ),
        (f"{int(count.get('fail', 0)):,}", "failed", "at least one entry is further off than any rounding can explain"),
        (
            f"{int(count.get('undecided', 0)):,}",
            "undecided",
            "at a kink, accepted between the one-sided derivatives, or out of the range of the format",
        ),
        (f"{int(count.get('skip', 0)):,}", "skipped", "not run, each with its reason below"),
        (f"{counted.blind_checks:,}", "checks blind", "every entry is smaller than its allowance: a wrong one would pass"),
        (f"{counted.seen_numbers:,}", "numbers compared", "entries of all tensors together that are not blind"),
        (f"{counted.blind_numbers:,}", "numbers blind", "entries smaller than their allowance, where the check cannot see"),
    ]
