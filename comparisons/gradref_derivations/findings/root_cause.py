"""Which wrong parameter comes first, and which equation of backpropagation is behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..program.match_keys import is_data
from ..program.provenance import Flow
from .report import Equation

__all__ = ["equation_of", "in_order_of_cause"]


def in_order_of_cause(wrong: Iterable[str], flow: Flow, ranks: dict[str, int], line: int | None = None) -> list[str]:
    """Wrong parameters, the first cause first.

    With the faulty `line` known, the gradient that is nearest to it in the flow of values comes first; otherwise the one that
    fewest operations lead to, which is the one nearest to the cost. `ranks` (number of axes) puts weights before their biases.
    """

    def key(name: str) -> tuple:
        lines = flow.lines.get(name, {})
        distance = lines.get(line, 10**6) if line is not None else 0
        return (is_data(name), distance, flow.size.get(name, 0) or 10**6, -ranks.get(name, 0), flow.order.get(name, 0))

    ordered = sorted(wrong, key=key)
    if ordered:  # a weight and its bias that share the fault: the weight is named
        first = key(ordered[0])
        for name in ordered:
            near = key(name)[0] == first[0] and abs(key(name)[1] - first[1]) <= 1 and key(name)[2] <= 1.7 * first[2] + 2
            if near and ranks.get(name, 0) > ranks.get(ordered[0], 0) and _layer(name) == _layer(ordered[0]):
                ordered.remove(name)
                ordered.insert(0, name)
                break
    return ordered


def equation_of(wrong: Iterable[str], right: Iterable[str]) -> Equation | None:
    """The equation that the pattern over layers points to, for parameters called W1, b1, W2...; None for other names.

    Only dW wrong at l: BP4; only db: BP3; everything from l down: BP2 at l; everything: BP1, or the cost.

    >>> str(equation_of(["W1", "b1"], ["W2", "b2"]))
    'δ¹ (equation 2, BP2 at l=1)'
    """
    wrong, right = list(wrong), list(right)
    weights, biases = _layers(wrong, "w"), _layers(wrong, "b")
    known = _layers(wrong + right, "w") | _layers(wrong + right, "b")
    if not wrong or not known or len(weights) + len(biases) != len(wrong):
        return None
    bad = weights | biases
    top, last = max(bad), max(known)
    good_weights, good_biases = _layers(right, "w"), _layers(right, "b")
    if len(wrong) == 1 and top in (good_biases if weights else good_weights):
        return Equation(4 if weights else 3, top)
    if len(wrong) == 1 and top != last:
        return None
    return _of_all(weights, biases, good_weights, good_biases) or _from_above(bad, known)


def _of_all(weights: set[int], biases: set[int], good_weights: set[int], good_biases: set[int]) -> Equation | None:
    """BP4 when weights alone are wrong and the biases of their layers are right, BP3 the other way round."""
    if weights and not biases and weights <= good_biases:
        return Equation(4, None)
    return Equation(3, None) if biases and not weights and biases <= good_weights else None


def _from_above(bad: set[int], known: set[int]) -> Equation | None:
    """BP1 or BP2 when everything from one layer down is wrong, or one layer alone."""
    top, last = max(bad), max(known)
    if bad != {l for l in known if l <= top} and bad != {top}:
        return None
    return Equation(1, top, or_cost=True) if top == last else Equation(2, top)


def _layers(names: Iterable[str], letter: str) -> set[int]:
    found = set()
    for name in names:
        match = re.fullmatch(r"(?:weights?|kernel|w|bias(?:es)?|b)_?(\d+)", name.lower())
        if (
            match
            and name.lower()[0] == ("b" if letter == "b" else name.lower()[0])
            and (name.lower()[0] == "b") == (letter == "b")
        ):
            found.add(int(match.group(1)))
    return found


def _layer(name: str) -> str:
    return re.sub(r"\D", "", name)
