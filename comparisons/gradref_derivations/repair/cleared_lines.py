"""Which lines of backward compute something that is provably right: its value is the true derivative of a forward quantity.

Every value that `forward` assigns is perturbed in turn, which gives the true derivative of the cost with respect to it along two
random directions. A value that `backward` assigns and that agrees with one of them, along both, is the derivative of that
quantity, whatever it is called. So is a value that `forward` computed too. The first line whose value is none of these while
everything it reads is, is where to look.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from enum import Enum
from time import perf_counter

import numpy as np

from ..findings.trial import Trial
from ..program.editable import editables
from ..program.program import Program
from .helpers import judge_helpers
from .observations import Event, Observed, observe_backward
from .quantities import Quantity, derivative_by_tap, directions, projections, tapped_forward, widened

__all__ = ["Cleared", "ClearedLines", "Relation", "alias_lines", "cleared_lines", "is_derivative"]

AGREE = 1e-9  # relative: equal up to the rounding of float64 code
SAME_FACTOR = 1e-6  # relative: two multiples of the truth by one factor
CARRIES_BACK = re.compile(r"(d|grad|delta|g_|nabla|err)")
PREFIXES = re.compile(r"^(grad_|nabla_|delta_?|g_|d_?)")


class Relation(Enum):
    """What a value of backward is to the cost."""

    GIVEN = "an input, or zero"
    COPY = "a value of forward"
    DERIVATIVE = "the true derivative with respect to a quantity of forward"
    GRADIENT = "the true gradient of a parameter"
    MULTIPLE = "a multiple of a true derivative"
    INGREDIENT = "what a right value was made of"
    HELPER = "the derivative of a function of the file"


@dataclass(frozen=True)
class Cleared:
    """Why a value is right: `kind`, the quantity of forward or the function it belongs to, and the factor of a multiple."""

    kind: Relation
    quantity: str = ""
    factor: float = 1.0


@dataclass
class ClearedLines:
    """What is known of backward's lines.

    `right[line]` is why its value is right, in a `share[line]` of its executions; `first` are lines that make something unknown of
    right values, and `broken` lines whose value is not what their name promises. `open` are the quantities of forward with respect
    to which backward has no derivative.
    """

    right: dict[int, Cleared] = field(default_factory=dict)
    first: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    share: dict[int, float] = field(default_factory=dict)
    open: list[Quantity] = field(default_factory=list)


def cleared_lines(program: Program, trial: Trial, seconds: float) -> ClearedLines:
    """Compare every assignment of backward with every quantity of forward, within a time."""
    if trial.truth is None or not trial.truth.analytic or trial.failure is not None:
        return ClearedLines()
    start = perf_counter()
    observed = observe_backward(program, trial)
    quantities = _quantities(program, trial, observed, start + seconds)
    judge = _Judge(observed, [q for q in quantities if q.name], trial, alias_lines(program))
    found = judge.found()
    found.open = _open(quantities, observed)
    for verdict in judge_helpers(program, observed.calls):
        if verdict.derivative_of is not None:
            found.right.update(dict.fromkeys(verdict.lines, Cleared(Relation.HELPER, verdict.derivative_of)))
            found.first.difference_update(verdict.lines)
        elif verdict.named_after is not None:
            for line in verdict.lines:
                found.right.pop(line, None)
            found.first.update(verdict.lines)
            found.broken.update(verdict.lines)
    return found


def _quantities(program: Program, trial: Trial, observed: Observed, until: float) -> list[Quantity]:
    """The quantities of forward that have the shape of something in backward, with their slopes as long as there is time."""
    taps, forward, refresh = tapped_forward(program)
    inputs = widened(trial)
    derivative_by_tap(program, forward, inputs, taps, None, refresh)
    shapes = {np.shape(e.value) for e in observed.events} | {np.shape(r) for e in observed.events for r in e.reads}
    wanted = [q for q in taps.quantities if q.shape in shapes or not shapes]  # without arrays every number
    quantities = sorted(wanted, key=lambda q: (not q.name, q.execution))
    for q in quantities:
        if perf_counter() > until:
            break
        slopes = [derivative_by_tap(program, forward, inputs, taps, (q.site, q.execution, i), refresh) for i in (0, 1)]
        q.slopes = (slopes[0], slopes[1])
    return quantities


def _open(quantities: list[Quantity], observed: Observed) -> list[Quantity]:
    """The quantities whose derivative is neither zero, nor all ones, nor among the values of backward."""
    arrays = [*(e.value for e in observed.events), *observed.numbers]
    arrays += [np.ones(shape) for shape in {q.shape for q in quantities}]
    values = [(value.shape, projections(value), _sizes(value)) for value in arrays]
    return [
        q
        for q in quantities
        if q.slopes is not None and any(q.slopes) and not any(s == q.shape and _is_slope(p, q, size) for s, p, size in values)
    ]


class _Judge:
    """A line that turns right values into a right one is right; one that turns right values into something else is suspect."""

    def __init__(self, observed: Observed, quantities: list[Quantity], trial: Trial, aliases: set[int]):
        self.events, self.trial, self.aliases = observed.events, trial, aliases
        self.by_shape: dict[tuple[int, ...], list[Quantity]] = {}
        for q in quantities:
            self.by_shape.setdefault(q.shape, []).append(q)
        self.inputs = {v.tobytes() for v in trial.inputs.values() if isinstance(v, np.ndarray)}
        self.known: dict[tuple, Cleared | None] = {}
        self.last: dict[str, int] = {}
        for e in self.events:
            self.last[e.name] = max(e.line, self.last.get(e.name, 0))
        for e in self.events:
            if self.answer(e) is not None:
                for r in e.reads:
                    if self.status(r) is None:
                        self.known[_key(r)] = Cleared(Relation.INGREDIENT)

    def found(self) -> ClearedLines:
        """The lines, each once."""
        clear: dict[int, Cleared] = {}
        suspect: dict[int, bool] = {}
        for e in self.events:
            answer = self.answer(e)
            if answer is not None:
                clear.setdefault(e.line, answer)
            elif self.is_suspect(e):
                suspect.setdefault(e.line, self.promise(e) is not None)
        _blame_the_common_source(self.events, clear, suspect, {e.line for e in self.events if self.promise(e) is not None})
        found = ClearedLines(first=set(suspect), broken={line for line, broken in suspect.items() if broken})
        for line, answer in clear.items():
            if line not in suspect:
                found.right[line] = answer
                own = [e for e in self.events if e.line == line and not e.in_place]
                found.share[line] = sum(self.answer(e) is not None for e in own) / len(own) if own else 1.0
        return found

    def status(self, value: np.ndarray) -> Cleared | None:
        """What a value is, whoever computed it."""
        key = _key(value)
        if key not in self.known:
            given = key[1] in self.inputs or not value.any()
            self.known[key] = Cleared(Relation.GIVEN) if given else self._what_it_is(value)
        return self.known[key]

    def answer(self, e: Event) -> Cleared | None:
        """Why the value of an assignment is right; None where it is not known to be."""
        promised = self.promise(e)
        if promised is not None:
            return Cleared(Relation.DERIVATIVE, promised) if self._holds(e.value, promised) else None
        answer = self.status(e.value)
        if answer is not None and answer.kind is Relation.MULTIPLE:  # it is right if what it was made of was one before
            return answer if any(_same_factor(self.status(r), answer) for r in e.reads) else None
        return None if e.line in self.aliases else answer  # a line that computes nothing proves nothing

    def promise(self, e: Event) -> str | None:
        """The forward quantity that a name like dz1, grad_h or delta2 stands for, if forward has one of that shape."""
        plain = PREFIXES.sub("", e.name)
        if self.last[e.name] != e.line or plain == e.name:
            return None
        wanted = {plain, plain + "[]", plain + "s[]", "z" + plain if plain.isdigit() else plain}
        return next((q.name for q in self.by_shape.get(e.value.shape, []) if q.name in wanted and q.slopes is not None), None)

    def is_suspect(self, e: Event) -> bool:
        """True for a line of the backward pass proper that makes something unknown of right values, for the last time."""
        known = [self.status(r) for r in e.reads]
        right = all(s is not None and s.kind is not Relation.MULTIPLE for s in known)
        return bool(known) and right and (self.last[e.name] == e.line or e.name == "return") and self._carries_back(e)

    def _carries_back(self, e: Event) -> bool:
        """False for forward's own quantities, which may have other names in backward, or none."""
        if CARRIES_BACK.match(e.name) or self.promise(e) is not None:
            return True
        return any(s is not None and s.kind is Relation.DERIVATIVE for s in map(self.status, e.reads))

    def _holds(self, value: np.ndarray, name: str) -> bool:
        """True when the value is the derivative with respect to any of the quantities called `name`."""
        p, size = projections(value), _sizes(value)
        return any(q.name == name and _is_slope(p, q, size) for q in self.by_shape.get(np.shape(value), []))

    def _what_it_is(self, value: np.ndarray) -> Cleared | None:
        size = _sizes(value)
        if not np.isfinite(value).all() or not any(size):
            return None
        p, quantities = projections(value), self.by_shape.get(value.shape, [])
        for q in quantities:
            if all(abs(p[i] - q.value[i]) <= AGREE * size[i] for i in (0, 1)):
                return Cleared(Relation.COPY, q.name)
        for q in quantities:
            if _is_slope(p, q, size):
                return Cleared(Relation.DERIVATIVE, q.name)
        for name in self.trial.names:
            if (
                name not in self.trial.findings
                and np.shape(self.trial.inputs[name]) == value.shape
                and self._is_gradient(value, name)
            ):
                return Cleared(Relation.GRADIENT, name)
        for q in quantities if value.size > 1 else []:
            if q.slopes is not None and all(q.slopes):
                r = [p[i] / q.slopes[i] for i in (0, 1)]
                if abs(r[0] - r[1]) <= AGREE * abs(r[0]):
                    return Cleared(Relation.MULTIPLE, q.name, r[0])
        return None

    def _is_gradient(self, value: np.ndarray, name: str) -> bool:
        return all(
            abs(float(np.sum(value * d)) - s.value) <= AGREE * float(np.sum(np.abs(value * d)))
            for d, s in self.trial.slopes(name)
        )


def _key(value: np.ndarray) -> tuple:
    return value.shape, value.tobytes()


def _sizes(value: np.ndarray) -> list[float]:
    return [float(np.sum(np.abs(value * d))) for d in directions(value.shape)]


def is_derivative(value: np.ndarray, q: Quantity) -> bool:
    """True for a value that is the derivative of the cost with respect to a quantity of forward."""
    return value.shape == q.shape and _is_slope(projections(value), q, _sizes(value))


def _is_slope(p: tuple[float, float], q: Quantity, size: list[float]) -> bool:
    return q.slopes is not None and all(abs(p[i] - q.slopes[i]) <= AGREE * size[i] for i in (0, 1))


def _same_factor(other: Cleared | None, answer: Cleared) -> bool:
    return (
        other is not None
        and other.kind is Relation.MULTIPLE
        and abs(other.factor - answer.factor) <= SAME_FACTOR * abs(answer.factor)
    )


def _blame_the_common_source(
    events: list[Event], clear: dict[int, Cleared], suspect: dict[int, bool], promising: set[int]
) -> None:
    """One mistake only: several lines that break their promise, all reading one value whose name promises nothing, share its fault.

    A forgotten factor leaves the true derivative of the next quantity behind, which looks right until it is used.
    """
    broken = {line for line, breaks in suspect.items() if breaks}
    if len(broken) < 2:
        return
    made: dict[tuple, int] = {}
    readers: dict[int, set[int]] = {}
    for e in events:
        for r in e.reads:
            line = made.get(_key(r))
            if line is not None and e.line in broken and line != e.line:
                readers.setdefault(line, set()).add(e.line)
        made[_key(e.value)] = e.line
    for line, who in readers.items():
        right = clear[line].kind if len(who) >= 2 and line in clear and line not in promising else None
        if right in (Relation.DERIVATIVE, Relation.MULTIPLE, Relation.INGREDIENT):
            del clear[line]
            suspect[line] = True
            for other in who:
                suspect.pop(other, None)


def alias_lines(program: Program) -> set[int]:
    """Lines `x = y` of backward's functions: nothing is computed there, which is what a forgotten factor leaves behind."""
    return {
        node.lineno
        for editable in editables(program)
        for node in ast.walk(editable.node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and len(node.targets) == 1
        if node.value.id not in {a.arg for a in editable.node.args.args}
    }
