"""Values of names and operators at one trial point, in ball arithmetic.

Every value is a two-dimensional array of numbers (a column is n × 1, a number 1 × 1) whose entries are balls or balls with slopes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .algebra import inverse
from .ball import arb
from .duals import Dual, Kink, OutOfDomain, primal, real_function, reciprocal
from .functions_of_one import FUNCTIONS
from .problems import NoValue
from .tree import Node

if TYPE_CHECKING:
    from .points import World

__all__ = ["Array", "Values", "array", "each", "power_of"]

Array = Any
MAX_WORK = 400_000
"""Nodes evaluated for one trial point, beyond which the sheet is too large for it."""


def array(x: Any) -> Array:
    """A number as a 1 × 1 array."""
    result = np.empty((1, 1), dtype=object)
    result[0, 0] = x
    return result


class Values:
    """Values of names at a trial point, some of them overridden by numbers with slopes.

    Parameters
    ----------
    world : the trial point.
    parent : the environment this one changes.
    overrides : name -> value in place of the parent's.
    direct : whether other names keep the parent's values even where they depend on what is overridden.
    """

    def __init__(
        self, world: World, parent: Values | None = None, overrides: dict[str, Array] | None = None, direct: bool = False
    ) -> None:
        self.world, self.parent, self.overrides, self.direct = world, parent, overrides or {}, direct
        self.cache: dict[Any, Array] = {}
        self.tag: int = parent.tag + 1 if parent is not None and overrides else parent.tag if parent else 0
        self.locals: dict[str, Array] = parent.locals if parent is not None else {}

    # -- names

    def value(self, key: str) -> Array:
        """The value of a name, or of a step `base@t` of a family."""
        if key in self.overrides:
            return self.overrides[key]
        if self.parent is not None and (self.direct or not self.world.depends(key, self.overrides)):
            return self.parent.value(key)
        if key in self.cache:
            return self.cache[key]
        result = self._compute(key)
        self.cache[key] = result
        return result

    def _compute(self, key: str) -> Array:
        base, _, step = key.partition("@")
        bodies = self.world.model.bodies
        body = bodies.get(key) or bodies.get(base)
        outside = step and body is not None and body.parameters and int(step) < self.world.first_step(base)
        if body is None or outside:
            return self.world.free(key)
        if step and body.parameters:
            return self.of(body.tree, {body.parameters[0]: int(step)})
        if not body.parameters:
            return self.of(body.tree, {})
        rows = self.world.size(body.dims[0])
        columns = self.world.size(body.dims[1]) if len(body.dims) > 1 else 1
        result = np.empty((rows, columns), dtype=object)
        for i in range(rows):
            for j in range(columns):
                at = dict(zip(body.parameters, (i + 1, j + 1), strict=False))
                result[i, j] = self.of(body.tree, at)[0, 0]
        return result

    # -- expressions

    def of(self, node: Node, at: dict[str, int]) -> Array:
        """The value of `node` where the index letters stand at `at`. Raises `NoValue`."""
        self.world.work += 1
        if self.world.work > MAX_WORK:
            raise NoValue("the statement takes too long to evaluate.", node.span)
        try:
            return getattr(self, "_" + node.op.replace(" ", "_"))(node, at)
        except OutOfDomain as error:
            raise NoValue(str(error), node.span) from None
        except Kink as error:
            raise NoValue(str(error), node.span, kink=node) from None

    def number(self, node: Node, at: dict[str, int]) -> Any:
        return self.of(node, at)[0, 0]

    def whole(self, node: Node, at: dict[str, int]) -> int:
        """An index or a step as a number."""
        if node.op == "num":
            return int(node.value[0])
        if node.op == "index":
            return at[node.value]
        if node.op == "size":
            return self.world.size(node.value)
        a, b = (self.whole(n, at) for n in node.args)
        return a + b if node.op == "add" else a - b

    def _num(self, node: Node, at: dict[str, int]) -> Array:
        value, decimals = node.value
        if isinstance(value, int):
            return array(arb(value))
        exact = arb(value.numerator) / value.denominator
        if self.world.rounded and decimals is not None:
            exact = arb(exact.mid(), arb(1) / (2 * arb(10) ** decimals)) + exact * 0
        return array(exact)

    def _constant(self, node: Node, at: dict[str, int]) -> Array:
        return array(arb.pi() if node.value == "pi" else arb(1).exp())

    def _index(self, node: Node, at: dict[str, int]) -> Array:
        return array(arb(at[node.value]))

    def _size(self, node: Node, at: dict[str, int]) -> Array:
        return array(arb(self.world.size(node.value)))

    def _name(self, node: Node, at: dict[str, int]) -> Array:
        return self.value(node.value)

    def _local(self, node: Node, at: dict[str, int]) -> Array:
        return self.locals[node.value]

    def _at(self, node: Node, at: dict[str, int]) -> Array:
        return self.value(f"{node.value}@{self.whole(node.args[0], at)}")

    def _whole_family(self, node: Node, at: dict[str, int]) -> Array:
        last = self.whole(node.args[0], at)
        steps = [self.value(f"{node.value}@{t}") for t in range(self.world.first_step(node.value), last + 1)]
        return np.concatenate([s.reshape(-1, 1) for s in steps])

    def _eye(self, node: Node, at: dict[str, int]) -> Array:
        n = self.world.size(node.value)
        result = np.full((n, n), arb(0), dtype=object)
        np.fill_diagonal(result, arb(1))
        return result

    def _full(self, node: Node, at: dict[str, int]) -> Array:
        return np.full((self.world.size(node.value), 1), arb(1), dtype=object)

    def _basis(self, node: Node, at: dict[str, int]) -> Array:
        result = np.full((self.world.size(node.value), 1), arb(0), dtype=object)
        result[self._within(self.whole(node.args[0], at), result.shape[0], node), 0] = arb(1)
        return result

    def _matrix(self, node: Node, at: dict[str, int]) -> Array:
        result = np.empty(node.value, dtype=object)
        result.ravel()[:] = [self.number(a, at) for a in node.args]
        return result

    @staticmethod
    def _within(place: int, n: int, node: Node) -> int:
        if not 1 <= place <= n:
            raise NoValue(f"entry {place} of {n} does not exist.", node.span)
        return place - 1

    def _entry(self, node: Node, at: dict[str, int]) -> Array:
        base = node.args[0]
        if base.op == "D" and len(base.args) == 2:
            pass
        value = self.of(base, at)
        i, j = (self._within(self.whole(a, at), n, node) for a, n in zip(node.args[1:], value.shape, strict=True))
        return array(value[i, j])

    def _column(self, node: Node, at: dict[str, int]) -> Array:
        value = self.of(node.args[0], at)
        return value[:, [self._within(self.whole(node.args[1], at), value.shape[1], node)]]

    def _kron(self, node: Node, at: dict[str, int]) -> Array:
        return array(arb(int(self.whole(node.args[0], at) == self.whole(node.args[1], at))))

    # -- operators

    def _neg(self, node: Node, at: dict[str, int]) -> Array:
        return -self.of(node.args[0], at)

    def _add(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) + self.of(node.args[1], at)

    def _sub(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) - self.of(node.args[1], at)

    def _scale(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) * self.of(node.args[1], at)

    _hadamard = _scale

    def _matmul(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) @ self.of(node.args[1], at)

    def _inner(self, node: Node, at: dict[str, int]) -> Array:
        return array((self.of(node.args[0], at) * self.of(node.args[1], at)).sum())

    def _quotient(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) * each(reciprocal, self.of(node.args[1], at))

    def _T(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at).T

    def _power(self, node: Node, at: dict[str, int]) -> Array:
        base, exponent = self.number(node.args[0], at), node.value
        if exponent is not None:
            return array(power_of(base, exponent))
        power = self.number(node.args[1], at)
        value = primal(power)
        if type(power) is not Dual and (2 * value).is_integer() and abs(value) < 1000:
            twice = int((2 * value).unique_fmpz())  # type: ignore[arg-type]
            if twice % 2 == 0:
                return array(power_of(base, twice // 2))
            return array(power_of(real_function(FUNCTIONS["sqrt"], 0, base), twice))
        return array(real_function(FUNCTIONS["exp"], 0, real_function(FUNCTIONS["log"], 0, base) * power))

    def _powers(self, node: Node, at: dict[str, int]) -> Array:
        return each(lambda x: power_of(x, node.value), self.of(node.args[0], at))

    def _matpower(self, node: Node, at: dict[str, int]) -> Array:
        base, power = self.of(node.args[0], at), node.value
        if power < 0:
            base, power = inverse(base), -power
        result = np.full(base.shape, arb(0), dtype=object)
        np.fill_diagonal(result, arb(1))
        for _ in range(power):
            result = result @ base
        return result


def each(f: Any, x: Array) -> Array:
    result = np.empty(x.shape, dtype=object)
    result.ravel()[:] = [f(v) for v in x.ravel()]
    return result


def power_of(base: Any, n: int) -> Any:
    if n < 0:
        return reciprocal(power_of(base, -n))
    result: Any = arb(1)
    while n:
        if n & 1:
            result = result * base
        n >>= 1
        if n:
            base = base * base
    return result
