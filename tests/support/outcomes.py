"""What every run of the standard suite is declared to give, and how to write that down anew.

`python tests/support/outcomes.py` runs the suite and rewrites tests/comparisons/suite_outcomes.toml: review the difference. The table
says what is not a pass; every other run of the settings it lists passes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from gradref.suite import SuiteCase, standard_suite
from gradref.suite.plan import plan
from gradref.suite.run import run_suite
from gradref.verdict import FAIL, PASS, SKIP, UNDECIDED, RunId, Verdict

__all__ = ["FILE", "Outcome", "declared", "outcomes", "write"]

FILE = Path(__file__).parents[1] / "comparisons" / "suite_outcomes.toml"

HEAD = """\
# What every run of the standard suite (seed 0) gives: it is an error in CI when a run gives anything else, better or worse.
# A run that is not listed passes; all_but stands for every case of the suite but those it lists.
# kink: a pre-activation at a kink, where every value between the one-sided derivatives is right; convention: the same, and σ' there is
# not the left derivative; overflow: a number leaves the range of the dtype; skip: not run, and why.
# Written by python tests/support/outcomes.py; see there.
"""


class Outcome(NamedTuple):
    """What a run gives: "pass", "kink", "convention", "overflow", "blind", "fail" or "skip" with its reason."""

    kind: str
    why: str = ""


def outcomes(verdicts: Iterable[Verdict]) -> dict[RunId, Outcome]:
    """The outcome of each run by the rows it has."""
    return {run: _outcome(list(rows)) for run, rows in groupby(verdicts, key=lambda v: v.run) if run.case != "*"}


def _outcome(rows: list[Verdict]) -> Outcome:
    judged = [v for v in rows if v.verdict != SKIP]
    undecided = [v for v in judged if v.verdict == UNDECIDED]
    if not judged:
        return Outcome("skip", rows[0].message)
    if any(v.verdict == FAIL for v in judged):
        return Outcome("fail")
    if not any(v.sees for v in judged):
        return Outcome("blind")
    if any(v.rule == "overflow" for v in undecided):
        return Outcome("overflow")
    if any(v.equation == "EXACT" for v in undecided):
        return Outcome("convention")
    return Outcome("kink" if undecided else PASS)


def declared(suite: list[SuiteCase]) -> dict[RunId, Outcome]:
    """The declared outcome of every run of a suite; `KeyError` for a rule about a case or a setting that there is not."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    settings = [tuple(setting) for setting in table["settings"]]
    found = {
        RunId(c.name, framework, mode, dtype): Outcome(PASS) for c in suite for dtype in c.dtypes for framework, mode in settings
    }
    names = {c.name: c.dtypes for c in suite}
    for rule in table["expected"]:
        every = "cases" not in rule
        chosen = [name for name in names if name not in rule.get("all_but", ())] if every else rule["cases"]
        for framework, mode, *dtypes in rule["runs"]:
            for run in (RunId(case, framework, mode, dtype) for case in chosen for dtype in dtypes):
                if every and run.dtype not in names[run.case]:
                    continue
                if run not in found:
                    raise KeyError(f"{FILE.name}: {run} is declared, and the suite has no such run")
                found[run] = Outcome(rule["outcome"], rule.get("why", ""))
    return found


def write(found: dict[RunId, Outcome], suite: list[SuiteCase]) -> str:
    """The table as TOML: runs with the same outcome in the same cases are one rule."""
    settings = dict.fromkeys((run.framework, run.mode) for run in found)
    every = {dtype: [c.name for c in suite if dtype in c.dtypes] for dtype in {run.dtype for run in found}}
    cases: dict[tuple, list[str]] = {}
    for run, outcome in found.items():
        if outcome.kind != PASS:
            cases.setdefault((outcome, run.framework, run.mode, run.dtype), []).append(run.case)
    rules: dict[tuple, dict[tuple, list[str]]] = {}
    for (outcome, framework, mode, dtype), own in cases.items():
        others = [name for name in every[dtype] if name not in own]
        names = ("all_but", *others) if len(others) < len(own) else ("cases", *own)
        rules.setdefault((outcome, names), {}).setdefault((framework, mode), []).append(dtype)
    text = [HEAD, "settings = ["]
    text += [f'  ["{framework}", "{mode}"],' for framework, mode in settings]
    text.append("]")
    for (outcome, (which, *names)), runs in sorted(rules.items()):
        text += ["", "[[expected]]", f'outcome = "{outcome.kind}"']
        text += [f"why = {_quoted(outcome.why)}"] if outcome.why else []
        text += [f"{which} = [{', '.join(map(_quoted, names))}]"]
        text += ["runs = [", *(f"  [{', '.join(map(_quoted, (*setting, *dtypes)))}]," for setting, dtypes in runs.items()), "]"]
    return "\n".join(text) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


if __name__ == "__main__":
    SUITE = standard_suite(seed=0)
    run = run_suite(plan(SUITE), on_start=lambda case: print(case.label, flush=True))
    FILE.write_text(write(outcomes(run.verdicts), SUITE), encoding="utf-8")
