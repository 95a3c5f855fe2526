"""The sentences of a sheet's report."""

from __future__ import annotations

from typing import Any

from .judge import Judgement

__all__ = ["message", "sheet_text"]

_MARKS = {"right": "✓", "condition": "✓", "wrong": "✗", "shapes": "✗", "unreadable": "?"}


def message(j: Judgement) -> str:
    """One or two sentences on a claim."""
    parts = []
    if j.verdict == "right":
        parts.append(
            f"right, to {j.digits} digits at {j.points} points" if j.digits < 99 else f"right, exactly at {j.points} points"
        )
        if j.digits < 30:
            parts[-1] = f"right within the rounding of the decimals, at {j.points} points"
    elif j.verdict == "condition" and j.counts:
        said = (
            "which the sheet states"
            if j.stated
            else "the other layout than the rest of the sheet"
            if j.layout
            else "which is understood"
        )
        parts.append(f"right under a condition: {j.condition} ({said})")
    elif j.verdict == "condition":
        parts.append(f"right only under a condition that the sheet does not state: {j.condition}")
    elif j.verdict == "wrong":
        parts.append("wrong")
    elif j.verdict == "shapes":
        parts.append(f"shapes: {j.error.message.rstrip('.') if j.error else 'the two sides do not conform'}")
    else:
        parts.append(f"not readable: {j.error.message.rstrip('.') if j.error else ''}")
    if j.counterexample is not None:
        layer = f"layer {j.layer}: " if j.layer is not None else ""
        parts.append(layer + j.counterexample.sentence())
    if j.repair:
        parts.append(f"right would be {j.repair}")
    if j.follows and j.verdict in ("wrong", "condition") and not j.counts:
        parts.append("the right side is nevertheless what the chain began with; the slip is in the line before")
    parts += j.notes
    return ". ".join(parts) + "."


def sheet_text(report: Any) -> str:
    """The whole report as text."""
    name = report.path or "sheet"
    counts = {v: sum(c.verdict == v for c in report.claims) for v in _MARKS}
    good = sum(c.counts_as_right for c in report.claims)
    head = f"{name}: {good} of {len(report.claims)} claims count as right" if report.claims else f"{name}: no claim was found"
    tail = [f"{n} {v}" for v, n in counts.items() if n and v not in ("right",)]
    head += f" ({', '.join(tail)})." if tail else "."
    if report.layout:
        head += f" Layout: {report.layout}."
    return "\n".join([head, *_grouped(report), *(f"  {r}" for r in [*report.remarks, *(o.sentence() for o in report.opinions)])])


def _grouped(report: Any) -> list[str]:
    """Definitions and claims in the order of the sheet, with the message under each claim that is not plainly right."""
    items = [((d.line, d.column), [f"  {d.line:>4}  :=  {d.text}"]) for d in report.definitions]
    for c in report.claims:
        mark = _MARKS[c.verdict] if c.counts_as_right or c.verdict != "condition" else "✗"
        rows = [f"  {c.line:>4}  {mark:>2}  {c.text}"]
        if c.verdict != "right":
            rows.append(f"            {c.message}")
        items.append(((c.line, c.column), rows))
    items.sort(key=lambda item: item[0])
    return [row for _, rows in items for row in rows] + [f"        -  {n['name']}: {n['reason']}" for n in report.not_judged]
