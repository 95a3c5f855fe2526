"""Where a hand derivation departs from the walk: the check's report, pinned to the steps of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gradref.results.words import join, number

if TYPE_CHECKING:
    from gradref_derivations.findings.report import Equation

__all__ = ["Departures", "departures", "marks"]

_PARAMETER = re.compile(r"(?:d|grad_?|g_|nabla_?)?([WwBb])_?(\d+)")


@dataclass(frozen=True)
class Departures:
    """`marks` says, by step id ("bp2-1"), what is wrong there; `root` is the first of them in the order of cause."""

    agrees: bool
    sentence: str
    marks: dict[str, str] = field(default_factory=dict)
    root: str = ""
    report: str = ""


def departures(path: str | Path, layers: int, network: str | Path | None = None, budget: float = 20.0) -> Departures:
    """Check the derivation in `path` (make_inputs, forward, backward) and pin what is wrong to the steps of a walk.

    `layers` is the number of the last layer, `network` the TOML file the cost should belong to. `FileError` when the file cannot be
    judged. It is executed in a process of its own, which is forked: call this before a framework has started its threads.
    """
    from gradref_derivations.isolated import check_file_isolated

    report = check_file_isolated(path, range(3), network=network, budget=budget)
    name = Path(path).name
    if report.ok:
        return Departures(True, f"{name}: every gradient is right.", report=str(report))
    if report.verdict == "unjudged":
        return Departures(False, f"{name}: cannot be judged.", report=str(report))
    found, root = marks(report.wrong, report.entry, layers)
    explained = {e.parameter: e.text for e in report.explanations}
    wrong = {e.parameter: e for e in report.entries}
    texts = {}
    for step, parameters in found.items():
        parts = []
        for parameter in parameters:
            e = wrong.get(parameter)
            text = explained.get(parameter) or (f"{parameter}: {e.wrong} of {e.total} entries are wrong" if e else parameter)
            if e and e.actual is not None and e.expected is not None:
                text += f"; the worst is {number(e.actual, 6)} and should be {number(e.expected, 6)}"
            parts.append(text.rstrip(".") + ".")
        if step == root and report.equation:
            parts.insert(
                0,
                f"The error enters at {report.equation}."
                + (" The gradients that follow from it are wrong too." if len(found) > 1 else ""),
            )
        texts[step] = " ".join(parts)
    sentence = (
        f"{name}: {join(report.wrong)} {'is' if len(report.wrong) == 1 else 'are'} wrong."
        if report.wrong
        else f"{name} is wrong."
    )
    if report.equation:
        sentence += f" The error enters at {report.equation}."
    if report.wrong and not texts:
        sentence += " Its parameters are not called W1, b1, ..., so nothing can be marked below."
    return Departures(False, sentence, texts, root, str(report))


def marks(wrong: tuple[str, ...], equation: Equation | None, last: int) -> tuple[dict[str, list[str]], str]:
    """Step ids with the wrong parameters that belong there, in the order of cause, and the step where the error enters.

    >>> from gradref_derivations.findings.report import Equation
    >>> marks(("W1", "b1"), Equation(2, 1), 2)
    ({'bp2-1': [], 'bp4-1': ['W1'], 'bp3-1': ['b1']}, 'bp2-1')
    """
    found: dict[str, list[str]] = {}
    root = ""
    if equation is not None:
        layers = [last] if equation.kind == 1 else [equation.layer] if equation.layer else list(range(1, last + 1))
        found = {f"bp{equation.kind}-{layer}": [] for layer in layers}
        root = f"bp{equation.kind}-{layers[-1]}"
    for parameter in wrong:
        named = _PARAMETER.fullmatch(parameter)
        if named and 1 <= int(named[2]) <= last:
            found.setdefault(f"bp{4 if named[1] in 'Ww' else 3}-{named[2]}", []).append(parameter)
    return found, root or next(iter(found), "")
