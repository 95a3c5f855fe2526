"""The matrix: settings (framework × mode × dtype) across, cases down; each cell one run of one case."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import isnan
from typing import Any

from gradref.results.record import KEY, SETTING, CaseFacts, Record
from gradref.results.words import SHORT, framework_name, number, percent, seconds, share
from gradref.verdict import SKIP, RunId

__all__ = ["STEPS", "Cell", "Matrix", "matrix"]

STEPS = (0.05, 0.1, 0.2, 0.4, 0.6, 1.0)
"""Upper ends of the colour steps for a share of the allowance; six shades can still be told apart."""


@dataclass(frozen=True)
class Cell:
    """What one cell shows: its text, its colour class and the sentence for hover and screen readers."""

    run: RunId
    verdict: str
    text: str
    step: int
    label: str
    column: int
    share: float


@dataclass(frozen=True)
class Matrix:
    """Columns as settings, their two head rows as (text, span, last of its group) and rows as (case, what it is, cells, worst)."""

    columns: list[dict[str, str]]
    frameworks: list[tuple[str, str, int]]
    modes: list[tuple[str, int, bool]]
    rows: list[dict]


def matrix(record: Record) -> Matrix:
    """The matrix of a record; cases in the order in which they were run, the page sorts. A setting that ran on no case has no column."""
    cells, ran = record.cells, record.runs[SETTING].drop_duplicates()
    cells = cells.merge(ran, on=SETTING) if len(ran) else cells
    order = list(dict.fromkeys(cells["framework"]))
    settings = sorted(
        {tuple(row) for row in cells[SETTING].itertuples(index=False)},
        key=lambda s: (order.index(s[0]), list(dict.fromkeys(cells["mode"])).index(s[1]), _rank(s[2]), s[3]),
    )
    place = {setting: i for i, setting in enumerate(settings)}
    skipped = record.frame[record.frame["verdict"] == SKIP].drop_duplicates(KEY)
    reasons = {RunId(*key): reason for *key, reason in skipped[[*KEY, "message"]].itertuples(index=False)}
    rows: dict[str, dict[str, Any]] = {}
    for row in cells.itertuples(index=False):
        setting = (row.framework, row.mode, row.dtype, row.device)
        reason = reasons.get(RunId(row.case, *setting), "") if row.verdict == SKIP else ""
        line = rows.setdefault(str(row.case), {"case": str(row.case), "cells": [None] * len(settings), "worst": 0.0, "fails": 0})
        line["cells"][place[setting]] = _cell(row, place[setting], reason)
        line["worst"] = max(line["worst"], 0.0 if isnan(row.share) else row.share)
        line["fails"] += row.verdict == "fail"
    about = {case.name: _about(case) for case in record.made.cases}
    for line in rows.values():
        line["about"] = about.get(line["case"], "")
        line["seconds"] = float(cells.loc[cells["case"] == line["case"], "seconds"].sum())
    columns = [
        {"framework": f, "mode": m, "dtype": d, "device": v, "short": f"{SHORT.get(d, d)}{'' if v == 'cpu' else ' ' + v}"}
        for f, m, d, v in settings
    ]
    frameworks = [(f, framework_name(f), len(list(g))) for f, g in groupby(settings, key=lambda s: s[0])]
    modes = [(m, len(list(g)), False) for (_, m), g in groupby(settings, key=lambda s: s[:2])]
    return Matrix(columns, frameworks, modes, list(rows.values()))


def _cell(row, column: int, reason: str) -> Cell:
    run = RunId(*row[: len(KEY)])
    what = f"{row.case}, {framework_name(row.framework)} {row.mode} {row.dtype}"
    match row.verdict:
        case "fail":
            return Cell(run, "fail", "✗", 0, f"{what}: disagrees, {row.fails} of {row.checks} checks failed", column, row.share)
        case "skip":
            return Cell(run, "skip", "·", 0, f"{what}: skipped, {reason}", column, -1.0)
        case "blind":
            label = f"{what}: blind, every gradient is smaller than its allowance, so a wrong one would pass"
            return Cell(run, "blind", "b", 0, label, column, row.share)
    step = next((i for i, limit in enumerate(STEPS) if not row.share > limit), len(STEPS) - 1)
    text = "0" if not row.share >= 0.005 else f"{100 * row.share:.0f}"
    label = f"{what}: agrees in {row.checks} checks, {_used(row.share)}, {seconds(row.seconds)}"
    if row.verdict == "undecided":
        label += f"; {row.open} met a kink or a number out of range"
    return Cell(run, row.verdict, text, step, label, column, row.share)


def _used(value: float) -> str:
    return (
        "bit for bit"
        if isnan(value) or value == 0
        else f"at most {percent(value) if value <= 1 else share(value)} of the allowance"
    )


def _rank(dtype: str) -> int:
    return list(SHORT).index(dtype) if dtype in SHORT else len(SHORT)


def _about(case: CaseFacts) -> str:
    """One line on a case: why it is there, sizes, activations, cost, batch."""
    parts = [case.why, "-".join(map(str, case.sizes)), ", ".join(dict.fromkeys(case.activations)), case.cost.replace("_", " ")]
    parts.append(f"batch {number(case.batch, 6)}")
    if case.held_out is not None:
        parts.append(f"{percent(case.held_out, 3)} right on held-out data")
    return " · ".join(part for part in parts if part)
