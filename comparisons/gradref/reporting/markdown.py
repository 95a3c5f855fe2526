"""report.md: what was compared, the matrix, every disagreement with its explanation, and how to run it again."""

from __future__ import annotations

from typing import Any

from gradref.verdict import EQUATIONS, FAIL, SKIP, UNDECIDED

Frame = Any  # a pandas DataFrame: its columns are attributes no type checker knows

__all__ = ["answer", "first_causes", "matrix", "render"]

SHOWN = 10
"""Disagreements that are written out; the rest are counted and stand in results.csv."""


def answer(record: dict) -> str:
    """The one sentence the report begins with."""
    t = record["totals"]
    parts = (_count(t["rows"], "check"), _count(t["entries"], "number"), _count(t["runs"], "run"), _count(t["cases"], "network"))
    scope = "{} of {} in {} of {}".format(*parts)
    if not t["runs"]:
        return "Nothing was compared: no run was possible."
    kinks = (
        f"; {_count(t['undecided'], 'check')} met a kink, where any value between the one-sided derivatives is right"
        if t["undecided"]
        else ""
    )
    cut = " The run was interrupted: this is what was finished." if record["interrupted"] else ""
    if t["fail"]:
        return f"{_count(t['fail'], 'check')} {'disagrees' if t['fail'] == 1 else 'disagree'}, of {scope}{kinks}.{cut}"
    return f"All gradients agree: {scope}{kinks}.{cut}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def matrix(frame: Frame) -> Frame:
    """Framework, mode and dtype against cases: the worst share of the allowance in percent, FAIL, kink or a dash for skipped."""
    rows = frame[frame.case != "*"].copy()
    rows["column"] = rows.framework + " " + rows["mode"] + " " + rows.dtype
    local = rows[~rows.equation.isin(["REF", "ENC", "GOLD"])]

    def cell(group: Frame) -> str:
        if (group.verdict == FAIL).any():
            return "**FAIL**"
        if (group.verdict == SKIP).all():
            return "–"
        share = local.loc[local.index.intersection(group.index)].share.max()
        return ("0" if not share > 0 else f"{100 * share:.0f} %") + (" ∨" if (group.verdict == UNDECIDED).any() else "")

    cells = {key: cell(group) for key, group in rows.groupby(["case", "column"], sort=False)}
    import pandas as pd

    table = pd.Series(cells).unstack(fill_value="")
    return table.loc[list(dict.fromkeys(rows.case)), list(dict.fromkeys(rows.column))]


def _table(frame: Frame, index: str) -> list[str]:
    header = [index, *map(str, frame.columns)]
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + [
        "| " + " | ".join([str(name), *map(str, row)]) + " |" for name, row in zip(frame.index, frame.values, strict=True)
    ]


def render(frame: Frame, record: dict) -> str:
    """The whole report as Markdown."""
    lines = ["# Gradient agreement", "", f"**{answer(record)}**", ""]
    lines += [f"Made {record['created']} by `{record['command']}`, seed {record['seed']}, revision {record['git'] or 'unknown'}, "
              f"in {record['seconds']:.0f} s."]  # fmt: skip
    lines += ["", *_disagreements(frame), *_matrices(frame), *_summary(frame), *_rulings(record), *_conventions(frame)]
    lines += ["## Cases", "", "| case | network | cost | batch | why | held-out accuracy |", "|---|---|---|---|---|---|"]
    for c in record["cases"]:
        held = f"{100 * c['held_out']:.1f} %" if c["held_out"] is not None else ""
        penalty = f" + L2 {c['l2']:g}" if c["l2"] else ""
        network = "-".join(map(str, c["sizes"])) + " " + ", ".join(dict.fromkeys(c["activations"]))
        lines.append(f"| {c['name']} | {network} | {c['cost']}{penalty} | {c['batch']} | {c['why']} | {held} |")
    if record["skips"]:
        lines += ["", "## Skipped", ""]
        lines += [f"- {s['framework']} {s['mode']} ({s['runs']}): {s['reason']}" for s in record["skips"]]
    lines += ["", "## Environment", "", "| what | value | what it means for agreement |", "|---|---|---|"]
    lines += [f"| {f['name']} | {f['value']} | {f['meaning']} |" for f in record["environment"]]
    lines += ["", "How to read this report: `reports/README.md`.", ""]
    return "\n".join(lines)


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
            f"### {row.framework} {row.mode} {row.dtype} · {row.case}", "",
            f"First cause: **{row.equation}**, layer {row.layer} (`{EQUATIONS.get(row.equation, '')}`). {row.message}", "",
            f"Run it again: `{row.rerun}`", "",
        ]  # fmt: skip
    if len(first) > SHOWN:
        lines += [f"... and {len(first) - SHOWN} more runs; all rows are in results.csv.", ""]
    return lines


def _matrices(frame: Frame) -> list[str]:
    lines = ["## Largest share of the allowance used", "",
             "Each cell is the worst equation of that run: residual / derived bound. Above 100 % no rounding explains it. "
             "∨ = entries at a kink; – = skipped, with its reason below.", ""]  # fmt: skip
    ran = frame[(frame.case != "*")]
    for dtype in dict.fromkeys(ran.dtype):
        table = matrix(ran[ran.dtype == dtype])
        table.columns = [c.removesuffix(f" {dtype}") for c in table.columns]
        lines += [f"### {dtype}", "", *_table(table, "case"), ""]
    return lines


def _summary(frame: Frame) -> list[str]:
    ran = frame[~frame.verdict.isin([SKIP]) & ~frame.equation.isin(["RUN"])]
    if not len(ran):
        return []
    grouped = ran.groupby(["framework", "mode", "dtype"], sort=False)
    table = grouped.agg(
        checks=("verdict", "size"), fail=("verdict", lambda v: int((v == FAIL).sum())),
        kinks=("undecided", "sum"), ulp=("max_ulp", "median"), blind=("blind", "mean"),
    )  # fmt: skip
    local = ran[~ran.equation.isin(["REF", "ENC", "GOLD", "EXACT"])]
    table["share"] = local.groupby(["framework", "mode", "dtype"], sort=False).share.max()
    lines = ["## By framework", "", "| framework | mode | dtype | checks | fail | entries at a kink | worst share | median ulp | blind |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for (framework, mode, dtype), r in table.iterrows():  # type: ignore[misc]
        lines.append(
            f"| {framework} | {mode} | {dtype} | {r.checks} | {r.fail} | {r.kinks:.0f} | {100 * r.share:.0f} % | {r.ulp:.3g} | "
            f"{100 * r.blind:.1f} % |"
        )
    return [*lines, ""]


def _rulings(record: dict) -> list[str]:
    if not record["rulings"]:
        return []
    lines = ["## Who is right", "", "Where runs differ by more than rounding, the exact enclosure decides.", ""]
    lines += [f"- {r['case']}, {r['dtype']}, {r['parameter']}: {r['sentence']}" for r in record["rulings"][:SHOWN]]
    if len(record["rulings"]) > SHOWN:
        lines.append(f"- ... and {len(record['rulings']) - SHOWN} more, in run.json.")
    return [*lines, ""]


def _conventions(frame: Frame) -> list[str]:
    kinks = frame[frame.verdict == UNDECIDED]
    if not len(kinks):
        return []
    lines = [
        "## At a kink",
        "",
        "Entries accepted between the one-sided derivatives; which one a framework takes is a convention.",
        "",
    ]
    for (case, framework), rows in list(kinks.groupby(["case", "framework"], sort=False))[:SHOWN]:
        lines.append(f"- {framework} · {case}: {int(rows.undecided.sum())} entries in {len(rows)} checks. {rows.message.iloc[0]}")
    return [*lines, ""]
