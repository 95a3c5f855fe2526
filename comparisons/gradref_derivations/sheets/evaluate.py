"""The value of an elaborated tree at one trial point, derivatives included: by their definition, with slopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .ball import arb
from .duals import Dual
from .tree import Node, walk

if TYPE_CHECKING:
    pass

from .values import Array
from .values_functions import FunctionValues

__all__ = ["Environment"]


class Environment(FunctionValues):
    """Values of names at a trial point, some of them overridden by numbers with slopes; see `Values`."""

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
