"""The rates of the study of derivations: one row a file and tool, tables for the terminal and for a Markdown file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from .corpus import Mistake

if TYPE_CHECKING:
    from .derivation_jobs import Job

__all__ = ["publish", "rates", "rows_of"]

Row = dict[str, Any]
COLUMNS = (
    "file",
    "mistake",
    "held_out",
    "tool",
    "runs",
    "refused",
    "detected",
    "wrong",
    "root",
    "equation",
    "line",
    "place",
    "repair",
    "elsewhere",
    "same_edit",
    "expected_root",
    "expected_line",
    "said_root",
    "said_line",
    "after",
    "seconds",
)


def rows_of(
    done: Iterable[tuple[Job, dict[str, Any]]], mistakes: dict[tuple[str, str], Mistake], held_out: set[str]
) -> list[Row]:
    """One row for each file and tool; truth and verdict side by side."""
    rows: list[Row] = []
    for job, record in done:
        start: Row = {"file": job.name, "mistake": job.mistake or "", "held_out": job.name in held_out}
        mistake = mistakes[(job.name, job.mistake)] if job.mistake is not None else None
        if job.tool == "gradref":
            rows.append(start | {"tool": "gradref", "seconds": record["seconds"]} | _judged(record, mistake))
            continue
        for tool, refused in record["refused"].items():
            counts = {"runs": len(refused), "refused": sum(refused), "seconds": record["seconds"][tool]}
            rows.append(start | {"tool": tool} | counts | ({"detected": all(refused)} if mistake else {}))
    return rows


def _judged(record: dict[str, Any], mistake: Mistake | None) -> Row:
    if "error" in record:
        return {"runs": 1, "refused": int(mistake is None), "detected": False, "after": record["error"]}
    row: Row = {"runs": record["runs"], "refused": record["refused"]}
    if mistake is None:
        return row
    line = record["line"]
    return {
        "runs": len(record["seeds"]),
        "refused": sum(record["seeds"]),
        "detected": all(record["seeds"]),
        "wrong": set(record["wrong"]) == set(mistake.wrong),
        "root": record["root"] in mistake.root,
        "equation": None if mistake.equation is None else mistake.equation in str(record["equation"]),
        "line": line in (mistake.line, mistake.at),
        "place": line in (mistake.line, mistake.at) or bool(record["mends"]),
        "repair": bool(record["mends"]),
        "elsewhere": bool(record["elsewhere"]),
        "same_edit": record["after"] is not None and _plain(record["after"]) == _plain(mistake.before),
        "expected_root": " ".join(mistake.root),
        "expected_line": mistake.at,
        "said_root": record["root"],
        "said_line": line,
        "after": record["after"],
    }


def _plain(code: str) -> str:
    return "".join(code.split())


def rates(rows: Sequence[Row]) -> dict[str, float]:
    """Shares over the wrong files of one tool; equations over those that have one."""
    wrong = [r for r in rows if r["mistake"]]
    found = {
        q: _share(wrong, lambda r, q=q: r.get(q))
        for q in ("detected", "wrong", "root", "line", "place", "repair", "elsewhere", "same_edit")
    }
    dense = [r for r in wrong if r.get("equation") is not None]
    return {**found, "equation": _share(dense, lambda r: r["equation"]), "files": len(wrong)}


def _share(rows: Sequence[Row], of: Callable[[Row], Any]) -> float:
    return sum(bool(of(r)) for r in rows) / len(rows) if rows else float("nan")


TITLES = {
    "files": "mistakes",
    "detected": "detected at every seed",
    "wrong": "wrong parameters exactly",
    "root": "root parameter",
    "equation": "equation (dense networks)",
    "line": "line",
    "place": "line, or an edit elsewhere that is as right",
    "repair": "repair that holds on fresh inputs",
    "elsewhere": "repair that holds at other sizes",
    "same_edit": "repair is the original text",
}


def tables(rows: list[Row]) -> list[tuple[str, list[list[str]]]]:
    """Titled tables of strings, header first."""
    return [("What gradref says", _own_table(rows)), ("Beside other checks, on the same files", _side_by_side(rows))]


def _own_table(rows: list[Row]) -> list[list[str]]:
    own = [r for r in rows if r["tool"] == "gradref"]
    parts = {"open": [r for r in own if not r["held_out"]], "held out": [r for r in own if r["held_out"]], "all": own}
    parts = parts if parts["open"] and parts["held out"] else {"all": own}
    measured = {name: rates(part) for name, part in parts.items()}
    table = [["", *parts]]
    for quantity, title in TITLES.items():
        table.append([title, *(_number(measured[p][quantity], quantity) for p in parts)])
    for title, share in (("median seconds, wrong file", 0.5), ("95 % of wrong files within, seconds", 0.95)):
        table.append([title, *(f"{_quantile([r['seconds'] for r in p if r['mistake']], share):.2f}" for p in parts.values())])
    table.append(
        [
            "median seconds, right file",
            *(f"{_quantile([r['seconds'] for r in p if not r['mistake']], 0.5):.2f}" for p in parts.values()),
        ]
    )
    return table


def _side_by_side(rows: list[Row]) -> list[list[str]]:
    table = [
        [
            "check",
            "mistakes detected at every seed",
            "of wrong runs refused",
            "right runs refused",
            "right files refused",
            "seconds a run",
        ]
    ]
    for tool in dict.fromkeys(r["tool"] for r in rows):
        mine = [r for r in rows if r["tool"] == tool]
        wrong, right = [r for r in mine if r["mistake"]], [r for r in mine if not r["mistake"]]
        runs = sum(r["runs"] for r in wrong)
        alarms = f"{sum(r['refused'] for r in right)} of {sum(r['runs'] for r in right)}"
        files = f"{sum(bool(r['refused']) for r in right)} of {len(right)}"
        took = median(r["seconds"] / (r["runs"] if tool == "gradref" else 1) for r in right) if right else float("nan")
        refused = sum(r["refused"] for r in wrong) / runs if runs else float("nan")
        table.append([tool, f"{_share(wrong, lambda r: r['detected']):.1%}", f"{refused:.1%}", alarms, files, f"{took:.3f}"])
    return table


def _number(value: float, quantity: str) -> str:
    if value != value:
        return "–"
    return f"{value:.0f}" if quantity == "files" else f"{value:.1%}"


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def publish(rows: list[Row], target: Path, sample: int | None, corpus: str) -> int:
    """Print the tables, write `derivations.csv` and `derivations.md`; 1 when something right was refused or a mistake missed."""
    from rich.console import Console
    from rich.table import Table

    found = tables(rows)
    console = Console()
    for title, (head, *body) in found:
        table = Table(title=title, title_justify="left", box=None, header_style="bold")
        for i, name in enumerate(head):
            table.add_column(name, justify="right" if i else "left")
        for line in body:
            table.add_row(*line)
        console.print(table)
    target.mkdir(parents=True, exist_ok=True)
    with (target / "derivations.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list[str](COLUMNS))
        writer.writeheader()
        for r in rows:
            writer.writerow({k: f"{v:.4f}" if isinstance(v, float) else v for k, v in r.items()})
    (target / "derivations.md").write_text(_markdown(found, rows, sample, corpus), encoding="utf-8")
    console.print(f"Rows in {target / 'derivations.csv'}, tables in {target / 'derivations.md'}.", style="dim")
    own = [r for r in rows if r["tool"] == "gradref"]
    return int(any(r["refused"] for r in own if not r["mistake"]) or not all(r["detected"] for r in own if r["mistake"]))


def _markdown(found: list[tuple[str, list[list[str]]]], rows: list[Row], sample: int | None, corpus: str) -> str:
    own = [r for r in rows if r["tool"] == "gradref"]
    right, wrong = [r for r in own if not r["mistake"]], [r for r in own if r["mistake"]]
    what = f"{len(right)} right derivations and {len(wrong)} single mistakes" + (" (a sample)" if sample is not None else "")
    lines = [
        "# Hand derivations: what the check finds",
        "",
        f"{what} of `{corpus}`, seeds 0 to 4. A right file is run ",
    ]
    lines[-1] += "under every condition it names (kinks, saturation, batch of one, tiny variance)."
    for title, (head, *body) in found:
        lines += ["", f"## {title}", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(line) + " |" for line in body]
    lines += ["", "## Open mistakes without a right line or repair", ""]
    for r in (r for r in wrong if not r["held_out"] and not (r.get("line") and r.get("repair"))):
        said = f"line {r.get('said_line')}" if r.get("said_line") else "no line"
        lines.append(
            f"- `{r['file']}` {r['mistake']}: {said}, expected {r.get('expected_line')}; repair `{r.get('after') or 'none'}`"
        )
    return "\n".join(lines) + "\n"
