"""The feedback file of one submission, in Markdown, and the table of all of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from gradref_support.atomic import write_file

from .judge import Grade
from .submissions import Submitted
from .task import Task

__all__ = ["feedback", "print_table", "write_table"]


def feedback(grade: Grade, task: Task) -> str:
    """What the author of a submission is told."""
    total = len(grade.right)
    good = sum(grade.right.values())
    parts = [f"# {_cell(grade.name)}: {good} of {total} gradients right", ""]
    if grade.status == "failed":
        parts += [f"`backward` gave no gradients that could be judged: it {_sentence(grade.remark)}", ""]
    parts += ["| parameter | verdict | |", "|---|---|---|"]
    for name, right in grade.right.items():
        verdict = "right" if right else "not judged" if grade.status == "failed" and name not in grade.findings else "wrong"
        parts.append(f"| `{name}` | {verdict} | {_cell(grade.findings.get(name, ''))} |")
    parts.append("")
    if grade.status != "failed" and grade.remark:
        parts += [f"**Beware:** {_sentence(grade.remark)}", ""]
    if grade.advice and grade.status == "wrong":
        parts += ["## Where to look", "", "```text", _fenced(grade.advice), "```", ""]
    if grade.flood:
        parts += [
            f"## What it printed ({grade.flood} bytes, the beginning)",
            "",
            "```text",
            _fenced(grade.printed[:2000]),
            "```",
            "",
        ]
    conditions = list(dict.fromkeys(run.condition for run in task.runs if run.condition))
    seeds = sorted({run.seed for run in task.runs})
    ran = f"Judged on {len(task.runs)} sets of inputs of `{task.path.name}` (seeds {', '.join(map(str, seeds))}"
    parts.append(ran + (f"; conditions {', '.join(conditions)})." if conditions else ")."))
    return "\n".join(parts) + "\n"


def write_table(grades: Sequence[Grade], others: Sequence[Submitted], names: Sequence[str], path: Path) -> None:
    """One row a submission: name, status, score, one column a parameter (1 right, 0 not), cause, line, remark."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["submission", "status", "score", *map(_safe, names), "root", "line", "remark", "seconds", "sha256"])
    for g in grades:
        marks = [int(g.right.get(n, False)) for n in names]
        said = [_safe(g.root), g.line or "", _safe(g.remark)]
        writer.writerow([_safe(g.name), g.status, f"{g.score:.4g}", *marks, *said, f"{g.seconds:.2f}", g.sha256])
    for s in others:
        writer.writerow([_safe(s.name), "not judged", "", *("" for _ in names), "", "", _safe(s.reason), "", ""])
    write_file(path, stream.getvalue().encode())


def print_table(grades: Sequence[Grade], others: Sequence[Submitted]) -> None:
    """The same table for the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    names = list(grades[0].right) if grades else []
    table = Table(box=None, header_style="bold")
    for title in ("submission", "score", *(escape(n) for n in names), "remark"):
        table.add_column(title, justify="right" if title == "score" else "left", overflow="fold")
    for g in grades:
        marks = [Text("right", "green") if g.right[n] else Text("–" if g.status == "failed" else "wrong", "red") for n in names]
        where = f"enters at {g.root}" + (f", line {g.line}" if g.line else "") if g.status == "wrong" and g.root else ""
        table.add_row(Text(g.name), f"{g.score:.0%}", *marks, Text("; ".join(filter(None, [where, g.remark]))[:200]))
    for s in others:
        table.add_row(Text(s.name), "–", *("" for _ in names), Text(f"not judged: {s.reason}"[:200]))
    Console().print(table)


def _sentence(text: str) -> str:
    text = _cell(text)
    return text if text.endswith(".") else text + "."


def _cell(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").replace("`", "'")
    return " ".join(plain.split())


def _safe(text: str) -> str:
    """One line that is no formula in anybody's spreadsheet."""
    text = " ".join(text.split()) if text.strip() else text
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _fenced(text: str) -> str:
    return text.replace("```", "'''").strip("\n")
