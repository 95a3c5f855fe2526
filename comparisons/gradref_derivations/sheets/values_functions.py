"""Values of functions, conditions and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .algebra import determinant
from .ball import arb
from .duals import Dual, Kink, primal, real_function, reciprocal
from .functions_of_one import FUNCTIONS
from .problems import NoValue
from .tree import Node, walk

if TYPE_CHECKING:
    pass

from .values import Array, Values, array, each

__all__ = ["FunctionValues"]


class FunctionValues(Values):
    """What `Values` knows of functions of arrays."""

    # -- functions

    def _call(self, node: Node, at: dict[str, int]) -> Array:
        name, order = node.value
        f = FUNCTIONS.get(name) or self.world.function(name)
        return each(lambda x: real_function(f, order, x), self.of(node.args[0], at))

    def _generic(self, node: Node, at: dict[str, int]) -> Array:
        """Any smooth number of one or more arrays."""
        total: Any = arb(0)
        for number, a in enumerate(node.args):
            value = self.of(a, at)
            for place, x in enumerate(value.ravel()):
                first, second = self.world.weights(node.value, number, place)
                total = total + x * first + x * x * second
        return array(real_function(self.world.function(f"·{node.value}"), 0, total))

    def _generic_column(self, node: Node, at: dict[str, int]) -> Array:
        name, dim = node.value
        n = self.world.size(dim)
        rows = [self._generic(Node("generic", node.args, f"{name}{i}"), at)[0, 0] for i in range(n)]
        result = np.empty((n, 1), dtype=object)
        result[:, 0] = rows
        return result

    def _inside(self, names: tuple[str, ...], values: list[Array], body: Node, at: dict[str, int]) -> Array:
        inner = type(self)(self.world, self)
        inner.locals = {**self.locals, **dict(zip(names, values, strict=True))}
        inner.tag = self.tag
        return inner.of(body, at)

    def _call_sheet(self, node: Node, at: dict[str, int]) -> Array:
        return self._inside(node.value, [self.of(a, at) for a in node.args[:-1]], node.args[-1], at)

    def _let(self, node: Node, at: dict[str, int]) -> Array:
        return self._inside((node.value,), [self.of(node.args[0], at)], node.args[1], at)

    def _map(self, node: Node, at: dict[str, int]) -> Array:
        """A function of the sheet that takes a number, entry by entry, or its derivative of some order."""
        names, order = node.value
        return each(lambda x: self._derived(names, x, node.args[-1], order, at), self.of(node.args[0], at))

    def _derived(self, names: tuple[str, ...], x: Any, body: Node, order: int, at: dict[str, int]) -> Any:
        if not order:
            return self._inside(names, [array(x)], body, at)[0, 0]
        saved = self.tag
        self.tag += 1
        tag = self.tag
        value = self._derived(names, Dual(tag, x, {0: arb(1)}), body, order - 1, at)
        self.tag = saved
        return value.t.get(0, arb(0)) if type(value) is Dual and value.tag == tag else arb(0)

    def _softmax(self, node: Node, at: dict[str, int]) -> Array:
        x = self.of(node.args[0], at)
        e = each(lambda v: real_function(FUNCTIONS["exp"], 0, v), x)
        sums = e.sum(axis=1 if x.shape[0] == 1 else 0, keepdims=True)
        return e * each(reciprocal, sums)

    def _logsumexp(self, node: Node, at: dict[str, int]) -> Array:
        e = each(lambda v: real_function(FUNCTIONS["exp"], 0, v), self.of(node.args[0], at))
        return array(real_function(FUNCTIONS["log"], 0, e.sum()))

    def _norm(self, node: Node, at: dict[str, int]) -> Array:
        x = self.of(node.args[0], at)
        if node.value == "1":
            return array(each(lambda v: real_function(FUNCTIONS["abs"], 0, v), x).sum())
        return array(real_function(FUNCTIONS["sqrt"], 0, (x * x).sum()))

    def _extremum(self, node: Node, at: dict[str, int]) -> Array:
        a, b = self.of(node.args[0], at), self.of(node.args[1], at)
        sign = 1 if node.value == "max" else -1
        relu = FUNCTIONS["relu"]
        return a + sign * each(lambda v: real_function(relu, 0, v), sign * (b - a))

    def _tr(self, node: Node, at: dict[str, int]) -> Array:
        return array(np.trace(self.of(node.args[0], at)))

    def _det(self, node: Node, at: dict[str, int]) -> Array:
        return array(determinant(self.of(node.args[0], at)))

    def _diag(self, node: Node, at: dict[str, int]) -> Array:
        x = self.of(node.args[0], at)
        result = np.full((x.shape[0], x.shape[0]), arb(0), dtype=object)
        np.fill_diagonal(result, x[:, 0])
        return result

    def _diagonal(self, node: Node, at: dict[str, int]) -> Array:
        return np.diagonal(self.of(node.args[0], at)).reshape(-1, 1)

    def _vec(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at).T.reshape(-1, 1)

    def _total(self, node: Node, at: dict[str, int]) -> Array:
        return array(self.of(node.args[0], at).sum())

    def _mean(self, node: Node, at: dict[str, int]) -> Array:
        x = self.of(node.args[0], at)
        return array(x.sum() * (arb(1) / x.size))

    def _cost_of_samples(self, node: Node, at: dict[str, int]) -> Array:
        from .costs import sample_costs

        output, target, logits = (self.of(a, at) for a in node.args)
        return array(sample_costs(node.value, output, target, logits, self.world) * (arb(1) / output.shape[1]))

    # -- conditions and sums

    def _compare(self, node: Node, at: dict[str, int]) -> Array:
        a, b = self.of(node.args[0], at), self.of(node.args[1], at)
        return each(lambda d: _holds(d, node), a - b)

    def _and(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) * self.of(node.args[1], at)

    def _otherwise(self, node: Node, at: dict[str, int]) -> Array:
        return array(1)

    def _iverson(self, node: Node, at: dict[str, int]) -> Array:
        return each(arb, self.of(node.args[0], at))

    def _cases(self, node: Node, at: dict[str, int]) -> Array:
        """The row whose condition holds; two that both hold must agree, and one must hold."""
        guards = [self.of(b.args[1], at) for b in node.args]
        shape = np.broadcast_shapes(*(g.shape for g in guards))
        if shape == (1, 1):
            chosen = [b.args[0] for b, g in zip(node.args, guards, strict=True) if g[0, 0]]
            if node.args[-1].args[1].op == "otherwise" and len(chosen) > 1:
                chosen = chosen[:-1]
            return self._agreeing([self.of(c, at) for c in chosen], node)
        values = [self.of(b.args[0], at) for b in node.args]
        shape = np.broadcast_shapes(shape, *(v.shape for v in values))
        result = np.empty(shape, dtype=object)
        for place in np.ndindex(*shape):
            holding = [v for v, g in zip(values, guards, strict=True) if np.broadcast_to(g, shape)[place]]
            if node.args[-1].args[1].op == "otherwise" and len(holding) > 1:
                holding = holding[:-1]
            result[place] = self._agreeing([array(np.broadcast_to(v, shape)[place]) for v in holding], node)[0, 0]
        return result

    def _agreeing(self, values: list[Array], node: Node) -> Array:
        if not values:
            raise NoValue("no row of cases applies", node.span, undefined=True)
        for other in values[1:]:
            if not all(primal(d).contains(0) for d in (values[0] - other).ravel()):
                edge = any(c.op == "compare" and c.value in "≤≥" for b in node.args for c in walk(b.args[1]))
                raise NoValue("two rows of cases apply", node.span, kink=node if edge else None, undefined=not edge)
        return values[0]

    def _sum(self, node: Node, at: dict[str, int]) -> Array:
        body, low, high, guard = node.args
        total = None
        first, last = int(self._bound(low, at)), int(self._bound(high, at))
        for k in range(first, last + 1):
            here = {**at, node.value: k}
            if guard.op != "none" and not self.of(guard, here)[0, 0]:
                continue
            value = self.of(body, here)
            total = value if total is None else total + value if node.op == "sum" else total * value
        return array(arb(0 if node.op == "sum" else 1)) if total is None else total

    _prod = _sum

    def _bound(self, node: Node, at: dict[str, int]) -> int:
        value = primal(self.number(node, at))
        if not value.is_integer() or abs(value) > 64:
            raise NoValue("the ends of a sum must be whole numbers up to 64.", node.span)
        return int(value.unique_fmpz())  # type: ignore[arg-type]


def _holds(difference: Any, node: Node) -> bool:
    """Whether a comparison holds of a difference. Raises `Kink` where a ball is too wide to tell."""
    d = primal(difference)
    kind = node.value
    if d.contains(0) and not d.is_zero():
        raise Kink("a comparison that cannot be told")
    sign = 0 if d.is_zero() else 1 if d > 0 else -1
    return {"<": sign < 0, ">": sign > 0, "≤": sign <= 0, "≥": sign >= 0, "=": sign == 0, "≠": sign != 0}[kind]
