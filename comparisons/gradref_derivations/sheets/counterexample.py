"""The smallest whole numbers, found by shrinking, at which a claim fails."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from .ball import arb
from .problems import NoValue
from .trials import NOTHING, Assumption, Failure, Typed, plans_of, run

__all__ = ["Counterexample", "smallest"]

_SMALL = (0, 1, -1, 2, -2)
_SPECIAL = {"distribution", "onehot", "probability", "sums", "symmetric", "antisymmetric", "orthogonal", "definite", "diagonal"}


@dataclass
class Counterexample:
    """A point at which two sides are apart.

    Attributes
    ----------
    sizes : size letter -> number.
    values : name -> number, list (a column) or list of rows, as text where a fraction.
    left, right : the two sides there, in decimal figures.
    entry : which entry, counted from 1; None for numbers.
    at : position of the free indices.
    layer : the layer, None where the claim is about none.
    """

    sizes: dict[str, int]
    values: dict[str, Any]
    left: str
    right: str
    entry: tuple[int, int] | None
    at: dict[str, int]
    layer: int | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "sizes": self.sizes, "values": self.values, "left": self.left, "right": self.right,
            "entry": list(self.entry) if self.entry else None, "indices": self.at, "layer": self.layer,
        }  # fmt: skip

    def sentence(self) -> str:
        """At which point the sides have which values."""
        shown = [f"{k} = {_shown(v)}" for k, v in list(self.values.items())[:8] if not (isinstance(v, list) and len(str(v)) > 60)]
        where = ", ".join(shown) if len(shown) == len(self.values) else ", ".join([*shown, "…"])
        indices = "".join(f", {k} = {v}" for k, v in self.at.items())
        entry = "" if self.entry is None else f", entry {self.entry[0]}" + ("" if self.entry[1] == 1 else f",{self.entry[1]}")
        return (
            f"at {where}{indices}{entry} the left side is {self.left}, the right side {self.right}"
            if where
            else f"the left side is {self.left}, the right side {self.right}{entry}"
        )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return (
            "("
            + (
                ", ".join(map(_shown, value))
                if not value or not isinstance(value[0], list)
                else "; ".join(", ".join(map(_shown, r)) for r in value)
            )
            + ")"
        )
    return str(value)


def smallest(
    failure: Failure, typed: list[Typed], seed: int, assumed: Assumption = NOTHING, limit: float = 1.0
) -> Counterexample:
    """Shrink sizes, then entries, as long as the claim still fails."""
    stop = process_time() + limit
    t = next((x for x in typed if x.layer == failure.layer), typed[0])
    best = _smaller_sizes(failure, t, seed, assumed, stop)
    best = _smaller_values(best, t, seed, assumed, stop)
    return _counterexample(best, t)


def _smaller_sizes(failure: Failure, t: Typed, seed: int, assumed: Assumption, stop: float) -> Failure:
    plans = sorted(plans_of(t), key=lambda p: (sum(p.values()), max(p.values(), default=0)))
    for sizes in plans:
        for point in range(3):
            if process_time() > stop:
                return failure
            try:
                _, found, again = run(t, sizes, seed, 1000 + point, assumed)
            except NoValue:
                continue
            if found is not None and (found.world.whole or not failure.world.whole) and not (again and not found.world.whole):
                return found
    return failure


def _smaller_values(failure: Failure, t: Typed, seed: int, assumed: Assumption, stop: float) -> Failure:
    world = failure.world
    for name in sorted(world.fixed):
        if world.properties.get(name.partition("@")[0], set()) & _SPECIAL:
            continue
        for place in np.ndindex(*world.fixed[name].shape):
            now = failure.world.fixed[name][place]
            for value in _SMALL:
                if process_time() > stop:
                    return failure
                if now[1] == 1 and _cost(value) >= _cost(now[0]):
                    break
                fixed = {k: v.copy() for k, v in failure.world.fixed.items()}
                fixed[name][place] = (value, 1)
                try:
                    _, found, _ = run(t, world.sizes, world.seed, world.point, assumed, whole=world.whole, fixed=fixed)
                except NoValue:
                    continue
                if found is not None:
                    failure = found
                    break
    return failure


def _cost(value: int) -> int:
    return _SMALL.index(value) if value in _SMALL else 10 + abs(value)


def _counterexample(failure: Failure, t: Typed) -> Counterexample:
    world = failure.world
    values = {}
    for name in sorted(world.values):
        if name.startswith("·"):
            continue
        numbers = world.fixed[name]
        rows = [[_number(*numbers[i, j]) for j in range(numbers.shape[1])] for i in range(numbers.shape[0])]
        shape = t.model.shapes[name.partition("@")[0]]
        if shape[0].known == 1 and shape[1].known == 1:
            values[_name(name)] = rows[0][0]
        else:
            values[_name(name)] = [r[0] for r in rows] if shape[1].known == 1 else rows
    sizes = {str(k): v for k, v in world.sizes.items() if not str(k).startswith("·")}
    return Counterexample(
        sizes, values, _figures(failure.left), _figures(failure.right), failure.entry, failure.at, failure.layer
    )


def _name(key: str) -> str:
    base, _, step = key.partition("@")
    if step:
        return f"{base}_{step}"
    return "x" if key == "A^0" else key


def _number(top: int, bottom: int) -> int | str:
    from math import gcd

    g = gcd(top, bottom) or 1
    return top // g if bottom // g == 1 else f"{top // g}/{bottom // g}"


def _figures(x: arb | str | None) -> str:
    """A ball in at most twelve figures; a whole number as such; why there is none."""
    if x is None or isinstance(x, str):
        return f"none ({x})" if x else "some value"
    if x.is_exact() and x.is_integer():
        return x.str(30, radius=False).split(".")[0] if abs(x) < 10**15 else x.str(6, radius=False)
    text = x.mid().str(7, radius=False)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
