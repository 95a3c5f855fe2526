"""Which parameters are judged: those that every path from the loss reaches through judged equations that are not blind."""

from __future__ import annotations

from gradref.verdict import SKIP
from gradref_adapters.graph import FLOATS, Graph, Value

from .equation_row import EquationRow

__all__ = ["unreached"]


def unreached(graph: Graph, rows: list[EquationRow]) -> dict[str, str]:
    """The parameters that take a gradient and are not judged, each with the reason."""
    gap = _gaps(rows)
    results = {row.node: _reason(row) for row in rows if row.equation == "FWD" and row.dtype in FLOATS and _reason(row)}
    sums = {row.value: _reason(row) for row in rows if row.equation == "SUM" and _reason(row)}
    status: dict[int, str] = dict(sums)
    changed = True
    while changed:  # once for a graph in forward order; again where a late node stands out of order
        changed = False
        for node in reversed(graph.nodes):
            if node.pullback is None:
                continue
            behind = next((status[v.index] for v in node.outputs if v.index in status), "")
            for slot in node.pullback.contributions:
                value = node.inputs[slot]
                reason = gap.get((node.index, slot), "") or results.get(node.index, "") or behind
                if reason and isinstance(value, Value) and value.index not in status:
                    status[value.index] = reason
                    changed = True
    found = {}
    for name, value in graph.parameters.items():
        if value.index in status:
            found[name] = status[value.index]
        elif value.cotangent is None and graph.final.get(name) is not None:
            found[name] = "its gradient did not come through the recorded graph"
    return found


def _gaps(rows: list[EquationRow]) -> dict[tuple[int, int], str]:
    """(node, slot) of every VJP that judged nothing."""
    return {(row.node, row.slot): _reason(row) for row in rows if row.equation == "VJP" and row.slot is not None and _reason(row)}


def _reason(row: EquationRow) -> str:
    what = f"{row.operation} in {row.place}" if row.node >= 0 else "the sum of its contributions"
    if row.verdict == SKIP:
        return f"{what} was not judged: {row.reason}"
    if row.rule == "overflow":
        return f"{what} has entries of which nothing is known: a step on the way to them may overflow {row.dtype}"
    if row.vacuous and row.entries:
        return f"{what} is blind: rounding may be as large as the gradient"
    return ""
