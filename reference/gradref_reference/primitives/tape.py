"""The tape: reverse mode over primitives, in whatever arithmetic their values are (plain, bounded, balls).

A `Primitive` is one operation with three members: `plain` on arrays, `bounded` on arrays that carry their rounding, and `pullback`,
an expression in primitives. Calling it with `Traced` arguments records it. Source: Griewank & Walther, *Evaluating Derivatives*, ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .bounded import Bounded
from .operators import Operators

__all__ = ["Primitive", "Traced", "pull_back", "trace_value"]


class Traced(Operators):
    """A value on the tape and how it came about."""

    __slots__ = ("arguments", "extra", "primitive", "value")

    def __init__(self, value: Any, primitive: Primitive | None = None, arguments: tuple = (), extra: dict | None = None):
        self.value, self.primitive, self.arguments, self.extra = value, primitive, arguments, extra or {}

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return len(self.value.shape)


def trace_value(x: Any) -> Any:
    """What stands behind a `Traced`; anything else is returned as it is."""
    return x.value if isinstance(x, Traced) else x


class Primitive:
    """One operation in every arithmetic.

    Attributes
    ----------
    plain : on arrays (of float64, or of balls): `plain(*arguments, **extra)`.
    bounded : the same where at least one argument is `Bounded`.
    pullback : `pullback(g, y, *arguments, **extra)` returns one contribution per argument, None where there is none;
        a function without arguments stands for a contribution that is formed only when somebody wants it.
    """

    def __init__(self, plain: Callable, bounded: Callable, pullback: Callable):
        self.plain, self.bounded, self.pullback = plain, bounded, pullback

    def __call__(self, *arguments: Any, **extra: Any) -> Any:
        if any(isinstance(a, Traced) for a in arguments):
            return Traced(self(*map(trace_value, arguments), **extra), self, arguments, extra)
        if any(isinstance(a, Bounded) for a in arguments):
            return self.bounded(*arguments, **extra)
        return self.plain(*arguments, **extra)


def pull_back(outputs: Sequence[Any], cotangents: Sequence[Any], inputs: Sequence[Traced]) -> list[Any]:
    """The contribution to each input, None where no output depends on it; cotangents are None where they are 0."""
    total: dict[int, Any] = {}
    for y, g in zip(outputs, cotangents, strict=True):
        if isinstance(y, Traced) and g is not None:
            _add(total, y, g)
    for node in reversed(_ordered([y for y in outputs if isinstance(y, Traced)])):
        g = total.get(id(node))
        if g is None or node.primitive is None:
            continue
        values = tuple(map(trace_value, node.arguments))
        for argument, contribution in zip(
            node.arguments, node.primitive.pullback(g, node.value, *values, **node.extra), strict=True
        ):
            if isinstance(argument, Traced) and contribution is not None:
                _add(total, argument, contribution() if callable(contribution) else contribution)
    return [total.get(id(x)) for x in inputs]


def _add(total: dict[int, Any], node: Traced, g: Any) -> None:
    before = total.get(id(node))
    total[id(node)] = g if before is None else before + g


def _ordered(roots: list[Traced]) -> list[Traced]:
    """Every node behind the roots, arguments before what uses them."""
    done: list[Traced] = []
    seen: set[int] = set()
    stack = [(root, False) for root in roots]
    while stack:
        node, finished = stack.pop()
        if finished:
            done.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in node.arguments if isinstance(a, Traced) and id(a) not in seen)
    return done
