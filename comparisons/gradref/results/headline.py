"""The answer in a sentence: do all agree, and if not, who breaks which equation where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gradref.verdict import EQUATIONS, RunId

from .record import KEY, SETTING, Record, cause
from .tally import BLIND, tally
from .words import CHECKS, framework_name, join, plural, share

__all__ = ["Culprit", "Headline", "answer", "culprits", "facts", "headline"]


@dataclass(frozen=True)
class Culprit:
    """One equation that one framework in one mode does not satisfy; `run` is the first of them, the rest counts."""

    framework: str
    mode: str
    equation: str
    formula: str
    cases: int
    of_cases: int
    dtypes: tuple[str, ...]
    layers: tuple[int, ...]
    share: float
    run: RunId

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


def culprits(record: Record) -> tuple[Culprit, ...]:
    """Who breaks what, the widest damage first; of one run only the earliest failing equation counts, the rest follow from it."""
    roots = record.first_causes
    if roots.empty:
        return ()
    judged = record.runs.groupby(["framework", "mode"], observed=True)["case"].nunique()
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
                RunId(*(str(group.iloc[0][k]) for k in KEY)),
            )
        )
    return tuple(sorted(found, key=lambda c: (-c.cases, cause(c.equation, 1))))


def headline(record: Record) -> Headline:
    """What a stranger must know first."""
    judged = record.runs
    if judged.empty:
        return Headline("empty", "Nothing was compared", _nothing(record))
    blind = int((judged["verdict"] == BLIND).sum())
    names = list(dict.fromkeys(record.frame["framework"]))
    guilty = culprits(record)
    cases = judged["case"].nunique()
    unjudged = record.made.unjudged
    if not guilty and (unjudged or blind == len(judged)):
        told = unjudged or "every number is smaller than its allowance, so a wrong one would pass."
        return Headline("empty", "Cannot be said", told[0].upper() + told[1:])
    return _agree(record, cases, blind) if not guilty else _disagree(guilty, names, set(judged["framework"]))


def _agree(record: Record, cases: int, blind: int) -> Headline:
    judged = record.runs
    open_cells = int((judged["verdict"] == "undecided").sum())
    worst = judged.groupby("dtype", observed=True)["share"].max()
    used = [f"{share(worst[d])} in {d}" for d in ("float64", "float32") if d in worst and worst[d] == worst[d]]
    sentence = (
        f"{_names(judged['framework'].unique())} give the same gradients on {plural(cases, 'case')}, in "
        f"{plural(len(judged.groupby(SETTING, observed=True)), 'setting')} of mode and number format"
    )
    sentence += f"; of what rounding allows, {join(used)} was used at most." if used else "."
    if open_cells:
        sentence += f" {plural(open_cells, 'run')} met a kink, where any one-sided derivative is right, or a number out of range."
    if blind:
        sentence += f" {plural(blind, 'run')} saw nothing of the gradients: every number is smaller than its allowance."
    return Headline("agree", "All agree so far" if record.made.interrupted else "All agree", sentence)


def _disagree(guilty: tuple[Culprit, ...], names: list[str], ran: set[str]) -> Headline:
    bad = list(dict.fromkeys(c.framework for c in guilty))
    good = [n for n in names if n not in bad and n in ran]
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


def _nothing(record: Record) -> str:
    reasons = record.frame.loc[record.frame.verdict == "skip", "message"].value_counts()
    return f"Every run was skipped: {reasons.index[0]}" if len(reasons) else "The run holds no rows."


def facts(record: Record) -> list[tuple[str, str, str]]:
    """(number, what it counts, what it means) for the line below the sentence."""
    count, counted = record.frame["verdict"].value_counts(), tally(record.frame)
    return [
        (
            f"{tally(record.frame[record.frame['verdict'] == 'pass']).seeing_checks:,}",
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


def answer(record: Record) -> str:
    """The one sentence the report begins with, and a second one on what the checks could not see."""
    t, made = record.totals, record.made
    if not t.runs:
        return "Nothing was compared: no run was possible."
    kinks = ""
    if t.undecided > t.overflow:
        met = plural(t.undecided - t.overflow, "check")
        kinks = f"; {met} met a kink, where any value between the one-sided derivatives is right"
    if t.overflow:
        kinks += f"; {plural(t.overflow, 'check')} met a number that leaves the range of its dtype, where nothing can be said"
    runs = f"in {plural(t.runs - t.blind_runs or t.runs, 'run')} of {plural(t.cases, 'network')}"
    scope = f"{plural(t.rows - t.blind_rows, 'check')} of {plural(t.entries - t.blind_entries, 'number')} {runs}"
    if t.failed:
        found = f"{plural(t.failed, 'check')} {'disagrees' if t.failed == 1 else 'disagree'}, of {scope}{kinks}."
    elif made.unjudged:
        found = made.unjudged[0].upper() + made.unjudged[1:] + f" What ran: {scope}{kinks}."
    else:
        found = f"{'All gradients agree' if not made.interrupted else 'No gradient disagrees so far'}: {scope}{kinks}."
    cut = f"Interrupted after {made.finished} of {made.planned} runs. " if made.interrupted else ""
    return cut + found + _blind_sentence(t.blind_rows, t.blind_entries, t.blind_runs)


def _blind_sentence(checks: int, numbers: int, runs: int) -> str:
    """What the checks could not see, with a space before it; "" when they saw everything."""
    if not numbers:
        return ""
    more = f"{plural(checks, 'more check')} saw nothing and are" if checks != 1 else "1 more check saw nothing and is"
    which = f"{more} not counted, nor are" if checks else "Not counted are"
    return (
        f" {which} {plural(numbers, 'number')} smaller than their allowance: there the checks are blind, and a wrong value of that "
        "size would pass."
    ) + (f" {plural(runs, 'run')} saw nothing of any gradient." if runs else "")
