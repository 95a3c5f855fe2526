"""report.md: what was compared, the matrix, every disagreement with its explanation, and how to run it again."""

from __future__ import annotations

import re
from typing import Any

from gradref.page.words import number, percent, plural, share
from gradref.tallies import LOCAL, OVERFLOW, judged, tallies, tally
from gradref.verdict import EQUATIONS, FAIL, SKIP, UNDECIDED

_MATRIX_NOTE = (
    f"Each cell is the worst equation of that run: residual / derived bound, over {', '.join(LOCAL)}. Above 100 % no rounding explains "
    "it. REF, ENC and GOLD judge whole gradients and EXACT their bits: they count as checks, but have no share that compares. "
    "∨ = entries at a kink or out of range; blind = every gradient is smaller than its allowance; – = skipped, with its reason below."
)

Frame = Any  # a pandas DataFrame: its columns are attributes no type checker knows

__all__ = ["answer", "first_causes", "matrix", "render"]

SHOWN = 10
"""Disagreements that are written out; the rest are counted and stand in results.csv."""


def answer(record: dict) -> str:
    """The one sentence the report begins with, and a second one on what the checks could not see."""
    t = record["totals"]
    if not t["runs"]:
        return "Nothing was compared: no run was possible."
    kinks = ""
    if t["undecided"] > t["overflow"]:
        met = plural(t["undecided"] - t["overflow"], "check")
        kinks = f"; {met} met a kink, where any value between the one-sided derivatives is right"
    if t["overflow"]:
        kinks += f"; {plural(t['overflow'], 'check')} met a number that leaves the range of its dtype, where nothing can be said"
    runs = f"in {plural(t['runs'] - t['blind_runs'] or t['runs'], 'run')} of {plural(t['cases'], 'network')}"
    scope = f"{plural(t['rows'] - t['blind_rows'], 'check')} of {plural(t['entries'] - t['blind_entries'], 'number')} {runs}"
    if t["fail"]:
        found = f"{plural(t['fail'], 'check')} {'disagrees' if t['fail'] == 1 else 'disagree'}, of {scope}{kinks}."
    elif record["unjudged"]:
        found = record["unjudged"][0].upper() + record["unjudged"][1:] + f" What ran: {scope}{kinks}."
    else:
        found = f"{'All gradients agree' if not record['interrupted'] else 'No gradient disagrees so far'}: {scope}{kinks}."
    cut = f"Interrupted after {record['finished']} of {record['planned']} runs. " if record["interrupted"] else ""
    return cut + found + blind_sentence(t["blind_rows"], t["blind_entries"], t["blind_runs"])


def blind_sentence(checks: int, numbers: int, runs: int) -> str:
    """What the checks could not see, with a space before it; "" when they saw everything."""
    if not numbers:
        return ""
    more = f"{plural(checks, 'more check')} saw nothing and are" if checks != 1 else "1 more check saw nothing and is"
    which = f"{more} not counted, nor are" if checks else "Not counted are"
    return (
        f" {which} {plural(numbers, 'number')} smaller than their allowance: there the checks are blind, and a wrong value of that "
        "size would pass."
    ) + (f" {plural(runs, 'run')} saw nothing of any gradient." if runs else "")


def matrix(frame: Frame) -> Frame:
    """Framework, mode and dtype against cases: the worst share of the allowance, FAIL, blind, a kink or a dash for skipped."""
    rows = frame[frame.case != "*"].copy()
    rows["column"] = rows.framework + " " + rows["mode"] + " " + rows.dtype

    def cell(group: Frame) -> str:
        if (group.verdict == FAIL).any():
            return "**FAIL**"
        if (group.verdict == SKIP).all():
            return "–"
        counted = tally(group)
        if not counted.sees:
            return "blind"
        used = share(counted.used) if counted.used > 0 else "0"
        return used + (" ∨" if (group.verdict == UNDECIDED).any() else "")

    cells = {key: cell(group) for key, group in rows.groupby(["case", "column"], sort=False)}
    import pandas as pd

    table = pd.Series(cells).unstack(fill_value="")
    return table.loc[list(dict.fromkeys(rows.case)), list(dict.fromkeys(rows.column))]


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a Markdown table; the cells are Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]


def plain(text: object) -> str:
    """Text that Markdown shows as it is, in a table too: on one line, with what Markdown would read as a sign escaped.

    >>> print(plain("x|y <b> *z* _u_ but leaky_relu"))
    x\\|y \\<b> \\*z\\* \\_u\\_ but leaky_relu
    """
    return _SIGNS.sub(r"\\\g<0>", " ".join(str(text).split()))


_SIGNS = re.compile(r"[\\|*`<&]|(?<!\w)_|_(?!\w)|\](?=\()")  # an underscore inside a word is no sign


def code(text: str) -> str:
    """Text as a code span, whatever quotes it holds."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{' '.join(text.split())}{fence}"


def render(frame: Frame, record: dict) -> str:
    """The whole report as Markdown."""
    lines = ["# Gradient agreement", "", f"**{answer(record)}**", ""]
    lines += [f"Made {record['created']} by {code(record['command'])}, seed {record['seed']}, revision {record['git'] or 'unknown'}, "
              f"in {record['seconds']:.0f} s."]  # fmt: skip
    lines += ["", *_disagreements(frame), *_matrices(frame), *_summary(frame), *_rulings(record), *_conventions(frame)]
    lines += [
        "## Cases",
        "",
        *table(["case", "network", "cost", "batch", "why", "held-out accuracy"], list(map(_case, record["cases"]))),
    ]
    if record["skips"]:
        lines += ["", "## Skipped", ""]
        lines += [f"- {plain(s['framework'])} {plain(s['mode'])} ({s['runs']}): {plain(s['reason'])}" for s in record["skips"]]
    findings = [[plain(f["name"]), plain(f["value"]), plain(f["meaning"])] for f in record["environment"]]
    lines += ["", "## Environment", "", *table(["what", "value", "what it means for agreement"], findings)]
    lines += ["", "How to read this report: `reports/README.md`.", ""]
    return "\n".join(lines)


def _case(c: dict) -> list[str]:
    held = f"{100 * c['held_out']:.1f} %" if c["held_out"] is not None else ""
    penalty = f" + L2 {c['l2']:g}" if c["l2"] else ""
    network = "-".join(map(str, c["sizes"])) + " " + ", ".join(dict.fromkeys(c["activations"]))
    return [*map(plain, (c["name"], network, c["cost"] + penalty, c["batch"], c["why"])), held]


def first_causes(frame: Frame) -> Frame:
    """The first failing row of each run that disagrees, in the order of cause: forward pass, then BP1, BP2 from the last layer."""
    bad = frame[frame.verdict == FAIL]
    backward = {name: i for i, name in enumerate(EQUATIONS) if name not in ("RUN", "LIN", "ACT")}
    # the forward pass runs from layer 1 up (LIN 1, ACT 1, LIN 2, ...), the errors from the last layer down
    stage = bad.equation.map(backward).fillna(0.0).where(bad.equation != "RUN", -1.0)
    place = bad.layer.where(stage <= 0, -bad.layer)
    bad = bad.assign(stage=stage, place=place, act=bad.equation == "ACT").sort_values(["stage", "place", "act"], kind="stable")
    return bad.groupby(["case", "framework", "mode", "dtype"], sort=False).head(1)


def _disagreements(frame: Frame) -> list[str]:
    first = first_causes(frame)
    if not len(first):
        return []
    lines = [f"## Disagreements: {(frame.verdict == FAIL).sum()} rows in {len(first)} runs", ""]
    for row in first.head(SHOWN).itertuples():
        lines += [
            f"### {plain(row.framework)} {plain(row.mode)} {row.dtype} · {plain(row.case)}", "",
            f"First cause: **{row.equation}**, layer {row.layer} (`{EQUATIONS.get(row.equation, '')}`). {plain(row.message)}", "",
            f"Run it again: {code(row.rerun)}", "",
        ]  # fmt: skip
    if len(first) > SHOWN:
        lines += [f"... and {len(first) - SHOWN} more runs; all rows are in results.csv.", ""]
    return lines


def _matrices(frame: Frame) -> list[str]:
    lines = ["## Largest share of the allowance used", "", _MATRIX_NOTE, ""]
    ran = frame[(frame.case != "*")]
    for dtype in dict.fromkeys(ran.dtype):
        cells = matrix(ran[ran.dtype == dtype])
        header = ["case", *(plain(column.removesuffix(f" {dtype}")) for column in cells.columns)]
        rows = [[plain(name), *row] for name, row in zip(cells.index, cells.to_numpy().tolist(), strict=True)]
        lines += [f"### {dtype}", "", *table(header, rows), ""]
    return lines


def _summary(frame: Frame) -> list[str]:
    ran = frame[frame.equation != "RUN"]
    setting = ["framework", "mode", "dtype"]
    ulps = judged(ran).groupby(setting, sort=False).max_ulp.median()
    rows = [
        [*map(plain, key), f"{t.checks:,}", f"{t.fail:,}", f"{t.kinks:,}", f"{t.blind_checks:,}",
         percent(t.blind_numbers / max(t.numbers, 1)), share(t.used), number(ulps[key])]
        for key, t in tallies(ran, setting)
    ]  # fmt: skip
    if not rows:
        return []
    header = [*setting, "checks", "fail", "entries at a kink", "blind checks", "blind numbers", "worst share", "median ulp"]
    note = (
        "Blind: smaller than the allowance, so a wrong value of that size would pass. A blind check saw not one of its entries."
    )
    return ["## By framework", "", note, "", *table(header, rows), ""]


def _rulings(record: dict) -> list[str]:
    if not record["rulings"]:
        return []
    lines = ["## Who is right", "", "Where runs differ by more than rounding, the exact enclosure decides.", ""]
    lines += [f"- {plain(r['case'])}, {r['dtype']}, {r['parameter']}: {plain(r['sentence'])}" for r in record["rulings"][:SHOWN]]
    if len(record["rulings"]) > SHOWN:
        lines.append(f"- ... and {len(record['rulings']) - SHOWN} more, in run.json.")
    return [*lines, ""]


def _conventions(frame: Frame) -> list[str]:
    undecided = frame[frame.verdict == UNDECIDED]
    overflow = undecided.rule == OVERFLOW
    return [
        *_undecided("At a kink", "Entries accepted between the one-sided derivatives; which one a framework takes is a convention.",
                    undecided[~overflow]),
        *_undecided("Out of range", "Entries of which nothing can be said, because a number overflows the dtype.", undecided[overflow]),
    ]  # fmt: skip


def _undecided(title: str, note: str, rows: Frame) -> list[str]:
    if not len(rows):
        return []
    lines = [f"## {title}", "", note, ""]
    groups = list(rows.groupby(["case", "framework"], sort=False))
    for (case, framework), group in groups[:SHOWN]:
        counted = f"{int(group.undecided.sum())} entries in {len(group)} checks"
        lines.append(f"- {plain(framework)} · {plain(case)}: {counted}. {plain(group.message.iloc[0])}")
    if len(groups) > SHOWN:
        lines.append(f"- ... and {len(groups) - SHOWN} more; all rows are in results.csv.")
    return [*lines, ""]
