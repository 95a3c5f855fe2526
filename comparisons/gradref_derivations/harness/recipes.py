"""Ways in which the methods of an object, or the functions of a file, may give a cost and its gradient; each is tried by running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .arguments import Argument, signature_of

__all__ = ["COST", "FORWARD", "GRADIENT", "READ_RATE", "Method", "Recipe", "methods_of", "recipes"]

READ_RATE = "read"  # the learning rate is read where the object keeps it
COST = re.compile(
    r"(?i)(?!.*(prime|grad|deriv|delta|num|dloss|print|plot|back))(.*(loss|cost|objective)(?!.*_?list).*|j|error|mse|sse)"
)
GRADIENT = re.compile(
    r"(?i)(?!.*(num|check|sigmoid|relu|tanh|softmax|activat|zero_?grad))(.*(grad|back|prime|bptt|deriv).*|.*loss.*|train_?step)"
)
FORWARD = re.compile(
    r"(?i)(?!.*back)(.*(forward|feed).*|predict(_proba)?|think|query|__call__|output|run|propagate|hypothesis|scores?)"
)
UPDATE = re.compile(r"(?i)(?!.*(test|print|plot))(.*(train|fit|update|learn|descent|sgd|optimi[sz]e|step|backprop).*)")


@dataclass(frozen=True)
class Method:
    """Something that can be called: its source expression, its name and its arguments."""

    expression: str
    name: str
    arguments: tuple[Argument, ...]

    def call(self, values: dict[str, str], known: dict[str, str] | None = None) -> str | None:
        """The call as source; None when an argument is needed that nothing is known for.

        `values` are expressions by kind, `known` by the name of the argument, which goes first.
        """
        parts = []
        for a in self.arguments:
            text = (known or {}).get(a.name) or values.get(a.kind)
            if text is None or (not a.required and a.kind in ("rate", "decay", "steps", "batch") and a.kind not in values):
                if a.required:
                    return None
                continue
            if not a.required and a.kind not in ("x", "y", "upstream", "rate", "steps") and a.name not in (known or {}):
                continue
            parts.append(f"{a.name}={text}")
        return f"{self.expression}({', '.join(parts)})"


@dataclass(frozen=True)
class Recipe:
    """Source that leaves `cost` or `output`, and source after which gradients can be found.

    Attributes
    ----------
    cost : statements that set `cost`; or `output` when `costless`.
    gradient : statements that set `returned`.
    costless : nothing computes the cost: one has to be given or found.
    layer : the cost is Σ output * upstream, for random upstream gradients.
    updates : the gradient is what an update takes off the parameters, divided by this expression of the learning rate.
    """

    name: str
    cost: str
    gradient: str
    costless: bool = False
    layer: bool = False
    updates: str | None = None
    function: str = ""


def methods_of(subject: Any) -> list[Method]:
    """The public methods of an object that can be called with the arguments we know, in the order of their definition."""
    found = []
    names = [n for cls in type(subject).__mro__[:-1] for n in vars(cls)]
    for name in dict.fromkeys(names):
        if name.startswith("__") and name != "__call__":
            continue
        method = getattr(subject, name, None)
        arguments = signature_of(method) if callable(method) else None
        if arguments is not None:
            found.append(Method(f"subject.{name}", name, tuple(arguments)))
    alone = {m.name: [a for a in m.arguments if a.required] for m in found}
    if len(alone.get("forward", ())) == len(alone.get("backward", ())) == 1:  # a layer, whatever it calls its arguments
        kinds = {"forward": "x", "backward": "upstream"}
        found = [_with_kind(m, kinds[m.name]) if m.name in kinds else m for m in found]
    return found


def _with_kind(method: Method, kind: str) -> Method:
    """The method with the kind of its one required argument, where its name says nothing that can be provided."""
    loose = ("other", "weight", "bias", "scale", "cache", "state", "parameters")
    arguments = (replace(a, kind=kind) if a.required and a.kind in loose else a for a in method.arguments)
    return replace(method, arguments=tuple(arguments))


def recipes(methods: list[Method], rate: str | None) -> Iterator[Recipe]:
    """Everything to be tried on an object, the plainest first. Data are i["x"], i["y"] and i["upstream"]."""
    base = {"x": 'i["x"]', "y": 'i["y"]', "steps": "1", "batch": "1"}
    gradients, updates, any_forward = (_named(methods, pattern) for pattern in (GRADIENT, UPDATE, FORWARD))
    forwards = [m for m in any_forward if m.call({"x": X})]
    costs = _named(methods, COST) + [m for m in any_forward if any(a.kind == "y" and a.required for a in m.arguments)]
    known = [(c, cost) for c in costs if (cost := c.call(base))]
    yield from _with_cost(known, gradients, forwards, base)
    for f in forwards:
        yield from _with_output(f, gradients, base, rate)
    for u in updates:  # last: what a method changes need not be a parameter
        for _, cost in known:
            yield from _updating(u, f"cost = {cost}", base, rate, False, [])
        for f in forwards:
            output = f"output = _first({f.call({'x': X})})"
            yield from _updating(u, output, base, rate, True, [f"{output}\n"])


def _named(methods: list[Method], pattern: re.Pattern[str]) -> list[Method]:
    return [m for m in methods if pattern.fullmatch(m.name)]


def _with_cost(
    known: list[tuple[Method, str]], gradients: list[Method], forwards: list[Method], base: dict[str, str]
) -> Iterator[Recipe]:
    """One method that gives cost and gradient, or one for each."""
    for g in gradients:
        if call := g.call(base):
            yield Recipe(f"{g.name} gives cost and gradient", f"cost = _scalar_of({call})", f"returned = {call}", function=g.name)
    for c, cost in known:
        for g in gradients:
            for lines, names in _befores(g, forwards, cost):
                if call := g.call(base | {"upstream": "1"}, names):
                    gradient = "\n".join([*lines, f"returned = {call}"])
                    yield Recipe(f"{c.name} and {g.name}", f"cost = {cost}", gradient, function=g.name)


X, UPSTREAM = 'i["x"]', 'i["upstream"].copy()'


def _with_output(f: Method, gradients: list[Method], base: dict[str, str], rate: str | None) -> Iterator[Recipe]:
    """A forward method without a cost: a layer alone, against random upstream gradients, or a network whose cost is elsewhere."""
    output = f"output = _first({f.call({'x': X})})"
    for g in gradients:
        kinds = {a.kind for a in g.arguments}
        needs_target = any(a.kind == "y" and a.required for a in g.arguments)
        given = {"x": X, "upstream": UPSTREAM}
        if "upstream" in kinds and not needs_target and (call := g.call(given | ({"rate": "0.5"} if "rate" in kinds else {}))):
            if "rate" in kinds:
                yield from _updating(g, output, given, rate, False, [f"{output}\n"], layer=True)
            else:
                lines = f"{output}\nreturned = {call}"
                yield Recipe(f"{f.name} and {g.name}, a layer alone", output, lines, layer=True, function=g.name)
    for g in gradients:
        for before in _befores(g, [f], None):
            if (call := g.call(base, before[1])) and any(a.kind == "y" for a in g.arguments):
                gradient = "\n".join([*before[0], f"returned = {call}"])
                yield Recipe(f"{f.name} and {g.name}", output, gradient, costless=True, function=g.name)


def _befores(g: Method, forwards: list[Method], cost: str | None) -> Iterator[tuple[list[str], dict[str, str]]]:
    """What may have to run before a gradient is asked for, and what it provides by name."""
    if forwards:
        output = forwards[0].call({"x": 'i["x"]'})
        wanted = {
            a.name: "output"
            for a in g.arguments
            if re.fullmatch(r"(?i)y_?(hat|pred)\w*|o|out|outputs?|a|al|pred\w*|probs?|y_?out|p|output", a.name)
        }
        cached = {a.name: "given[1]" for a in g.arguments if a.kind == "cache"}
        yield [f"given = {output}", "output = _first(given)"], wanted | cached
    if cost:
        yield [cost], {}
    yield [], {}


def _updating(
    u: Method, cost: str, base: dict[str, str], rate: str | None, costless: bool, before: list[str], layer: bool = False
) -> Iterator[Recipe]:
    """A method that changes the parameters: the gradient is what it takes off them, divided by the learning rate."""
    named = [a for a in u.arguments if a.kind == "rate"]
    value = rate or ("0.5" if named else None)
    for lines in dict.fromkeys(["", *before]):
        call = u.call(base | ({"rate": value} if named and value else {}))
        if call:
            yield Recipe(
                f"{u.name} updates",
                cost,
                f"{lines}returned = {call}",
                costless,
                layer,
                value or READ_RATE,
                function=u.name,
            )
