"""Where to look first: every site gets a score from the flow of values, from what is proved right, and from the code's conduct.

A line is suspicious when every wrong gradient came through it and no right one did; less when its value is proved right, more
when it is the first to break the promise of its name.
"""

from __future__ import annotations

import ast

import numpy as np

from gradref_reference.errors import GradrefError

from ..findings.report import Conduct
from ..findings.trial import Trial
from ..program.editable import Editable, editables
from ..program.guard import Failed
from ..program.program import Program
from ..program.provenance import Flow
from ..program.source import state_lines
from .cleared_lines import Innocence, alias_lines, judge_lines
from .edit_locations import Site, sites_of
from .influence import reach_of

__all__ = ["PASSED_ON", "ranked_sites"]

# Weights, tuned on tests/corpus/derivations/open; all relative to 1 for "every wrong gradient came through this line".
BASE = 0.15  # for the line nearest to a wrong gradient, falling with distance
RIGHT = 0.6  # less, where right gradients came through it too
PROVED = 1.0  # less, for a line whose value is proved right
FIRST = 0.25  # more, for a line that makes something unknown of right values
PROMISE = 0.3  # more, when that breaks the promise of its name as well
ALIAS = 0.25  # more, for `x = y`, what a forgotten factor leaves behind
SHARED = 1.0  # less, for functions that forward uses too
BLAMED = 1.0  # more, for a line named by the conduct of the code
EXPLAINS = 0.6  # more, for a line a change of which can mend every gradient
REFUTED = 0.8  # less, for a line no change of which can
ONLY_CALLS = 0.25  # less, for a line that calls a function in which such a line lies
INDIRECT = 0.35  # less than what depends on it, for the head of a loop or an index
PASSED_ON = 0.4  # less, for an entry {"dW": dW} that only hands a name on


def ranked_sites(
    program: Program, trial: Trial, order: list[str], flow: Flow, conduct: list[Conduct], seconds: float
) -> list[Site]:
    """All sites of backward's functions, the most suspicious first; `order` are the parameters, `seconds` for the proofs."""
    faults = [c for c in conduct if c.fault]
    stateful = any(c.kind == "state" for c in faults)
    blamed = {n for c in faults for n in c.parameters}
    wrong = {n for n in order if n in trial.findings or n in blamed} or set(order)
    right = [n for n in order if n not in wrong]
    innocent = Innocence() if stateful else _innocent(program, trial, seconds)
    reach = {} if stateful else _reach(program, trial, wrong, 0.5 * seconds)
    blamed_lines = {c.line for c in faults if c.line} | (set(state_lines(program.tree)) if stateful else set())
    owners = {key: name for name, key in trial.matched.keys.items()}
    aliases = alias_lines(program)
    blamed_functions = {
        e.node.name
        for e in editables(program)
        for line in reach
        if reach[line] and e.node.name != "backward" and _inside(line, e)
    }
    found = []
    for editable in editables(program):
        for site in sites_of(editable):
            upstream = reach.get(site.line, False)
            site.score = _by_flow(site.lines, wrong, right, flow, bool(trial.matched.missing), upstream)
            if site.key in owners:
                owner = owners[site.key]
                passed_on = PASSED_ON * isinstance(site.expression, ast.Name)
                site.score = 0.1 - passed_on + (owner in wrong) / len(wrong) - RIGHT * (owner in right)
            if upstream and site.score < 0:  # the flow of values was lost on the way, as in views that are written to
                site.score = 1.0
            site.score -= SHARED * (editable.shared and not reach.get(site.line, False))
            _by_proof(site, innocent, aliases)
            if site.line in reach:
                site.score += EXPLAINS if reach[site.line] else -REFUTED
                site.score -= ONLY_CALLS * (reach[site.line] and _calls_any(site.expression, blamed_functions))
            site.sure = site.line in innocent.first and site.line in innocent.named
            site.score += BLAMED * any(line in blamed_lines for line in site.lines)
            found.append(site)
    _indirect(found)
    return sorted(found, key=lambda s: -s.score)


def _inside(line: int, editable: Editable) -> bool:
    return editable.node.lineno <= line <= (editable.node.end_lineno or 0)


def _calls_any(expression: ast.expr, names: set[str]) -> bool:
    called = {getattr(n.func, "id", getattr(n.func, "attr", "")) for n in ast.walk(expression) if isinstance(n, ast.Call)}
    return bool(called & names)


def _innocent(program: Program, trial: Trial, seconds: float) -> Innocence:
    try:
        return judge_lines(program, trial, seconds)
    except (Failed, GradrefError):
        return Innocence()


def _reach(program: Program, trial: Trial, wrong: set[str], seconds: float) -> dict[int, bool]:
    try:
        return reach_of(program, trial, wrong, seconds).explains
    except (Failed, SyntaxError, ValueError, TypeError, np.linalg.LinAlgError):
        return {}


def _by_flow(lines: range, wrong: set[str], right: list[str], flow: Flow, missing: bool, upstream: bool) -> float:
    through = flow.lines
    if not any(through.values()):
        return 0.5
    in_wrong = sum(any(line in through.get(n, {}) for line in lines) for n in wrong) / max(len(wrong), 1)
    in_right = sum(any(line in through.get(n, {}) for line in lines) for n in right) / max(len(right), 1)
    if in_wrong == 0:
        return -0.2 if missing else -0.5
    nearest = min((through[n][line] for n in wrong for line in lines if line in through.get(n, {})), default=50)
    near = 1 / (1 + nearest)
    return in_wrong - RIGHT * in_right + BASE * (1 - near if upstream else near)


def _by_proof(site: Site, innocent: Innocence, aliases: set[int]) -> None:
    at = site.line
    if at in innocent.right:
        site.score -= PROVED * innocent.share.get(at, 1.0)
        site.reasons.append(innocent.right[at])
    elif site.score > 0:
        first = at in innocent.first
        site.score += FIRST * first + ALIAS * (at in aliases) + 0.05 * isinstance(site.statement, ast.Return)
        if at in innocent.named:
            site.score += PROMISE if first else 0.05
            site.reasons.append(f"its value is not the derivative with respect to {innocent.named[at]}")


def _indirect(sites: list[Site]) -> None:
    """Heads of loops and lines that compute no array (bounds, indices) are as suspicious, nearly, as what depends on them."""
    for site in sites:
        if site.score > 0 or site.editable.shared:
            continue
        if isinstance(site.statement, (ast.For, ast.If, ast.While)):
            inside = {id(n) for n in ast.walk(site.statement)}
            below = [s.score for s in sites if id(s.statement) in inside and s is not site]
        elif isinstance(site.statement, ast.Assign) and not site.reasons:
            names = {n.id for t in site.statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            same = [s for s in sites if s.editable is site.editable and s is not site]
            below = [s.score for s in same if names & {n.id for n in ast.walk(s.statement) if isinstance(n, ast.Name)}]
        else:
            continue
        site.score = max([site.score, *(b - INDIRECT for b in below)])
