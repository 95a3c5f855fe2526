"""The search for one edit that makes every gradient right: suspicious lines first, near edits first, verified on fresh inputs."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from ..findings.report import Conduct, Repair
from ..findings.trial import Trial
from ..program.guard import quiet
from ..program.program import Inputs, Program
from ..program.provenance import Flow
from .attempts import Bench
from .candidates import SCORE, Candidate, Chooser
from .edit_locations import Site
from .edits import Edit
from .fault_localization import ranked_sites
from .operators import StatementEdit
from .oracle import objective_of

__all__ = ["find_repair"]

TIERS = (1.35, 1.75, 2.15, 2.7, 9.0)
SLACK = 0.5  # cost beyond that of the best edit found that is still looked at
AFTER_FIRST = 1.5  # seconds to look for nearer edits once one is found
PROOFS, MOST_FOR_PROOFS = 0.2, 2.0  # share of the budget for proofs about lines, and seconds at most


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
    """The nearest single edit that makes everything right; the first wrong line when there is none; None when nothing is known."""
    with quiet():
        return _Search(program, trials, first, flow, conduct, budget, fresh, progress).run()


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
    ):
        self.first, self.conduct, self.progress, self.budget = first, conduct, progress, budget
        self.start = perf_counter()
        self.deadline = self.start + budget
        self.found: list[Candidate] = []
        self.first_found = np.inf
        self.objective = objective_of(program, trials, first, flow, conduct)
        self.bench = Bench(program, self.objective, self.accept, self.over)
        self.chooser = Chooser(program, first, self.objective, fresh)
        seconds = min(MOST_FOR_PROOFS, PROOFS * budget)
        self.sites = ranked_sites(program, first, self.objective.order, flow, conduct, seconds)

    def run(self) -> Repair | None:
        """The best of what was found; the line alone where nothing was."""
        jobs = [(tier - SCORE * site.score, k, site, tier) for k, site in enumerate(self.sites) for tier in TIERS]
        for priority, _, site, tier in sorted(jobs, key=lambda job: job[:2]):
            if perf_counter() > self.deadline:
                break
            if self.found and (self.over() or priority > min(c.total for c in self.found) + SLACK):
                if (repair := self.chooser.best(self.found)) is not None:
                    return repair
                self.found.clear()  # right by accident on these inputs
                self.first_found = np.inf
            if self.progress:
                share = (perf_counter() - self.start) / self.budget
                self.progress(f"looking for the line that mends it ({self.objective.tried} edits tried)", share)
            self.bench.try_site(site, tier, tier == TIERS[0])
        return self.chooser.best(self.found) or self.chooser.line_only(self.sites, self.conduct)

    def over(self) -> bool:
        """True when the time is up, or enough time has gone since an edit was found."""
        now = perf_counter()
        return now > self.deadline or now > self.first_found + AFTER_FIRST

    def accept(self, site: Site, edit: Edit | StatementEdit) -> None:
        """Keep an edit that makes everything right."""
        self.first_found = min(self.first_found, perf_counter())
        self.found.append(Candidate(edit.cost - SCORE * site.score, site, edit))
