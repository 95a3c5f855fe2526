"""What `gradref lecture` prints: the table of items, the page of one item, the table of mistakes."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gradref_reference.lecture.item import Item

from .judges import EQUAL, JAX_SIZES, JUDGES, RANDOM, Opinion
from .verdicts import ItemVerdict, MistakeVerdict, examples

__all__ = ["item_page", "lecture_table", "mistakes_table"]

_WHO = {"all": "every judge", "random": "whoever sees random inputs only"}
_MARK = {True: Text("✓", "green"), False: Text("✗", "bold red"), None: Text("–", "dim")}


def lecture_table(verdicts: list[ItemVerdict]) -> None:
    """All items, one row each, one column for each judge; then what failed and what was skipped."""
    console = Console()
    table = Table("item", "title", title="The lecture, judged", title_justify="left")
    for name in JUDGES:
        table.add_column(name, justify="center")
    for v in verdicts:
        table.add_row(v.item.id, v.item.title, *(_MARK[o.ok] for o in v.judges.values()))
    console.print(table)
    good = sum(v.ok for v in verdicts)
    counts = f"{len(verdicts)} items, {sum(len(v.opinions) for v in verdicts)} formulas"
    console.print(f"{counts}; each on {RANDOM} random inputs of different sizes, {EQUAL} of equal sizes, and its golden numbers.")
    console.print(
        f"[dim]PyTorch and JAX in reverse and forward mode; JAX, which compiles for every size, on {JAX_SIZES} sizes.[/]"
    )
    console.print(
        f"[{'green' if good == len(verdicts) else 'bold red'}]{good} of {len(verdicts)} items agree with every judge.[/]"
    )
    _reasons(console, verdicts)


def _reasons(console: Console, verdicts: list[ItemVerdict]) -> None:
    skipped: dict[str, list[str]] = {}
    for v in verdicts:
        for name, o in v.judges.items():
            if o.ok is False:
                console.print(f"[red]✗[/] {v.item.id} {name}: ", Text(o.reason), sep="")
            elif o.ok is None:
                skipped.setdefault(f"{name}: {o.reason}", []).append(v.item.id)
    for reason, ids in skipped.items():
        console.print(Text(f"– {reason} ({', '.join(ids) if len(ids) < 8 else f'{len(ids)} items'})", "dim"))


def item_page(verdict: ItemVerdict) -> None:
    """One item: formula, shapes, an example with numbers, the code's names, the judges, the mistakes it guards against."""
    console, item = Console(), verdict.item
    heading = Table.grid(padding=(0, 2))
    for label, text in (
        ("formula", item.statement),
        ("shapes", item.shapes),
        ("conditions", item.conditions),
        ("code", "\n".join(f"{f.__module__}.{f.__name__}" for f in item.functions)),
    ):
        heading.add_row(Text(label, "dim"), Text(text))
    console.print(Panel(heading, title=f"{item.id} {item.title} ({item.timestamp})", title_align="left"))
    _examples(console, item)
    judged = Table("formula", *JUDGES, title="judged", title_justify="left")
    for claim, opinions in verdict.opinions.items():
        judged.add_row(Text(claim), *(_cell(opinions[name]) for name in JUDGES))
    console.print(judged)
    _reasons(console, [verdict])
    lines = Group(*(Text(f"• {m.name}{_blind(m.blind_to)}") for m in item.mistakes))
    console.print(Panel(lines, title="mistakes it guards against", title_align="left"))


def _blind(blind_to: Any) -> str:
    return "".join(f"\n    blind spot of {_WHO.get(who, who)}: {why}" for who, why in blind_to.items())


def _cell(opinion: Opinion) -> Text:
    return Text(f"✓ {opinion.looked}", "green") if opinion.ok else _MARK[opinion.ok]


def _examples(console: Console, item: Item) -> None:
    for example in examples(item):
        grid = Table.grid(padding=(0, 2))
        for name, value in example["inputs"].items():
            grid.add_row(Text(name, "dim"), Text(_plain(value)))
        for name, value in example["computed"].items():
            grid.add_row(Text(f"→ {name}", "bold"), Text(_plain(value)))
        console.print(Panel(grid, title=f"example: {example['claim']}", title_align="left"))


def _plain(value: Any) -> str:
    """Nested lists as rows, short: [[1, 2], [3, 4]] -> (1, 2; 3, 4)."""
    if isinstance(value, dict):
        return "   ".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, float):
        return f"{value:.10g}"
    if not isinstance(value, list):
        return str(value)
    if value and isinstance(value[0], list):
        return "(" + "; ".join(_plain(row).strip("()") for row in value) + ")"
    return "(" + ", ".join(_plain(entry) for entry in value) + ")"


def mistakes_table(found: list[MistakeVerdict]) -> None:
    """For each item and judge how many known mistakes are rejected; then the declared blind spots and the surprises."""
    console = Console()
    table = Table("item", "title", "mistakes", title="Known mistakes rejected", title_justify="left")
    for name in JUDGES:
        table.add_column(name, justify="right")
    table.add_column("any judge", justify="right")
    by_item: dict[str, list[MistakeVerdict]] = {}
    for m in found:
        by_item.setdefault(m.item.id, []).append(m)
    for id, group in by_item.items():
        table.add_row(id, group[0].item.title, str(len(group)), *_counts(group))
    table.add_section()
    table.add_row("", "all", str(len(found)), *_counts(found))
    console.print(table)
    for m in (m for m in found if m.blind_spot):
        console.print(Text(f"blind spot {m.item.id} {m.mistake.name}: {m.mistake.blind_to['all']}", "yellow"))
    for m in found:
        for name, why in m.surprises.items():
            console.print(Text(f"✗ {m.item.id} {m.mistake.name}: {name}: {why}", "red"))
    seen = [m for m in found if not m.blind_spot]
    caught = sum(any(m.rejected(name) for name in JUDGES) for m in seen)
    console.print(f"{caught} of {len(seen)} mistakes are rejected; {len(found) - len(seen)} more are declared blind spots.")


def _counts(group: list[MistakeVerdict]) -> list[str]:
    cells = []
    for name in JUDGES:
        rejected = [m.rejected(name) for m in group]
        applies = [r for r in rejected if r is not None]
        cells.append(f"{sum(applies)}/{len(applies)}" if applies else "–")
    return [*cells, f"{sum(any(m.rejected(n) for n in JUDGES) for m in group)}/{len(group)}"]
