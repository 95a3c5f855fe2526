"""The search for one edit that makes every gradient right: suspicious lines first, near edits first, verified on fresh inputs."""

from __future__ import annotations

import ast
from collections.abc import Callable
from time import perf_counter

import numpy as np

from gradref_reference.errors import GradrefError

from ..findings.report import Conduct, Repair
from ..findings.trial import Thoroughness, Trial
from ..program.guard import Failed, quiet
from ..program.program import Inputs, Program
from ..program.provenance import Flow, trace_flow
from .attempts import Bench
from .candidates import STRANGE, Candidate, Chooser
from .edit_locations import Site
from .edits import Edit
from .fault_localization import ranked_sites
from .nodes import substituted
from .operators import StatementEdit, costs
from .oracle import objective_of
from .taste import Change, distaste

__all__ = ["find_repair"]

TIERS = (1.35, 1.75, 2.15, 2.7, 9.0)
SLACK = 0.5  # cost beyond that of the best edit found that is still looked at
AFTER_FIRST = 1.5  # seconds to look for nearer edits once one is found
FOR_A_BETTER = 6.0  # seconds to look for an edit that holds elsewhere, once one is found that does not
SINGLE = 0.5  # share of the budget for single edits where two may be needed
MOST_HALVES, PER_STEP, LEAST_FOR_A_STEP = 4, 5.0, 0.5  # edits to go on from, seconds for each at most and at least
SHARE_OF_A_STEP = 0.4  # of the time that is left
BRIEFLY = Thoroughness(directions=2, every_entry=False, exact=False)
PROOFS, MOST_FOR_PROOFS = 0.2, 3.0  # share of the budget for proofs about lines, and seconds at most


def find_repair(
    program: Program,
    trials: list[Trial],
    first: Trial,
    flow: Flow,
    conduct: list[Conduct],
    budget: float,
    fresh: list[Inputs],
    progress: Callable[[str, float], None] | None = None,
) -> Repair | None:
    """The nearest edit that makes everything right; the first wrong line when there is none; None when nothing is known."""
    with quiet():
        search = _Search(program, trials, first, flow, conduct, budget, fresh, progress)
        return search.run() or search.in_two_steps() or search.run() or search.otherwise()


class _Search:
    """One search: the sites in the order of suspicion, the edits of each in the order of their price, until the time is up."""

    def __init__(
        self,
        program: Program,
        trials: list[Trial],
        first: Trial,
        flow: Flow,
        conduct: list[Conduct],
        budget: float,
        fresh: list[Inputs],
        progress: Callable[[str, float], None] | None,
        steps: int = 2,
    ):
        self.program, self.trials, self.first, self.conduct, self.fresh = program, trials, first, conduct, fresh
        self.progress, self.budget, self.steps = progress, budget, steps
        self.start = perf_counter()
        self.end = self.start + budget
        self.deadline = self.end
        self.found: list[Candidate] = []
        self.halves: list[Candidate] = []
        self.first_found = np.inf
        self.second_best: Repair | None = None
        self.objective = objective_of(program, trials, first, flow, conduct)
        self.bench = Bench(program, self.objective, self.accept, self.half, self.over)
        self.chooser = Chooser(program, first, self.objective, fresh)
        seconds = min(MOST_FOR_PROOFS, PROOFS * budget)
        self.sites, self.bench.open = ranked_sites(program, first, self.objective.order, flow, conduct, seconds)
        jobs = [(tier - costs.SUSPICION * site.score, k, site, tier) for k, site in enumerate(self.sites) for tier in TIERS]
        self.jobs = sorted(jobs, key=lambda job: job[:2])

    def run(self) -> Repair | None:
        """The best single edit that holds elsewhere; None where there is none, or where two may be needed. Goes on where it stopped."""
        while self.jobs and perf_counter() <= self.deadline and not self._should_step():
            priority, _, site, tier = self.jobs[0]
            if self._is_enough(priority) and (repair := self._settled()) is not None:
                return repair
            if self.progress:
                share = (perf_counter() - self.start) / self.budget
                self.progress(f"looking for the line that fixes it ({self.objective.tried} edits tried)", share)
            self.bench.try_site(site, tier, tier == TIERS[0])
            self.jobs.pop(0)
        return self._settled()

    def in_two_steps(self) -> Repair | None:
        """A repair made of an edit that makes something right and of a second one after it."""
        if self.steps < 2 or self.second_best is not None:
            return None
        self.steps = 1
        self.halves.sort(key=lambda c: c.total)
        for half in self.halves[:MOST_HALVES]:
            left = SHARE_OF_A_STEP * (self.end - perf_counter())
            spliced = self.chooser.spliced(half)
            if left < LEAST_FOR_A_STEP:
                break
            if spliced is None:
                continue
            rest = self._after(spliced.text, left)
            repair = rest.run() if rest is not None else None
            if rest is not None and repair is not None:
                return self.chooser.combined(rest.chooser.text_of(repair), repair)
        return None

    def _after(self, text: str, left: float) -> _Search | None:
        """The search that goes on from an edited source; None where that cannot be judged."""
        try:
            program = self.program.with_source(text)
            trials = [Trial(program, t.inputs, t.wanted, t.seed, t.condition) for t in self.trials]
            for trial in trials:
                trial.evaluate_forward()
                trial.run(BRIEFLY)
        except (GradrefError, Failed):
            return None
        first = trials[next(i for i, t in enumerate(self.trials) if t is self.first)]
        if first.failure is not None or not first.findings:
            return None
        flow = trace_flow(program, first.inputs, first.matched.keys)
        return _Search(program, trials, first, flow, self.conduct, min(left, PER_STEP), self.fresh, self.progress, steps=1)

    def otherwise(self) -> Repair | None:
        """What rests on the sizes at hand, or the line alone."""
        return self.second_best or self.chooser.line_only(self.sites, self.conduct)

    def _should_step(self) -> bool:
        """True when single edits have had their time, and there are halves to go on from."""
        share = (perf_counter() - self.start) / self.budget
        return self.steps > 1 and share > SINGLE and bool(self.halves) and not self.found

    def half(self, site: Site, edit: Edit | StatementEdit) -> None:
        """Keep an edit that makes something right."""
        strange = self._distaste(site, edit)
        if strange < STRANGE:
            self.halves.append(Candidate(edit.cost - costs.SUSPICION * site.score + strange, site, edit))

    def _distaste(self, site: Site, edit: Edit | StatementEdit) -> float:
        lengths = {n for v in self.first.inputs.values() if isinstance(v, np.ndarray) for n in v.shape}
        return distaste(Change(self.program, site, *_sides(site, edit), lengths))

    def _is_enough(self, priority: float) -> bool:
        """True when nothing nearer than what was found can come."""
        return bool(self.found) and (self.over() or priority > min(c.total for c in self.found) + SLACK)

    def _settled(self) -> Repair | None:
        """The best of what was found so far, if it holds elsewhere too; what does not is kept, and the search goes on."""
        repair = self.chooser.best(self.found)
        if repair is not None and not repair.rests_on:
            return repair
        if repair is not None and (self.second_best is None or len(repair.rests_on) < len(self.second_best.rests_on)):
            self.second_best = repair
            self.deadline = min(self.deadline, perf_counter() + FOR_A_BETTER)
        self.found.clear()
        self.first_found = np.inf
        return None

    def over(self) -> bool:
        """True when the time is up, or enough time has gone since an edit was found."""
        now = perf_counter()
        return now > self.deadline or now > self.first_found + AFTER_FIRST

    def accept(self, site: Site, edit: Edit | StatementEdit) -> None:
        """Keep an edit that makes everything right."""
        strange = self._distaste(site, edit)
        if strange < STRANGE:
            self.first_found = min(self.first_found, perf_counter())
        self.found.append(Candidate(edit.cost - costs.SUSPICION * site.score + strange, site, edit, strange))


def _sides(site: Site, edit: Edit | StatementEdit) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements that an edit changes, before and after."""
    if isinstance(edit, StatementEdit):
        return edit.old, edit.new
    return [site.statement], [substituted(site.statement, {id(edit.old): edit.new})]
