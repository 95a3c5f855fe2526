"""The page of a model: its modules as boxes that open, its operations in them, each coloured by how much of the allowance it used."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from gradref.verdict import FAIL, SKIP
from gradref_adapters.graph import Node, Value

from .equation_row import EquationRow
from .model_report import ModelReport, described, detail

__all__ = ["page_of"]

STYLE = """
:root { color-scheme: light; --line: #c9ced6; --ink: #1d2330; --grey: #e4e6ea; --bad: #c62828; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } .wrong h1 { color: var(--bad); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0; padding: .2rem .6rem; background: #fff; }
summary { cursor: pointer; font-weight: 600; } summary span { font-weight: 400; color: #555c69; }
details.bad { border: 2px solid var(--bad); } details.grey { background: #f4f5f7; }
ol { list-style: none; margin: .3rem 0; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: .35rem; align-items: baseline; padding: .1rem 0; border-top: 1px dotted var(--line); }
li b { min-width: 15rem; font-weight: 500; } li small { color: #555c69; }
.eq { border-radius: 4px; padding: 0 .4rem; font-size: .85rem; white-space: nowrap; border: 1px solid transparent; }
.fail { background: var(--bad); color: #fff; font-weight: 600; } .none { background: var(--grey); color: #444a55; border-color: #9aa1ad; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { border: 1px solid var(--line); padding: .2rem .6rem; text-align: left; }
"""

LEGEND = (
    "Each operation shows its equations: FWD, a VJP per input, SUM for a parameter. The number is the largest share of the allowance "
    "that an entry used, from green (0) to amber (1). Red: wrong. Grey: not judged, or blind. → names the operations that use a result."
)


@dataclass
class _Module:
    """A module of the model: its parts by name, its own operations in order."""

    parts: dict[str, _Module] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    def find(self, path: str) -> _Module:
        module = self
        for name in path.split(".") if path else ():
            module = module.parts.setdefault(name, _Module())
        return module

    def all_nodes(self) -> list[Node]:
        return self.nodes + [n for part in self.parts.values() for n in part.all_nodes()]


def page_of(report: ModelReport, title: str) -> str:
    """One file of HTML that needs nothing else."""
    root = _Module()
    for node in report.graph.nodes:
        root.find(node.where.module).nodes.append(node)
    rows = {index: list(group) for index, group in groupby(sorted(report.rows, key=lambda r: r.node), key=lambda r: r.node)}
    sums = {row.value: row for row in rows.get(-1, [])}
    users = _users(report)
    body = "".join(_module(name, part, rows, sums, users) for name, part in root.parts.items()) + _operations(
        root.nodes, rows, sums, users
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style></head>'
        f'<body class="{report.verdict}"><h1>{escape(report.sentence)}</h1>{_failures(report)}{_unjudged(report)}'
        f"<p>{escape(LEGEND)}</p><main>{body}</main></body></html>\n"
    )


def _failures(report: ModelReport) -> str:
    if not report.failed:
        return ""
    lines = "".join(
        f"<tr><td>{'follows' if row.echo else 'cause'}</td><td>{escape(described(row))}</td><td>{escape(detail(row))}</td></tr>"
        for row in report.failed[:50]
    )
    return f"<table><tr><th></th><th>equation</th><th>what is wrong</th></tr>{lines}</table>"


def _unjudged(report: ModelReport) -> str:
    if not report.unjudged:
        return ""
    lines = "".join(f"<tr><td>{escape(n)}</td><td>{escape(reason)}</td></tr>" for n, reason in list(report.unjudged.items())[:50])
    return f"<table><tr><th>not judged</th><th>because</th></tr>{lines}</table>"


def _users(report: ModelReport) -> dict[int, list[int]]:
    """Value -> the operations that take it."""
    users: dict[int, list[int]] = {}
    for node in report.graph.nodes:
        for x in node.inputs:
            if isinstance(x, Value):
                users.setdefault(x.index, []).append(node.index)
    return users


def _module(name: str, module: _Module, rows: dict, sums: dict, users: dict) -> str:
    nodes = module.all_nodes()
    own = [row for node in nodes for row in rows.get(node.index, [])]
    failed = sum(row.verdict == FAIL for row in own)
    known = any(row.verdict != SKIP for row in own)
    kind = "bad" if failed else "" if known else "grey"
    count = f"{len(nodes)} operations, {len(own)} equations" + (f", {failed} wrong" if failed else "")
    inside = "".join(_module(part, inner, rows, sums, users) for part, inner in module.parts.items())
    opened = " open" if failed else ""
    return (
        f'<details class="{kind}"{opened}><summary>{escape(name)} <span>{count}</span></summary>'
        f"{inside}{_operations(module.nodes, rows, sums, users)}</details>"
    )


def _operations(nodes: list[Node], rows: dict, sums: dict, users: dict) -> str:
    if not nodes:
        return ""
    return "<ol>" + "".join(_operation(node, rows.get(node.index, []), sums, users) for node in nodes) + "</ol>"


def _operation(node: Node, rows: list[EquationRow], sums: dict, users: dict) -> str:
    source = f"{node.where.file.rpartition('/')[2]}:{node.where.line}" if node.where.file else ""
    following = sorted({n for v in node.outputs for n in users.get(v.index, []) if n != node.index})
    arrow = f"<small>→ {', '.join(map(str, following[:6]))}{'…' if len(following) > 6 else ''}</small>" if following else ""
    named = [sums[x.index] for x in node.inputs if isinstance(x, Value) and x.parameter and x.index in sums]
    cells = "".join(_equation(row) for row in [*rows, *named])
    shape = " × ".join(map(str, node.outputs[0].shape)) if node.outputs else ""
    return (
        f'<li id="node{node.index}"><small>{node.index}</small><b>{escape(node.operation)}</b><small>{shape}</small>'
        f"{cells}<small>{escape(source)}</small>{arrow}</li>"
    )


def _equation(row: EquationRow) -> str:
    name = f"{row.equation} {row.slot_name}".strip() if row.equation != "FWD" else "FWD"
    if row.verdict == FAIL:
        return f'<span class="eq fail" title="{escape(detail(row))}">{escape(name)} wrong</span>'
    if row.verdict == SKIP or row.vacuous:
        why = row.reason or "rounding may be as large as the result"
        return f'<span class="eq none" title="{escape(why)}">{escape(name)} {"not judged" if row.verdict == SKIP else "blind"}</span>'
    share = 0.0 if row.share != row.share else min(max(row.share, 0.0), 1.0)
    colour = f"hsl({130 - 90 * share:.0f} 60% 88%)"
    return f'<span class="eq" style="background:{colour}" title="{row.entries:,} entries">{escape(name)} {share:.2f}</span>'
