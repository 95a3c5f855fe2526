"""One claim at trial points: both sides as balls, which meet or do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

import numpy as np

from .alternatives import one_reading
from .ball import arb, precision
from .duals import primal
from .elaborate import Elaborator
from .evaluate import Environment
from .model import Model
from .network import NoLayer
from .points import World, size_plans
from .problems import Mismatch, NoValue, SheetError, Unreadable
from .shapes import Dim, describe, is_scalar
from .tree import Node, number, substitute, walk

__all__ = ["Assumption", "Failure", "Typed", "instances", "plans_of", "run", "trial"]

BITS = 192
DIGITS = 30
ENOUGH = 5
MAX_PLACES = 81
ATTEMPTS = 9


@dataclass(frozen=True)
class Assumption:
    """What is assumed of the trial points beyond the declarations.

    Attributes
    ----------
    properties : pairs (name, property) added.
    dropped : pairs (name, property) left out of the declarations.
    logistic : σ is the logistic function.
    where : comparisons that must hold at a point, elaborated.
    """

    properties: tuple[tuple[str, str], ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    logistic: bool = False
    where: tuple[Node, ...] = ()


NOTHING = Assumption()


@dataclass
class Typed:
    """A claim with shapes, at one layer where it is about layers."""

    model: Model
    left: Node
    right: Node
    indices: dict[str, Dim]
    guards: list[Node]
    properties: dict[str, set[str]]
    layer: int | None = None
    conflicts: list[tuple[Dim, Dim, Mismatch]] = field(default_factory=list)
    _names: set[str] | None = None

    def names(self) -> set[str]:
        """Every name that the two sides depend on."""
        if self._names is None:
            self._names = self.model.depends(Node("pair", (self.left, self.right, *self.guards)))
        return self._names


@dataclass
class Failure:
    """A trial point at which the two sides are apart."""

    world: World
    left: Any
    right: Any
    entry: tuple[int, int] | None
    at: dict[str, int]
    layer: int | None


@dataclass
class Outcome:
    """What trial points said of a claim.

    Attributes
    ----------
    kind : holds, fails, shapes, unreadable or none (no point in the domain was found).
    """

    kind: str
    error: SheetError | None = None
    failure: Failure | None = None
    digits: int = 0
    points: int = 0
    typed: list[Typed] = field(default_factory=list)
    resampled: bool = False
    seen: set[str] = field(default_factory=set)


def layer_letters(trees: list[Node]) -> list[str]:
    """The letters that stand for a layer in a statement."""
    found: set[str] = set()
    for n in (n for t in trees for n in walk(t)):
        places = n.args[:1] if n.op in ("at", "width") else n.args[1:] if n.op == "act" else ()
        found |= {m.value for p in places for m in walk(p) if m.op == "name" and m.value != "L"}
    sums = {n.value for t in trees for n in walk(t) if n.op in ("sum", "prod")}
    return sorted(found - sums)


def instances(left: Node, right: Node, guards: list[Node], model: Model, properties: dict[str, set[str]]) -> list[Typed]:
    """The claim with shapes, at every layer where it means something.

    Raises `Mismatch`, `Unreadable`, or `NoLayer` where no layer fits.
    """
    if model.network is None:
        return [_typed(left, right, guards, model, properties, None)]
    letters = layer_letters([left, right])
    if not letters:
        return [_typed(left, right, guards, model, properties, None)]
    found, refused, mismatch = [], None, None
    for values in product(range(model.network.plan.depth + 1), repeat=len(letters)):
        a, b = left, right
        for letter, l in zip(letters, values, strict=True):
            a, b = substitute(a, letter, number(l)), substitute(b, letter, number(l))
        mark = model.trail.mark()
        try:
            found.append(_typed(a, b, guards, model, properties, values[0]))
        except NoLayer as error:
            model.trail.undo(mark)
            refused = error
        except Mismatch as error:
            model.trail.undo(mark)
            mismatch = mismatch or error
    if mismatch is not None:
        raise mismatch
    if not found:
        raise refused or Unreadable("no layer fits.")
    return found


def _typed(
    left: Node, right: Node, guards: list[Node], model: Model, properties: dict[str, set[str]], layer: int | None
) -> Typed:
    return one_reading(
        model.elaborator, lambda typer: _typed_by(typer, left, right, guards, model, properties, layer), model.trail
    )


def _typed_by(
    typer: Elaborator,
    left: Node,
    right: Node,
    guards: list[Node],
    model: Model,
    properties: dict[str, set[str]],
    layer: int | None,
) -> Typed:
    a, first = typer.type(left)
    b, second = typer.type(right)
    zero = next((n for n in (first, second) if n.op == "num" and n.value[0] == 0), None)
    if zero is None and not model.trail.unify_shapes(a, b):
        mirrored = model.trail.unify_shapes((a[1], a[0]), b) and not (is_scalar(a) or is_scalar(b))
        turned = "; they are each other's transpose" if mirrored else ""
        raise Mismatch(f"the left side is {describe(a)}, the right side {describe(b)}{turned}.", right.span)
    conditions = []
    for g in guards:
        known = model.trail.mark()
        try:
            conditions.append(typer.condition(g)[1])
        except SheetError:
            model.trail.undo(known)
    for letter, dim in typer.indices.items():
        if dim.known is None:
            raise Unreadable(f"what {letter} runs over is not said.", left.span)
    _settle(model, (first, second, *conditions))
    return Typed(model, first, second, dict(typer.indices), conditions, properties, layer, typer.conflicts)


def _settle(model: Model, trees: tuple[Node, ...]) -> None:
    """Sizes that only the statement itself could have fixed, as that of an I on both sides, get letters of their own."""
    for n in (n for t in trees for n in walk(t)):
        if isinstance(n.value, Dim) and n.value.known is None:
            model.trail.unify(n.value.find(), Dim(f"·{id(n.value.find()) % 9973}"))


def plans_of(typed: Typed) -> list[dict[Any, int]]:
    """The sizes to try."""
    model = typed.model
    names: set[Any] = set()
    trees = [typed.left, typed.right, *typed.guards]
    dims = [d for k in typed.names() & model.shapes.keys() for d in model.shapes[k]] + list(typed.indices.values())
    bodies = [b for k, b in model.bodies.items() if k.partition("@")[0] in typed.names()]
    dims += [d for b in bodies for d in b.dims]
    trees += [b.tree for b in bodies]
    for n in (n for t in trees for n in walk(t)):
        if isinstance(n.value, Dim):
            dims.append(n.value)
        elif n.op == "generic column":
            dims.append(n.value[1])
        elif n.op == "at" and model.steps:
            dims += [Dim(high) for _, high in model.steps.values()]
    for d in dims:
        known = d.known
        if known is not None and known != 1 and not (isinstance(known, int) and known <= 6):
            names.add(known)
    least = {d.known: v for d, v in model.least.items() if d.known is not None}
    plans = size_plans(names, least)
    if model.reading.steps == "one":
        plans = [{**p, **{high: 1 for _, high in model.steps.values() if isinstance(high, str)}} for p in plans]
    for plan in plans:
        for a, b, _ in typed.conflicts:
            equal = a.known if isinstance(a.known, int) else b.known if isinstance(b.known, int) else plan[a.known]
            plan.update({d.known: equal for d in (a, b) if isinstance(d.known, str)})
    return plans


def places(typed: Typed, world: World) -> Iterator[dict[str, int]]:
    """Every position of the free indices, at most `MAX_PLACES`."""
    letters = sorted(typed.indices)
    ranges = []
    for letter in letters:
        low = typed.model.steps.get(letter, (1, 0))[0]
        ranges.append(range(low, world.size(typed.indices[letter]) + 1))
    for values in islice(product(*ranges), MAX_PLACES):
        yield dict(zip(letters, values, strict=True))


def world_of(typed: Typed, sizes: dict[Any, int], seed: int, point: int, assumed: Assumption, **how: Any) -> World:
    properties = {k: set(v) for k, v in typed.properties.items()}
    for name, p in assumed.properties:
        properties.setdefault(name, set()).add(p)
    for name, p in assumed.dropped:
        properties.get(name, set()).discard(p)
    return World(
        typed.model,
        dict(sizes),
        seed,
        point,
        properties=properties,
        logistic=assumed.logistic or "logistic" in properties.get("σ", ()),
        **how,
    )


def trial(typed: Typed, world: World, assumed: Assumption = NOTHING) -> tuple[int, Failure | None]:
    """Digits to which the sides agree at one point, or where they are apart. Raises `NoValue`."""
    root = Environment(world)
    digits = 99
    tried = 0
    for condition in assumed.where:
        if not all(v for v in root.of(condition, {}).ravel()):
            raise NoValue("outside the condition")
    for at in places(typed, world):
        if typed.guards and not all(root.of(g, at)[0, 0] for g in typed.guards):
            continue
        tried += 1
        left, right = _sides(root, typed, at)
        if isinstance(left, str) or isinstance(right, str):
            return 0, Failure(
                world, left if isinstance(left, str) else None, right if isinstance(right, str) else None, None, at, typed.layer
            )
        if left.shape != right.shape:
            left, right = np.broadcast_arrays(left, right)
        for place in np.ndindex(*left.shape):
            a, b = primal(left[place]), primal(right[place])
            if not (a.is_finite() and b.is_finite()):
                raise NoValue("a value outside the domain")
            difference = a - b
            if not difference.contains(0):
                entry = None if left.size == 1 else (place[0] + 1, place[1] + 1)
                return 0, Failure(world, a, b, entry, at, typed.layer)
            digits = min(digits, _digits(difference, a, b))
    if not tried:
        raise NoValue("no position of the indices satisfies the condition.")
    return digits, None


def _sides(root: Environment, typed: Typed, at: dict[str, int]) -> tuple[Any, Any]:
    """Both sides; a text in place of the one that the sheet leaves without a value where the other has one. Raises `NoValue`."""
    sides: list[Any] = []
    for tree in (typed.left, typed.right):
        try:
            sides.append(root.of(tree, at))
        except NoValue as error:
            if not error.undefined:
                raise
            sides.append(error.message)
    if all(isinstance(s, str) for s in sides):
        raise NoValue(sides[0])
    return sides[0], sides[1]


def _digits(difference: arb, a: arb, b: arb) -> int:
    radius = float(difference.rad())
    if radius == 0:
        return 99
    scale = max(1e-300, float(abs(a).abs_upper()), float(abs(b).abs_upper()))
    scale = max(scale, 1.0) if scale < 1e-20 else scale
    return max(0, int(np.floor(-np.log10(radius / scale))) if radius < scale else 0)


def run(
    typed: Typed,
    sizes: dict[Any, int],
    seed: int,
    point: int,
    assumed: Assumption = NOTHING,
    whole: bool = True,
    fixed: dict | None = None,
) -> tuple[int, Failure | None, bool]:
    """One trial, drawn anew while it falls outside the domain. The last item says whether that was needed. Raises `NoValue`."""
    last: NoValue | None = None
    for attempt in range(1 if fixed else ATTEMPTS):
        signs = ("any", "any", "any", "positive", "unit", "any", "positive", "unit", "any")[attempt]
        whole_now = whole and attempt < 4
        for bits in (BITS, 4 * BITS, 16 * BITS):
            with precision(bits):
                world = world_of(
                    typed, sizes, seed, point + 100 * attempt, assumed, signs=signs, whole=whole_now, fixed=dict(fixed or {})
                )
                try:
                    digits, failure = trial(typed, world, assumed)
                except NoValue as error:
                    last = error
                    break
                if failure is None and digits < DIGITS and bits < 16 * BITS:
                    continue
                if failure is not None:
                    rounded = _within_rounding(typed, world, assumed)
                    if rounded:
                        return 1, None, attempt > 0
                return digits, failure, attempt > 0
    raise last or NoValue("no point in the domain was found.")


def _within_rounding(typed: Typed, world: World, assumed: Assumption) -> bool:
    """Whether the sides meet once a decimal stands for its rounding interval."""
    if not any(n.op == "num" and n.value[1] is not None for t in (typed.left, typed.right) for n in walk(t)):
        return False
    again = world_of(
        typed,
        world.sizes,
        world.seed,
        world.point,
        assumed,
        signs=world.signs,
        whole=world.whole,
        fixed=dict(world.fixed),
        rounded=True,
    )
    try:
        return trial(typed, again, assumed)[1] is None
    except NoValue:
        return False


def judge_points(typed: list[Typed], seed: int, assumed: Assumption = NOTHING, limit: int | None = None) -> Outcome:
    """The claim at all its trial points, up to the first that speaks against it."""
    digits, points, resampled = 99, 0, False
    last: NoValue | None = None
    for t in typed:
        for k, sizes in enumerate(plans_of(t)[:limit]):
            try:
                here, failure, again = run(t, sizes, seed, k, assumed, whole=k in (0, 2))
            except NoValue as error:
                last = error
                if "takes too long" in error.message:
                    break
                continue
            resampled |= again
            points += 1
            if failure is not None:
                return Outcome("fails", failure=failure, points=points, typed=typed, resampled=resampled)
            digits = min(digits, here)
    if points and points < ENOUGH and limit is None:  # conditions left some sizes without a point: try the others again
        for k, (t, sizes) in enumerate([(u, p) for u in typed for p in plans_of(u)]):
            try:
                here, failure, _ = run(t, sizes, seed, 50 + k, assumed, whole=False)
            except NoValue:
                continue
            points += 1
            if failure is not None:
                return Outcome("fails", failure=failure, points=points, typed=typed, resampled=resampled)
            digits = min(digits, here)
            if points >= ENOUGH:
                break
    conflict = next((c for t in typed for c in t.conflicts), None)
    if points and conflict is not None:
        return Outcome("shapes", error=conflict[2], points=points, typed=typed)
    if not points:
        return Outcome("none", error=last, typed=typed)
    return Outcome("holds", digits=digits, points=points, typed=typed, resampled=resampled)
