"""Where to look first: every site gets a score from the flow of values, from what is proved right, and from the code's conduct.

A line is suspicious when every wrong gradient came through it and no right one did; less when its value is proved right, more
when it is the first to break the promise of its name.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from gradref_reference.errors import GradrefError

from ..findings.report import Conduct
from ..findings.trial import Trial
from ..program.coverage import lines_of_forward
from ..program.editable import editables
from ..program.guard import Failed
from ..program.program import Program
from ..program.provenance import Flow
from ..program.source import state_lines
from .cleared_lines import ClearedLines, alias_lines, cleared_lines
from .edit_locations import Site, sites_of
from .influence import reach_of
from .quantities import Quantity

__all__ = ["PASSED_ON", "ranked_sites"]

# Weights, tuned on tests/corpus/derivations/open; all relative to 1 for "every wrong gradient came through this line".
BASE = 0.15  # for the line nearest to a wrong gradient, falling with distance
RIGHT = 0.6  # less, where right gradients came through it too
PROVED = 1.0  # less, for a line whose value is proved right
FIRST = 0.25  # more, for a line that makes something unknown of right values
PROMISE = 0.3  # more, when that breaks the promise of its name as well
NEAR_THE_END = 0.05  # more, for a line that returns
ALIAS = 0.25  # more, for `x = y`, what a forgotten factor leaves behind
SHARED = 1.0  # less, for functions that forward uses too
BLAMED = 1.0  # more, for a line named by the conduct of the code
EXPLAINS = 0.6  # more, for a line a change of which can mend every gradient
REFUTED = 0.8  # less, for a line no change of which can
ONLY_CALLS = 0.25  # less, for a line that calls a function in which such a line lies
INDIRECT = 0.35  # less than what depends on it, for the head of a loop or an index
ENTRY = 0.1  # for an entry of the returned dict itself
UNKNOWN = 0.5  # where the flow of values is not known
NOT_REACHED, NOT_REACHED_BUT_MISSING = -0.5, -0.2  # for a line no wrong gradient came through
PASSED_ON = 0.4  # less, for an entry {"dW": dW} that only hands a name on


def ranked_sites(
    program: Program, trial: Trial, order: list[str], flow: Flow, conduct: list[Conduct], seconds: float
) -> tuple[list[Site], list[Quantity]]:
    """All sites of backward's functions, the most suspicious first, and the quantities whose derivatives backward lacks.

    `order` are the parameters, `seconds` is the time for proofs.
    """
    evidence = _gathered(program, trial, order, flow, conduct, seconds)
    found = [site for editable in editables(program) for site in sites_of(editable)]
    for site in found:
        site.score = evidence.by_flow(site)
        evidence.by_proof(site)
        evidence.by_influence(site)
        site.score += BLAMED * any(line in evidence.blamed_lines for line in site.lines)
    _pass_on(found)
    return sorted(found, key=lambda s: -s.score), evidence.known.open


def _gathered(program: Program, trial: Trial, order: list[str], flow: Flow, conduct: list[Conduct], seconds: float) -> _Evidence:
    """Everything that is known about lines; code that keeps state between calls is judged by its conduct and by the flow alone."""
    faults = [c for c in conduct if c.fault]
    stateful = any(c.kind == "state" for c in faults)
    wrong = {n for n in order if n in trial.findings or any(n in c.parameters for c in faults)} or set(order)
    explains = {} if stateful else _explains(program, trial, wrong, 0.5 * seconds)
    return _Evidence(
        wrong=wrong,
        right=[n for n in order if n not in wrong],
        through=flow.lines,
        missing=bool(trial.matched.missing),
        known=ClearedLines() if stateful else _known(program, trial, seconds),
        explains=explains,
        aliases=alias_lines(program),
        forward=lines_of_forward(program, trial.inputs),
        owners={key: name for name, key in trial.matched.keys.items()},
        blamed_lines={c.line for c in faults if c.line} | (set(state_lines(program.tree)) if stateful else set()),
        blamed_functions=_functions_around(program, {line for line, true in explains.items() if true}),
    )


@dataclass
class _Evidence:
    """What is known about lines, and how much each piece of it adds to a site's score.

    Attributes
    ----------
    wrong, right : parameters.
    through : parameter -> the lines its gradient came through, with their distance from the result.
    missing : a gradient did not come back at all.
    known : lines that are proved right, or the first that are not.
    explains : line -> a change of its value can mend every gradient, or none can.
    aliases : lines `x = y`.
    forward : lines that forward runs through.
    owners : key of the returned dict -> parameter.
    blamed_lines, blamed_functions : named by the conduct of the code; holding a line that explains.
    """

    wrong: set[str]
    right: list[str]
    through: dict[str, dict[int, int]]
    missing: bool
    known: ClearedLines
    explains: dict[int, bool]
    aliases: set[int]
    forward: set[int]
    owners: dict[str, str]
    blamed_lines: set[int]
    blamed_functions: set[str]

    def by_flow(self, site: Site) -> float:
        """How many wrong gradients came through a site, and how few right ones."""
        explains = self.explains.get(site.line, False)
        score = self._share(site.lines, explains)
        if site.key in self.owners:
            owner = self.owners[site.key]
            passed_on = PASSED_ON * isinstance(site.expression, ast.Name)
            score = ENTRY - passed_on + (owner in self.wrong) / len(self.wrong) - RIGHT * (owner in self.right)
        if explains and score < 0:  # the flow of values was lost on the way, as in views that are written to
            score = 1.0
        return score - SHARED * (self.is_shared(site) and not explains)

    def is_shared(self, site: Site) -> bool:
        """True for what forward runs through as well; a function inside such a function need not be."""
        return site.editable.shared and any(line in self.forward for line in site.lines)

    def _share(self, lines: range, explains: bool) -> float:
        if not any(self.through.values()):
            return UNKNOWN
        nearest = [min((d for line, d in self.through.get(n, {}).items() if line in lines), default=None) for n in self.wrong]
        reached = [d for d in nearest if d is not None]
        if not reached:
            return NOT_REACHED_BUT_MISSING if self.missing else NOT_REACHED
        through = sum(any(line in self.through.get(n, {}) for line in lines) for n in self.right)
        near = 1 / (1 + min(reached))
        share = len(reached) / len(self.wrong) - RIGHT * through / max(len(self.right), 1)
        return share + BASE * (1 - near if explains else near)

    def by_proof(self, site: Site) -> None:
        """Less for what is proved right, more for the first line that is not."""
        at = site.line
        if at in self.known.right:
            site.score -= PROVED * self.known.share.get(at, 1.0)
            site.judged = True
        elif site.score > 0:
            first = at in self.known.first
            site.score += FIRST * first + ALIAS * (at in self.aliases) + NEAR_THE_END * isinstance(site.statement, ast.Return)
            if at in self.known.broken:
                site.score += PROMISE if first else NEAR_THE_END
                site.judged = True
        site.sure = at in self.known.first and at in self.known.broken

    def by_influence(self, site: Site) -> None:
        """More for a line a change of which can mend every gradient."""
        if site.line in self.explains:
            explains = self.explains[site.line]
            site.score += EXPLAINS if explains else -REFUTED
            site.score -= ONLY_CALLS * (explains and _calls_any(site.expression, self.blamed_functions))


def _functions_around(program: Program, lines: set[int]) -> set[str]:
    """The functions but backward itself that hold one of these lines."""
    own = [e.node for e in editables(program) if e.node.name != "backward"]
    return {n.name for n in own if any(n.lineno <= line <= (n.end_lineno or 0) for line in lines)}


def _calls_any(expression: ast.expr, names: set[str]) -> bool:
    called = {getattr(n.func, "id", getattr(n.func, "attr", "")) for n in ast.walk(expression) if isinstance(n, ast.Call)}
    return bool(called & names)


def _known(program: Program, trial: Trial, seconds: float) -> ClearedLines:
    try:
        return cleared_lines(program, trial, seconds)
    except (Failed, GradrefError):
        return ClearedLines()


def _explains(program: Program, trial: Trial, wrong: set[str], seconds: float) -> dict[int, bool]:
    try:
        return reach_of(program, trial, wrong, seconds).explains
    except (Failed, SyntaxError, ValueError, TypeError, np.linalg.LinAlgError):
        return {}


def _pass_on(sites: list[Site]) -> None:
    """Heads of loops and lines that compute no array (bounds, indices) are as suspicious, nearly, as what depends on them."""
    for site in sites:
        if site.score <= 0 and not site.editable.shared:
            site.score = max([site.score, *(s.score - INDIRECT for s in _dependents(site, sites))])


def _dependents(site: Site, sites: list[Site]) -> list[Site]:
    """What is inside a loop or a branch; what speaks of the variables of an assignment that nothing is known of."""
    if isinstance(site.statement, (ast.For, ast.If, ast.While)):
        inside = {id(n) for n in ast.walk(site.statement)}
        return [s for s in sites if id(s.statement) in inside and s is not site]
    if isinstance(site.statement, ast.Assign) and not site.judged:
        names = {n.id for t in site.statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        same = [s for s in sites if s.editable is site.editable and s is not site]
        return [s for s in same if names & {n.id for n in ast.walk(s.statement) if isinstance(n, ast.Name)}]
    return []
