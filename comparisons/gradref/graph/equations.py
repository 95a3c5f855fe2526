"""The three equations of a graph: what each observed tensor should be, from the very tensors the framework formed it from.

FWD: outputs = operation(inputs). VJP: the contribution to an input slot = the pullback of the cotangents. SUM: a cotangent = the sum
of the contributions of all consumers. No error is carried from one equation to the next: an observed value starts afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradref_adapters.graph import Graph, Node, Value
from gradref_reference.error_model import Contract
from gradref_reference.primitives import Bounded
from gradref_reference.primitives.movement import total
from gradref_reference.primitives.operations import OPERATIONS, constant, forward_of, pullback_of

__all__ = ["Claim", "Evaluator", "in_storage"]

Array = np.ndarray
ContractFor = Callable[[str], Contract]


@dataclass(frozen=True, eq=False)
class Claim:
    """One equation: what the framework gave, and what it should be (a plain array where it must be exactly that).

    `slot` is an input slot of a VJP, an output number of an FWD, None for a SUM; `missing` says why it cannot be judged.
    """

    equation: str
    node: Node | None
    value: Value | None
    slot: int | None
    actual: Array | None
    expected: Any
    dtype: str
    missing: str = ""


class Evaluator:
    """Evaluates a graph's equations in float64, node by node; arrays are fetched once per node."""

    def __init__(self, graph: Graph, contract_for: ContractFor, careful: bool = False):
        self.graph, self.contract_for, self.careful = graph, contract_for, careful
        self.cache: dict[int, Array] = {}

    def array(self, value: Value) -> Array:
        """The numbers of a value; the last few are kept."""
        if value.index not in self.cache:
            if len(self.cache) > 64:
                self.cache.clear()
            self.cache[value.index] = np.asarray(value.fetch())
        return self.cache[value.index]

    def operand(self, x: Any, contract: Contract) -> Any:
        """A value as it enters an expression: exact under the contract; integers and numbers as they are."""
        if isinstance(x, Value):
            data = self.array(x)
            return Bounded(data, contract, careful=self.careful) if data.dtype.kind == "f" else data
        if isinstance(x, float):
            return constant(x, Bounded(np.zeros(()), contract))
        return x

    def operands(self, node: Node, contract: Contract) -> list[Any]:
        return [self.operand(x, contract) for x in node.inputs]

    # ---------------------------------------------------------------------------------------------------------- FWD
    def forward(self, node: Node) -> Iterator[Claim]:
        """One claim per output."""
        if node.given or (node.body and node.rule is None):
            return
        if node.rule is None:
            for k, value in enumerate(node.outputs):
                yield Claim("FWD", node, value, k, None, None, value.dtype, "it has no rule")
            return
        dtype = _dtype(node.outputs) or _dtype([v for v in node.inputs if isinstance(v, Value)]) or "float64"
        contract = self.contract_for(dtype)
        seen = [self.operand(v, contract) for v in node.outputs]
        try:
            if node.rule == "body":
                expected = self._through(node, contract)
            else:
                expected = forward_of(OPERATIONS[node.rule], self.operands(node, contract), node.attributes, seen)
        except EVALUATION as error:
            for k, value in enumerate(node.outputs):
                yield Claim("FWD", node, value, k, None, None, value.dtype, _refused(error))
            return
        for k, value in enumerate(node.outputs[: len(expected)]):
            yield Claim("FWD", node, value, k, self.array(value), expected[k], value.dtype)

    def _through(self, node: Node, contract: Contract) -> tuple[Any, ...]:
        """The outputs of a body, whose inner values nobody observed."""
        known: dict[int, Any] = {}
        for inner in node.body:
            if inner.given:
                continue
            inputs = [known[id(x)] if id(x) in known else self.operand(x, contract) for x in inner.inputs]
            results = forward_of(OPERATIONS[str(inner.rule)], inputs, inner.attributes, ())
            for value, result in zip(inner.outputs, results, strict=False):
                known[id(value)] = result.stored() if isinstance(result, Bounded) else result
        return tuple(known[id(value)] for value in node.outputs)

    # ---------------------------------------------------------------------------------------------------------- VJP
    def backward(self, node: Node) -> Iterator[Claim]:
        """One claim per input slot that took a contribution."""
        pullback = node.pullback
        if pullback is None:
            return
        slots = sorted(pullback.contributions)
        if node.rule is None:
            for k in slots:
                yield Claim("VJP", node, _value(node.inputs[k]), k, None, None, pullback.dtypes[k], "it has no rule")
            return
        dtype = _dtype(node.outputs) or next((pullback.dtypes[k] for k in slots), "float64")
        contract = self.contract_for(dtype)
        if node.rule == "body":  # several operators, each of which stores its result
            contract = in_storage(contract)
        given = [None if g is None else Bounded(np.asarray(g()), contract, careful=self.careful) for g in pullback.cotangents]
        try:
            expected = self._pulled_back(node, contract, given, slots)
        except EVALUATION as error:
            for k in slots:
                yield Claim("VJP", node, _value(node.inputs[k]), k, None, None, pullback.dtypes[k], _refused(error))
            return
        for k in slots:
            value = _value(node.inputs[k])
            assert value is not None
            fetch = pullback.contributions[k]
            actual = np.zeros(value.shape) if fetch is None else np.asarray(fetch())
            right = np.zeros(value.shape) if expected[k] is None else expected[k]
            if pullback.dtypes[k] != dtype:
                right = recast(right, self.contract_for(pullback.dtypes[k]), contract)
            yield Claim("VJP", node, value, k, actual, right, pullback.dtypes[k])

    def _pulled_back(self, node: Node, contract: Contract, given: Sequence[Any], slots: list[int]) -> Sequence[Any]:
        """What each input should be given, None for nothing."""
        if all(g is None for g in given):
            return [None] * len(node.inputs)
        if node.rule == "body":
            return self._back_through(node, contract, given, slots)
        outputs = [self.operand(v, contract) for v in node.outputs]
        wanted = [k in slots for k in range(len(node.inputs))]
        return pullback_of(OPERATIONS[str(node.rule)], self.operands(node, contract), node.attributes, outputs, given, wanted)

    def _back_through(self, node: Node, contract: Contract, given: Sequence[Any], slots: list[int]) -> list[Any]:
        """Reverse mode over the nodes of a body: what was observed inside starts afresh, cotangents carry their bounds."""
        arrived: dict[int, Any] = {id(v): g for v, g in zip(node.outputs, given, strict=True) if g is not None}
        known = self._inner_values(node, contract)
        ends = {id(node.inputs[k]) for k in slots}
        for inner in reversed(node.body):
            cotangents = [arrived.get(id(v)) for v in inner.outputs]
            if inner.given or all(g is None for g in cotangents):
                continue
            inputs = [known[id(x)] if id(x) in known else self.operand(x, contract) for x in inner.inputs]
            outputs = [known[id(v)] if id(v) in known else self.operand(v, contract) for v in inner.outputs]
            wanted = [isinstance(x, Value) and x.floating for x in inner.inputs]
            for v in inner.outputs:
                if id(v) not in ends:
                    arrived.pop(id(v), None)
            found = pullback_of(OPERATIONS[str(inner.rule)], inputs, inner.attributes, outputs, cotangents, wanted)
            for x, contribution in zip(inner.inputs, found, strict=True):
                if contribution is not None:
                    before = arrived.get(id(x))
                    arrived[id(x)] = contribution if before is None else before + contribution
        return [arrived.get(id(x)) if k in slots else None for k, x in enumerate(node.inputs)]

    def _inner_values(self, node: Node, contract: Contract) -> dict[int, Any]:
        """Values inside a body that were not recorded (index below 0), from the others."""
        known: dict[int, Any] = {}
        for inner in node.body:
            if all(v.index >= 0 for v in inner.outputs) or inner.given:
                continue
            inputs = [known[id(x)] if id(x) in known else self.operand(x, contract) for x in inner.inputs]
            results = forward_of(OPERATIONS[str(inner.rule)], inputs, inner.attributes, ())
            known.update({id(v): r for v, r in zip(inner.outputs, results, strict=False) if v.index < 0})
        return known

    # ---------------------------------------------------------------------------------------------------------- SUM
    def sums(self) -> Iterator[Claim]:
        """One claim per value that takes a gradient, and one per parameter: what was handed out is what was summed."""
        arriving: dict[int, list[Any]] = {}
        for node in self.graph.nodes:
            if node.pullback is not None:
                for k, fetch in node.pullback.contributions.items():
                    value = node.inputs[k]
                    if fetch is not None:
                        arriving.setdefault(value.index, []).append(fetch)
        for value in self.graph.values:
            terms = arriving.get(value.index, [])
            if value is self.graph.output or (not terms and value.cotangent is None):
                continue
            if value.hooked:
                yield Claim("SUM", None, value, None, None, None, value.dtype, "a hook may have changed its cotangent")
                continue
            actual = np.zeros(value.shape) if value.cotangent is None else np.asarray(value.cotangent())
            yield Claim("SUM", None, value, None, actual, self._sum(value, terms), value.dtype)
        for name, value in self.graph.parameters.items():
            if value.cotangent is not None and not value.hooked:
                final = self.graph.final.get(name)
                handed = np.zeros(value.shape) if final is None else np.asarray(final())
                yield Claim("SUM", None, value, None, handed, np.asarray(value.cotangent()), value.dtype)

    def _sum(self, value: Value, terms: list[Any]) -> Any:
        """Σ of the contributions, each addition rounded to the value's own format; exact for one."""
        if not terms:
            return np.zeros(value.shape)
        arrays = [np.asarray(t()) for t in terms]
        if len(arrays) == 1:
            return arrays[0]
        contract = self.contract_for(value.dtype)
        contract = contract.but(accumulator=contract.u, bias_accumulator=contract.u)
        stacked = Bounded(np.stack(arrays), contract, careful=self.careful)
        return total(stacked, 0)


EVALUATION = (ValueError, IndexError, TypeError, ZeroDivisionError, KeyError)
"""What a rule may raise on arguments that it does not know: the equation is unjudged then."""


def _refused(error: Exception) -> str:
    return f"its rule does not take these arguments ({type(error).__name__}: {error})"


def in_storage(contract: Contract) -> Contract:
    """Every step rounded to the storage format, sums too."""
    return contract.but(accumulator=contract.u, bias_accumulator=contract.u)


def recast(x: Any, to: Contract, of: Contract) -> Any:
    """A contribution that was formed in one format and handed over in another: rounded once more where that is the narrower."""
    if not isinstance(x, Bounded):
        return x
    bound, spread = (np.zeros(x.shape) if e is None else e for e in (x.bound, x.spread))
    if to.u > of.u:
        lost = to.u * np.abs(x.value) + to.form.smallest
        bound, spread = bound + lost, spread + 0.5 * lost
    return Bounded(x.value, to, bound, spread, x.size, x.careful)


def _dtype(values: Sequence[Value]) -> str | None:
    return next((v.dtype for v in values if v.floating), None)


def _value(x: Any) -> Value | None:
    return x if isinstance(x, Value) else None
