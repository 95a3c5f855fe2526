"""The smaller tables of the page: kinks, skips, blind spots, timings, environment."""

from __future__ import annotations

from typing import Any

from gradref.results.record import KEY, Record
from gradref.results.tally import LOCAL
from gradref.results.words import framework_name, percent, seconds

__all__ = ["blind_spots", "environment", "skips", "timings", "undecided"]


def skips(record: Record) -> list[dict[str, Any]]:
    """What was not run, by reason: who, how many runs, an example."""
    rows = record.frame[(record.frame["verdict"] == "skip") & (record.frame["equation"] == "RUN")]
    found = []
    for reason, group in rows.groupby("message", sort=False):
        who = dict.fromkeys(
            framework_name(f) if m == "*" else f"{framework_name(f)} {m}"
            for f, m in zip(group["framework"], group["mode"], strict=True)
        )
        runs = group.drop_duplicates(KEY)
        cases = set(group["case"])
        found.append(
            {
                "reason": reason,
                "who": ", ".join(who),
                "runs": len(runs),
                "dtypes": ", ".join("all" if d == "*" else d for d in dict.fromkeys(group["dtype"])),
                "cases": "all" if cases == {"*"} else len(cases),
            }
        )
    return sorted(found, key=lambda s: -s["runs"])


def undecided(record: Record) -> list[dict[str, Any]]:
    """What met a kink, or a number out of the range of its dtype, by case, framework and convention."""
    rows = record.frame[record.frame["verdict"] == "undecided"]
    found = []
    for (case, framework), group in rows.groupby(["case", "framework"], sort=False, observed=True):
        found.append(
            {
                "case": case,
                "framework": framework_name(str(framework)),
                "where": ", ".join(dict.fromkeys(f"{e} {l}" for e, l in zip(group["equation"], group["layer"], strict=True))),
                "entries": int(group["undecided"].sum()),
                "convention": next((m for m in group["message"] if m), "accepted between the one-sided derivatives"),
            }
        )
    return found


def blind_spots(record: Record) -> list[dict[str, Any]]:
    """Blind fraction by number format and equation: mean weighted by entries, and the worst check."""
    judged = record.judged[record.judged["equation"].isin(LOCAL)]
    rows = judged[judged["blind"].notna() & (judged["entries"] > 0)]
    found = []
    for (dtype, equation), group in rows.groupby(["dtype", "equation"], sort=False, observed=True):
        mean = float((group["blind"] * group["entries"]).sum() / group["entries"].sum())
        worst = group.loc[group["blind"].idxmax()]
        if mean > 0:
            found.append(
                {
                    "dtype": dtype,
                    "equation": equation,
                    "mean": percent(mean),
                    "value": mean,
                    "worst": percent(float(worst["blind"])),
                    "where": f"{worst['case']}, {framework_name(worst['framework'])} {worst['mode']}, layer {worst['layer']}",
                }
            )
    return sorted(found, key=lambda s: -s["value"])[:12]


def timings(record: Record) -> list[dict[str, Any]]:
    """Seconds by framework and mode, with the slowest case."""
    cells = record.runs
    found = []
    for (framework, mode), group in cells.groupby(["framework", "mode"], sort=False, observed=True):
        slowest = group.loc[group["seconds"].idxmax()]
        found.append(
            {
                "who": f"{framework_name(str(framework))} {mode}",
                "runs": len(group),
                "total": seconds(float(group["seconds"].sum())),
                "value": float(group["seconds"].sum()),
                "median": seconds(float(group["seconds"].median())),
                "slowest": f"{slowest['case']} {slowest['dtype']}, {seconds(float(slowest['seconds']))}",
            }
        )
    most = max((f["value"] for f in found), default=0.0) or 1.0
    return [{**f, "width": round(100 * f["value"] / most, 1)} for f in found]


def environment(record: Record) -> list[tuple[str, str, str]]:
    """(what, value, meaning): versions first, then the findings of the doctor."""
    made = record.made
    return [
        *((name, version, "") for name, version in made.versions.items()),
        *((f.name, f.value, f.meaning) for f in made.environment),
    ]
