"""The smaller tables of the page: kinks, skips, blind spots, timings, environment."""

from __future__ import annotations

from typing import Any

from gradref.tallies import LOCAL

from .run import KEY, Run
from .words import framework_name, number, percent, seconds

__all__ = ["blind_spots", "environment", "skips", "timings", "undecided"]


def skips(run: Run) -> list[dict[str, Any]]:
    """What was not run, by reason: who, how many runs, an example."""
    rows = run.frame[(run.frame["verdict"] == "skip") & (run.frame["equation"] == "RUN")]
    found = []
    for reason, group in rows.groupby("message", sort=False):
        who = dict.fromkeys(
            f"{framework_name(f)} {m}".removesuffix(" *") for f, m in zip(group["framework"], group["mode"], strict=True)
        )
        runs = group.drop_duplicates(KEY)
        cases = set(group["case"])
        found.append(
            {
                "reason": reason,
                "who": ", ".join(who),
                "runs": len(runs),
                "dtypes": ", ".join(dict.fromkeys(group["dtype"])).replace("*", "all"),
                "cases": "all" if cases == {"*"} else len(cases),
            }
        )
    return sorted(found, key=lambda s: -s["runs"])


def undecided(run: Run) -> list[dict[str, Any]]:
    """What met a kink, or a number out of the range of its dtype, by case, framework and convention."""
    rows = run.frame[run.frame["verdict"] == "undecided"]
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


def blind_spots(run: Run) -> list[dict[str, Any]]:
    """Blind fraction by number format and equation: mean weighted by entries, and the worst check."""
    judged = run.frame[(run.frame["verdict"] != "skip") & run.frame["equation"].isin(LOCAL)]
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


def timings(run: Run) -> list[dict[str, Any]]:
    """Seconds by framework and mode, with the slowest case."""
    cells = run.cells[run.cells["verdict"] != "skip"]
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


def environment(run: Run) -> list[tuple[str, str, str]]:
    """(what, value, meaning) from run.json: versions first, then the findings of the doctor in whatever form they come."""
    found: list[tuple[str, str, str]] = []
    versions = run.info.get("versions")
    if isinstance(versions, dict):
        found += [(name, _text(value), "") for name, value in versions.items()]
    findings = run.info.get("environment") or []
    if isinstance(findings, dict):
        findings = findings.get("findings", [{"name": k, "value": v} for k, v in findings.items()])
    for item in findings if isinstance(findings, list) else []:
        if isinstance(item, dict):
            name = next((item[k] for k in ("name", "what", "key", "subject", "title") if item.get(k)), "")
            meaning = next((item[k] for k in ("meaning", "message", "note") if item.get(k)), "")
            found.append((_text(name), _text(item.get("value", "")), _text(meaning)))
        else:
            found.append(("", _text(item), ""))
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value, 6)
    if isinstance(value, dict):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(v) for v in value)
    return "" if value is None else str(value)
