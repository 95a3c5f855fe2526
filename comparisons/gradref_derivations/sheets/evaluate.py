"""The value of an elaborated tree at one trial point, in ball arithmetic.

Every value is a two-dimensional array of numbers (a column is n × 1, a number 1 × 1) whose entries are balls or balls with slopes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .algebra import determinant, inverse
from .ball import arb
from .duals import Dual, Kink, OutOfDomain, primal, real_function, reciprocal
from .functions_of_one import FUNCTIONS
from .problems import NoValue
from .shapes import Dim
from .tree import Node, walk

if TYPE_CHECKING:
    from .points import World

__all__ = ["Environment", "array"]

Array = Any
MAX_WORK = 400_000
"""Nodes evaluated for one trial point, beyond which the sheet is too large for it."""


def array(x: Any) -> Array:
    """A number as a 1 × 1 array."""
    result = np.empty((1, 1), dtype=object)
    result[0, 0] = x
    return result


class Environment:
    """Values of names at a trial point, some of them overridden by numbers with slopes.

    Parameters
    ----------
    world : the trial point.
    parent : the environment this one changes.
    overrides : name -> value in place of the parent's.
    direct : whether other names keep the parent's values even where they depend on what is overridden.
    """

    def __init__(
        self, world: World, parent: Environment | None = None, overrides: dict[str, Array] | None = None, direct: bool = False
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
        return _product(self.of(node.args[0], at), self.of(node.args[1], at))

    def _inner(self, node: Node, at: dict[str, int]) -> Array:
        return array((self.of(node.args[0], at) * self.of(node.args[1], at)).sum())

    def _quotient(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) * _each(reciprocal, self.of(node.args[1], at))

    def _T(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at).T

    def _power(self, node: Node, at: dict[str, int]) -> Array:
        base, exponent = self.number(node.args[0], at), node.value
        if exponent is not None:
            return array(_power(base, exponent))
        power = self.number(node.args[1], at)
        value = primal(power)
        if type(power) is not Dual and (2 * value).is_integer() and abs(value) < 1000:
            twice = int((2 * value).unique_fmpz())  # type: ignore[arg-type]
            if twice % 2 == 0:
                return array(_power(base, twice // 2))
            return array(_power(real_function(FUNCTIONS["sqrt"], 0, base), twice))
        return array(real_function(FUNCTIONS["exp"], 0, real_function(FUNCTIONS["log"], 0, base) * power))

    def _powers(self, node: Node, at: dict[str, int]) -> Array:
        return _each(lambda x: _power(x, node.value), self.of(node.args[0], at))

    def _matpower(self, node: Node, at: dict[str, int]) -> Array:
        base, power = self.of(node.args[0], at), node.value
        if power < 0:
            base, power = inverse(base), -power
        result = np.full(base.shape, arb(0), dtype=object)
        np.fill_diagonal(result, arb(1))
        for _ in range(power):
            result = _product(result, base)
        return result

    # -- functions

    def _call(self, node: Node, at: dict[str, int]) -> Array:
        name, order = node.value
        f = FUNCTIONS.get(name) or self.world.function(name)
        return _each(lambda x: real_function(f, order, x), self.of(node.args[0], at))

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
        inner = Environment(self.world, self)
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
        return _each(lambda x: self._derived(names, x, node.args[-1], order, at), self.of(node.args[0], at))

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
        e = _each(lambda v: real_function(FUNCTIONS["exp"], 0, v), x)
        sums = e.sum(axis=1 if x.shape[0] == 1 else 0, keepdims=True)
        return e * _each(reciprocal, sums)

    def _logsumexp(self, node: Node, at: dict[str, int]) -> Array:
        e = _each(lambda v: real_function(FUNCTIONS["exp"], 0, v), self.of(node.args[0], at))
        return array(real_function(FUNCTIONS["log"], 0, e.sum()))

    def _norm(self, node: Node, at: dict[str, int]) -> Array:
        x = self.of(node.args[0], at)
        if node.value == "1":
            return array(_each(lambda v: real_function(FUNCTIONS["abs"], 0, v), x).sum())
        return array(real_function(FUNCTIONS["sqrt"], 0, (x * x).sum()))

    def _extremum(self, node: Node, at: dict[str, int]) -> Array:
        a, b = self.of(node.args[0], at), self.of(node.args[1], at)
        sign = 1 if node.value == "max" else -1
        relu = FUNCTIONS["relu"]
        return a + sign * _each(lambda v: real_function(relu, 0, v), sign * (b - a))

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
        return _each(lambda d: _holds(d, node), a - b)

    def _and(self, node: Node, at: dict[str, int]) -> Array:
        return self.of(node.args[0], at) * self.of(node.args[1], at)

    def _otherwise(self, node: Node, at: dict[str, int]) -> Array:
        return array(1)

    def _iverson(self, node: Node, at: dict[str, int]) -> Array:
        return _each(arb, self.of(node.args[0], at))

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

    # -- derivatives

    def _D(self, node: Node, at: dict[str, int]) -> Array:
        """∂top/∂variable by its definition: the variable's entries are given slopes, and the top is evaluated again."""
        top, variable, *places = node.args
        how, explicit = node.value
        entry = top.args[1:] if top.op == "entry" and top.args[0].op in ("name", "at") else None
        shape, table = self.jacobian(top.args[0] if entry else top, variable, explicit, at)
        values, size = table
        if entry:
            place = tuple(self._within(self.whole(a, at), n, node) for a, n in zip(entry, values.shape[:2], strict=True))
            values = values[place[0] : place[0] + 1, place[1] : place[1] + 1]
        if places:
            chosen = [
                slice(None) if p.op == "all" else [self._within(self.whole(p, at), n, node)]
                for p, n in zip(places, shape, strict=True)
            ]
            values = values.reshape(*values.shape[:2], *shape)[:, :, chosen[0], :][:, :, :, chosen[1]]
            shape = values.shape[2:]
            values = values.reshape(*values.shape[:2], -1)
            size = values.shape[2]
        return _laid_out(values, shape, size, how)

    def jacobian(
        self, top: Node, variable: Node, explicit: bool, at: dict[str, int]
    ) -> tuple[tuple[int, ...], tuple[Array, int]]:
        """Shape of the variable, and the derivatives of every entry of `top` by every entry of it."""
        letters = tuple(sorted((k, v) for k, v in at.items() if k in self.world.letters(top, variable)))
        cached = self.cache.get(("D", top, variable, explicit, letters))
        if cached is not None and not self.locals:
            return cached
        base = self.of(variable, at)
        flat = base.ravel()
        tag = self.tag + 1
        seeds = np.empty(flat.shape, dtype=object)
        seeds[:] = [Dual(tag, x, {k: arb(1)}) for k, x in enumerate(flat)]
        seeds = seeds.reshape(base.shape)
        if variable.op == "local":
            inner = Environment(self.world, self)
            inner.locals, inner.tag = {**self.locals, variable.value: seeds}, tag
            value = inner.of(top, at)
        else:
            key = variable.value if variable.op == "name" else f"{variable.value}@{self.whole(variable.args[0], at)}"
            value = self._seeded(key, seeds, top, explicit, at)
        result = np.empty((*value.shape, len(flat)), dtype=object)
        for i, j in np.ndindex(*value.shape):
            v = value[i, j]
            slopes = v.t if type(v) is Dual and v.tag == tag else {}
            for k in range(len(flat)):
                result[i, j, k] = slopes.get(k, arb(0))
        found = base.shape, (result, len(flat))
        self.cache["D", top, variable, explicit, letters] = found
        return found

    def _seeded(self, key: str, seeds: Array, top: Node, explicit: bool, at: dict[str, int]) -> Array:
        """The top where `key` has slopes; explicitly only what the top's own definition shows of it, if it shows it at all."""
        if explicit:
            shown = top.value if top.op == "name" else f"{top.value}@{self.whole(top.args[0], at)}" if top.op == "at" else None
            base, _, step = (shown or "").partition("@")
            body = self.world.model.bodies.get(shown or "") or self.world.model.bodies.get(base)
            tree = body.tree if body is not None else top
            place = {body.parameters[0]: int(step)} if body is not None and step and body.parameters else at
            if shown != key and self._shows(tree, key, place):
                inner = Environment(self.world, self, {key: seeds}, direct=True)
                return inner._compute(shown) if body is not None and shown is not None else inner.of(top, at)
        return Environment(self.world, self, {key: seeds}).of(top, at)

    def _shows(self, tree: Node, key: str, at: dict[str, int]) -> bool:
        """Whether a name, or a step of a family, stands in a tree itself."""
        base, _, step = key.partition("@")
        for n in walk(tree):
            if n.op == "name" and n.value == key:
                return True
            known = n.op == "at" and n.value == base and all(m.value in at for m in walk(n.args[0]) if m.op == "index")
            if step and known and self.whole(n.args[0], at) == int(step):
                return True
        return False


def _laid_out(values: Array, shape: tuple[int, ...], size: int, how: str) -> Array:
    if how == "top":
        return values[:, :, 0]
    if how == "top flipped":
        return values[:, :, 0].T
    if how == "bottom":
        return values[0, 0].reshape(shape)
    if how == "bottom flipped":
        return values[0, 0].reshape(shape).T
    table = values.reshape(-1, size)
    return table if how == "jacobian" else table.T


def _each(f: Any, x: Array) -> Array:
    result = np.empty(x.shape, dtype=object)
    result.ravel()[:] = [f(v) for v in x.ravel()]
    return result


def _product(a: Array, b: Array) -> Array:
    return a @ b


def _power(base: Any, n: int) -> Any:
    if n < 0:
        return reciprocal(_power(base, -n))
    result: Any = arb(1)
    while n:
        if n & 1:
            result = result * base
        n >>= 1
        if n:
            base = base * base
    return result


def _holds(difference: Any, node: Node) -> bool:
    """Whether a comparison holds of a difference. Raises `Kink` where a ball is too wide to tell."""
    d = primal(difference)
    kind = node.value
    if d.contains(0) and not d.is_zero():
        raise Kink("a comparison that cannot be told")
    sign = 0 if d.is_zero() else 1 if d > 0 else -1
    return {"<": sign < 0, ">": sign > 0, "≤": sign <= 0, "≥": sign >= 0, "=": sign == 0, "≠": sign != 0}[kind]


Size = Dim
