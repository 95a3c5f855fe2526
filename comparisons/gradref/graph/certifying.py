"""The way through: a graph in, one row per equation out, and which parameters the judged equations reach."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from gradref.judges.measure import ENTRIES, LARGEST_RMS, Measurement, measure
from gradref.verdict import FAIL, PASS, SKIP, UNDECIDED
from gradref_adapters.graph import FLOATS, Graph, Loss, Node
from gradref_reference.error_model import Contract, contract_for
from gradref_reference.error_model.rounding import Estimate
from gradref_reference.primitives import Bounded
from gradref_reference.primitives.operations import OPERATIONS

from .equation_row import EquationRow
from .equations import Claim, Evaluator, in_storage
from .model_report import ModelReport
from .reach import unreached

__all__ = ["certify_graph", "certify_model"]


def certify_model(
    model: Any, inputs: tuple[Any, ...], loss: Callable | None = None, framework: str = "torch", seed: int = 0
) -> ModelReport:
    """Record one forward and backward pass of a model and judge every operation of it.

    Parameters
    ----------
    model : a `torch.nn.Module` or a function of tensors.
    inputs : its arguments.
    loss : a function of its output that returns one number; random cotangents from `seed` when none is given.

    Returns
    -------
    ModelReport : a sentence, rows, a DataFrame, JSON. Gradients, buffers and random state of the model are left as they were.
    """
    from gradref_adapters.registry import recorder

    return certify_graph(recorder(framework).record(model, tuple(inputs), loss, seed))


def certify_graph(graph: Graph) -> ModelReport:
    """Judge every equation of a recorded graph."""
    contracts = cache(lambda dtype: contract_for(graph.framework, dtype, graph.mode))
    judge_of = Judge(graph, contracts)
    rows: list[EquationRow] = []
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            rows += judge_of.rows("forward", node)
            rows += judge_of.rows("backward", node)
        rows += judge_of.rows("sums")
    return ModelReport(graph, _echoes(rows), unreached(graph, rows))


class Judge:
    """Judges claims. What only statistics refuse is evaluated again with an eye on terms that repeat; what a kernel is known to lose,
    under the contract that says so."""

    def __init__(self, graph: Graph, contracts: Callable[[str], Contract]):
        self.contracts, self.losses = contracts, graph.losses
        self.plain = Evaluator(graph, contracts)
        self.careful = Evaluator(graph, contracts, careful=True)
        self.storage = Evaluator(graph, cache(lambda dtype: in_storage(contracts(dtype))))

    def rows(self, kind: str, *node: Node) -> list[EquationRow]:
        """The rows of one node's FWD ("forward") or VJP ("backward"), or of all SUMs ("sums")."""
        found = []
        for k, claim in enumerate(getattr(self.plain, kind)(*node)):
            contract = self.contracts(claim.dtype) if claim.dtype in FLOATS else None
            row = _row(claim, contract)
            if row.rule == "statistics":
                enough = claim.actual is not None and np.unique(claim.actual).size >= ENTRIES
                row = _row(list(getattr(self.careful, kind)(*node))[k], contract, enough)
            if row.verdict == FAIL and row.rule != "structure" and node and (loss := self._loss(node[0], claim)) is not None:
                again = list(getattr(self.storage if loss.storage else self.plain, kind)(*node))[k]
                wider = _row(again, contract, False, loss.relative)
                if wider.verdict != FAIL:
                    row = replace(
                        wider, lost_bits=float(np.log2(max(row.share, row.rms_sigma / LARGEST_RMS, 1.0))), reason=loss.reason
                    )
            found.append(row)
        return found

    def _loss(self, node: Node, claim: Claim) -> Loss | None:
        """What is known of this kernel."""
        known = (loss for loss in self.losses if (loss.rule, loss.equation) == (node.rule, claim.equation))
        return next((loss for loss in known if claim.dtype in loss.dtypes), None)


def _row(claim: Claim, contract: Contract | None, statistics: bool = True, relative: float = 0.0) -> EquationRow:
    node, where = claim.node, claim.node.where if claim.node is not None else None
    operation = node.operation if node is not None else "sum of contributions"
    own = node is not None and bool(node.names) and claim.equation == "VJP"  # what a function calls its input is said first
    name = claim.value.name if claim.value is not None and claim.value.name and not own else _slot_name(claim)
    base = EquationRow(
        -1 if node is None else node.index,
        operation,
        where.module if where else "",
        where.file if where else "",
        where.line if where else 0,
        claim.equation,
        claim.slot,
        name,
        claim.dtype,
        SKIP,
        reason=claim.missing,
        value=-1 if claim.value is None else claim.value.index,
    )
    if claim.missing or claim.actual is None:
        return base
    actual = claim.actual
    if np.shape(_value(claim.expected)) != actual.shape:
        return replace(base, verdict=FAIL, rule="structure", entries=actual.size, failing=actual.size)
    if actual.size == 0:
        return replace(base, verdict=PASS)
    if actual.dtype.kind != "f" or contract is None:
        return _exact(base, actual, np.asarray(_value(claim.expected)))
    return _bounded(base, actual, claim.expected, contract, statistics, relative)


def _exact(base: EquationRow, actual: np.ndarray, expected: np.ndarray) -> EquationRow:
    """Integers and truth values: equal or not."""
    wrong = actual != expected
    failing = int(np.count_nonzero(wrong))
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(wrong)), actual.shape))
    return replace(
        base,
        verdict=FAIL if failing else PASS,
        rule="bits" if failing else "none",
        entries=actual.size,
        failing=failing,
        worst_index=at,
        actual=float(actual[at]),
        expected=float(expected[at]),
        allowance=0.0,
    )


def _bounded(
    base: EquationRow, actual: np.ndarray, expected: Any, contract: Contract, statistics: bool, relative: float
) -> EquationRow:
    if not (isinstance(expected, Bounded) and expected.bound is not None) and np.array_equal(actual, _value(expected)):
        return replace(base, verdict=PASS, entries=actual.size, share=0.0)  # nothing was rounded, and nothing differs
    estimate, size = _estimate(expected, actual.shape, contract, relative)
    columns = actual.shape[-1] if actual.ndim > 1 else 1
    table = actual.reshape(-1, columns) if columns > 1 else actual.reshape(-1)  # rows are judged in blocks that stay in the cache
    shaped = replace(estimate, **{k: getattr(estimate, k).reshape(table.shape) for k in ("value", "bound", "spread")})
    j: Measurement = measure(table, shaped.rows, contract.form, statistics and not contract.narrow)
    blind = round(j.blind * j.entries)
    return replace(
        base,
        verdict=j.verdict if j.verdict in (PASS, FAIL) else UNDECIDED,
        rule=j.rule,
        entries=j.entries,
        failing=j.failing,
        blind=min(blind + j.overflowed, j.entries),
        vacuous=bool(np.all(~(estimate.bound <= size))),
        share=j.share,
        rms_sigma=j.rms_sigma,
        max_sigma=j.max_sigma,
        worst_index=tuple(int(i) for i in np.unravel_index(_flat(j.worst, columns), actual.shape)) if actual.ndim else (),
        actual=j.actual,
        expected=j.expected,
        allowance=j.allowance,
    )


def _flat(index: tuple[int, ...], columns: int) -> int:
    """The position in memory of an entry of the table that was judged."""
    return index[0] * columns + index[1] if len(index) == 2 else index[0]


def _estimate(expected: Any, shape: tuple[int, ...], contract: Contract, relative: float = 0.0) -> tuple[Estimate, np.ndarray]:
    """What the judge asks for, flat, and how large the terms of each entry are. Equality is a bound of the smallest number."""
    least = max(contract.form.smallest / 2, 5e-324)
    floor = 4096 * contract.form.smallest
    if isinstance(expected, Bounded):
        expected = expected.stored()
    value = np.asarray(_value(expected), dtype=np.float64).reshape(-1)
    bound = spread = np.full(value.shape, least)
    size = np.maximum(np.abs(value), floor)
    if isinstance(expected, Bounded) and expected.bound is not None and expected.spread is not None:
        bound = np.broadcast_to(expected.bound, shape).reshape(-1) + least
        spread = np.broadcast_to(expected.spread, shape).reshape(-1) + least
        if expected.size is not None:
            size = np.maximum(size, np.broadcast_to(expected.size, shape).reshape(-1))
    if relative:
        bound, spread = bound + relative * size, spread + relative * size
    return Estimate(value, bound, spread, floor), size


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Bounded) else x


def _slot_name(claim: Claim) -> str:
    """What the operation calls its input."""
    node = claim.node
    if node is None or claim.slot is None or claim.equation != "VJP":
        return ""
    if node.names:
        return node.names[claim.slot] if claim.slot < len(node.names) else ""
    if node.rule is None or node.rule not in OPERATIONS:
        return ""
    return _parameters(node.rule, claim.slot)


def _parameters(rule: str, slot: int) -> str:
    try:
        parameters = list(inspect.signature(OPERATIONS[rule].forward).parameters.values())
    except (TypeError, ValueError):
        return ""
    usual = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    return usual[slot] if slot < len(usual) else ""


def _echoes(rows: list[EquationRow]) -> list[EquationRow]:
    """Failing rows that follow from another: a VJP of an operation whose result was already wrong."""
    wrong = {row.node for row in rows if row.verdict == FAIL and row.equation == "FWD"}
    return [
        replace(row, echo=True) if row.verdict == FAIL and row.equation == "VJP" and row.node in wrong else row for row in rows
    ]
