"""Which wrong parameter comes first, and which equation of backpropagation is behind it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..program.provenance import Flow

__all__ = ["equation_of", "in_order_of_cause"]

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


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


def is_data(name: str) -> bool:
    """Inputs, targets and initial states: what a network is run on, not what is learnt."""
    return bool(
        re.fullmatch(
            r"(x|y|t|z0|s0|u|data|inputs?|targets?|labels?|(h|c|s|hidden|cell|state)_?(0|prev|init|last)\w*)\d?",
            name,
            re.IGNORECASE,
        )
    )


def equation_of(wrong: Iterable[str], right: Iterable[str]) -> str | None:
    """The equation that the pattern over layers points to, for parameters called W1, b1, W2...; None for other names.

    Only dW wrong at l: BP4; only db: BP3; everything from l down: BP2 at l; everything: BP1, or the cost.
    """
    wrong, right = list(wrong), list(right)
    weights, biases = _layers(wrong, "w"), _layers(wrong, "b")
    known = _layers(wrong + right, "w") | _layers(wrong + right, "b")
    if not wrong or not known or len(weights) + len(biases) != len(wrong):
        return None
    bad = weights | biases
    top, last = max(bad), max(known)
    good_weights, good_biases = _layers(right, "w"), _layers(right, "b")
    if len(bad) == 1 and not (weights and biases):
        l = top
        kind = "dW" if weights else "db"
        other_right = l in (good_biases if weights else good_weights)
        if other_right:
            return f"∂C/∂{'W' if weights else 'b'}{_up(l)} (equation {'4, BP4' if kind == 'dW' else '3, BP3'} at l={l})"
        return None if l != last else f"δ{_up(l)} (equation 1, BP1)"
    if weights and not biases and bad and bad <= good_biases:
        return "∂C/∂W of every layer (equation 4, BP4)"
    if biases and not weights and bad <= good_weights:
        return "∂C/∂b of every layer (equation 3, BP3)"
    below = {l for l in known if l <= top}
    if bad == below or bad == {top}:
        return f"δ{_up(top)} (equation 1, BP1, or the cost)" if top == last else f"δ{_up(top)} (equation 2, BP2 at l={top})"
    return None


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


def _up(l: int) -> str:
    return str(l).translate(SUPERSCRIPTS)
