"""A sheet as a page: every line marked, the numbers behind it, the chain drawn; one file that needs no network."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from gradref_support.atomic import write_file

__all__ = ["page", "write_page"]

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
.line{display:grid;grid-template-columns:3rem 1.6rem 1fr;gap:.4rem;padding:.35rem .3rem;border-left:4px solid transparent}
.number{color:#666;text-align:right;font-variant-numeric:tabular-nums}
.right{border-color:#2a7d3f}.condition{border-color:#b07800}.bad{border-color:#b3261e;background:#fff4f3}.unreadable{border-color:#5b5b8a}
.definition{border-color:#bbb}.prose{color:#444}
.says{color:#333;font-size:.92rem}.repair{font-family:ui-monospace,monospace;white-space:pre-wrap}
.chain{border-left:2px solid #888;margin-left:.4rem;padding-left:.6rem}
.chain::before{content:"↓ ";color:#666}
details summary{cursor:pointer;color:#335}
table{border-collapse:collapse;margin:.3rem 0}td,th{border:1px solid #ccc;padding:.1rem .5rem;text-align:left;font-size:.9rem}
@media (prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}.says,.prose{color:#ccc}.bad{background:#2b1715}}
"""
_MARK = {"right": ("✓", "right"), "condition": ("✓", "right under a condition"), "wrong": ("✗", "wrong"),
         "shapes": ("✗", "does not conform"),
         "unreadable": ("?", "not readable")}  # fmt: skip


def write_page(report: Any, path: Path) -> Path:
    """Write the page of a `SheetReport`."""
    write_file(path, page(report))
    return path


def page(report: Any) -> str:
    """The page of a `SheetReport`, as HTML."""
    name = escape(Path(report.path).name if report.path else "sheet")
    good = sum(c.counts_as_right for c in report.claims)
    items: list[tuple[tuple[int, int], str]] = []
    for d in report.definitions:
        items.append(((d.span[0], 0), _row(d.line, ":=", "definition", "taken as a definition", _formula(d.text), "")))
    for c in report.claims:
        mark, words = _MARK[c.verdict]
        bad = c.verdict in ("wrong", "shapes") or (c.verdict == "condition" and not c.counts_as_right)
        kind = "bad" if bad else c.verdict
        formula = _formula(c.text)
        if c.chain[1] > 1:
            formula = f'<div class="chain">{formula}</div>'
        items.append(((c.span[0], c.chain[1]), _row(c.line, "✗" if bad else mark, kind, words, formula, _says(c))))
    items += _prose(report)
    items.sort(key=lambda item: item[0])
    layout = f" Layout: {escape(report.layout)}." if report.layout else ""
    remarks = "".join(f"<li>{escape(r)}</li>" for r in report.remarks)
    notes = "".join(f"<li>{escape(n['name'])}: {escape(n['reason'])}</li>" for n in report.not_judged)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>{_STYLE}</style></head><body><h1>{name}</h1>"
        f"<p>{good} of {len(report.claims)} claims count as right.{layout}</p>"
        + (f"<ul>{remarks}{notes}</ul>" if remarks or notes else "")
        + "".join(row for _, row in items)
        + "</body></html>\n"
    )


def _row(line: int, mark: str, kind: str, title: str, formula: str, says: str) -> str:
    return (
        f'<div class="line {kind}" title="{escape(title)}"><span class="number">{line}</span>'
        f'<span aria-label="{escape(title)}">{mark}</span><div>{formula}{says}</div></div>'
    )


def _says(c: Any) -> str:
    parts = []
    if c.verdict != "right":
        parts.append(f'<div class="says">{escape(c.message)}</div>')
    else:
        parts.append(f'<div class="says"><details><summary>numbers</summary>{escape(c.message)}</details></div>')
    if c.repair:
        parts.append(f'<div class="repair">{_formula(c.repair)}</div>')
    if c.counterexample:
        rows = "".join(f"<tr><th>{escape(k)}</th><td>{escape(str(v))}</td></tr>" for k, v in c.counterexample["values"].items())
        sides = "".join(f"<tr><th>{k}</th><td>{escape(c.counterexample[k])}</td></tr>" for k in ("left", "right"))
        parts.append(f"<details><summary>counterexample</summary><table>{rows}{sides}</table></details>")
    return "".join(parts)


def _formula(text: str) -> str:
    """A formula as MathML, or as it was typed where that cannot be drawn."""
    if "\\" not in text:
        return f"<code>{escape(text)}</code>"
    from latex2mathml.converter import convert

    try:
        drawn = convert(re.sub(r"\\(?:begin|end)\{(?:align|aligned|equation|split|gather)\*?\}", "", text))
    except Exception:  # latex2mathml raises errors of many kinds on what it does not know; the formula is then shown as typed
        return f"<code>{escape(text)}</code>"
    return f'<span title="{escape(text)}">{drawn}</span>'


def _prose(report: Any) -> list[tuple[tuple[int, int], str]]:
    """The words of the sheet that stand on lines of their own."""
    document = report.document
    if document is None:
        return []
    taken = {document.place(s.span[0])[0] for s in (*report.claims, *report.definitions)}
    found = []
    for piece in document.pieces:
        line = document.place(piece.start)[0]
        text = document.slice((piece.start, piece.end)).strip()
        if piece.kind in ("prose", "header") and text and line not in taken and len(text) < 2000:
            shown = f"{piece.name}: {text}" if piece.kind == "header" else text
            found.append(
                (
                    (piece.start, 0),
                    f'<div class="line prose"><span class="number">{line}</span><span></span><div>{escape(shown)}</div></div>',
                )
            )
    return found
